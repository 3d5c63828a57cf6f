/**
 * Where the command gets its tree from: a dispatcher by TCP, the dispatcher of this host, a file, or a backup directory.
 */
import * as SecurityLevel from "@backup-tree/core/sdk/SecurityLevel"
import * as BackupSource from "@backup-tree/io/BackupSource"
import * as DispatcherClient from "@backup-tree/io/dispatcher/DispatcherClient"
import * as Endpoint from "@backup-tree/io/dispatcher/Endpoint"
import { Flag } from "effect/cli"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Credentials from "./Credentials.ts"
import { wrongUsage } from "./ExitCode.ts"

/** The flags that say where the tree comes from; none of them means the dispatcher of this host. */
export const flags = {
  server: Flag.String("server").pipe(
    Flag.withMetavar("[USER@]HOST[:PORT]"),
    Flag.withDescription("Ask the dispatcher at HOST, by default on port 64000"),
    Flag.optional
  ),
  socket: Flag.String("socket").pipe(
    Flag.withMetavar("[=PATH]"),
    Flag.withDescription(
      `Ask the dispatcher of this host by its unix socket, by default ${Endpoint.defaultSocketPath}`
    ),
    Flag.optional
  ),
  file: Flag.String("file").pipe(
    Flag.withMetavar("FILE"),
    Flag.withDescription("Read the tree from an XML file, or from standard input (-)"),
    Flag.optional
  ),
  directory: Flag.String("directory").pipe(
    Flag.withMetavar("DIR"),
    Flag.withDescription("Read a backup directory without a server: what a server would show of it"),
    Flag.optional
  ),
  complete: Flag.Boolean("complete").pipe(
    Flag.withDescription("With --file: the file is a whole listing, nothing was left out of the question"),
    Flag.withDefault(false)
  ),
  user: Flag.String("user").pipe(
    Flag.withMetavar("NAME"),
    Flag.withDescription("Log in as NAME (by default root with --server; as yourself with --socket)"),
    Flag.optional
  ),
  passwordFile: Credentials.passwordFile,
  securityLevel: Flag.Literals("security-level", SecurityLevel.levels).pipe(
    Flag.withDescription("Ask the dispatcher for this level; low sends the password in clear. High unless told"),
    Flag.optional
  )
} as const

/** The flags as given. */
export interface SourceOptions {
  readonly server: Option.Option<string>
  readonly socket: Option.Option<string>
  readonly file: Option.Option<string>
  readonly directory: Option.Option<string>
  readonly complete: boolean
  readonly user: Option.Option<string>
  readonly passwordFile: Option.Option<string>
  readonly securityLevel: Option.Option<SecurityLevel.SecurityLevel>
}

/**
 * Gives `--socket` its default path where it stands alone: the parser knows no flags whose value may be missing.
 */
export const expandSocket = (args: ReadonlyArray<string>): ReadonlyArray<string> =>
  args.map((arg) => arg === "--socket" ? `--socket=${Endpoint.defaultSocketPath}` : arg)

/** Writes the source that the flags name, without the user. */
export const print = ({ directory, file, server, socket }: SourceOptions): string => {
  if (Option.isSome(file)) return file.value
  if (Option.isSome(directory)) return directory.value
  const address = Option.map(server, Endpoint.parse)
  return Option.isSome(address)
    ? Result.match(address.value, { onFailure: () => "", onSuccess: ({ endpoint }) => Endpoint.print(endpoint) })
    : Endpoint.print(Endpoint.unix(Option.getOrUndefined(socket)))
}

type ToLayerOptions = SourceOptions & { readonly backupDirectory?: Option.Option<string> }

/** Makes the layer of the source that the flags name; a password is looked for only where one is needed. */
export const toLayer = (options: ToLayerOptions) =>
  Effect.gen(function*() {
    const named = [options.server, options.socket, options.file, options.directory].filter(Option.isSome).length
    if (named > 1) {
      return yield* wrongUsage("--server, --socket, --file and --directory exclude each other; give one of them")
    }
    if (Option.isSome(options.file)) {
      yield* refuseServerFlags(options, "a file")
      return BackupSource.layerFile({ path: options.file.value, isComplete: options.complete })
    }
    if (options.complete) return yield* wrongUsage("--complete is about a file; any other answer knows its question")
    if (Option.isSome(options.directory)) {
      yield* refuseServerFlags(options, "a directory")
      return BackupSource.layerDirectory({ path: options.directory.value })
    }
    const client = Option.isSome(options.server)
      ? yield* remote(options.server.value, options)
      : yield* onThisHost(options)
    return BackupSource.layerClient({ ...client, securityLevel: Option.getOrUndefined(options.securityLevel) })
  })

/** Refuses what only a server understands. */
const refuseServerFlags = (options: ToLayerOptions, what: string) =>
  Option.isSome(options.user) || Option.isSome(options.passwordFile) || Option.isSome(options.securityLevel)
    ? wrongUsage(`${what} needs no login; leave out --user, --password-file and --security-level`)
    : options.backupDirectory !== undefined && Option.isSome(options.backupDirectory)
    ? wrongUsage(`--backup-directory is a server's; leave it out with ${what}`)
    : Effect.void

const remote = (server: string, options: SourceOptions) =>
  Effect.gen(function*() {
    const address = Endpoint.parse(server)
    if (Result.isFailure(address)) return yield* wrongUsage(`--server: ${address.failure.message}`)
    const { endpoint, user } = address.success
    if (Option.isSome(user) && Option.isSome(options.user) && user.value !== options.user.value) {
      return yield* wrongUsage("--server and --user name two users; give one of them")
    }
    const userName = Option.getOrElse(Option.orElse(user, () => options.user), () => "root")
    const password = yield* Credentials.findPassword(options.passwordFile, `${userName} on ${Endpoint.print(endpoint)}`)
    return { endpoint, credentials: DispatcherClient.password(userName, password) }
  })

const onThisHost = (options: SourceOptions) =>
  Effect.gen(function*() {
    const endpoint = Endpoint.unix(Option.getOrUndefined(options.socket))
    if (Option.isNone(options.user)) {
      return Option.isNone(options.passwordFile)
        ? { endpoint, credentials: DispatcherClient.local }
        : yield* wrongUsage("a local login needs no password; give --user with --password-file, or neither")
    }
    const who = `${options.user.value} on ${Endpoint.print(endpoint)}`
    const password = yield* Credentials.findPassword(options.passwordFile, who)
    return { endpoint, credentials: DispatcherClient.password(options.user.value, password) }
  })
