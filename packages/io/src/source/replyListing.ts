/** Makes the listing of a request from a tree. */
import * as BackupListing from "@backup-tree/core/listing/BackupListing"
import * as ListingFilter from "@backup-tree/core/listing/ListingFilter"
import type * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as BackupTreeReader from "@backup-tree/core/tree/BackupTreeReader"
import type { NotedTree } from "@backup-tree/core/tree/Note"
import type { XmlError } from "@backup-tree/core/xml/XmlError"
import * as XmlReader from "@backup-tree/core/xml/XmlReader"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { BackupSourceError, type BackupSourceReason, RequestedBackupMissing } from "../BackupSourceError.ts"
import * as Cooperative from "../Cooperative.ts"
import type { Request, SourceService, TextOptions } from "./sourceService.ts"
import * as TreeKeeper from "./treeKeeper.ts"

/** Makes errors of a source. */
export const failing = (source: BackupListing.Source) => (reason: BackupSourceReason): BackupSourceError =>
  new BackupSourceError({ source: BackupListing.printSource(source), reason })

/** Decodes the reply of a server into a listing, filtered by the request. */
export const decodeReply = (source: BackupListing.Source, options: TextOptions): SourceService["decode"] =>
  Effect.fnUntraced(function*(text, request) {
    return yield* listReply(yield* decodeTolerant(text, source, options), request, source)
  })

/** Makes the listing of a decoded reply, filtered by the request. */
export const listReply = Effect.fnUntraced(function*(
  reply: NotedTree,
  request: Request,
  source: BackupListing.Source
) {
  const filtered = ListingFilter.filterResponse(reply, request)
  yield* requireRequested(filtered.tree, request, source)
  return BackupListing.fromResponse({ ...filtered, request, source, fetchedAt: yield* DateTime.now })
})

/** Decodes a document whose request is unknown, and selects from it like the current request. */
export const decodeDocument = (
  source: BackupListing.Source,
  options: TextOptions & { readonly isComplete?: boolean | undefined }
): SourceService["decode"] =>
  Effect.fnUntraced(function*(text, request) {
    const selected = ListingFilter.filterTree(yield* decodeTolerant(text, source, options), request)
    yield* requireRequested(selected.tree, request, source)
    const listing = { ...selected, source, fetchedAt: yield* DateTime.now }
    return options.isComplete === true
      ? BackupListing.fromResponse({ ...listing, request })
      : BackupListing.fromDocument({ ...listing, complete: false })
  })

/** The number of characters that are read in one step. */
const charactersOfStep = 1 << 16

const decodeTolerant = (
  text: string,
  source: BackupListing.Source,
  options: TextOptions
): Effect.Effect<NotedTree, BackupSourceError> =>
  Cooperative.run(() => decodeInSteps(text, options)).pipe(
    Effect.flatMap(Effect.fromResult),
    Effect.mapError(failing(source))
  )

const decodeInSteps = function*(
  text: string,
  { maxElements, maxTreeBytes }: TextOptions
): Generator<undefined, Result.Result<NotedTree, XmlError>> {
  const maxHeldBytes = TreeKeeper.maxTreeBytes(maxTreeBytes)
  // The text is in memory already, so its length needs no limit.
  const reader = BackupTreeReader.make({ mode: "tolerant", maxElements, maxHeldBytes, maxLength: XmlReader.maxLength })
  const keeper = new TreeKeeper.TreeKeeper(maxHeldBytes)
  for (let start = 0; start < text.length; start += charactersOfStep) {
    const read = reader.push(text.slice(start, start + charactersOfStep))
    if (Result.isFailure(read)) return Result.fail(read.failure)
    keeper.add(read.success)
    if (Result.isFailure(keeper.environments)) return Result.fail(keeper.environments.failure)
    yield
  }
  return Result.flatMap(reader.end(), ({ environments: last, kept, notes }) => {
    keeper.add(last)
    return Result.map(keeper.environments, (environments) => ({ tree: { environments, kept }, notes }))
  })
}

/** Returns the id of the requested backup or chain. */
export const requestedId = ({ subject }: Request): string | undefined =>
  subject._tag === "Backup" || subject._tag === "Chain" ? subject.id : undefined

/** Fails if a tree lacks the requested backup. */
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
