import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as ServerModel from "@backup-tree/core/server/ServerModel"
import * as BackupSource from "@backup-tree/io/BackupSource"
import * as StoreGenerator from "@backup-tree/testing/StoreGenerator"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { untrusted } from "./examples/Taste.ts"

describe("the taste of the library", () => {
  it.effect("finds the broken chain of a sample store", () =>
    Effect.gen(function*() {
      const store = StoreGenerator.generate({ seed: 1, wrongId: true })
      const tree = ServerModel.select(store, BackupTreeRequest.everything)
      const lines = yield* Effect.provide(untrusted, BackupSource.layerTest(tree))
      assert.strictEqual(lines.length, 1)
      assert.match(lines[0]!, /^mail-gateway \{.*\}: incremental 4 of chain/)
    }))
})
