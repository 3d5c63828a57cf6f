/**
 * The service that users take: ask for a backup tree, get a listing.
 *
 * ```ts
 * const listing = yield* BackupSource.getBackupTree(BackupTreeRequest.everything)
 * ```
 */
import * as BackupListing from "@backup-tree/core/listing/BackupListing"
import type * as Origin from "@backup-tree/core/listing/Origin"
import * as TreeMerge from "@backup-tree/core/listing/TreeMerge"
import * as BackupId from "@backup-tree/core/sdk/BackupId"
import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as Uuid from "@backup-tree/core/sdk/Uuid"
import * as BackupStore from "@backup-tree/core/server/BackupStore"
import * as ServerModel from "@backup-tree/core/server/ServerModel"
import * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as BackupTreeXml from "@backup-tree/core/tree/BackupTreeXml"
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { type BackupSourceError, type BackupSourceReason, RequestedBackupMissing } from "./BackupSourceError.ts"
import type * as BackupDirectory from "./directory/BackupDirectory.ts"
import * as TextFile from "./directory/TextFile.ts"
import * as DispatcherClient from "./dispatcher/DispatcherClient.ts"
import * as Endpoint from "./dispatcher/Endpoint.ts"
import type * as Job from "./dispatcher/Job.ts"
import { makeDirectory } from "./source/DirectorySource.ts"
import { defaultMaxConcurrent, type DispatcherOptions, makeDispatcher } from "./source/DispatcherSource.ts"
import { decodeAnswer, decodeDocument, failing, makeLocal, type TextOptions } from "./source/LocalSource.ts"

export { defaultMaxConcurrent, type DispatcherOptions, type TargetOptions } from "./source/DispatcherSource.ts"
export { type TextOptions } from "./source/LocalSource.ts"

type Request = BackupTreeRequest.BackupTreeRequest
type CallOptions = BackupTreeRequest.CallOptions

/** A place that answers questions for backup trees. */
export class BackupSource extends Context.Service<BackupSource, {
  /**
   * Asks, and gives the job; the scope owns it.
   *
   * The listing holds what the request meant; an answer without the backup that was asked for fails.
   */
  readonly submit: (
    request: Request,
    options?: CallOptions
  ) => Effect.Effect<Job.Job<BackupListing.BackupListing, BackupSourceError>, BackupSourceError, Scope.Scope>
  /** Asks, and waits for the listing. Interrupting it ends the job and leaves no connection behind. */
  readonly getBackupTree: (
    request: Request,
    options?: CallOptions
  ) => Effect.Effect<BackupListing.BackupListing, BackupSourceError>
  /**
   * Asks, and gives the environments as they arrive, for those who do not keep the tree: memory holds a few of them, and
   * who is slow slows the server down.
   *
   * They are those of `getBackupTree`, and count for nothing where the stream fails, which may be at its very end. What
   * else a listing tells, the notes of its reading above all, has to be asked for. A source of texts reads the whole first.
   */
  readonly streamEnvironments: (
    request: Request,
    options?: CallOptions
  ) => Stream.Stream<BackupTree.VirtualEnvironment, BackupSourceError>
  /** Asks, and waits for the text as it was sent, which is what the SDK's call yields: not checked, not narrowed. */
  readonly getBackupTreeXml: (request: Request, options?: CallOptions) => Effect.Effect<string, BackupSourceError>
  /** Makes the listing of a text that `getBackupTreeXml` gave for the same request. */
  readonly decode: (text: string, request: Request) => Effect.Effect<BackupListing.BackupListing, BackupSourceError>
}>()("@backup-tree/io/BackupSource") {}

/** Asks the source in the context. See {@link BackupSource}. */
export const submit = (request: Request, options?: CallOptions): Effect.Effect<
  Job.Job<BackupListing.BackupListing, BackupSourceError>,
  BackupSourceError,
  BackupSource | Scope.Scope
> => BackupSource.use((source) => source.submit(request, options))

/** Asks the source in the context, and waits for the listing. See {@link BackupSource}. */
export const getBackupTree = (
  request: Request,
  options?: CallOptions
): Effect.Effect<BackupListing.BackupListing, BackupSourceError, BackupSource> =>
  BackupSource.use((source) => source.getBackupTree(request, options))

/**
 * Asks the source in the context, and gives the environments as they arrive. See {@link BackupSource}.
 *
 * **Example**
 *
 * ```ts
 * const names = BackupSource.streamEnvironments(BackupTreeRequest.everything).pipe(
 *   Stream.map(({ name }) => name),
 *   Stream.runCollect
 * )
 * ```
 */
export const streamEnvironments = (
  request: Request,
  options?: CallOptions
): Stream.Stream<BackupTree.VirtualEnvironment, BackupSourceError, BackupSource> =>
  Stream.unwrap(BackupSource.useSync((source) => source.streamEnvironments(request, options)))

/** Asks the source in the context, and waits for the text as it was sent. See {@link BackupSource}. */
export const getBackupTreeXml = (
  request: Request,
  options?: CallOptions
): Effect.Effect<string, BackupSourceError, BackupSource> =>
  BackupSource.use((source) => source.getBackupTreeXml(request, options))

/**
 * Asks for a whole chain by the id of any of its backups, or by its own uuid; fails where there is none.
 *
 * A server answers the question for a chain with its full backup and what stands from the given one on (SEMANTICS 2.4), so
 * that this takes two questions, unless the id is that of the full backup. Where the server knows no such id, the whole
 * listing tells whether it is spelled otherwise there, or is the uuid of a chain whose first backup was merged away.
 */
export const getChain = (
  id: string,
  options?: CallOptions
): Effect.Effect<BackupListing.BackupListing, BackupSourceError, BackupSource> =>
  Effect.gen(function*() {
    const ask = (id: string) => getBackupTree({ ...everything, subject: { _tag: "Chain", id } }, options)
    const answer = yield* Effect.map(ask(id), (listing) => ({ listing, isWhole: false })).pipe(
      Effect.catchReason(
        "BackupSourceError",
        "RequestedBackupMissing",
        () => Effect.map(getBackupTree(everything, options), (listing) => ({ listing, isWhole: true }))
      )
    )
    const key = BackupId.key(id)
    const chains = answer.listing.tree.environments.flatMap(({ chains }) => chains)
    const chain = chains.find((chain) => BackupTree.backups(chain).some((backup) => BackupId.key(backup.id) === key))
      ?? chains.find(({ uuid }) => Uuid.isUuid(id) && Uuid.equals(uuid, id))
    if (chain === undefined) {
      return yield* Effect.fail(failing(answer.listing.source)(new RequestedBackupMissing({ id })))
    }
    const isHead = BackupId.key(chain.head.id) === key
    return isHead && !answer.isWhole ? answer.listing : yield* ask(chain.head.id)
  })

const { everything } = BackupTreeRequest

/** What is known besides the server, and how it is asked. */
export interface EverythingOptions {
  /**
   * The uuids of machines, such as those of an inventory: each is asked for by itself, for its backups may lie in a
   * directory of its own. What the default directory shows is asked for in any case, and need not be named.
   */
  readonly known?: ReadonlyArray<string> | undefined
  /** Backup directories on the server, as it names them. */
  readonly directories?: ReadonlyArray<string> | undefined
  readonly options?: CallOptions | undefined
}

/** A question that had no answer, and why. */
export interface Unanswered {
  readonly origin: Origin.Origin
  readonly error: BackupSourceError
}

/** The union of the answers, and what it could not know. */
export interface Everything {
  /**
   * The union as one listing, of everything that was asked for: complete, where each question was answered. What nobody
   * named, a directory or a machine with its own, it cannot hold.
   */
  readonly listing: BackupListing.BackupListing
  /**
   * Where each chain comes from, and what is left out of the listing, because it holds another of the same uuid. Pass it to
   * `Check.run` as the fact `merged`, so that this is reported.
   */
  readonly merged: TreeMerge.MergedTree
  /** The questions without an answer: what they would have shown is missing. */
  readonly unanswered: ReadonlyArray<Unanswered>
  /** Texts of `known` that are no uuids: nothing was asked about them. */
  readonly notAsked: ReadonlyArray<string>
}

/**
 * Asks for everything that a server can be made to show: the default directory, then each machine by its uuid, then each named directory, and merges the
 * answers. One question shows neither machines with a directory of their own nor directories that the server is not told
 * of (SEMANTICS 2.2).
 *
 * It fails where the first question does; a later one without an answer is told in `unanswered`, and the listing is
 * `partial` then.
 *
 * **Example**
 *
 * ```ts
 * const { listing, unanswered } = yield* BackupSource.listEverything({ known: inventoryUuids, directories: ["/mnt/old-backups"] })
 * ```
 */
export const listEverything = (
  { directories = [], known = [], options }: EverythingOptions = {}
): Effect.Effect<Everything, BackupSourceError, BackupSource> =>
  Effect.gen(function*() {
    const whole = yield* getBackupTree(everything, options)
    // A machine that the default directory shows may have newer backups elsewhere.
    const uuids = new Map(
      [...known.filter(Uuid.isUuid).map(Uuid.normalise), ...whole.tree.environments.map(({ uuid }) => uuid)].map((
        uuid
      ) => [
        Uuid.key(uuid),
        uuid
      ])
    )
    const questions: ReadonlyArray<readonly [Origin.Origin, Request]> = [
      ...[...uuids.values()].map((uuid) =>
        [{ _tag: "OwnOf", uuid }, { ...everything, subject: { _tag: "Environment", uuid } }] as const
      ),
      ...[...new Set(directories)].map((path) =>
        [{ _tag: "Directory", path }, { ...everything, directory: Option.some(path) }] as const
      )
    ]
    const answers = yield* Effect.forEach(questions, ([origin, request]) =>
      Effect.map(
        Effect.result(getBackupTree(request, options)),
        (answer) => ({ origin, answer })
      ), { concurrency: defaultMaxConcurrent })
    const merged = TreeMerge.toTree(TreeMerge.mergeAll([
      TreeMerge.fromListing({ _tag: "Default" }, whole),
      ...answers.flatMap(({ answer, origin }) =>
        Result.isSuccess(answer) ? [TreeMerge.fromListing(origin, answer.success)] : []
      )
    ]))
    const unanswered = answers.flatMap(({ answer, origin }) =>
      Result.isFailure(answer) ? [{ origin, error: answer.failure }] : []
    )
    const listing = BackupListing.fromAnswer({
      tree: merged.tree,
      notes: merged.notes,
      request: everything,
      source: whole.source,
      fetchedAt: yield* DateTime.now
    })
    return {
      listing: unanswered.length === 0
        ? { ...listing, completeness: whole.completeness }
        : { ...listing, completeness: "partial" },
      merged,
      unanswered,
      notAsked: known.filter((text) => !Uuid.isUuid(text))
    }
  })

/** How a dispatcher is asked, whoever it is and whoever logs in. */
export type AskingOptions = Omit<DispatcherOptions, "endpoint" | "credentials" | "target">

/** A host, and who logs in there. */
export interface HostOptions {
  readonly host: string
  /** 64000 unless told. */
  readonly port?: number | undefined
  readonly userName: string
  readonly password: Redacted.Redacted<string>
}

/**
 * Layer that asks a dispatcher by TCP, logged in by name and password. Each question has a connection of its own.
 *
 * `target` is a server that keeps the backups of the asked one. Anonymous TLS hides passwords and answers from listeners,
 * and does not stop someone in the middle: use it on networks that you trust, or through a tunnel (PROTOCOL 10,
 * `docs/tunnel.md`).
 *
 * **Example**
 *
 * ```ts
 * BackupSource.layerDispatcher({ host: "node7", userName: "root", password, securityLevel: "normal" })
 * ```
 */
export const layerDispatcher = (
  options: HostOptions & AskingOptions & { readonly target?: HostOptions | undefined }
): Layer.Layer<BackupSource> => {
  const { host, password, port, target, userName, ...asking } = options
  return layerClient({
    ...asking,
    ...at({ host, port, userName, password }),
    target: target && { ...asking, ...at(target) }
  })
}

const at = ({ host, password, port, userName }: HostOptions) => ({
  endpoint: Endpoint.tcp(host, port),
  credentials: DispatcherClient.password(userName, password)
})

/** Layer that asks the dispatcher of this host by its unix socket, as the user that this process runs as. */
export const layerLocal = (
  options: AskingOptions & { readonly path?: string | undefined } = {}
): Layer.Layer<BackupSource> => {
  const { path, ...asking } = options
  return layerClient({ ...asking, endpoint: Endpoint.unix(path), credentials: DispatcherClient.local })
}

/** Layer that asks a dispatcher at any endpoint with any credentials. */
export const layerClient = (options: DispatcherOptions): Layer.Layer<BackupSource> =>
  Layer.sync(BackupSource, () => makeDispatcher(options))

/**
 * As {@link layerDispatcher}, with host, port, user and password from the configuration; how it is asked is said here.
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
 */
export const layerConfig = (
  options: Config.Wrap<HostOptions>,
  asking: AskingOptions & { readonly target?: HostOptions | undefined } = {}
): Layer.Layer<BackupSource, Config.ConfigError> =>
  Layer.unwrap(Effect.map(Config.unwrap(options), (host) => layerDispatcher({ ...host, ...asking })))

/** The longest file that is read unless told; as a whole it takes many times as much memory. */
export const defaultMaxFileBytes = 64 * 2 ** 20

/**
 * Layer that answers from a file that holds the text of a tree, `-` for standard input; it is read at each question.
 *
 * The question that a file answers is unknown, so its listings are of unknown completeness, unless `isComplete` says
 * that it is a whole listing. Requests are answered as a server should answer them (`ServerModel.exactSelect`).
 */
export const layerFile = (
  options: TextOptions & {
    readonly path: string
    readonly isComplete?: boolean | undefined
    /** The longest file, in bytes; 64 MiB unless told. */
    readonly maxBytes?: number | undefined
  }
): Layer.Layer<BackupSource> =>
  Layer.sync(BackupSource, () => {
    const source: BackupListing.Source = { _tag: "File", path: options.path === "-" ? "standard input" : options.path }
    const text = Effect.mapError(
      TextFile.read(options.path, options.maxBytes ?? defaultMaxFileBytes),
      failing(source)
    )
    return makeLocal(() => text, decodeDocument(source, options))
  })

/**
 * Layer that answers from a backup directory, without a server; it is read at each question. See `BackupDirectory`.
 *
 * It shows what a server would show, and its listings hold what a server hides. A request that names a directory is
 * answered from that one.
 *
 * **Example**
 *
 * ```ts
 * Layer.provide(BackupSource.layerDirectory({ path: "/mnt/backups" }), NodeFileSystem.layer)
 * ```
 */
export const layerDirectory = (
  { path, ...options }: BackupDirectory.Options & TextOptions & { readonly path: string }
): Layer.Layer<BackupSource, never, FileSystem.FileSystem> =>
  Layer.effect(
    BackupSource,
    Effect.map(FileSystem.FileSystem, (fileSystem) => makeDirectory(path, options, fileSystem))
  )

/**
 * What a test's source answers from: a tree, which is in the default directory; an effect that gives one, is late, or
 * fails; or a function of the question, such as of its directory.
 */
export type TestAnswer =
  | BackupTree.BackupTree
  | Effect.Effect<BackupTree.BackupTree, BackupSourceReason>
  | ((request: Request) => BackupTree.BackupTree | Effect.Effect<BackupTree.BackupTree, BackupSourceReason>)

/**
 * Layer that answers from trees in memory as a server does, its defects included, for tests of code that asks: one answer
 * for each question, the last for all further ones.
 *
 * **Example**
 *
 * ```ts
 * BackupSource.layerTest(tree)
 * BackupSource.layerTest(Effect.fail(dispatcherError), Effect.delay(Effect.succeed(tree), "5 seconds"))
 * BackupSource.layerTest(Effect.never) // a server that hangs
 * ```
 */
export const layerTest = (...answers: readonly [TestAnswer, ...ReadonlyArray<TestAnswer>]): Layer.Layer<BackupSource> =>
  Layer.sync(BackupSource, () => {
    const source: BackupListing.Source = { _tag: "Memory", name: "test" }
    let asked = 0
    const xml = (request: Request) =>
      Effect.suspend(() => {
        const answer = answers[Math.min(asked++, answers.length - 1)]!
        // A directory that nobody has said anything about is empty.
        const isElsewhere = Option.isSome(request.directory) && !Effect.isEffect(answer)
        const given = typeof answer === "function" ? answer(request) : isElsewhere ? BackupTree.empty : answer
        const tree = Effect.isEffect(given) ? Effect.mapError(given, failing(source)) : Effect.succeed(given)
        return Effect.map(tree, (tree) => BackupTreeXml.encode(ServerModel.select(BackupStore.fromTree(tree), request)))
      })
    return makeLocal(xml, decodeAnswer(source, {}))
  })
