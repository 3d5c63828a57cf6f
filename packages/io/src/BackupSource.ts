/**
 * The service that returns backup trees: from a dispatcher, a backup directory, a file or a test.
 *
 * **Example**
 *
 * ```ts
 * const listing = yield* BackupSource.getBackupTree(BackupTreeRequest.everything)
 * ```
 *
 * @since 0.2.0
 */
import type * as BackupListing from "@backup-tree/core/listing/BackupListing"
import type * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { BackupSourceError } from "./BackupSourceError.ts"
import * as StoreFileSystem from "./directory/StoreFileSystem.ts"
import * as DispatcherClient from "./dispatcher/DispatcherClient.ts"
import * as Endpoint from "./dispatcher/Endpoint.ts"
import type * as Job from "./dispatcher/Job.ts"
import * as DirectorySource from "./source/directorySource.ts"
import * as DispatcherSource from "./source/dispatcherSource.ts"
import * as FileSource from "./source/fileSource.ts"
import * as InstrumentedSource from "./source/instrumentedSource.ts"
import type { CallOptions, Request, SourceImplementation, SourceService } from "./source/sourceService.ts"
import * as TestSource from "./source/testSource.ts"
import * as WholeChain from "./source/wholeChain.ts"
import * as Everything from "./source/wholeServer.ts"

/**
 * A source of backup trees. {@link SourceService} describes its operations.
 *
 * @category services
 * @since 0.2.0
 */
export class BackupSource extends Context.Service<BackupSource, SourceService>()("@backup-tree/io/BackupSource") {}

export type { Options as DirectoryOptions } from "./source/directorySource.ts"
export type { Options as DispatcherOptions, TargetOptions } from "./source/dispatcherSource.ts"
export type { Options as FileOptions } from "./source/fileSource.ts"
export type { Options as SourceOptions } from "./source/instrumentedSource.ts"
export type { CallOptions, Request, SourceImplementation, SourceService } from "./source/sourceService.ts"
export type { Options as TestOptions, TestReplies, TestReply } from "./source/testSource.ts"
export type { Everything, FailedRequest, Options as EverythingOptions } from "./source/wholeServer.ts"

// ---------------------------------------------------------------------------------------------------------------------
// Requests
// ---------------------------------------------------------------------------------------------------------------------

/**
 * Submits a request to the source in the context and returns its job. The job belongs to the current scope.
 *
 * The listing is filtered by the request. The job fails with `RequestedBackupMissing` without the requested backup.
 *
 * @category requests
 * @since 0.2.0
 */
export const submit = (request: Request, options?: CallOptions): Effect.Effect<
  Job.Job<BackupListing.BackupListing, BackupSourceError>,
  BackupSourceError,
  BackupSource | Scope.Scope
> => BackupSource.use((source) => source.submit(request, options))

/**
 * Submits a request to the source in the context and waits for the listing.
 *
 * Interrupting it cancels the job on the server and closes its connection.
 *
 * @category requests
 * @since 0.2.0
 */
export const getBackupTree = (
  request: Request,
  options?: CallOptions
): Effect.Effect<BackupListing.BackupListing, BackupSourceError, BackupSource> =>
  BackupSource.use((source) => source.getBackupTree(request, options))

/**
 * Streams the environments of a listing as they arrive from the source in the context.
 *
 * Use it when you do not need the whole tree. Memory stays bounded; a slow consumer applies backpressure to the server.
 * Treat the environments as provisional until the stream ends: the reply reports success or failure only at its end.
 *
 * **Example**
 *
 * ```ts
 * const names = BackupSource.streamEnvironments(BackupTreeRequest.everything).pipe(
 *   Stream.map(({ name }) => name),
 *   Stream.runCollect
 * )
 * ```
 *
 * @category requests
 * @since 0.2.0
 */
export const streamEnvironments = (
  request: Request,
  options?: CallOptions
): Stream.Stream<BackupTree.VirtualEnvironment, BackupSourceError, BackupSource> =>
  Stream.unwrap(BackupSource.useSync((source) => source.streamEnvironments(request, options)))

/**
 * Returns the XML of a tree as the source in the context sent it: neither checked nor filtered.
 *
 * @category requests
 * @since 0.2.0
 */
export const getBackupTreeXml = (
  request: Request,
  options?: CallOptions
): Effect.Effect<string, BackupSourceError, BackupSource> =>
  BackupSource.use((source) => source.getBackupTreeXml(request, options))

/**
 * Returns a whole chain by the id of any of its backups, or by its own uuid. Fails with `RequestedBackupMissing` if
 * there is none.
 *
 * A server replies to a chain request with the full backup and the backups from the given one on. So this takes two
 * requests, unless the id is that of the full backup. If the server does not know the id, the full listing is searched.
 * The id may be spelled differently there, or be the uuid of a chain whose first backup was merged.
 *
 * @see [Semantics 2.4](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s2-4)
 * @category requests
 * @since 0.2.0
 */
export const getChain = Effect.fn("BackupSource.getChain")(function*(id: string, options?: CallOptions) {
  return yield* WholeChain.get(yield* BackupSource, id, options)
})

/**
 * Lists everything that a server can be made to show: the default directory, each machine by its uuid and each named
 * directory, merged into one listing.
 *
 * A single request shows neither machines with a directory of their own nor directories that the server does not know.
 * Fails if the first request fails. Later failures are in `failed`, and make the listing `partial`.
 *
 * **Example**
 *
 * ```ts
 * const { failed, listing } = yield* BackupSource.listEverything({ known: uuids, directories: ["/mnt/old-backups"] })
 * ```
 *
 * @see [Semantics 2.2](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s2-2)
 * @category requests
 * @since 0.2.0
 */
export const listEverything = Effect.fn("BackupSource.listEverything")(function*(options?: Everything.Options) {
  return yield* Everything.list(yield* BackupSource, options)
})

// ---------------------------------------------------------------------------------------------------------------------
// Sources
// ---------------------------------------------------------------------------------------------------------------------

/**
 * Makes a source from an implementation: adds metrics, spans, retries and `getBackupTree`.
 *
 * **Example**
 *
 * ```ts
 * const layer = Layer.succeed(BackupSource.BackupSource, BackupSource.make(implementation))
 * ```
 *
 * @category constructors
 * @since 0.2.0
 */
export const make: (
  implementation: SourceImplementation,
  options?: InstrumentedSource.Options
) => SourceService = InstrumentedSource.make

/**
 * The address of a dispatcher, and the user to log in.
 *
 * @category models
 * @since 0.2.0
 */
export interface LoginOptions {
  readonly host: string
  /** The port (default: 64000). */
  readonly port?: number | undefined
  readonly userName: string
  readonly password: Redacted.Redacted<string>
}

/**
 * Options for querying a dispatcher, without its address and user.
 *
 * @category models
 * @since 0.2.0
 */
export type ConnectionOptions =
  & Omit<DispatcherSource.Options, "endpoint" | "credentials" | "target">
  & InstrumentedSource.Options

/**
 * Layer that queries a dispatcher over TCP, with a user name and a password. Each request opens its own connection.
 *
 * `target` is a server that keeps the backups of the queried one. Anonymous TLS hides passwords and replies from
 * eavesdroppers, but does not stop a man in the middle: use it on trusted networks, or through a tunnel
 * ([choosing a connection](https://github.com/backup-tree/backup-tree/blob/main/docs/tunnel.md)).
 *
 * **Example**
 *
 * ```ts
 * BackupSource.layerDispatcher({ host: "node7", userName: "root", password, securityLevel: "normal" })
 * ```
 *
 * @see [Protocol 10](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p10)
 * @category layers
 * @since 0.2.0
 */
export const layerDispatcher = (
  options: LoginOptions & ConnectionOptions & { readonly target?: LoginOptions | undefined }
): Layer.Layer<BackupSource> => {
  const { host, password, port, target, userName, ...connection } = options
  return layerClient({
    ...connection,
    ...at({ host, port, userName, password }),
    target: target && { ...connection, ...at(target) }
  })
}

const at = ({ host, password, port, userName }: LoginOptions) => ({
  endpoint: Endpoint.tcp(host, port),
  credentials: DispatcherClient.password(userName, password)
})

/**
 * Layer that queries the dispatcher of this host over its unix socket, as the user of this process.
 *
 * @category layers
 * @since 0.2.0
 */
export const layerLocal = (
  options: ConnectionOptions & { readonly path?: string | undefined } = {}
): Layer.Layer<BackupSource> => {
  const { path, ...connection } = options
  return layerClient({ ...connection, endpoint: Endpoint.unix(path), credentials: DispatcherClient.local })
}

/**
 * Layer that queries a dispatcher at any endpoint with any credentials.
 *
 * @category layers
 * @since 0.2.0
 */
export const layerClient = (
  options: DispatcherSource.Options & InstrumentedSource.Options
): Layer.Layer<BackupSource> => Layer.sync(BackupSource, () => make(DispatcherSource.make(options), options))

/**
 * Layer like {@link layerDispatcher}, with host, port, user and password from the configuration.
 *
 * **Example**
 *
 * ```ts
 * BackupSource.layerConfig({
 *   host: Config.String("BACKUP_HOST"),
 *   userName: Config.String("BACKUP_USER"),
 *   password: Config.Redacted("BACKUP_PASSWORD")
 * })
 * ```
 *
 * @category layers
 * @since 0.2.0
 */
export const layerConfig = (
  login: Config.Wrap<LoginOptions>,
  connection: ConnectionOptions & { readonly target?: LoginOptions | undefined } = {}
): Layer.Layer<BackupSource, Config.ConfigError> =>
  Layer.unwrap(Effect.map(Config.unwrap(login), (login) => layerDispatcher({ ...login, ...connection })))

/**
 * Layer that reads a file at each request: the XML of a tree, or a listing as JSON (`ListingJson`). The path `-` is
 * standard input.
 *
 * A request selects from the file as a server should (`ServerModel.exactSelect`). The request behind XML is unknown, so
 * its listings have unknown completeness, unless `isComplete` is set. A listing as JSON keeps its time and completeness.
 *
 * @category layers
 * @since 0.2.0
 */
export const layerFile = (options: FileSource.Options & InstrumentedSource.Options): Layer.Layer<BackupSource> =>
  Layer.sync(BackupSource, () => make(FileSource.make(options), options))

/**
 * Layer that reads a backup directory at each request, without a server. See `BackupDirectory`.
 *
 * Its listings show what a server would show, and also hold what a server would hide. A request that names a directory
 * reads that one. It reads through `StoreFileSystem.layer`, so a user who can change the directory cannot lead it
 * elsewhere.
 *
 * **Example**
 *
 * ```ts
 * BackupSource.layerDirectory({ path: "/mnt/backups" })
 * ```
 *
 * @category layers
 * @since 0.2.0
 */
export const layerDirectory = (
  options: DirectorySource.Options & InstrumentedSource.Options
): Layer.Layer<BackupSource> =>
  Layer.effect(BackupSource, Effect.map(DirectorySource.make(options), (source) => make(source, options))).pipe(
    Layer.provide(StoreFileSystem.layer)
  )

/**
 * Layer that replies from trees in memory like a server, with its defects, for tests.
 *
 * Each request gets the next reply; further requests get the last one. Pass an object with `replies` to set the options
 * of every source, such as `retry`.
 *
 * **Example**
 *
 * ```ts
 * BackupSource.layerTest(tree)
 * BackupSource.layerTest(Effect.fail(connectionLost), Effect.delay(Effect.succeed(tree), "5 seconds"))
 * BackupSource.layerTest(Effect.never) // a server that hangs
 * BackupSource.layerTest({ replies: [Effect.fail(connectionLost), tree], retry: Schedule.recurs(1) })
 * ```
 *
 * @category layers
 * @since 0.2.0
 */
export const layerTest: {
  (options: TestSource.Options & InstrumentedSource.Options): Layer.Layer<BackupSource>
  (...replies: TestSource.TestReplies): Layer.Layer<BackupSource>
} = (
  first: TestSource.TestReply | (TestSource.Options & InstrumentedSource.Options),
  ...more: ReadonlyArray<TestSource.TestReply>
) => {
  const options = TestSource.isOptions(first) ? first : { replies: [first, ...more] as const }
  return Layer.sync(BackupSource, () => make(TestSource.make(options), options))
}
