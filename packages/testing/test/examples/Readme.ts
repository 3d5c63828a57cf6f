import { BackupTree, BackupTreeRequest, ServerModel } from "@backup-tree/core"
import { Arbitraries, StoreDirectory, StoreFault, StoreGenerator } from "@backup-tree/testing"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"

/** Your code: the size of all backups of each machine, by its uuid. */
export const sizes = (tree: BackupTree.BackupTree) =>
  new Map(tree.environments.map(({ chains, uuid }) => {
    const backups = chains.flatMap(BackupTree.backups)
    return [uuid, backups.reduce((sum, { size }) => sum + size, 0n)]
  }))

it.prop("every machine has a size", [Arbitraries.healthyTree], ([tree]) => {
  assert.strictEqual(sizes(tree).size, tree.environments.length)
})

/** 100 machines with three weeks of nightly backups. The same seed yields the same store. */
export const store = StoreGenerator.generate({ seed: 1, environments: 100 })

/** What a server with this store lists. */
export const listing = Arbitraries.completeListing(ServerModel.exactSelect(store, BackupTreeRequest.everything))

/** Writes a backup directory in which an image is missing. Returns what a reader must report, and where. */
export const brokenDirectory = Effect.fnUntraced(function*(root: string) {
  const store = StoreGenerator.generate({ seed: 1 })
  const planned = yield* Effect.fromResult(StoreFault.plan(store, ["missing-image"], { seed: 1 }))
  yield* StoreDirectory.write(store, root)
  for (const { inject } of planned) yield* inject(root)
  return planned.map(({ fault, reportedAt }) => ({ path: reportedAt, reportedAs: fault.reportedAs }))
})
