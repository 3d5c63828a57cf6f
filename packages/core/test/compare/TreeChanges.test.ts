import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import type { Change } from "../../src/compare/TreeChange.ts"
import * as TreeDiff from "../../src/compare/TreeDiff.ts"
import * as BackupTreeRequest from "../../src/sdk/BackupTreeRequest.ts"
import type * as BackupStore from "../../src/server/BackupStore.ts"
import * as ServerModel from "../../src/server/ServerModel.ts"
import type * as BackupTree from "../../src/tree/BackupTree.ts"
import {
  chain,
  chainX,
  chainY,
  datedChain,
  environment,
  full,
  incremental,
  storedChain,
  storedEnvironment,
  stranger,
  tree,
  web
} from "../support/treeLiterals.ts"

type Chains = ReadonlyArray<BackupTree.BackupChain>

/** Writes a change as its kind, its most specific id, and what is special about it. */
const brief = (change: Change): string => {
  const { backup, chain, environment } = change.item
  const what = `${change._tag} ${backup ?? chain ?? environment ?? "tree"}`
  switch (change._tag) {
    case "Added":
      return `${what}${change.isOlder ? " older" : ""}`
    case "Removed":
      return `${what} ${change.why}${change.mergedInto === undefined ? "" : ` ${change.mergedInto}`}`
    case "Renumbered":
      return `${what} ${change.after.lastNumber}${change.isExpected ? " expected" : ""}`
    case "Promoted":
    case "Merged":
      return `${what} of ${change.merged.join(" ")}: ${Object.keys(change.after).join(" ")}`
    default:
      return `${what}: ${Object.keys(change.after).join(" ")}`
  }
}

const between = (before: BackupTree.BackupTree, after: BackupTree.BackupTree): ReadonlyArray<string> =>
  TreeDiff.changes(before, after).map(brief)

const ofChains = (before: Chains, after: Chains): ReadonlyArray<string> =>
  between(tree(environment(web, before)), tree(environment(web, after)))

/** Replaces the first incremental of a chain, or some of its fields. */
const withFirst = (
  { incrementals: [first, ...rest], ...others }: BackupTree.BackupChain,
  more: Partial<BackupTree.IncrementalBackup>
): BackupTree.BackupChain => ({ ...others, incrementals: [{ ...first!, ...more }, ...rest] })

const listed = (store: BackupStore.BackupStore) => ServerModel.exactSelect(store, BackupTreeRequest.everything)

const x = (number: number): string => `${chainX}.${number}`

describe("a change", () => {
  it("is about an environment that one listing lacks", () => {
    const [one, two] = [environment(web, [chain(chainX, [1])]), environment(stranger, [chain(chainY, [1, 2])])]
    assert.deepStrictEqual(between(tree(one), tree(one, two)), [`Added ${stranger}`])
    assert.deepStrictEqual(between(tree(two, one), tree(one)), [`Removed ${stranger} possibly-locked`])
    const [change] = TreeDiff.changes(tree(one), tree(one, two))
    assert.deepStrictEqual(change, {
      _tag: "Added",
      item: { environment: stranger, name: "web01", chain: undefined, backup: undefined },
      content: { _tag: "Environment", environment: two },
      isOlder: false
    })
  })

  it("is about a chain, which may be locked if it is missing, or was so if it is older", () => {
    const [older, newer] = [datedChain(chainX, ["2024-03-01 02:00:00"]), datedChain(chainY, ["2024-03-02 02:00:00"])]
    assert.deepStrictEqual(ofChains([older, newer], [newer]), [`Removed ${chainX} possibly-locked`])
    assert.deepStrictEqual(ofChains([newer], [older, newer]), [`Added ${chainX} older`])
    assert.deepStrictEqual(ofChains([older], [older, newer]), [`Added ${chainY}`])
    // What is known of two chains of one date, or of one without a date, is nothing.
    assert.deepStrictEqual(ofChains([newer], [datedChain(chainX, [""]), newer]), [`Added ${chainX}`])
  })

  it("is about a new backup, with the number that it explains", () => {
    assert.deepStrictEqual(ofChains([chain(chainX, [1, 2])], [chain(chainX, [1, 2, 3])]), [
      `Renumbered ${chainX} 3 expected`,
      `Added ${x(3)}`
    ])
    assert.deepStrictEqual(ofChains([chain(chainX, [1])], [chain(chainX, [1], { lastNumber: 4 })]), [
      `Renumbered ${chainX} 4`
    ])
  })

  it("is about the last backups of a chain", () => {
    const after = chain(chainX, [1], { lastNumber: 3 })
    assert.deepStrictEqual(ofChains([chain(chainX, [1, 2, 3])], [after]), [
      `Removed ${x(2)} removed`,
      `Removed ${x(3)} removed`
    ])
  })

  it("is about a backup that was merged into the next one", () => {
    const after = chain(chainX, [1, 3, 4])
    const merged = withFirst(after, { size: 9n })
    assert.deepStrictEqual(ofChains([chain(chainX, [1, 2, 3, 4])], [merged]), [
      `Removed ${x(2)} merged ${x(3)}`,
      `Merged ${x(3)} of ${x(2)}: size`
    ])
    const images = withFirst(after, { images: ["a.qcow2"] })
    assert.deepStrictEqual(ofChains([chain(chainX, [1, 2, 3, 4])], [images]), [
      `Removed ${x(2)} merged ${x(3)}`,
      `Merged ${x(3)} of ${x(2)}: images`
    ])
    // The metadata of 2 may be damaged, because nothing else changed.
    assert.deepStrictEqual(ofChains([chain(chainX, [1, 2, 3, 4])], [after]), [`Removed ${x(2)} possibly-hidden`])
    const described = withFirst(after, { description: "kept" })
    assert.deepStrictEqual(ofChains([chain(chainX, [1, 2, 3, 4])], [described]), [
      `Removed ${x(2)} possibly-hidden`,
      `Changed ${x(3)}: description`
    ])
  })

  it("is about an incremental that became the full backup", () => {
    const store = { environments: [storedEnvironment(web, [storedChain(chainX, [1, 2, 3, 4])])] }
    const remove = (store: BackupStore.BackupStore, id: string) =>
      Result.getOrThrow(ServerModel.remove(store, { vmUuid: web, id, keepChain: true, ignoreNotExists: false }))
    const once = remove(store, chainX)
    assert.deepStrictEqual(between(listed(store), listed(once)), [
      `Removed ${chainX} merged ${x(2)}`,
      `Promoted ${x(2)} of ${chainX}: _tag size type flags`
    ])
    assert.deepStrictEqual(between(listed(store), listed(remove(once, x(2)))), [
      `Removed ${chainX} merged ${x(3)}`,
      `Removed ${x(2)} merged ${x(3)}`,
      `Promoted ${x(3)} of ${chainX} ${x(2)}: _tag size type flags`
    ])
  })

  it("is about another name", () => {
    const named = (name: string) => tree(environment(web, [chain(chainX, [1])], { name }))
    const [change] = TreeDiff.changes(named("web01"), named("\u001b[31mdb"))
    assert.deepStrictEqual(change, {
      _tag: "Renamed",
      item: { environment: web, name: "\u001b[31mdb", chain: undefined, backup: undefined },
      before: { name: "web01" },
      after: { name: "\u001b[31mdb" }
    })
  })

  it("is about another size, and about the other fields of a backup", () => {
    const changed = chain(chainX, [1], { head: full(chainX, { size: 1n, host: "hn2", disks: undefined }) })
    assert.deepStrictEqual(ofChains([chain(chainX, [1])], [changed]), [
      `Resized ${chainX}: size`,
      `Changed ${chainX}: host disks`
    ])
  })

  it("is about another host of the newest backup, if that backup is new", () => {
    const on = (dateTime: string, host: string, serverUuid: string) =>
      chain(chainX, [1], {
        head: full(chainX, { dateTime: "2024-03-01 02:00:00" }),
        incrementals: [incremental(chainX, 2, { dateTime, host, serverUuid })]
      })
    const first = chain(chainX, [1], { head: full(chainX, { dateTime: "2024-03-01 02:00:00" }), lastNumber: 2 })
    const added = [`Added ${x(2)}`]
    const other = "{00000000-0000-4000-8000-000000000009}"
    assert.deepStrictEqual(ofChains([first], [on("2024-03-02 02:00:00", "hn2", other)]), [
      ...added,
      `Moved ${web}: host serverUuid`
    ])
    assert.deepStrictEqual(ofChains([first], [on("2024-03-02 02:00:00", "hn2", "")]), [
      ...added,
      `Moved ${web}: host serverUuid`
    ])
    // The host has another name, or the new backup is not the newest one.
    assert.deepStrictEqual(ofChains([first], [on("2024-03-02 02:00:00", "hn2", first.head.serverUuid)]), added)
    assert.deepStrictEqual(ofChains([first], [on("2024-02-02 02:00:00", "hn2", other)]), added)
    assert.deepStrictEqual(ofChains([on("2024-03-02 02:00:00", "hn2", other)], [first]), [`Removed ${x(2)} removed`])
  })

  it("is about fields of an environment, a chain and the tree, and about other spellings", () => {
    const upper = [chain(chainX.toUpperCase(), [1], { head: full(chainX) })]
    const kept = { position: 0, element: { name: "New", attributes: [], children: [] } }
    assert.deepStrictEqual(
      between(tree(environment(web, [chain(chainX, [1])])), {
        environments: [environment(web.slice(1, -1), upper, { version: 6 })],
        kept: [kept]
      }),
      ["Changed tree: kept", `Changed ${web.slice(1, -1)}: uuid version`, `Changed ${chainX.toUpperCase()}: uuid`]
    )
  })

  it("names a copy by its number", () => {
    const twice = tree(environment(web, [chain(chainX, [1]), chain(chainX, [1, 2])]))
    const [change, ...rest] = TreeDiff.changes(twice, tree(environment(web, [chain(chainX, [1])])))
    assert.deepStrictEqual(rest, [])
    assert.deepStrictEqual(change?.item.copy, { environment: 0, chain: 1, backup: 0 })
  })
})

describe("applying a diff", () => {
  const one = tree(environment(web, [chain(chainX, [1, 2])]))
  const whyNot = (on: BackupTree.BackupTree, before: BackupTree.BackupTree, after: BackupTree.BackupTree) => {
    const applied = TreeDiff.apply(on, TreeDiff.changes(before, after))
    return Result.isFailure(applied) ? applied.failure.message : "applied"
  }

  it("is refused if the tree is another one, with the first item that does not fit", () => {
    const named = tree(environment(web, [chain(chainX, [1, 2])], { name: "db" }))
    const prefix = "The diff does not apply to this tree: "
    const suffix = ". Compare the listings again."
    assert.strictEqual(whyNot(named, one, tree()), `${prefix}environment ${web} differs${suffix}`)
    assert.strictEqual(whyNot(tree(), one, named), `${prefix}environment ${web} is missing${suffix}`)
    assert.strictEqual(whyNot(one, tree(), one), `${prefix}environment ${web} is already there${suffix}`)
    assert.strictEqual(
      whyNot(tree(environment(web, [])), one, tree(environment(web, [chain(chainX, [1], { lastNumber: 2 })]))),
      `${prefix}backup ${x(2)} is missing${suffix}`
    )
  })

  it("is refused if a chain would have no full backup", () => {
    const [change] = TreeDiff.changes(one, tree(environment(web, [chain(chainX, [1], { lastNumber: 2 })])))
    assert.ok(change?._tag === "Removed")
    const { head } = chain(chainX, [1, 2])
    const applied = TreeDiff.apply(one, [
      { ...change, item: { ...change.item, backup: chainX }, content: { _tag: "Backup", backup: head } }
    ])
    assert.match(Result.isFailure(applied) ? applied.failure.message : "", /chain \S+ would not have exactly one full/)
  })
})

describe("a diff of many backups", () => {
  it("does not exceed the stack", () => {
    const incrementals = Array.from({ length: 130_000 }, (_, index) => incremental(chainX, index + 2))
    const long = { ...chain(chainX, [1], { lastNumber: 130_001 }), incrementals }
    const before = tree(environment(web, [long]))
    const after = tree(environment(web, [{ ...long, incrementals: [{ ...incrementals.at(-1)!, size: 1n }] }]))
    const changes = TreeDiff.changes(before, after)
    assert.lengthOf(changes, 130_000)
    assert.lengthOf(TreeDiff.changes(after, before), 130_000)
    assert.deepStrictEqual(Result.getOrThrow(TreeDiff.apply(before, changes)), after)
  })
})
