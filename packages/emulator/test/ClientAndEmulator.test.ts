import * as BackupTreeRequest from "@backup-tree/core/BackupTreeRequest"
import * as BackupTreeXml from "@backup-tree/core/BackupTreeXml"
import * as ServerModel from "@backup-tree/core/ServerModel"
import * as DispatcherEmulator from "@backup-tree/emulator/DispatcherEmulator"
import * as BackupSource from "@backup-tree/io/BackupSource"
import type * as Endpoint from "@backup-tree/io/Endpoint"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Result } from "effect"
import * as fs from "node:fs"

const example = (name: string) => fs.readFileSync(new URL(`../../core/test/fixtures/${name}`, import.meta.url), "utf8")
const tree = Result.getOrThrow(BackupTreeXml.decode(example("05-two-chains.xml"), { mode: "strict" })).tree

describe("client and emulator", () => {
  it.live("asks over TLS on loopback", () =>
    Effect.gen(function*() {
      const emulator = yield* DispatcherEmulator.make({
        store: ServerModel.fromTree(tree),
        accounts: [{ userName: "root", password: Redacted.make("secret") }]
      })
      const endpoint = emulator.endpoint as Extract<Endpoint.Endpoint, { _tag: "Tcp" }>
      const listing = yield* BackupSource.getBackupTree(BackupTreeRequest.everything).pipe(
        Effect.provide(BackupSource.layerDispatcher({
          host: endpoint.host,
          port: endpoint.port,
          userName: "root",
          password: Redacted.make("secret")
        }))
      )
      assert.deepStrictEqual(listing.tree, tree)
      assert.strictEqual(yield* emulator.connections, 0)
    }))
})
