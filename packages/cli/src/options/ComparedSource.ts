/**
 * The sources that `diff` compares: files, backup directories and servers, each as one argument.
 */
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import * as BackupSource from "@backup-tree/io/BackupSource"
import * as Endpoint from "@backup-tree/io/dispatcher/Endpoint"
import { Flag } from "effect/cli"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { type UsageError, wrongUsage } from "../ExitCode.ts"
import * as Credentials from "./Credentials.ts"
import * as SourceOptions from "./SourceOptions.ts"
import * as EmptyValue from "./values/EmptyValue.ts"

/** The flags that apply to the servers, or to the files. */
export const flags = {
  complete: Flag.Boolean("complete").pipe(
    Flag.withDescription("Treat XML files as full listings, not filtered ones"),
    Flag.withDefault(false)
  ),
  user: Flag.String("user").pipe(
    Flag.withMetavar("NAME"),
    Flag.withDescription("Log in as NAME (default: root with server:HOST, the current user with socket:)"),
    Flag.optional
  ),
  ...Credentials.flags,
  securityLevel: SourceOptions.flags.securityLevel,
  stallTimeout: SourceOptions.flags.stallTimeout
} as const

type Given = Omit<SourceOptions.SourceOptions, "server" | "socket" | "file" | "directory">

/** A source, by its kind. */
export type ComparedSource = Data.TaggedEnum<{
  File: { readonly path: string }
  Directory: { readonly path: string }
  Server: { readonly address: string }
  Socket: { readonly path: Option.Option<string> }
}>
const { File, Directory, Server, Socket } = Data.taggedEnum<ComparedSource>()

const prefixes: { readonly [prefix: string]: (rest: string) => ComparedSource } = {
  file: (path) => File({ path }),
  directory: (path) => Directory({ path }),
  server: (address) => Server({ address }),
  socket: (path) => Socket({ path: path === "" ? Option.none() : Option.some(path) })
}

/**
 * Parses an argument: `server:[USER@]HOST[:PORT]`, `socket:[PATH]`, `file:PATH` or `directory:PATH`. Anything else is
 * the path of a file or of a directory, whichever it is, or `-` for standard input.
 */
export const parse = Effect.fnUntraced(
  function*(name: string, text: string): Effect.fn.Return<ComparedSource, UsageError, FileSystem.FileSystem> {
    const [prefix, rest] = split(text)
    const known = Object.hasOwn(prefixes, prefix) ? prefixes[prefix] : undefined
    if (known !== undefined && (rest !== "" || prefix === "socket")) {
      const source = known(rest)
      return source._tag === "Server" ? yield* checkedServer(name, source) : source
    }
    if (text === "" || known !== undefined) {
      return yield* wrongUsage(`${name} names no listing. Specify a file, a directory, server:HOST or socket:`)
    }
    if (text === "-") return File({ path: text })
    const fileSystem = yield* FileSystem.FileSystem
    return yield* Effect.matchEffect(fileSystem.stat(text), {
      onFailure: ({ reason }) =>
        reason._tag === "NotFound" && looksLikeServer(text)
          ? wrongUsage(
            `${name}: there is no file or directory ${PrintableText.quote(text)}. For a server, write server:${
              PrintableText.excerpt(text)
            }`
          )
          // The reader of files reports what it cannot read.
          : Effect.succeed(File({ path: text })),
      onSuccess: ({ type }) => Effect.succeed(type === "Directory" ? Directory({ path: text }) : File({ path: text }))
    })
  }
)

const split = (text: string): readonly [prefix: string, rest: string] => {
  const colon = text.indexOf(":")
  return [text.slice(0, Math.max(colon, 0)), text.slice(colon + 1)]
}

const looksLikeServer = (text: string): boolean => !text.includes("/") && Result.isSuccess(Endpoint.parse(text))

const checkedServer = (
  name: string,
  source: ReturnType<typeof Server>
): Effect.Effect<ComparedSource, UsageError> =>
  Result.match(Endpoint.parse(source.address), {
    onFailure: ({ message }) => wrongUsage(`${name}: ${message}`),
    onSuccess: () => Effect.succeed(source)
  })

/** Refuses flags that apply to neither source, and standard input for both. */
export const checkFlags = Effect.fnUntraced(
  function*(sources: ReadonlyArray<ComparedSource>, given: Given): Effect.fn.Return<void, UsageError> {
    yield* EmptyValue.refuse({
      user: given.user,
      "password-file": given.passwordFile,
      "password-command": given.passwordCommand
    })
    const tags = new Set(sources.map(({ _tag }) => _tag))
    if (sources.every((source) => source._tag === "File" && source.path === "-")) {
      return yield* wrongUsage("only one of the two listings can come from standard input")
    }
    if (given.complete && !tags.has("File")) return yield* wrongUsage("--complete works only with files; leave it out")
    if (tags.has("Server") || tags.has("Socket")) return
    const isGiven = [given.user, given.securityLevel, given.stallTimeout].some((each) => Option.isSome<unknown>(each))
    if (isGiven || Credentials.isGiven(given)) {
      return yield* wrongUsage(
        "files and directories need no login; leave out --user, the flags of passwords, --security-level and "
          + "--stall-timeout"
      )
    }
  }
)

const ofServer = (options: SourceOptions.SourceOptions & { readonly timeout: Option.Option<string> }) =>
  Effect.flatMap(SourceOptions.complete(options), SourceOptions.toLayer)

const none = {
  server: [],
  socket: Option.none<string>(),
  file: Option.none<string>(),
  directory: Option.none<string>(),
  complete: false,
  timeout: Option.none<string>()
}

/** Builds the layer of a source. Requests a password only if the source needs one. */
export const toLayer = (source: ComparedSource, given: Given) => {
  switch (source._tag) {
    case "File":
      // The request that is stored with a listing decides whether it can be compared.
      return Effect.succeed(
        BackupSource.layerFile({ path: source.path, isComplete: given.complete, asStored: true })
      )
    case "Directory":
      return Effect.succeed(BackupSource.layerDirectory({ path: source.path }))
    case "Server":
      return ofServer({ ...given, ...none, server: [source.address] })
    case "Socket":
      return ofServer({
        ...given,
        ...none,
        socket: Option.orElse(source.path, () => Option.some(Endpoint.defaultSocketPath))
      })
  }
}
