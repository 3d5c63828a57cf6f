/**
 * `backup-tree serve`: emulates a dispatcher that serves a file or a backup directory, for testing clients.
 */
import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import * as DispatcherEmulator from "@backup-tree/emulator/DispatcherEmulator"
import * as BackupSource from "@backup-tree/io/BackupSource"
import * as BackupDirectory from "@backup-tree/io/directory/BackupDirectory"
import * as StoreFileSystem from "@backup-tree/io/directory/StoreFileSystem"
import * as Endpoint from "@backup-tree/io/dispatcher/Endpoint"
import { Command, Flag } from "effect/cli"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type * as Stdio from "effect/Stdio"
import { InterruptCode, UsageError } from "../ExitCode.ts"
import * as Credentials from "../options/Credentials.ts"
import * as Output from "../Output.ts"

const defaultListen = `127.0.0.1:${Endpoint.defaultPort}`

/** The command. It runs until it is interrupted. */
export const serve = Command.make(
  "serve",
  {
    file: Flag.String("file").pipe(
      Flag.withMetavar("FILE"),
      Flag.withDescription("Serve the listing in this XML file"),
      Flag.optional
    ),
    directory: Flag.String("directory").pipe(
      Flag.withMetavar("DIR"),
      Flag.withDescription("Serve this backup directory; it is read again for each request"),
      Flag.optional
    ),
    listen: Flag.String("listen").pipe(
      Flag.withMetavar("HOST:PORT"),
      Flag.withDescription(`Address to listen on; port 0 picks a free port (default: ${defaultListen})`),
      Flag.withDefault(defaultListen)
    ),
    user: Flag.String("user").pipe(
      Flag.withMetavar("NAME"),
      Flag.withDescription("User name that clients must log in with (default: root)"),
      Flag.withDefault("root")
    ),
    passwordFile: Credentials.passwordFile
  },
  Effect.fnUntraced(function*({ directory, file, listen, passwordFile, user }) {
    const endpoint = yield* parseListen(listen)
    const { name, store } = yield* findStore(file, directory)
    const password = yield* Credentials.findPassword(passwordFile, `user ${user}`)
    return yield* Effect.scoped(Effect.gen(function*() {
      const emulator = yield* Effect.mapError(
        DispatcherEmulator.make({ store, accounts: [{ userName: user, password }], endpoint }),
        (error) => error.reason._tag === "ConnectFailed" ? cannotListen(endpoint, error.reason.code) : error
      )
      const interrupt = yield* InterruptCode
      interrupt.code = 0
      yield* Output.lines([
        `serving ${PrintableText.escape(name)} on ${Endpoint.print(emulator.endpoint)} for user ${
          PrintableText.escape(user)
        }`
      ])
      return yield* Effect.never
    }))
  })
).pipe(
  Command.withDescription(
    "Emulate a dispatcher that serves a saved listing or a backup directory, for testing clients"
  ),
  Command.withExamples([
    {
      command: "backup-tree serve --file tree.xml --listen 127.0.0.1:64000",
      description: "Serve a saved listing to clients on this machine"
    }
  ])
)

const listenFailures: { readonly [code: string]: string } = {
  EADDRINUSE: "another program already uses this port. Choose another port with --listen.",
  EADDRNOTAVAIL: "this machine does not have that address. Choose another one with --listen.",
  EACCES: "permission denied. Choose port 1024 or higher with --listen."
}

const cannotListen = (endpoint: Endpoint.Endpoint, code: string): UsageError =>
  new UsageError({
    message: `cannot listen on ${Endpoint.print(endpoint)}: ${
      listenFailures[code] ?? `${PrintableText.excerpt(code)}. Check --listen.`
    }`
  })

const parseListen = (listen: string): Effect.Effect<Endpoint.Endpoint, UsageError> => {
  // A port without a host means loopback, so that nothing is exposed by accident.
  const address = Endpoint.parse(/^:?\d+$/.test(listen) ? `127.0.0.1:${listen.replace(":", "")}` : listen)
  return Result.match(address, {
    onFailure: ({ message }) => Effect.fail(new UsageError({ message: `--listen: ${message}` })),
    onSuccess: ({ endpoint, user }) =>
      user._tag === "None"
        ? Effect.succeed(endpoint)
        : Effect.fail(new UsageError({ message: "--listen does not accept a user name; use --user" }))
  })
}

interface FoundStore {
  readonly name: string
  readonly store: DispatcherEmulator.StoreSource
}

const findStore = Effect.fnUntraced(function*(file: Option.Option<string>, directory: Option.Option<string>) {
  if (Option.isSome(file) === Option.isSome(directory)) {
    return yield* Effect.fail(new UsageError({ message: "specify exactly one of --file and --directory" }))
  }
  if (Option.isSome(file)) return { name: file.value, store: yield* readStore(file.value) } satisfies FoundStore
  const name = Option.getOrThrow(directory)
  const where = PrintableText.escape(name)
  yield* Effect.mapError(
    Effect.provide(BackupDirectory.read(name), StoreFileSystem.layer),
    ({ message }) => new UsageError({ message: `${where}: ${message}` })
  )
  const store = BackupDirectory.read(name).pipe(
    // A server whose store is not mounted returns an empty tree (SEMANTICS 6), so the emulator does the same.
    Effect.catch(({ message }) => Effect.as(Output.note(`backup-tree: ${where}: ${message}`), { environments: [] })),
    Effect.provide(StoreFileSystem.layer),
    Effect.provideContext(yield* Effect.context<Stdio.Stdio>())
  )
  return { name, store } satisfies FoundStore
})

const readStore = Effect.fnUntraced(function*(file: string) {
  const text = yield* Effect.provide(
    BackupSource.getBackupTreeXml(BackupTreeRequest.everything),
    BackupSource.layerFile({ path: file })
  )
  return yield* Effect.mapError(
    Effect.fromResult(DispatcherEmulator.storeFromXml(text)),
    ({ message }) => new UsageError({ message: `${PrintableText.escape(file)}: ${message}` })
  )
})
