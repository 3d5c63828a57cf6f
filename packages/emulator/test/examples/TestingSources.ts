import type { BackupTree } from "@backup-tree/core"
import { DispatcherEmulator } from "@backup-tree/emulator"
import { BackupSource, DispatcherClient } from "@backup-tree/io"
import { ConnectionLost } from "@backup-tree/io/BackupSourceError"
import { StoreGenerator } from "@backup-tree/testing"
import { Effect, Layer, Redacted } from "effect"

const connectionLost = new ConnectionLost({ stage: "reply", detail: "reset" })

/** Sources for tests: one that responds, is slow, fails, recovers from a failure, or never responds. */
export const sources = (tree: BackupTree.BackupTree) => ({
  replies: BackupSource.layerTest(tree),
  late: BackupSource.layerTest(Effect.delay(Effect.succeed(tree), "5 seconds")),
  fails: BackupSource.layerTest(Effect.fail(connectionLost)),
  recovers: BackupSource.layerTest(Effect.fail(connectionLost), tree),
  hangs: BackupSource.layerTest(Effect.never)
})

/** A source that queries an emulated dispatcher on loopback: real sockets, the real protocol, a sample store. */
export const emulated = Layer.unwrap(Effect.gen(function*() {
  const password = Redacted.make("secret")
  const { endpoint } = yield* DispatcherEmulator.make({
    store: StoreGenerator.generate({ seed: 1 }),
    accounts: [{ userName: "root", password }]
  })
  return BackupSource.layerClient({ endpoint, credentials: DispatcherClient.password("root", password) })
}))
