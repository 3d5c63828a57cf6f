import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import type { Change } from "../../src/compare/TreeChange.ts"
import * as TreeDiff from "../../src/compare/TreeDiff.ts"
import type * as BackupTree from "../../src/tree/BackupTree.ts"
import { assertStored } from "../support/stored.ts"
import { chain, chainX, environment, incremental, listing, tree, web } from "../support/treeLiterals.ts"
import * as TreePairs from "../support/treePairs.ts"

/** What was added or removed, in an order of its own. */
const contents = (changes: ReadonlyArray<{ readonly item: unknown; readonly content: unknown }>) =>
  changes.map(({ content, item }) => ({ content, item })).toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))

const keyOf = (value: unknown): string =>
  JSON.stringify(value, (_, field: unknown) => typeof field === "bigint" ? `${field}` : field)

const itemKey = ({ item }: Change): string => keyOf({ ...item, name: undefined }).toLowerCase()

const appliedTo = (tree: BackupTree.BackupTree, changes: ReadonlyArray<Change>) =>
  Result.getOrThrow(TreeDiff.apply(tree, changes))

describe("a change of the whole tree", () => {
  it("that adds, removes or moves something, and so makes no sense, is left out", () => {
    const content = { _tag: "Tree" } as never
    const changes: ReadonlyArray<Change> = [
      { _tag: "Added", item: {}, content, isOlder: false } as unknown as Change,
      { _tag: "Removed", item: {}, content, why: "gone", mergedInto: undefined } as unknown as Change,
      { _tag: "Moved", item: {}, before: { kept: [1] }, after: { kept: [2] } } as unknown as Change
    ]
    for (const change of changes) assert.deepStrictEqual(appliedTo({ environments: [], kept: [] }, [change]).kept, [])
  })
})

describe("a change in the middle of a chain", () => {
  it("is found, whichever backup it is in", () => {
    const of = (changed: number | undefined) =>
      tree(environment(web, [
        chain(chainX, [1, 2, 3, 4], {
          incrementals: [2, 3, 4].map((number) =>
            incremental(chainX, number, { description: number === changed ? "new" : "old" })
          )
        })
      ]))
    for (const changed of [2, 3, 4]) {
      const changes = TreeDiff.changes(of(undefined), of(changed))
      assert.deepStrictEqual(changes.map(({ item }) => item.backup), [`${chainX}.${changed}`])
    }
  })
})

describe("the laws of diffs", () => {
  it.prop("a tree does not differ from itself, in any order", [Arbitraries.tree], ([tree]) => {
    assert.deepStrictEqual(TreeDiff.changes(tree, tree), [])
    assert.deepStrictEqual(TreeDiff.changes(tree, structuredClone(tree)), [])
    assert.deepStrictEqual(TreeDiff.changes(tree, TreeDiff.sort(tree)), [])
    assert.deepStrictEqual(TreeDiff.sort(TreeDiff.sort(tree)), TreeDiff.sort(tree))
  })

  it.prop(
    "applied to the first tree, the changes return the second one, sorted",
    [TreePairs.pair],
    ([[one, other]]) => {
      assert.deepStrictEqual(appliedTo(one, TreeDiff.changes(one, other)), TreeDiff.sort(other))
      assert.deepStrictEqual(appliedTo(other, TreeDiff.changes(other, one)), TreeDiff.sort(one))
    }
  )

  it.prop("there are no changes only between trees that are equal after sorting", [TreePairs.pair], ([[a, b]]) => {
    const isEqual = keyOf(TreeDiff.sort(a)) === keyOf(TreeDiff.sort(b))
    assert.strictEqual(TreeDiff.changes(a, b).length === 0, isEqual)
  })

  it.prop("what is added is what is removed the other way around", [TreePairs.pair], ([[one, other]]) => {
    const [there, back] = [TreeDiff.changes(one, other), TreeDiff.changes(other, one)]
    assert.deepStrictEqual(contents(TreeDiff.added(there)), contents(TreeDiff.removed(back)))
    assert.deepStrictEqual(contents(TreeDiff.removed(there)), contents(TreeDiff.added(back)))
  })

  it.prop("each change is about one item, and each field of an item is in one change", [TreePairs.pair], ([[a, b]]) => {
    const byItem = Map.groupBy(TreeDiff.changes(a, b).filter(({ _tag }) => _tag !== "Moved"), itemKey)
    for (const changes of byItem.values()) {
      const whole = changes.filter(({ _tag }) => _tag === "Added" || _tag === "Removed")
      // A part of another spelling can take the place of a removed one only as a change of it.
      assert.isTrue(whole.length === 0 || changes.length === 1, keyOf(changes))
      const fields = changes.flatMap((change) =>
        "before" in change ? [...new Set([...Object.keys(change.before), ...Object.keys(change.after)])] : []
      )
      assert.strictEqual(new Set(fields).size, fields.length)
    }
  })

  it.prop("a diff is stored as it is", [TreePairs.pair], ([[one, other]]) => {
    assertStored(TreeDiff.TreeDiff, Result.getOrThrow(TreeDiff.make(listing(one), listing(other))))
  })

  it.prop("changes do not apply to a tree that they do not fit", [TreePairs.pair], ([[one, other]]) => {
    const changes = TreeDiff.changes(one, other).filter(({ _tag }) => _tag !== "Moved")
    if (changes.length === 0) return
    const twice = TreeDiff.apply(appliedTo(one, changes), changes)
    assert.isTrue(Result.isFailure(twice))
    assert.match(Result.isFailure(twice) ? twice.failure.message : "", /^The diff does not apply to this tree: /)
  })
})

describe("removals on a server", () => {
  it.prop("are only removals, promotions and merges in the diff", [TreePairs.removal], ([[before, after]]) => {
    const changes = TreeDiff.changes(before, after)
    for (const change of changes) assert.include(["Removed", "Promoted", "Merged"], change._tag)
    for (const change of changes) {
      if (change._tag !== "Promoted" && change._tag !== "Merged") continue
      const merged = TreeDiff.removed(changes).filter(({ mergedInto }) => mergedInto === change.item.backup)
      assert.deepStrictEqual(
        merged.map(({ item, why }) => [item.backup, why]),
        change.merged.map((id) => [id, "merged"])
      )
    }
  })

  it.prop("cannot be told from a lock, if they remove a whole chain", [TreePairs.locking], ([[before, after]]) => {
    for (const { content, why } of TreeDiff.removed(TreeDiff.changes(before, after))) {
      assert.notStrictEqual(content._tag, "Backup")
      assert.strictEqual(why, "possibly-locked")
    }
  })
})
