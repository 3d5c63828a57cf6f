/**
 * `backup-tree serve`: a dispatcher that serves a file, or a backup directory, to try clients against.
 */
import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import * as DispatcherEmulator from "@backup-tree/emulator/DispatcherEmulator"
import * as BackupSource from "@backup-tree/io/BackupSource"
import * as BackupDirectory from "@backup-tree/io/directory/BackupDirectory"
import * as Endpoint from "@backup-tree/io/dispatcher/Endpoint"
import { Command, Flag } from "effect/cli"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type * as Stdio from "effect/Stdio"
import * as Credentials from "../Credentials.ts"
import { InterruptCode, UsageError } from "../ExitCode.ts"
import * as Output from "../Output.ts"

/** The command; it runs until it is interrupted. */
export const serve = Command.make(
  "serve",
  {
    file: Flag.String("file").pipe(
      Flag.withMetavar("FILE"),
      Flag.withDescription("The XML of a backup tree"),
      Flag.optional
    ),
    directory: Flag.String("directory").pipe(
      Flag.withMetavar("DIR"),
      Flag.withDescription("A backup directory, which is read anew for each question"),
      Flag.optional
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
  Effect.fnUntraced(function*({ directory, file, listen, passwordFile, user }) {
    const endpoint = yield* parseListen(listen)
    const { name, store } = yield* findStore(file, directory)
    const password = yield* Credentials.findPassword(passwordFile, `${user}, who may log in`)
    return yield* Effect.scoped(Effect.gen(function*() {
      const emulator = yield* DispatcherEmulator.make({ store, accounts: [{ userName: user, password }], endpoint })
      const interrupt = yield* InterruptCode
      interrupt.code = 0
      yield* Output.lines([
        `serving ${PrintableText.escape(name)} on ${Endpoint.print(emulator.endpoint)} for ${
          PrintableText.escape(user)
        }`
      ])
      return yield* Effect.never
    }))
  })
).pipe(
  Command.withDescription(
    "Serve a saved listing, or a backup directory, as a dispatcher would, for trying clients against it"
  ),
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

interface FoundStore {
  readonly name: string
  readonly store: DispatcherEmulator.StoreSource
}

const findStore = (file: Option.Option<string>, directory: Option.Option<string>) =>
  Effect.gen(function*() {
    if (Option.isSome(file) === Option.isSome(directory)) {
      return yield* Effect.fail(new UsageError({ message: "give --file or --directory, one of them" }))
    }
    if (Option.isSome(file)) return { name: file.value, store: yield* readStore(file.value) } satisfies FoundStore
    const name = Option.getOrThrow(directory)
    const where = PrintableText.escape(name)
    yield* Effect.mapError(
      BackupDirectory.read(name),
      ({ message }) => new UsageError({ message: `${where}: ${message}` })
    )
    const store = BackupDirectory.read(name).pipe(
      // A server whose store is not mounted answers as if there were nothing (SEMANTICS 6), and so does this one.
      Effect.catch(({ message }) => Effect.as(Output.note(`backup-tree: ${where}: ${message}`), { environments: [] })),
      Effect.provideContext(yield* Effect.context<FileSystem.FileSystem | Stdio.Stdio>())
    )
    return { name, store } satisfies FoundStore
  })

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
