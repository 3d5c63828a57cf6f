/** Dispatchers for tests of examples, and roads to them. */
import * as BackupStore from "@backup-tree/core/server/BackupStore"
import * as BackupTreeXml from "@backup-tree/core/tree/BackupTreeXml"
import * as DispatcherEmulator from "@backup-tree/emulator/DispatcherEmulator"
import { ConnectFailed, DispatcherError } from "@backup-tree/io/dispatcher/DispatcherError"
import * as DispatcherTransport from "@backup-tree/io/dispatcher/DispatcherTransport"
import * as Endpoint from "@backup-tree/io/dispatcher/Endpoint"
import { Effect, Redacted, Result, type Scope } from "effect"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { readText } from "./documents.ts"

/** A tree of one machine with two chains. */
export const tree = Result.getOrThrow(
  BackupTreeXml.decode(readText("packages/core/test/fixtures/05-two-chains.xml"), { mode: "strict" })
).tree

/** The accepted logins. */
export const secret = "a secret that no other test uses"

/** Starts a dispatcher that serves {@link tree}. */
export const serve = (options: Partial<DispatcherEmulator.Options> = {}) =>
  DispatcherEmulator.make({
    store: BackupStore.fromTree(tree),
    accounts: [{ userName: "root", password: Redacted.make(secret) }],
    ...options
  })

/** Makes a path for a socket, in a folder of its own. */
export const socketPath: Effect.Effect<string, never, Scope.Scope> = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "backup-tree-"))),
    (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true }))
  ),
  (folder) => path.join(folder, "dispatcher.socket")
)

/** How an endpoint is reached. */
export type Dial = typeof DispatcherTransport.Dial.Service

/** Makes host names lead to dispatchers; what has no such name cannot be reached. */
export const names = (hosts: Readonly<Record<string, DispatcherEmulator.DispatcherEmulator>>) =>
  Effect.map(Effect.service(DispatcherTransport.Dial), (dial): Dial => (endpoint) => {
    const emulator = endpoint._tag === "Tcp" ? hosts[endpoint.host] : undefined
    return emulator === undefined
      ? Effect.fail(
        new DispatcherError({
          endpoint: Endpoint.print(endpoint),
          reason: new ConnectFailed({ code: "ECONNREFUSED" })
        })
      )
      : dial(emulator.endpoint)
  })
