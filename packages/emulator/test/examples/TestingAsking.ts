import type * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as DispatcherEmulator from "@backup-tree/emulator/DispatcherEmulator"
import * as BackupSource from "@backup-tree/io/BackupSource"
import * as DispatcherClient from "@backup-tree/io/dispatcher/DispatcherClient"
import { ConnectionLost, DispatcherError } from "@backup-tree/io/dispatcher/DispatcherError"
import * as StoreGenerator from "@backup-tree/testing/StoreGenerator"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"

const connectionLost = new DispatcherError({
  endpoint: "node7:64000",
  reason: new ConnectionLost({ stage: "reply", detail: "reset" })
})

/** Sources for tests, a line each: an answer, a late one, a fault, a fault and then an answer, a server that hangs. */
export const sources = (tree: BackupTree.BackupTree) => ({
  answers: BackupSource.layerTest(tree),
  late: BackupSource.layerTest(Effect.delay(Effect.succeed(tree), "5 seconds")),
  fails: BackupSource.layerTest(Effect.fail(connectionLost)),
  recovers: BackupSource.layerTest(Effect.fail(connectionLost), tree),
  hangs: BackupSource.layerTest(Effect.never)
})

/** A source that asks a dispatcher on loopback: real sockets, the real protocol, a made-up store. */
export const emulated = Layer.unwrap(Effect.gen(function*() {
  const password = Redacted.make("secret")
  const { endpoint } = yield* DispatcherEmulator.make({
    store: StoreGenerator.generate({ seed: 1 }),
    accounts: [{ userName: "root", password }]
  })
  return BackupSource.layerClient({ endpoint, credentials: DispatcherClient.password("root", password) })
}))
