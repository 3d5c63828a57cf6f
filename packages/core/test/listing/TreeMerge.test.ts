import type { Note, NotedTree } from "@backup-tree/core/tree/Note"
import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import * as Origin from "../../src/listing/Origin.ts"
import * as TreeMerge from "../../src/listing/TreeMerge.ts"
import * as Uuid from "../../src/sdk/Uuid.ts"
import * as BackupTree from "../../src/tree/BackupTree.ts"
import { findingsOf } from "../support/findings.ts"
import {
  anyMerged,
  anyOrigin,
  byDefault,
  day,
  latest,
  merged,
  mnt,
  old,
  originsOf,
  own,
  read,
  type Said
} from "../support/merges.ts"
import {
  chain,
  chainX,
  chainY,
  datedChain,
  environment,
  listing,
  stranger,
  tree,
  web
} from "../support/treeLiterals.ts"

describe("the union", () => {
  it("shows a machine with its own directory, which the full listing lacks", () => {
    const whole = merged([byDefault, tree(environment(stranger, [latest]))], [own, tree(environment(web, [old]))])
    assert.deepStrictEqual(whole.tree, tree(environment(web, [old]), environment(stranger, [latest])))
    assert.deepStrictEqual(whole.conflicts, [])
    assert.deepStrictEqual(originsOf(whole, chainX), [own])
  })

  it("holds a machine once whose older backups stay in the default directory", () => {
    const whole = merged([own, tree(environment(web, [latest]))], [byDefault, tree(environment(web, [old]))])
    assert.deepStrictEqual(whole.tree, tree(environment(web, [old, latest])))
    assert.deepStrictEqual(whole.conflicts, [])
    assert.deepStrictEqual(originsOf(whole, chainX.toUpperCase()), [byDefault])
    assert.deepStrictEqual(originsOf(whole, chainY), [own])
    assert.deepStrictEqual(originsOf(whole, stranger), [])
    assert.deepStrictEqual(TreeMerge.originsOf(whole, { environment: stranger, chain: chainX }), [])
  })

  it("recognises an environment in any spelling of its uuid", () => {
    const shouted = web.toUpperCase()
    const whole = merged([mnt("a"), tree(environment(shouted, [latest]))], [byDefault, tree(environment(web, [old]))])
    assert.deepStrictEqual(whole.tree, tree(environment(shouted, [old, latest])))
    assert.deepStrictEqual(originsOf(whole, chainY), [mnt("a")])
  })

  it("counts a chain that two responses show alike as one with two origins", () => {
    const both = tree(environment(web, [old, latest]))
    const copy = tree(environment(web, [structuredClone(old)]))
    const whole = merged([mnt("a"), copy], [byDefault, both], [own, structuredClone(both)])
    assert.deepStrictEqual(whole.tree, both)
    assert.deepStrictEqual(whole.conflicts, [])
    assert.deepStrictEqual(originsOf(whole, chainX), [byDefault, own, mnt("a")])
    assert.deepStrictEqual(originsOf(whole, chainY), [byDefault, own])
  })
})

describe("alike", () => {
  it("are equal if their contents are equal", () => {
    const turned = { lastNumber: old.lastNumber, incrementals: old.incrementals, head: old.head, uuid: old.uuid }
    const [one, other] = [tree(environment(web, [old])), tree(environment(web, [turned]))]
    assert.deepStrictEqual(merged([byDefault, one], [own, other]).conflicts, [])
    const [a, b] = [one, other].map((tree) => TreeMerge.fromListing(byDefault, read(tree)))
    assert.deepStrictEqual(TreeMerge.merge(a!, b!), a)
  })

  it("are none that differ in what a tree may lack", () => {
    const without = { ...old, head: { ...old.head, disks: undefined } }
    const whole = merged([byDefault, tree(environment(web, [old]))], [own, tree(environment(web, [without]))])
    assert.strictEqual(whole.conflicts.length, 1)
  })
})

describe("an environment in two directories", () => {
  const kept = [{ position: 0, element: { name: "Quota", attributes: [], children: [] } }]
  const before = { name: "before", vmType: 2, version: 3 }
  const after = { name: "after", vmType: 1, version: 5, kept }
  const nameOf = (...said: ReadonlyArray<Said>) => merged(...said).tree.environments[0]!.name

  it("has name, kind, version and kept elements of the one with the newest backup, full or not", () => {
    const newest = datedChain(chainX, [day(1), day(9)])
    const whole = merged(
      [byDefault, tree(environment(web, [latest], before))],
      [mnt("a"), tree(environment(web, [newest], after))]
    )
    assert.deepStrictEqual(whole.tree, tree(environment(web, [newest, latest], after)))
  })

  it("compares times, not texts", () => {
    const iso = datedChain(chainX, ["2024-03-03T01:00:00-02:00"])
    assert.strictEqual(
      nameOf([byDefault, tree(environment(web, [latest], before))], [own, tree(environment(web, [iso], after))]),
      "after"
    )
  })

  it("ranks undated backups oldest", () => {
    for (const dateTime of ["", "yesterday", "2030-02-30 00:00:00"]) {
      const undated = tree(environment(web, [datedChain(chainX, [dateTime])], before))
      const whole = [[byDefault, undated], [own, tree(environment(web, [latest], after))]] as const
      assert.strictEqual(nameOf(...whole), "after")
    }
  })

  it.each(
    [
      ["the default directory before an own one", byDefault, own],
      ["an own one before a named one", own, mnt("")],
      ["own ones by uuid", { _tag: "OwnOf", uuid: "{1}" }, { _tag: "OwnOf", uuid: "{2}" }],
      ["named ones by path", mnt("B"), mnt("a")]
    ] as const
  )("takes of equals the first: %s", (_, first, second) => {
    for (const dateTime of ["", day(3)]) {
      const [a, b] = [datedChain(chainX, [dateTime]), datedChain(chainY, [dateTime])]
      const whole = [[second, tree(environment(web, [a], after))], [
        first,
        tree(environment(web, [b], before))
      ]] as const
      assert.strictEqual(nameOf(...whole), "before")
    }
  })
})

describe("a chain uuid met twice", () => {
  const grown = datedChain(chainX, [day(1), day(2), day(4)])

  it("is kept from the directory that sorts first, and reported at the others", () => {
    const whole = merged(
      [mnt("b"), tree(environment(web, [grown], { name: "web02" }))],
      [mnt("a"), tree(environment(web, [old]))],
      [mnt("c"), tree(environment(web, [grown], { name: "web02" }))]
    )
    assert.deepStrictEqual(whole.tree, tree(environment(web, [old], { name: "web02" })))
    assert.deepStrictEqual(originsOf(whole, chainX), [mnt("a")])
    const place = { environment: 0, chain: 0 }
    assert.deepStrictEqual(whole.conflicts, [{ _tag: "Chain", chain: grown, origins: [mnt("b"), mnt("c")], place }])
  })

  it("is reported once for each other chain that bears it", () => {
    const third = { ...old, lastNumber: 9 }
    const whole = merged(
      [byDefault, tree(environment(web, [old]))],
      [own, tree(environment(web, [grown]))],
      [mnt("a"), tree(environment(web, [third]))]
    )
    assert.deepStrictEqual(
      whole.conflicts.map((conflict) => [conflict._tag === "Chain" && conflict.chain, conflict.origins]),
      [[grown, [own]], [third, [mnt("a")]]]
    )
  })

  it("is another chain if the uuid is spelled differently, because its directory is another", () => {
    const shouted = { ...old, uuid: chainX.toUpperCase() }
    const whole = merged([byDefault, tree(environment(web, [shouted]))], [own, tree(environment(web, [old]))])
    assert.deepStrictEqual(whole.tree, tree(environment(web, [shouted])))
    assert.strictEqual(whole.conflicts.length, 1)
  })

  it("stays in two environments of the tree, which the rules judge", () => {
    const whole = merged([byDefault, tree(environment(web, [old]))], [mnt("a"), tree(environment(stranger, [old]))])
    assert.deepStrictEqual(whole.conflicts, [])
    assert.deepStrictEqual(findingsOf(listing(whole.tree)).map(({ rule }) => rule).slice(0, 2), ["I03", "I03"])
  })

  it("is reported if one response shows it twice, alike or not", () => {
    const twice = tree(environment(web, [old, old, grown]))
    const whole = merged([byDefault, twice], [own, twice])
    assert.deepStrictEqual(whole.tree, tree(environment(web, [old])))
    const rest = { origins: [byDefault, own], place: { environment: 0, chain: 0 } }
    assert.deepStrictEqual(whole.conflicts, [
      { _tag: "Chain", chain: old, ...rest },
      { _tag: "Chain", chain: grown, ...rest }
    ])
    assert.deepStrictEqual(
      whole.conflicts.map((conflict) => conflict._tag === "Chain" && TreeMerge.isCopy(whole, conflict)),
      [true, false]
    )
  })
})

describe("an environment that one response shows twice", () => {
  const first = environment(web, [old], { name: "old" })
  const second = environment(web.toUpperCase(), [latest], { name: "new\u001b" })

  it("is merged, and reported as the one whose name is lost", () => {
    const whole = merged([byDefault, tree(first, second)], [own, tree(first, second)])
    assert.deepStrictEqual(whole.tree, tree({ ...second, chains: [old, latest] }))
    const place = { environment: 0 }
    assert.deepStrictEqual(whole.conflicts, [
      { _tag: "Environment", environment: first, origins: [byDefault, own], place }
    ])
  })
})

describe("responses of one origin that differ", () => {
  it("are both kept, and what they disagree on is a conflict", () => {
    const shorter = tree(environment(web, [datedChain(chainX, [day(1)])]))
    const whole = merged([byDefault, shorter], [byDefault, tree(environment(web, [old, latest]))])
    assert.deepStrictEqual(whole.tree.environments[0]!.chains.map(({ uuid }) => uuid), [chainX, chainY])
    assert.deepStrictEqual(whole.conflicts.map(({ origins }) => origins), [[byDefault]])
    assert.deepStrictEqual(originsOf(whole, chainY), [byDefault])
  })

  it("name their origin once", () => {
    const both = tree(environment(web, [structuredClone(old), latest]))
    assert.deepStrictEqual(originsOf(merged([own, tree(environment(web, [old]))], [own, both]), chainX), [own])
  })
})

describe("the order", () => {
  it("is that of a server: environments by uuid ignoring case, chains by date, then uuid", () => {
    const [a, b, c] = ["{a", "{B", "{c"].map((start) => start + web.slice(2))
    const named = (uuid: string | undefined, ...chains: ReadonlyArray<BackupTree.BackupChain>) =>
      environment(uuid!, chains)
    const undated = chain(stranger, [1], { head: { ...latest.head, dateTime: "" } })
    const early = datedChain(chainY, [day(1)])
    const whole = merged(
      [mnt("a"), tree(named(c, early), named(a, latest))],
      [mnt("b"), tree(named(c, old), named(b, old))],
      [mnt("c"), tree(named(c, undated))]
    )
    assert.deepStrictEqual(
      whole.tree,
      tree(named(a, latest), named(b, old), named(c, undated, old, early))
    )
  })

  it("is that of origins", () => {
    const origins: ReadonlyArray<Origin.Origin> = [byDefault, { _tag: "OwnOf", uuid: "{z}" }, mnt("B"), mnt("a")]
    assert.deepStrictEqual(origins.toReversed().toSorted(Origin.Order), [...origins])
  })
})

describe("what a reader noted and kept", () => {
  const note = (path: string): Note => ({ rule: "junk-number", path, message: `about ${path}` })
  const collected = (...each: ReadonlyArray<readonly [Origin.Origin, NotedTree]>) =>
    TreeMerge.toTree(TreeMerge.mergeAll(each.map(([origin, read]) => TreeMerge.fromListing(origin, read))))

  it("refers to the merged tree, and is dropped if its subject is not in that tree", () => {
    const other = environment("{00000000-0000-4000-8000-000000000000}", [])
    const clash = { ...old, lastNumber: 7 }
    const paths = ["Banner", "VmItem[1]/VmType", "VmItem[1]/BackupItem[1]/Size", "VmItem[2]", "VmItem[9]"]
    const late = read(tree(environment(web, [old]), other), paths.map(note))
    const early = read(tree(environment(web, [clash, latest])), [
      note("Banner"),
      note("VmItem[1]/BackupItem[1]/PartialBackupItem[1]/Size"),
      note("VmItem[1]/BackupItem[2]/Size")
    ])
    const { notes } = collected([own, early], [byDefault, late])
    assert.deepStrictEqual(notes.map(({ message, path }) => [message.slice(6), path]), [
      ["Banner", "Banner"],
      ["VmItem[1]/BackupItem[1]/Size", "VmItem[2]/BackupItem[1]/Size"],
      ["VmItem[2]", "VmItem[1]"],
      ["VmItem[1]/BackupItem[2]/Size", "VmItem[2]/BackupItem[2]/Size"]
    ])
  })

  it("counts from every response that shows a chain alike", () => {
    const one = tree(environment(web, [old]))
    const said = read(structuredClone(one), [note("VmItem[1]/BackupItem[1]/PartialBackupItem[1]/Size")])
    assert.deepStrictEqual(collected([byDefault, read(one)], [own, said]).notes, said.notes)
    assert.deepStrictEqual(collected([byDefault, said], [own, structuredClone(said)]).notes, said.notes)
  })

  it("is kept once, in the order of positions", () => {
    const at = (position: number, name: string) => ({ position, element: { name, attributes: [], children: [] } })
    const kept = (...kept: BackupTree.BackupTree["kept"]) => read({ environments: [], kept })
    const { tree } = collected([own, kept(at(0, "a"), at(2, "b"))], [byDefault, kept(at(1, "c"), at(2, "b"))])
    assert.deepStrictEqual(tree.kept, [at(0, "a"), at(1, "c"), at(2, "b")])
  })
})

describe("origins", () => {
  it("are printed as phrases that are safe to show", () => {
    assert.strictEqual(Origin.print(byDefault), "the default directory")
    assert.strictEqual(Origin.print(own), `the response for ${web}`)
    assert.strictEqual(Origin.print({ _tag: "Directory", path: "/a\n" }), "directory \"/a\\n\"")
  })
})

/** Every chain of some answers, with its origin and the key of its environment. */
const chainsIn = ({ readings }: TreeMerge.Merged) =>
  readings.flatMap(({ origin, tree }) =>
    tree.environments.flatMap(({ chains, uuid }) =>
      chains.map((chain) => ({ origin, environment: Uuid.key(uuid), chain }))
    )
  )

const contents = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) => typeof part === "bigint" ? `${part}n` : part)

describe("the laws", () => {
  it.prop("merging is associative", [anyMerged, anyMerged, anyMerged], ([a, b, c]) => {
    const left = TreeMerge.merge(TreeMerge.merge(a, b), c)
    assert.deepStrictEqual(left, TreeMerge.merge(a, TreeMerge.merge(b, c)))
    assert.deepStrictEqual(left, TreeMerge.mergeAll([c, b, a]))
  })

  it.prop("merging is commutative", [anyMerged, anyMerged], ([a, b]) => {
    assert.deepStrictEqual(TreeMerge.merge(a, b), TreeMerge.merge(b, a))
    assert.deepStrictEqual(TreeMerge.toTree(TreeMerge.merge(a, b)), TreeMerge.toTree(TreeMerge.merge(b, a)))
  })

  it.prop("merging is idempotent, and nothing adds nothing", [anyMerged], ([a]) => {
    assert.deepStrictEqual(TreeMerge.merge(a, structuredClone(a)), a)
    assert.deepStrictEqual(TreeMerge.merge(a, TreeMerge.empty), a)
    assert.deepStrictEqual(TreeMerge.merge(TreeMerge.empty, a), a)
  })

  it.prop("a healthy tree alone is returned unchanged", [anyOrigin, Arbitraries.healthyTree], ([origin, healthy]) => {
    const whole = TreeMerge.toTree(TreeMerge.fromListing(origin, read(healthy)))
    assert.deepStrictEqual(whole.tree, healthy)
    assert.deepStrictEqual(whole.conflicts, [])
    const twice = TreeMerge.mergeAll([byDefault, own].map((each) => TreeMerge.fromListing(each, read(healthy))))
    assert.deepStrictEqual(TreeMerge.toTree(twice).tree, healthy)
    assert.deepStrictEqual(TreeMerge.toTree(twice).conflicts, [])
  })

  it.prop("every chain is in the tree or in a conflict, once, under each of its origins", [anyMerged], ([answers]) => {
    const whole = TreeMerge.toTree(answers)
    const things = [
      ...whole.tree.environments.flatMap(({ chains, uuid }) =>
        chains.map((chain) => ({
          environment: Uuid.key(uuid),
          chain,
          origins: TreeMerge.originsOf(whole, { environment: uuid, chain: chain.uuid })
        }))
      ),
      ...whole.conflicts.flatMap((conflict) =>
        conflict._tag === "Environment" ? [] : [{
          ...conflict,
          environment: Uuid.key(whole.tree.environments[conflict.place.environment]!.uuid)
        }]
      )
    ]
    const found = new Set(
      things.flatMap(({ chain, environment, origins }) =>
        origins.map((origin) => contents([environment, origin, chain]))
      )
    )
    const held = chainsIn(answers).map(({ chain, environment, origin }) => contents([environment, origin, chain]))
    assert.deepStrictEqual(found, new Set(held))
    // As often as the answer that shows it most often.
    const most = new Map<string, number>()
    for (const reading of answers.readings) {
      const alike = Map.groupBy(
        chainsIn({ readings: [reading] }),
        ({ chain, environment }) => contents([environment, chain])
      )
      for (const [key, { length }] of alike) most.set(key, Math.max(most.get(key) ?? 0, length))
    }
    const times = Map.groupBy(things, ({ chain, environment }) => contents([environment, chain]))
    assert.deepStrictEqual(new Map([...times].map(([key, { length }]) => [key, length])), most)
  })

  it.prop(
    "each environment and chain appears once, and each conflict refers to such a part",
    [anyMerged],
    ([a]) => {
      const whole = TreeMerge.toTree(a)
      const keys = whole.tree.environments.map(({ uuid }) => Uuid.key(uuid))
      assert.deepStrictEqual(
        new Set(keys),
        new Set(a.readings.flatMap(({ tree }) => tree.environments.map(({ uuid }) => Uuid.key(uuid))))
      )
      assert.strictEqual(new Set(keys).size, keys.length)
      for (const { chains } of whole.tree.environments) {
        assert.strictEqual(new Set(chains.map(({ uuid }) => Uuid.key(uuid))).size, chains.length)
      }
      for (const conflict of whole.conflicts) {
        const environment = whole.tree.environments[conflict.place.environment]!
        if (conflict._tag === "Environment") assert.isTrue(Uuid.equals(conflict.environment.uuid, environment.uuid))
        else assert.isTrue(Uuid.equals(conflict.chain.uuid, environment.chains[conflict.place.chain]!.uuid))
      }
    }
  )

  it.prop("a merged tree alone is returned unchanged", [anyOrigin, anyMerged], ([origin, answers]) => {
    const { notes, tree } = TreeMerge.toTree(answers)
    const again = TreeMerge.toTree(TreeMerge.fromListing(origin, { notes, tree }))
    assert.deepStrictEqual(again.tree, tree)
    assert.deepStrictEqual(again.notes, notes)
    assert.deepStrictEqual(again.conflicts, [])
  })
})
