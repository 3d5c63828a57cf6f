/**
 * The flags that select a source: a dispatcher over TCP, the dispatcher of this host, a file, or a backup directory.
 */
import * as SecurityLevel from "@backup-tree/core/sdk/SecurityLevel"
import * as BackupSource from "@backup-tree/io/BackupSource"
import * as DispatcherClient from "@backup-tree/io/dispatcher/DispatcherClient"
import * as Endpoint from "@backup-tree/io/dispatcher/Endpoint"
import { Flag } from "effect/cli"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { type UsageError, wrongUsage } from "../ExitCode.ts"
import * as Settings from "../Settings.ts"
import * as Credentials from "./Credentials.ts"
import * as EmptyValue from "./values/EmptyValue.ts"
import * as TimeLimit from "./values/TimeLimit.ts"

/** The flags that select the source (default: the dispatcher of this host). */
export const flags = {
  server: Flag.String("server").pipe(
    Flag.withAlias("s"),
    Flag.withMetavar("[USER@]HOST[:PORT]"),
    Flag.withDescription(
      "Query the dispatcher at HOST (default port: 64000); `list`, `check`, `metrics` and `plan retention` accept several"
    ),
    Flag.atLeast(0)
  ),
  socket: Flag.String("socket").pipe(
    Flag.withMetavar("[=PATH]"),
    Flag.withDescription(
      `Query the dispatcher of this host through its Unix socket (default: ${Endpoint.defaultSocketPath})`
    ),
    Flag.optional
  ),
  file: Flag.String("file").pipe(
    Flag.withMetavar("FILE"),
    Flag.withDescription("Read a listing from an XML or JSON file, or from standard input (-)"),
    Flag.optional
  ),
  directory: Flag.String("directory").pipe(
    Flag.withMetavar("DIR"),
    Flag.withDescription("Read a backup directory without a server, as a server would list it"),
    Flag.optional
  ),
  complete: Flag.Boolean("complete").pipe(
    Flag.withDescription("With --file: treat the file as a full listing, not a filtered one"),
    Flag.withDefault(false)
  ),
  user: Flag.String("user").pipe(
    Flag.withMetavar("NAME"),
    Flag.withDescription("Log in as NAME (default: root with --server, otherwise the current user)"),
    Flag.optional
  ),
  ...Credentials.flags,
  securityLevel: Flag.Literals("security-level", SecurityLevel.levels).pipe(
    Flag.withMetavar("LEVEL"),
    Flag.withDescription("Security level of the session; low sends the password unencrypted (default: high)"),
    Flag.optional
  ),
  stallTimeout: TimeLimit.durationFlag("stall-timeout").pipe(
    Flag.withDescription(
      "Fail if no byte of the reply arrives for DURATION (default: 1h); large listings can take more than half an hour"
    ),
    Flag.optional
  )
} as const

/** The values of {@link flags}. */
export interface SourceOptions extends Credentials.PasswordOptions {
  readonly server: ReadonlyArray<string>
  readonly socket: Option.Option<string>
  readonly file: Option.Option<string>
  readonly directory: Option.Option<string>
  readonly complete: boolean
  readonly user: Option.Option<string>
  readonly securityLevel: Option.Option<SecurityLevel.SecurityLevel>
  readonly stallTimeout: Option.Option<string>
}

/** Fills in the settings that the flags leave open: the source, the login, and the time limits. */
export const complete = Effect.fnUntraced(
  function*<Options extends SourceOptions & { readonly timeout: Option.Option<string> }>(
    options: Options
  ): Effect.fn.Return<Options, UsageError> {
    const settings = yield* Settings.current
    const selected: Options = {
      ...options,
      ...(isSelected(options) ? {} : {
        server: settings.server?.value ?? [],
        socket: Settings.valueOf(settings.socket),
        directory: Settings.valueOf(settings.directory)
      }),
      timeout: Option.orElse(options.timeout, () => Settings.valueOf(settings.timeout))
    }
    // A file and a directory need no login.
    if (Option.isSome(selected.file) || Option.isSome(selected.directory)) return selected
    const isRemote = selected.server.length > 0
    const hasUser = selected.server.some((server) => server.includes("@"))
    const login: Options = {
      ...selected,
      user: isRemote && !hasUser ? Option.orElse(selected.user, () => Settings.valueOf(settings.user)) : selected.user,
      securityLevel: Option.orElse(selected.securityLevel, () => Settings.valueOf(settings.securityLevel)),
      stallTimeout: Option.orElse(selected.stallTimeout, () => Settings.valueOf(settings.stallTimeout))
    }
    return isRemote || Option.isSome(login.user) ? { ...login, ...Credentials.complete(login, settings) } : login
  }
)

const isSelected = ({ directory, file, server, socket }: SourceOptions): boolean =>
  server.length > 0 || [socket, file, directory].some(Option.isSome)

/** Adds the default path to a `--socket` without a value, because the parser does not support optional values. */
export const expandSocket = (args: ReadonlyArray<string>): ReadonlyArray<string> =>
  args.map((arg) => arg === "--socket" ? `--socket=${Endpoint.defaultSocketPath}` : arg)

/** Prints the source that the flags select, without the user name. */
export const print = ({ directory, file, server, socket }: SourceOptions): string => {
  if (Option.isSome(file)) return file.value
  if (Option.isSome(directory)) return directory.value
  return server.length === 0
    ? Endpoint.print(Endpoint.unix(Option.getOrUndefined(socket)))
    : server.map(nameOf).join(", ")
}

const nameOf = (server: string): string =>
  Result.match(Endpoint.parse(server), { onFailure: () => "", onSuccess: ({ endpoint }) => Endpoint.print(endpoint) })

/** Returns the flags of each source by itself: of each server if there are several. */
export const each = <Options extends SourceOptions>(options: Options): ReadonlyArray<Options> =>
  options.server.length <= 1 ? [options] : options.server.map((server) => ({ ...options, server: [server] }))

type ToLayerOptions = SourceOptions & {
  readonly backupDirectory?: Option.Option<string>
  readonly requestTimeout?: Duration.Duration | undefined
}

/** Builds the layer of the source that the flags select. Requests a password only if the source needs one. */
export const toLayer = Effect.fnUntraced(function*(options: ToLayerOptions) {
  yield* refuseEmpty(options)
  const [server, ...others] = options.server
  const named = [options.socket, options.file, options.directory].filter(Option.isSome).length
  if (named + (server === undefined ? 0 : 1) > 1) {
    return yield* wrongUsage(
      "use only one of --server, --socket, --file and --directory"
    )
  }
  if (others.length > 0) {
    return yield* wrongUsage("this command queries one server; use --server once, and run it for each server")
  }
  if (Option.isSome(options.file)) {
    yield* refuseServerFlags(options, "--file")
    return BackupSource.layerFile({ path: options.file.value, isComplete: options.complete })
  }
  if (options.complete) return yield* wrongUsage("--complete works only with --file; leave it out")
  if (Option.isSome(options.directory)) {
    yield* refuseServerFlags(options, "--directory")
    return BackupSource.layerDirectory({ path: options.directory.value })
  }
  const client = server === undefined ? yield* onThisHost(options) : yield* remote(server, options)
  return BackupSource.layerClient({
    ...client,
    requestTimeout: options.requestTimeout,
    securityLevel: Option.getOrUndefined(options.securityLevel),
    limits: { stallAfter: Option.getOrUndefined(Option.flatMap(options.stallTimeout, TimeLimit.parse)) }
  })
})

// An empty shell variable must not silently select another source, or cause an error that names no flag.
const refuseEmpty = ({ directory, file, passwordCommand, passwordFile, server, socket, user }: SourceOptions) =>
  EmptyValue.refuse({
    ...(server.includes("") ? { server: Option.some("") } : {}),
    socket,
    file,
    directory,
    user,
    "password-file": passwordFile,
    "password-command": passwordCommand
  })

/** Refuses flags that apply only to a server. */
const refuseServerFlags = (options: ToLayerOptions, flag: string) =>
  Option.isSome(options.user) || Credentials.isGiven(options) || Option.isSome(options.securityLevel)
    ? wrongUsage(`${flag} needs no login; leave out --user, the flags of passwords, and --security-level`)
    : Option.isSome(options.stallTimeout)
    ? wrongUsage(`--stall-timeout applies only to a server; leave it out with ${flag}`)
    : options.backupDirectory !== undefined && Option.isSome(options.backupDirectory)
    ? wrongUsage(`--backup-directory selects a directory on a server; leave it out with ${flag}`)
    : Effect.void

const remote = Effect.fnUntraced(function*(server: string, options: SourceOptions) {
  const address = Endpoint.parse(server)
  if (Result.isFailure(address)) return yield* wrongUsage(`--server: ${address.failure.message}`)
  const { endpoint, user } = address.success
  if (Option.isSome(user) && Option.isSome(options.user) && user.value !== options.user.value) {
    return yield* wrongUsage("--server and --user specify different users; use only one of them")
  }
  const userName = Option.getOrElse(Option.orElse(user, () => options.user), () => "root")
  const password = yield* Credentials.findPassword(options, `${userName} on ${Endpoint.print(endpoint)}`)
  return { endpoint, credentials: DispatcherClient.password(userName, password) }
})

const onThisHost = Effect.fnUntraced(function*(options: SourceOptions) {
  const endpoint = Endpoint.unix(Option.getOrUndefined(options.socket))
  if (Option.isNone(options.user)) {
    return Credentials.isGiven(options)
      ? yield* wrongUsage(
        "a login as the current user needs no password; add --user, or leave out the flag of a password"
      )
      : { endpoint, credentials: DispatcherClient.local }
  }
  const account = `${options.user.value} on ${Endpoint.print(endpoint)}`
  const password = yield* Credentials.findPassword(options, account)
  return { endpoint, credentials: DispatcherClient.password(options.user.value, password) }
})
