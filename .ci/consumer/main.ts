// A small program on the installed packages, for .ci/check-install.mjs: it serves the listing in a file from an emulator,
// fetches it over TLS, and prints which of its chains can be trusted.
import { BackupCatalog, BackupTreeRequest } from "@backup-tree/core"
import { DispatcherEmulator } from "@backup-tree/emulator"
import { TreeText } from "@backup-tree/formats"
import { BackupSource, DispatcherClient } from "@backup-tree/io"
import { Console, Effect, Layer, Redacted } from "effect"
import { readFileSync } from "node:fs"

const password = Redacted.make("secret")

const emulated = Layer.unwrap(Effect.gen(function*() {
  const store = yield* Effect.fromResult(DispatcherEmulator.storeFromXml(readFileSync(process.argv[2]!, "utf8")))
  const { endpoint } = yield* DispatcherEmulator.make({ store, accounts: [{ userName: "root", password }] })
  return BackupSource.layerClient({ endpoint, credentials: DispatcherClient.password("root", password) })
}))

const program = Effect.gen(function*() {
  const listing = yield* BackupSource.getBackupTree({ ...BackupTreeRequest.everything, kinds: "vm+ct" })
  const { entries, quarantined } = BackupCatalog.fromListing(listing)
  yield* Console.log(TreeText.summary(listing.tree))
  yield* Console.log(`${entries.size} backups in proven chains, ${quarantined.length} chains quarantined`)
})

await Effect.runPromise(Effect.scoped(Effect.provide(program, emulated)))
