import * as BackupFlags from "@backup-tree/core/sdk/BackupFlags"
import type * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as ReturnCode from "@backup-tree/core/sdk/ReturnCode"
import * as BackupTreeXml from "@backup-tree/core/tree/BackupTreeXml"
import type * as DispatcherEmulator from "@backup-tree/emulator/DispatcherEmulator"
import * as BackupSource from "@backup-tree/io/BackupSource"
import * as DispatcherClient from "@backup-tree/io/dispatcher/DispatcherClient"
import { assert, describe, it } from "@effect/vitest"
import { Console, Effect, Redacted } from "effect"
import { leavesNothing } from "../../io/test/support/leaks.ts"
import * as FromTheSdk from "./examples/FromTheSdk.ts"
import { assertShows, readText } from "./support/documents.ts"
import { secret, serve, tree } from "./support/serving.ts"

/** Runs a program, and gives what it wrote beside its result. */
const written = <A, E, R>(program: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const out: Array<unknown> = []
    const err: Array<unknown> = []
    const result = yield* Effect.provideService(program, Console.Console, {
      ...globalThis.console,
      log: (line) => void out.push(line),
      error: (line) => void err.push(line)
    })
    return { result, out, err }
  })

const source = ({ endpoint }: DispatcherEmulator.DispatcherEmulator, password = secret) =>
  BackupSource.layerClient({ endpoint, credentials: DispatcherClient.password("root", Redacted.make(password)) })

const parameters: BackupTreeRequest.Parameters = {
  uuid: "",
  targetHost: "node9",
  targetPort: 64_000,
  targetSessionId: Redacted.make(""),
  backupDirectory: "",
  backupFlags: BackupFlags.of("PBT_VM", "PBT_CT", "PBT_FULL"),
  reservedFlags: 0,
  force: true
}

const document = "docs/from-the-c-sdk.md"

describe("the guide for users of the C SDK", () => {
  it("shows what is compiled and run here", () => assertShows(document, ["FromTheSdk.ts"]))

  it.each([
    ...["Create", "LoginEx", "LoginLocalEx", "GetBackupTree", "GetBackupTreeEx", "Logoff"].map((name) =>
      `PrlSrv_${name}`
    ),
    ...["Wait", "GetRetCode", "GetStatus", "GetProgress", "Cancel", "GetResult", "GetError"].map((name) =>
      `PrlJob_${name}`
    ),
    "PrlResult_GetParamAsString"
  ])("has a row for %s", (name) => assert.match(readText(document), new RegExp(String.raw`^\|.*\b${name}\b`, "m")))

  it("names return codes that there are", () => {
    for (const [name] of readText(document).matchAll(/\bPRL_ERR_[A-Z_]*/g)) assert.property(ReturnCode.codes, name)
  })

  it.live("has a program that prints what there is", () =>
    Effect.gen(function*() {
      const emulator = yield* serve()
      const { err, out, result } = yield* written(FromTheSdk.program).pipe(Effect.provide(source(emulator)))
      assert.deepStrictEqual([result, out], [0, ["web01: 2 chains"]])
      assert.strictEqual(err.at(-1), "the job is Finished")
    }).pipe(Effect.scoped, leavesNothing))

  it.live("has a program that gives the SDK's return code for a refused login", () =>
    Effect.gen(function*() {
      const emulator = yield* serve()
      const { err, result } = yield* written(FromTheSdk.program).pipe(Effect.provide(source(emulator, "wrong")))
      assert.strictEqual(result, ReturnCode.codes.PRL_ERR_AUTHENTICATION_FAILED)
      assert.match(err.join("\n"), /the login of "root" was refused/)
    }).pipe(Effect.scoped, leavesNothing))

  it.live("makes the call with the SDK's parameters, and says which of them have no effect", () =>
    Effect.gen(function*() {
      const emulator = yield* serve()
      const { err, result } = yield* written(FromTheSdk.getBackupTree(parameters)).pipe(
        Effect.provide(source(emulator))
      )
      assert.strictEqual(result, BackupTreeXml.encode(tree))
      assert.deepStrictEqual(err, [
        "PBT_FULL: ignored by this call",
        "target node9:64000: ignored by the server without a session id"
      ])
    }).pipe(Effect.scoped, leavesNothing))

  it.effect.each<readonly [backupFlags: BackupFlags.BackupFlags, uuid: string, tag: string]>([
    [BackupFlags.of("PBT_BACKUP_ID", "PBT_CHAIN"), "{0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}", "InvalidParam"],
    [BackupFlags.of("PBT_CHAIN"), "0b8f6d1e", "NeverMatches"]
  ])(
    "refuses what no server takes, before anything is sent: case %#",
    ([backupFlags, uuid, tag]) =>
      Effect.gen(function*() {
        const running = FromTheSdk.getBackupTree({
          ...parameters,
          backupFlags,
          uuid
        })
        assert.strictEqual((yield* Effect.flip(Effect.provide(running, BackupSource.layerTest(tree))))._tag, tag)
      })
  )
})
