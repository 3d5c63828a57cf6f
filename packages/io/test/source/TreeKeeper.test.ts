import * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as TreeMemory from "@backup-tree/core/tree/TreeMemory"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as v8 from "node:v8"
import { maxTreeBytes, TreeKeeper } from "../../src/source/treeKeeper.ts"

const environment = (name: string): BackupTree.VirtualEnvironment => ({
  uuid: "{1}",
  name,
  vmType: 0,
  version: 5,
  chains: [],
  kept: []
})

const one = environment("one")
const two = environment("number two")
const both = TreeMemory.bytesOf(one) + TreeMemory.bytesOf(two)

const keep = (maxBytes: number, ...groups: ReadonlyArray<ReadonlyArray<BackupTree.VirtualEnvironment>>) => {
  const keeper = new TreeKeeper(maxBytes)
  for (const group of groups) keeper.add(group)
  return keeper.environments
}

describe("the environments that are kept", () => {
  it("may fill the memory exactly", () => {
    assert.deepStrictEqual(keep(both, [one], [two]), Result.succeed([one, two]))
    assert.deepStrictEqual(keep(both, [one, two]), Result.succeed([one, two]))
  })

  it("are an error beyond it, even if smaller ones follow", () => {
    for (const groups of [[[one], [two]], [[one, two]], [[two, one]], [[one, two], [one]]]) {
      const kept = keep(both - 1, ...groups)
      assert.strictEqual(Result.isFailure(kept) && kept.failure.reason, "memory")
    }
  })

  it("may fill a quarter of the heap by default", () => {
    assert.strictEqual(maxTreeBytes(undefined), v8.getHeapStatistics().heap_size_limit / 4)
    assert.strictEqual(maxTreeBytes(7), 7)
  })
})
