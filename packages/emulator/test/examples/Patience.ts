import { BackupTreeRequest } from "@backup-tree/core"
import { DispatcherEmulator, Faults } from "@backup-tree/emulator"
import { BackupSource, DispatcherClient } from "@backup-tree/io"
import * as PackageType from "@backup-tree/io/protocol/PackageType"
import { StoreGenerator } from "@backup-tree/testing"
import { Effect, Redacted } from "effect"

/** Your code: repeats a request up to three times if that can help. */
const patient = BackupSource.getBackupTree(BackupTreeRequest.everything).pipe(
  Effect.retry({ while: (error) => error.isRetryable, times: 3 })
)

/** Runs it against a server with faults. Returns the listing and the number of requests that the server received. */
const against = Effect.fnUntraced(function*(faults: ReadonlyArray<Faults.Fault>) {
  const password = Redacted.make("secret")
  const emulator = yield* DispatcherEmulator.make({
    store: StoreGenerator.generate({ seed: 1 }),
    accounts: [{ userName: "root", password }],
    faults
  })
  const source = BackupSource.layerClient({
    endpoint: emulator.endpoint,
    credentials: DispatcherClient.password("root", password)
  })
  const listing = yield* Effect.provide(patient, source)
  const commands = yield* emulator.commands
  return { listing, requests: commands.get(PackageType.DspCmdGetBackupTree) }
})

/** The connection is lost in the middle of the first two replies. */
export const twoLost = against([Faults.times(Faults.drop("mid-reply"), 2)])

/** Every reply has a wrong checksum. */
export const broken = against([Faults.corrupt("request", 80, { layer: "package" })])
