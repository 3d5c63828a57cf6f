/** Sources whose answers are there at once: a file, a script of a test. */
import * as BackupListing from "@backup-tree/core/listing/BackupListing"
import * as ListingFilter from "@backup-tree/core/listing/ListingFilter"
import type * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import type * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as BackupTreeReader from "@backup-tree/core/tree/BackupTreeReader"
import type { NotedTree } from "@backup-tree/core/tree/Note"
import * as XmlReader from "@backup-tree/core/xml/XmlReader"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type { BackupSource } from "../BackupSource.ts"
import { BackupSourceError, type BackupSourceReason, RequestedBackupMissing } from "../BackupSourceError.ts"
import * as Job from "../dispatcher/Job.ts"
import * as RandomUuid from "../dispatcher/RandomUuid.ts"

type Service = BackupSource["Service"]
type Request = BackupTreeRequest.BackupTreeRequest

/** How much a text may hold. */
export interface TextOptions {
  /** The most elements of a tree, attributes counted too; 2·10⁷ unless told. So many may take gigabytes of memory. */
  readonly maxElements?: number | undefined
}

/** Makes errors of a source. */
export const failing = (source: BackupListing.Source) => (reason: BackupSourceReason): BackupSourceError =>
  new BackupSourceError({ source: BackupListing.printSource(source), reason })

/** Makes the listing of a server's answer: decoded, narrowed to what was meant, with its question. */
export const decodeAnswer = (source: BackupListing.Source, options: TextOptions): Service["decode"] =>
  Effect.fn("BackupSource.decode")(function*(text: string, request: Request) {
    return yield* listAnswer(yield* decodeTolerant(text, source, options), request, source)
  })

/** Makes the listing of a server's answer that has been read: narrowed to what was meant, with its question. */
export const listAnswer = (
  answer: NotedTree,
  request: Request,
  source: BackupListing.Source
): Effect.Effect<BackupListing.BackupListing, BackupSourceError> =>
  Effect.gen(function*() {
    const narrowed = ListingFilter.filterResponse(answer, request)
    yield* requireRequested(narrowed.tree, request, source)
    return BackupListing.fromAnswer({ ...narrowed, request, source, fetchedAt: yield* DateTime.now })
  })

/** Makes the listing of a document whose question is unknown. */
export const decodeDocument = (
  source: BackupListing.Source,
  options: TextOptions & { readonly isComplete?: boolean | undefined }
): Service["decode"] =>
  Effect.fn("BackupSource.decode")(function*(text: string, request: Request) {
    const selected = ListingFilter.filterTree(yield* decodeTolerant(text, source, options), request)
    yield* requireRequested(selected.tree, request, source)
    const listing = { ...selected, source, fetchedAt: yield* DateTime.now }
    return options.isComplete === true
      ? BackupListing.fromAnswer({ ...listing, request })
      : BackupListing.fromDocument({ ...listing, complete: false })
  })

const decodeTolerant = (
  text: string,
  source: BackupListing.Source,
  { maxElements }: TextOptions
): Effect.Effect<NotedTree, BackupSourceError> =>
  Effect.suspend(() => {
    // A text that is there takes no more memory for being read.
    const reader = BackupTreeReader.make({ mode: "tolerant", maxElements, maxLength: XmlReader.maxLength })
    return Result.flatMap(reader.push(text), (environments) =>
      Result.map(reader.end(), ({ environments: last, kept, notes }) => ({
        tree: { environments: [...environments, ...last], kept },
        notes
      }))).pipe(Effect.fromResult, Effect.mapError(failing(source)))
  })

/** The id that a request asks for. */
export const requestedId = ({ subject }: Request): string | undefined =>
  subject._tag === "Backup" || subject._tag === "Chain" ? subject.id : undefined

/** Fails where an answer lacks the backup that was asked for. */
export const requireRequested = (
  tree: BackupTree.BackupTree,
  request: Request,
  source: BackupListing.Source
): Effect.Effect<void, BackupSourceError> => {
  const id = requestedId(request)
  return id !== undefined && Option.isNone(ListingFilter.requestedBackup(tree, request))
    ? Effect.fail(failing(source)(new RequestedBackupMissing({ id })))
    : Effect.void
}

/** Makes a source of texts; to cancel one of its jobs is to interrupt its work. */
export const makeLocal = (
  xml: (request: Request) => Effect.Effect<string, BackupSourceError>,
  decode: Service["decode"]
): Service => {
  const getBackupTree: Service["getBackupTree"] = (request) =>
    Effect.flatMap(xml(request), (text) => decode(text, request))
  return {
    submit: submitLocal(getBackupTree),
    getBackupTree,
    streamEnvironments: (request) =>
      Stream.unwrap(Effect.map(getBackupTree(request), ({ tree }) => Stream.fromIterable(tree.environments))),
    getBackupTreeXml: xml,
    decode
  }
}

/** Makes the job of a question that is worked on here; to cancel it is to interrupt that work. */
export const submitLocal = (getBackupTree: Service["getBackupTree"]): Service["submit"] => (request) =>
  Effect.gen(function*() {
    const cancel: Effect.Effect<Job.CancelOutcome> = Effect.suspend(() =>
      work.pollUnsafe() !== undefined
        ? Effect.succeed("not-running" as const)
        : Effect.as(Fiber.interrupt(work), "accepted" as const)
    )
    const producer = yield* Job.make<BackupListing.BackupListing, BackupSourceError>(yield* RandomUuid.next, cancel)
    yield* Effect.addFinalizer(() => producer.finish(Exit.interrupt()))
    const work = yield* Effect.forkScoped(Effect.onExit(getBackupTree(request), producer.finish), {
      startImmediately: true
    })
    return producer.job
  })
