import * as TreePath from "@backup-tree/core/tree/TreePath"
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as Check from "../../../src/check/Check.ts"
import { duplicates } from "../../../src/check/internal/repeated.ts"
import * as BackupId from "../../../src/sdk/BackupId.ts"
import { breaches, breachesIn, check, found, head, inChain, link } from "../../support/findings.ts"
import {
  chain,
  chainX,
  chainY,
  environment,
  full,
  incremental,
  listing,
  stranger,
  tree,
  web
} from "../../support/treeLiterals.ts"

const second = "{c5d0e2a4-77b1-4b7e-8a52-1e0f3d9c6b11}"
const bare = (uuid: string) => uuid.slice(1, -1)

describe("I01, uuids of environments", () => {
  const one = environment(web, [chain(chainX, [1])])

  it("are in braces, in any case", () => {
    assert.deepStrictEqual(found({ ...one, uuid: web.toUpperCase() }), [])
    for (const uuid of ["", "junk", "{junk}", bare(web), `(${bare(web)})`, ` ${web}`]) {
      assert.deepStrictEqual(found({ ...one, uuid }), ["I01 VmItem[1]"])
    }
  })

  it("are unique without regard to case", () => {
    const twin = environment(web.toUpperCase(), [chain(chainY, [1])])
    const other = environment(second, [chain(stranger, [1])])
    assert.deepStrictEqual(found(one, other, twin), ["I01 VmItem[1]", "I01 VmItem[3]"])
    assert.deepStrictEqual(check(one, twin).map(({ message }) => message), [
      `environment uuid ${web} also appears at VmItem[2]`,
      `environment uuid ${web} also appears at VmItem[1]`
    ])
  })

  it("count how often they stand elsewhere", () => {
    const copies = [one, { ...one, chains: [chain(chainY, [1])] }, { ...one, chains: [chain(stranger, [1])] }]
    assert.deepStrictEqual(check(...copies).map(({ message }) => message), [
      `environment uuid ${web} also appears at VmItem[2] and 1 more`,
      `environment uuid ${web} also appears at VmItem[1] and 1 more`,
      `environment uuid ${web} also appears at VmItem[1] and 1 more`
    ])
  })
})

describe("I03, uuids of chains", () => {
  it("are in braces, in any case", () => {
    assert.deepStrictEqual(inChain(chain(chainX.toUpperCase(), [1, 2])), [])
    assert.deepStrictEqual(inChain({ ...chain(chainX, [1, 2]), uuid: bare(chainX) }), [`I03 ${head}`])
    assert.deepStrictEqual(inChain({ ...chain("junk", [1]), uuid: "junk" }), [`I03 ${head}`])
  })

  it("are unique over the whole tree, without regard to case", () => {
    const copy = chain(chainX.toUpperCase(), [7])
    assert.deepStrictEqual(found(environment(web, [chain(chainX, [1])]), environment(second, [copy])), [
      "I03 VmItem[1]/BackupItem[1]",
      "I03 VmItem[2]/BackupItem[1]"
    ])
  })
})

describe("I04, ids of heads", () => {
  const withId = (id: string) => inChain(chain(chainX, [1], { head: full(id) }))

  it("are the chain's uuid, or that with a number from 2", () => {
    for (const id of [chainX, `${chainX}.2`, `${chainX}.4294967295`]) assert.deepStrictEqual(withId(id), [], id)
    for (const id of [bare(chainX).toUpperCase(), `${chainX.toUpperCase()}.4294967295`]) {
      assert.deepStrictEqual(withId(id), [`I42 ${head}`], id)
    }
  })

  it("are of no other chain and have no other number, nor another spelling of it", () => {
    const odd = [
      chainY,
      `${chainY}.2`,
      "",
      ".2",
      "junk",
      ...[".0", ".1", ".02", ".+2", ". 2", ".abc", ".2.3", ".", ".4294967296"].map((end) => chainX + end)
    ]
    for (const id of odd) assert.deepStrictEqual(withId(id), [`I04 ${head}`], id)
  })
})

describe("I05, ids of incrementals", () => {
  const withId = (id: string) => inChain(chain(chainX, [1], { incrementals: [incremental(chainX, 2, { id })] }))

  it("are the chain's uuid and their number, the uuid in any spelling", () => {
    assert.deepStrictEqual(withId(`${chainX}.2`), [])
    for (const id of [`${bare(chainX)}.2`, `${chainX.toUpperCase()}.2`]) {
      assert.deepStrictEqual(withId(id), [`I42 ${link(1)}`], id)
    }
  })

  it("have their number as it is written, and the uuid of their own chain", () => {
    const odd = [
      chainX,
      `${chainX}.3`,
      `${chainX}.02`,
      `${chainX}.+2`,
      `${chainX}.2 `,
      `${chainX}.2.2`,
      `${chainY}.2`,
      "",
      ".2"
    ]
    for (const id of odd) {
      assert.deepStrictEqual(
        withId(id),
        id === chainX ? [`I05 ${link(1)}`, `I06 ${head}`] : [`I05 ${link(1)}`],
        id
      )
    }
  })
})

describe("I06, ids of backups", () => {
  const ids = (...ids: ReadonlyArray<string>) =>
    breachesIn(
      "I06",
      environment(web, ids.map((id, index) => chain([chainX, chainY, stranger][index]!, [1], { head: full(id) })))
    )

  it("are unique over the whole tree, in whatever spelling", () => {
    const pairs = [
      [chainX, chainX],
      [chainX, `${chainX}.1`],
      [`${chainX}.2`, `${chainX}.02`],
      [`${chainX}.2`, `${bare(chainX).toUpperCase()}.+2`],
      ["JUNK", "junk"]
    ] as const
    for (const [one, two] of pairs) {
      assert.deepStrictEqual(ids(one, two), ["VmItem[1]/BackupItem[1]", "VmItem[1]/BackupItem[2]"])
    }
  })

  it("differ where number or chain does", () => {
    assert.deepStrictEqual(ids(chainX, `${chainX}.2`, `${chainY}.2`), [])
  })

  const spelling = Schema.Literals(
    [chainX, `${chainX}.1`, `${chainX}.2`, `${chainX}.02`, `${chainX}.3`, `${chainX}.0`, `${chainX}.x`]
      .flatMap((id) => [id, id.replace(chainX, bare(chainX).toUpperCase())])
      .concat(`${chainY}.2`, "junk", "JUNK", "junk.2")
  )

  it.prop(
    "are the same where they have the same key, whatever chain they are in",
    [Schema.Array(Schema.NonEmptyArray(spelling))],
    ([spellings]) => {
      const chains = spellings.map(([first, ...rest], index) =>
        chain([chainX, chainY, stranger][index % 3]!, [1], {
          head: full(first),
          incrementals: rest.map((id, at) => incremental(chainX, at + 2, { id }))
        })
      )
      for (const some of [chains, ...chains.map((chain) => [chain])]) {
        const told = tree(environment(web, some))
        const groups = duplicates(TreePath.backupsOf(told), ({ backup }) => BackupId.key(backup.id))
        // The first backup of each chain reports the group, once.
        const places = groups.flatMap((group) =>
          group.filter(({ chain }, index) => group.findIndex((other) => other.chain === chain) === index)
            .map(({ place }) => TreePath.printPlace(place))
        )
        assert.deepStrictEqual(breaches("I06", listing(told)), places)
      }
    }
  )
})

describe("I42, spellings of ids", () => {
  it("are those of the chain, because a server compares bytes", () => {
    const links = [2, 3, 4, 5].map((number) => incremental(chainX, number))
    const [second, third, fourth] = links.map(({ id }) => id)
    const ids = [second!, third!.toUpperCase(), fourth!.replace(/[{}]/g, ""), `(${bare(chainX)}).5`]
    const strange = chain(chainX, [1], { incrementals: links.map((one, index) => ({ ...one, id: ids[index]! })) })
    // Other brackets are part of another name, which I05 reports.
    assert.deepStrictEqual(inChain(strange), [`I05 ${link(4)}`, `I42 ${link(2)}`, `I42 ${link(3)}`])
    const finding = check(environment(web, [strange])).find(({ rule }) => rule === "I42")
    assert.strictEqual(
      finding!.message,
      `backup "${third!.toUpperCase()}" spells the uuid of its chain ${chainX} differently`
    )
    assert.strictEqual(finding!.severity, "warning")
    const verdictOf =
      Check.run(listing(tree(environment(web, [chain(chainX, [1], { head: full(bare(chainX)) })])))).verdict
    assert.strictEqual(verdictOf.chains.sound, 1)
  })

  it("do not matter in a chain without a proper uuid, which I03 reports", () => {
    assert.deepStrictEqual(inChain({ ...chain(chainX, [1, 2]), uuid: bare(chainX) }), [`I03 ${head}`])
  })

  it("may be in upper case, if the uuid of the chain is", () => {
    assert.deepStrictEqual(inChain(chain(chainX.toUpperCase(), [1, 2, 3])), [])
  })
})
