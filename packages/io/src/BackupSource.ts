/**
 * The service that users take: ask for a backup tree, get a listing.
 *
 * ```ts
 * const listing = yield* BackupSource.getBackupTree(BackupTreeRequest.everything)
 * ```
 */
import * as BackupListing from "@backup-tree/core/BackupListing"
import * as BackupTree from "@backup-tree/core/BackupTree"
import * as BackupTreeRequest from "@backup-tree/core/BackupTreeRequest"
import * as BackupTreeXml from "@backup-tree/core/BackupTreeXml"
import * as Narrowing from "@backup-tree/core/Narrowing"
import * as ServerModel from "@backup-tree/core/ServerModel"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import { BackupSourceError, type BackupSourceReason, RequestedBackupMissing } from "./BackupSourceError.ts"
import * as DispatcherClient from "./DispatcherClient.ts"
import * as Endpoint from "./Endpoint.ts"
import * as Job from "./Job.ts"
import type { Limits } from "./Limits.ts"
import { defaultMaxPackageBytes } from "./protocol/PackageParser.ts"
import * as RandomUuid from "./RandomUuid.ts"
import * as TextFile from "./TextFile.ts"

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
  /** Asks, and waits for the text as it was sent, which is what the SDK's call yields: not checked, not narrowed. */
  readonly getBackupTreeXml: (request: Request, options?: CallOptions) => Effect.Effect<string, BackupSourceError>
  /** Makes the listing of a text that `getBackupTreeXml` gave for the same request. */
  readonly decode: (text: string, request: Request) => Effect.Effect<BackupListing.BackupListing, BackupSourceError>
}>()("@backup-tree/io/BackupSource") {}

type Service = BackupSource["Service"]

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

/** Asks the source in the context, and waits for the text as it was sent. See {@link BackupSource}. */
export const getBackupTreeXml = (
  request: Request,
  options?: CallOptions
): Effect.Effect<string, BackupSourceError, BackupSource> =>
  BackupSource.use((source) => source.getBackupTreeXml(request, options))

/** How much a text may hold. */
export interface TextOptions {
  /** The most elements of a text; 4·10⁶ unless told, of which a decoded tree takes some gigabytes of memory. */
  readonly maxElements?: number | undefined
}

/** How long a conversation with a dispatcher may take, and how much it may say. */
export interface LimitOptions extends TextOptions {
  readonly limits?: Partial<Limits> | undefined
}

/**
 * Layer that asks a dispatcher by TCP, logged in by name and password. Each question has a connection of its own.
 *
 * Anonymous TLS keeps eavesdroppers out, not someone in the middle: use it on networks that you trust (PROTOCOL 10).
 */
export const layerDispatcher = (
  options: LimitOptions & {
    readonly host: string
    readonly port?: number | undefined
    readonly userName: string
    readonly password: Redacted.Redacted<string>
  }
): Layer.Layer<BackupSource> =>
  layerClient({
    endpoint: Endpoint.tcp(options.host, options.port),
    credentials: DispatcherClient.password(options.userName, options.password),
    limits: options.limits,
    maxElements: options.maxElements
  })

/** Layer that asks the dispatcher of this host by its unix socket, as the user that this process runs as. */
export const layerLocal = (
  options: LimitOptions & { readonly path?: string | undefined } = {}
): Layer.Layer<BackupSource> =>
  layerClient({
    endpoint: Endpoint.unix(options.path),
    credentials: DispatcherClient.local,
    limits: options.limits,
    maxElements: options.maxElements
  })

/** Layer that asks a dispatcher at any endpoint with any credentials. */
export const layerClient = (options: DispatcherClient.Options & TextOptions): Layer.Layer<BackupSource> =>
  Layer.succeed(BackupSource, makeClient(options))

const makeClient = (options: DispatcherClient.Options & TextOptions): Service => {
  const endpoint = Endpoint.print(options.endpoint)
  const failed = (reason: BackupSourceReason) => new BackupSourceError({ source: endpoint, reason })
  const decode = decodeAnswer({ _tag: "Dispatcher", endpoint }, options)
  const submitXml = (request: Request, call?: CallOptions) =>
    Effect.flatMap(
      DispatcherClient.connect(options),
      (client) => client.getBackupTree(BackupTreeRequest.toParameters(request, call))
    )
  const submit: Service["submit"] = (request, call) =>
    Effect.flatMap(
      Effect.mapError(submitXml(request, call), failed),
      (job) =>
        Job.transform(job, (text) => Effect.flatMap(Effect.mapError(text, failed), (text) => decode(text, request)))
    )
  // Spans say where and what kind of question; never an id that may be a session's.
  const spanned = (name: string, request: Request) =>
    Effect.withSpan(`BackupSource.${name}`, { attributes: { endpoint, subject: request.subject._tag } })
  return {
    submit: (request, call) => submit(request, call).pipe(spanned("submit", request)),
    getBackupTree: (request, call) =>
      Effect.flatMap(submit(request, call), (job) => job.await).pipe(
        Effect.scoped,
        spanned("getBackupTree", request)
      ),
    getBackupTreeXml: (request, call) =>
      Effect.flatMap(submitXml(request, call), (job) => job.await).pipe(
        Effect.scoped,
        Effect.mapError(failed),
        spanned("getBackupTreeXml", request)
      ),
    decode
  }
}

/** Makes the listing of a server's answer: decoded, narrowed to what was meant, with its question. */
const decodeAnswer = (source: BackupListing.Source, options: TextOptions): Service["decode"] => (text, request) =>
  Effect.gen(function*() {
    const narrowed = Narrowing.narrow(yield* decodeTolerant(text, source, options), request)
    yield* requireRequested(narrowed.tree, request, source)
    return BackupListing.fromAnswer({ ...narrowed, request, source, fetchedAt: yield* DateTime.now })
  })

const failing = (source: BackupListing.Source) => (reason: BackupSourceReason): BackupSourceError =>
  new BackupSourceError({ source: BackupListing.printSource(source), reason })

const decodeTolerant = (
  text: string,
  source: BackupListing.Source,
  { maxElements }: TextOptions
): Effect.Effect<Narrowing.Read, BackupSourceError> =>
  Effect.mapError(Effect.fromResult(BackupTreeXml.decode(text, { mode: "tolerant", maxElements })), failing(source))

const requireRequested = (
  tree: BackupTree.BackupTree,
  request: Request,
  source: BackupListing.Source
): Effect.Effect<void, BackupSourceError> => {
  const subject = request.subject
  const isById = subject._tag === "Backup" || subject._tag === "Chain"
  return isById && Option.isNone(Narrowing.requestedBackup(tree, request))
    ? Effect.fail(failing(source)(new RequestedBackupMissing({ id: subject.id })))
    : Effect.void
}

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
      TextFile.read(options.path, options.maxBytes ?? defaultMaxPackageBytes),
      failing(source)
    )
    return makeLocal(() => text, decodeDocument(source, options))
  })

/** Makes the listing of a document whose question is unknown. */
const decodeDocument = (
  source: BackupListing.Source,
  options: TextOptions & { readonly isComplete?: boolean | undefined }
): Service["decode"] =>
(text, request) =>
  Effect.gen(function*() {
    const selected = Narrowing.select(yield* decodeTolerant(text, source, options), request)
    yield* requireRequested(selected.tree, request, source)
    const listing = { ...selected, source, fetchedAt: yield* DateTime.now }
    return options.isComplete === true
      ? BackupListing.fromAnswer({ ...listing, request })
      : BackupListing.fromDocument({ ...listing, complete: false })
  })

/** Makes a source whose answers are there at once. */
const makeLocal = (
  xml: (request: Request) => Effect.Effect<string, BackupSourceError>,
  decode: Service["decode"]
): Service => {
  const getBackupTree: Service["getBackupTree"] = (request) =>
    Effect.flatMap(xml(request), (text) => decode(text, request))
  return {
    submit: (request) =>
      Effect.gen(function*() {
        const producer = yield* Job.make<BackupListing.BackupListing, BackupSourceError>(yield* RandomUuid.next)
        yield* producer.finish(yield* Effect.exit(getBackupTree(request)))
        return producer.job
      }),
    getBackupTree,
    getBackupTreeXml: xml,
    decode
  }
}

/** Layer that answers from a tree in memory, as a server does, its defects included; for tests of code that asks. */
export const layerTest = (tree: BackupTree.BackupTree): Layer.Layer<BackupSource> => {
  const store = ServerModel.fromTree(tree)
  const xml = (request: Request) =>
    Effect.sync(() => {
      const { backupFlags, uuid } = BackupTreeRequest.toParameters(request)
      const selected = ServerModel.select(store, { uuid, flags: backupFlags })
      return BackupTreeXml.encode(Result.getOrElse(selected, () => BackupTree.empty))
    })
  return Layer.succeed(BackupSource, makeLocal(xml, decodeAnswer({ _tag: "Memory", name: "test" }, {})))
}
