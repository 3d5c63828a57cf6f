/**
 * `backup-tree serve`: a dispatcher that serves a file, to try clients against.
 */
import * as BackupTreeRequest from "@backup-tree/core/BackupTreeRequest"
import * as PrintableText from "@backup-tree/core/PrintableText"
import * as DispatcherEmulator from "@backup-tree/emulator/DispatcherEmulator"
import * as BackupSource from "@backup-tree/io/BackupSource"
import * as Endpoint from "@backup-tree/io/Endpoint"
import { Command, Flag } from "effect/cli"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Credentials from "../Credentials.ts"
import { InterruptCode, UsageError } from "../ExitCode.ts"
import * as Output from "../Output.ts"

/** The command; it runs until it is interrupted. */
export const serve = Command.make(
  "serve",
  {
    file: Flag.String("file").pipe(
      Flag.withMetavar("FILE"),
      Flag.withDescription("The XML of a backup tree")
    ),
    listen: Flag.String("listen").pipe(
      Flag.withMetavar("HOST:PORT"),
      Flag.withDescription("Where to listen; port 0 takes a free one"),
      Flag.withDefault(`127.0.0.1:${Endpoint.defaultPort}`)
    ),
    user: Flag.String("user").pipe(
      Flag.withMetavar("NAME"),
      Flag.withDescription("The user who may log in"),
      Flag.withDefault("root")
    ),
    passwordFile: Credentials.passwordFile
  },
  Effect.fnUntraced(function*({ file, listen, passwordFile, user }) {
    const endpoint = yield* parseListen(listen)
    const store = yield* readStore(file)
    const password = yield* Credentials.findPassword(passwordFile, `${user}, who may log in`)
    return yield* Effect.scoped(Effect.gen(function*() {
      const emulator = yield* DispatcherEmulator.make({ store, accounts: [{ userName: user, password }], endpoint })
      const interrupt = yield* InterruptCode
      interrupt.code = 0
      yield* Output.lines([
        `serving ${PrintableText.escape(file)} on ${Endpoint.print(emulator.endpoint)} for ${
          PrintableText.escape(user)
        }`
      ])
      return yield* Effect.never
    }))
  })
).pipe(
  Command.withDescription("Serve a saved listing as a dispatcher would, for trying clients against it"),
  Command.withExamples([
    { command: "backup-tree serve --file tree.xml --listen 127.0.0.1:64000", description: "Serve a file on loopback" }
  ])
)

const parseListen = (listen: string): Effect.Effect<Endpoint.Endpoint, UsageError> => {
  // A port alone, with or without a colon, means loopback: who wants more says so.
  const address = Endpoint.parse(/^:?\d+$/.test(listen) ? `127.0.0.1:${listen.replace(":", "")}` : listen)
  return Result.match(address, {
    onFailure: ({ message }) => Effect.fail(new UsageError({ message: `--listen: ${message}` })),
    onSuccess: ({ endpoint, user }) =>
      user._tag === "None"
        ? Effect.succeed(endpoint)
        : Effect.fail(new UsageError({ message: "--listen takes no user; give --user" }))
  })
}

const readStore = (file: string) =>
  Effect.gen(function*() {
    const text = yield* Effect.provide(
      BackupSource.getBackupTreeXml(BackupTreeRequest.everything),
      BackupSource.layerFile({ path: file })
    )
    return yield* Effect.mapError(
      Effect.fromResult(DispatcherEmulator.storeFromXml(text)),
      ({ message }) => new UsageError({ message: `${PrintableText.escape(file)}: ${message}` })
    )
  })
