import { BackupTreeRequest } from "@backup-tree/core"
import { DispatcherEmulator, Faults } from "@backup-tree/emulator"
import { BackupSource, DispatcherClient } from "@backup-tree/io"
import * as PackageType from "@backup-tree/io/protocol/PackageType"
import { StoreGenerator } from "@backup-tree/testing"
import { Effect, Redacted } from "effect"

/** The code under test: asks again where that can help, three times at most. */
const patient = BackupSource.getBackupTree(BackupTreeRequest.everything).pipe(
  Effect.retry({ while: (error) => error.isRetryable, times: 3 })
)

/** Runs it against a server with faults: the listing, and how often the server was asked. */
const against = (faults: ReadonlyArray<Faults.Fault>) =>
  Effect.gen(function*() {
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
    return { listing, asked: commands.get(PackageType.DspCmdGetBackupTree) }
  })

/** The connection is lost in the middle of the first two answers. */
export const twoLost = against([Faults.times(Faults.drop("mid-reply"), 2)])

/** Every answer has a wrong checksum. */
export const broken = against([Faults.corrupt("request", 80, { layer: "package" })])
