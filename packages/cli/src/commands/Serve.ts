/**
 * `backup-tree serve`: emulates a dispatcher that serves a file or a backup directory, for testing clients.
 */
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import * as DispatcherEmulator from "@backup-tree/emulator/DispatcherEmulator"
import * as Endpoint from "@backup-tree/io/dispatcher/Endpoint"
import { Command, Flag } from "effect/cli"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { InterruptCode, UsageError } from "../ExitCode.ts"
import * as Credentials from "../options/Credentials.ts"
import * as ServedStore from "../options/ServedStore.ts"
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
    targets: Flag.String("target").pipe(
      Flag.withMetavar("HOST:PORT=PATH"),
      Flag.withDescription(
        "Also emulate a storage server on HOST:PORT that serves a listing or a backup directory, for prlctl -s "
          + "(repeatable)"
      ),
      Flag.atLeast(0)
    ),
    user: Flag.String("user").pipe(
      Flag.withMetavar("NAME"),
      Flag.withDescription("User name that clients must log in with (default: root)"),
      Flag.withDefault("root")
    ),
    ...Credentials.flags
  },
  Effect.fnUntraced(function*({ directory, file, listen, targets, user, ...passwords }) {
    const endpoint = yield* parseAddress("--listen", listen)
    const { name, store } = yield* ServedStore.find(file, directory)
    const wanted = yield* Effect.forEach(targets, parseTarget)
    const password = yield* Credentials.findPassword(passwords, `user ${user}`)
    const accounts = [{ userName: user, password }]
    return yield* Effect.scoped(Effect.gen(function*() {
      const started = yield* Effect.forEach(wanted, (target) => startTarget(target, accounts))
      const emulator = yield* start("--listen", {
        store,
        accounts,
        endpoint,
        targets: new Map(started.map(({ address, emulator }) => [address, emulator.target]))
      })
      const interrupt = yield* InterruptCode
      interrupt.code = 0
      yield* Output.lines([
        `serving ${PrintableText.escape(name)} on ${Endpoint.print(emulator.endpoint)} for user ${
          PrintableText.escape(user)
        }`,
        ...started.map(({ address, name }) => `target ${address} serves ${PrintableText.escape(name)}`)
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
    },
    {
      command: "backup-tree serve --file tree.xml --target 127.1:64001=storage.xml",
      description: "Also serve another listing to prlctl backup-list -s root@127.1:64001"
    }
  ])
)

const listenFailures: { readonly [code: string]: string } = {
  EADDRINUSE: "another program already uses this port. Choose another port with",
  EADDRNOTAVAIL: "this machine does not have that address. Choose another one with",
  EACCES: "permission denied. Choose port 1024 or higher with"
}

/** The flag that names an address to listen on. */
type AddressFlag = "--listen" | "--target"

const cannotListen = (flag: AddressFlag, endpoint: Endpoint.Endpoint, code: string): UsageError =>
  new UsageError({
    message: `cannot listen on ${Endpoint.print(endpoint)}: ${
      listenFailures[code] ?? `${PrintableText.excerpt(code)}. Check`
    } ${flag}.`
  })

const start = (
  flag: AddressFlag,
  options: DispatcherEmulator.Options & { readonly endpoint: Endpoint.Endpoint }
) =>
  Effect.mapError(
    DispatcherEmulator.make(options),
    (error) => error.reason._tag === "ConnectFailed" ? cannotListen(flag, options.endpoint, error.reason.code) : error
  )

interface Target {
  readonly endpoint: Endpoint.Endpoint
  readonly served: ServedStore.ServedStore
}

const parseTarget = Effect.fnUntraced(function*(text: string) {
  const end = text.indexOf("=")
  if (end === -1 || end === text.length - 1) {
    return yield* Effect.fail(
      new UsageError({ message: `--target: ${PrintableText.quote(text)} has no path; write HOST:PORT=PATH` })
    )
  }
  const endpoint = yield* parseAddress("--target", text.slice(0, end))
  return { endpoint, served: yield* ServedStore.at(text.slice(end + 1)) } satisfies Target
})

// A client names the target by the host as it was typed, and the port.
const startTarget = Effect.fnUntraced(function*(
  { endpoint, served: { name, store } }: Target,
  accounts: ReadonlyArray<DispatcherEmulator.Account>
) {
  const emulator = yield* start("--target", { store, accounts, endpoint })
  const bound = emulator.endpoint
  const typed = endpoint._tag === "Tcp" && bound._tag === "Tcp" ? Endpoint.tcp(endpoint.host, bound.port) : bound
  return { address: Endpoint.print(typed), emulator, name }
})

const parseAddress = (flag: AddressFlag, listen: string): Effect.Effect<Endpoint.Endpoint, UsageError> => {
  // A port without a host means loopback, so that nothing is exposed by accident.
  const address = Endpoint.parse(/^:?\d+$/.test(listen) ? `127.0.0.1:${listen.replace(":", "")}` : listen)
  return Result.match(address, {
    onFailure: ({ message }) => Effect.fail(new UsageError({ message: `${flag}: ${message}` })),
    onSuccess: ({ endpoint, user }) =>
      user._tag === "None"
        ? Effect.succeed(endpoint)
        : Effect.fail(new UsageError({ message: `${flag} does not accept a user name; use --user` }))
  })
}
