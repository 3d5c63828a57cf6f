import * as BackupTree from "@backup-tree/core/BackupTree"
import * as Arbitraries from "@backup-tree/emulator/Arbitraries"
import * as BackupSource from "@backup-tree/io/BackupSource"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

describe("a whole chain", () => {
  it.effect.prop(
    "is that of the store, by any of its ids",
    [Arbitraries.healthyTree],
    ([listed]) =>
      Effect.gen(function*() {
        for (const { chains } of listed.environments) {
          for (const whole of chains) {
            for (const { id } of BackupTree.backups(whole)) {
              const listing = yield* BackupSource.getChain(id)
              assert.deepStrictEqual(listing.tree.environments.flatMap(({ chains }) => chains), [whole])
            }
          }
        }
      }).pipe(Effect.provide(BackupSource.layerTest(listed)))
  )
})
