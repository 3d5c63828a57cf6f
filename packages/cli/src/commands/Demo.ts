/**
 * `backup-tree demo`: runs every step on this machine, from a sample backup store to findings.
 */
import * as Check from "@backup-tree/core/check/Check"
import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as DispatcherEmulator from "@backup-tree/emulator/DispatcherEmulator"
import * as BackupSource from "@backup-tree/io/BackupSource"
import * as DispatcherClient from "@backup-tree/io/dispatcher/DispatcherClient"
import * as Endpoint from "@backup-tree/io/dispatcher/Endpoint"
import * as RandomUuid from "@backup-tree/io/dispatcher/RandomUuid"
import * as StoreGenerator from "@backup-tree/testing/StoreGenerator"
import { Command } from "effect/cli"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Output from "../Output.ts"
import * as StatusLine from "../StatusLine.ts"
import { printReport } from "./Check.ts"
import { printTable } from "./List.ts"

/** The command. It exits with 0, although the sample store has a broken chain on purpose. */
export const demo = Command.make(
  "demo",
  {},
  Effect.fnUntraced(function*() {
    const style = yield* Output.style
    const step = (text: string) => Output.lines([style("title", text)])
    yield* Effect.scoped(Effect.gen(function*() {
      const userName = "demo"
      const password = Redacted.make(yield* RandomUuid.next)
      const emulator = yield* DispatcherEmulator.make({
        store: StoreGenerator.generate({
          seed: 1,
          environments: 5,
          weeks: 2,
          now: yield* DateTime.now,
          wrongId: true
        }),
        accounts: [{ userName, password }]
      })
      yield* step(`Started a dispatcher with sample backups on ${Endpoint.print(emulator.endpoint)}.`)
      yield* step("Requesting its backup tree: connect, TLS, login, GetBackupTree.")
      const request: BackupTreeRequest.BackupTreeRequest = BackupTreeRequest.everything
      const source = BackupSource.layerClient({
        endpoint: emulator.endpoint,
        credentials: DispatcherClient.password(userName, password)
      })
      const listing = yield* StatusLine.follow(BackupSource.submit(request), { always: true }).pipe(
        Effect.scoped,
        Effect.provide(source)
      )
      yield* Output.lines([""])
      yield* printTable(listing)
      yield* Output.lines([""])
      yield* step("Checking the backups:")
      yield* printReport(listing, Check.run(listing))
    }))
  })
).pipe(
  Command.withDescription(
    "Start a dispatcher with sample backups on this machine, then list and check them"
  )
)
