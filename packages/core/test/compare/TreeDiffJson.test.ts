import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import * as TreeDiff from "../../src/compare/TreeDiff.ts"
import * as TreeDiffJson from "../../src/compare/TreeDiffJson.ts"
import { chain, chainX, environment, full, incremental, listing, tree, web } from "../support/treeLiterals.ts"
import * as TreePairs from "../support/treePairs.ts"

const decode = Schema.decodeUnknownSync(TreeDiffJson.TreeDiffJson, { onExcessProperty: "error" })

describe("a diff as JSON", () => {
  it.prop("has exactly the fields of its schema, and each change", [TreePairs.pair], ([[one, other]]) => {
    const diff = Result.getOrThrow(TreeDiff.make(listing(one), listing(other)))
    const json = TreeDiffJson.encode(diff)
    assert.deepStrictEqual(decode(json), json)
    assert.strictEqual(Object.values(json.counts).reduce((sum, count) => sum + count), diff.changes.length)
    assert.deepStrictEqual(
      json.changes.map(({ change }) => change),
      diff.changes.map(({ _tag }) => _tag.toLowerCase())
    )
  })

  it("has stable names", () => {
    const before = tree(environment(web, [chain(chainX, [1, 2])], { vmType: 0 }))
    const promoted = full(`${chainX}.2`, { size: 5n, disks: undefined })
    const after = tree(environment(web, [chain(chainX, [2], { head: promoted })], { vmType: 2 }))
    const { changes } = TreeDiffJson.encode(Result.getOrThrow(TreeDiff.make(listing(before), listing(after))))
    const item = { environment: web, name: "web01", chain: null, backup: null }
    const { number: _, ...rest } = { number: null, ...changes[2] }
    assert.deepStrictEqual(changes[0], { change: "changed", item, before: { kind: "vm" }, after: { kind: "ct-ploop" } })
    assert.deepStrictEqual([changes[1]?.change, changes[1]?.item.backup], ["removed", chainX])
    assert.deepStrictEqual(rest, {
      change: "promoted",
      item: { ...item, chain: chainX, backup: `${chainX}.2` },
      before: {
        type: "incremental",
        number: 2,
        size: incremental(chainX, 2).size,
        typeLetter: "i",
        flags: 4096,
        disks: []
      },
      after: { type: "full", size: 5n, typeLetter: "f", flags: 2048, disks: null },
      merged: [chainX]
    })
  })
})
