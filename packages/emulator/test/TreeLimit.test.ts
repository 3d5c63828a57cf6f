import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as DispatcherEmulator from "@backup-tree/emulator/DispatcherEmulator"
import * as BackupSource from "@backup-tree/io/BackupSource"
import * as DispatcherClient from "@backup-tree/io/dispatcher/DispatcherClient"
import * as StoreGenerator from "@backup-tree/testing/StoreGenerator"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { fileURLToPath } from "node:url"

const { everything } = BackupTreeRequest

const twoChains = fileURLToPath(new URL("../../core/test/fixtures/05-two-chains.xml", import.meta.url))

const reasonOf = (error: { readonly reason: { readonly _tag: string; readonly message: string } }) =>
  error.reason.message

describe("maxTreeBytes", () => {
  it.effect("limits the tree of a file", () =>
    Effect.gen(function*() {
      const read = (maxTreeBytes: number) =>
        Effect.provide(
          BackupSource.getBackupTree(everything),
          BackupSource.layerFile({ path: twoChains, isComplete: true, maxTreeBytes })
        )
      assert.match(reasonOf(yield* Effect.flip(read(1000))), /the listing needs more than 0 MiB of memory/)
      assert.strictEqual((yield* read(1_000_000)).tree.environments.length, 1)
    }))

  it.live("limits the tree of a dispatcher that is kept, but not one that is streamed", () =>
    Effect.gen(function*() {
      const password = Redacted.make("secret")
      const { endpoint } = yield* DispatcherEmulator.make({
        store: StoreGenerator.generate({ seed: 1, environments: 20 }),
        accounts: [{ userName: "admin", password }]
      })
      const layer = BackupSource.layerClient({
        endpoint,
        credentials: DispatcherClient.password("admin", password),
        // More than any environment takes, and less than all.
        maxTreeBytes: 150_000
      })
      const kept = Effect.flip(BackupSource.getBackupTree(everything))
      assert.match(reasonOf(yield* Effect.provide(kept, layer)), /the listing needs more than 0 MiB of memory/)
      const streamed = Stream.runCount(BackupSource.streamEnvironments(everything))
      assert.isAbove(yield* Effect.provide(streamed, layer), 10)
    }))
})
