/** Reads a listing from a JSON document, and selects from it as the current request does. */
import * as DirectoryReading from "@backup-tree/core/directory/DirectoryReading"
import { JsonError } from "@backup-tree/core/json/JsonError"
import * as JsonHeader from "@backup-tree/core/json/JsonHeader"
import * as JsonReader from "@backup-tree/core/json/JsonReader"
import * as BackupListing from "@backup-tree/core/listing/BackupListing"
import * as ListingFilter from "@backup-tree/core/listing/ListingFilter"
import * as ListingJson from "@backup-tree/core/listing/ListingJson"
import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { BackupSourceError } from "../BackupSourceError.ts"
import * as Cooperative from "../Cooperative.ts"
import { failing, requireRequested } from "./replyListing.ts"
import type { Request, TextOptions } from "./sourceService.ts"
import * as TreeKeeper from "./treeKeeper.ts"

/** Returns whether a text is JSON rather than XML. Which of both it is, the first character tells. */
export const isJson = (text: string): boolean => /^\ufeff?[\t\n\r ]*[{[]/.test(text)

/** Decodes the listing of a document, which is that of `list` or of `check`. */
export const decode = (
  text: string,
  { isComplete, maxElements, maxTreeBytes }: TextOptions & { readonly isComplete?: boolean | undefined },
  source: BackupListing.Source
): Effect.Effect<BackupListing.BackupListing, BackupSourceError> =>
  Cooperative.run(() =>
    decodeInSteps(text, { maxValues: maxElements, maxBytes: TreeKeeper.maxTreeBytes(maxTreeBytes) })
  ).pipe(
    Effect.flatMap(Effect.fromResult),
    Effect.mapBoth({
      onFailure: failing(source),
      onSuccess: (listing) =>
        isComplete === true && listing.completeness === "unknown" ? { ...listing, completeness: "complete" } : listing
    })
  )

const decodeInSteps = function*(
  text: string,
  limits: JsonReader.Limits
): Generator<undefined, Result.Result<BackupListing.BackupListing, JsonError>> {
  const value = yield* JsonReader.steps(text, limits)
  if (Result.isFailure(value)) return Result.fail(value.failure)
  const failure = failureIn(value.success)
  if (failure !== undefined) return Result.fail(failure)
  const kind = JsonHeader.kindOf(value.success, ["listing", "check"])
  return Result.isFailure(kind) ? Result.fail(kind.failure) : yield* ListingJson.decodeInSteps(value.success)
}

const FailedCommand = Schema.Struct({ error: Schema.Struct({ message: Schema.String }) })
const decodeFailed = Schema.decodeUnknownOption(FailedCommand)

/** Returns the error for the document of a command that failed, which a pipe or a file can have instead of a listing. */
const failureIn = (value: unknown): JsonError | undefined =>
  Result.isSuccess(JsonHeader.kindOf(value, ["error"]))
    ? Option.getOrUndefined(Option.map(decodeFailed(value), ({ error: { message } }) =>
      new JsonError({
        reason: "failure",
        detail: `the command that wrote this document failed: ${message}`
      })))
    : undefined

/** Selects from a listing, which keeps its time. If it was asked for less than is requested, the rest is missing. */
export const select = Effect.fnUntraced(function*(
  listing: BackupListing.BackupListing,
  request: Request,
  source: BackupListing.Source
): Effect.fn.Return<BackupListing.BackupListing, BackupSourceError> {
  const selected = listing.directory === undefined
    ? ListingFilter.filterTree(listing, request)
    : DirectoryReading.select(listing.directory, request)
  yield* requireRequested(selected.tree, request, source)
  return {
    ...listing,
    ...selected,
    source,
    request: Option.map(listing.request, () => request),
    completeness: completenessOf(listing, request)
  }
})

const completenessOf = (
  { completeness, request: own }: BackupListing.BackupListing,
  request: Request
): BackupListing.Completeness => {
  if (Option.isNone(own) || Equal.equals(own.value, request)) return completeness
  const isPart = Equal.equals(own.value, BackupTreeRequest.everything) && Option.isNone(request.directory)
  return isPart && completeness === "complete" ? BackupListing.completenessOf(request) : "partial"
}
