/**
 * Listings as JSON, and back: the tree with its source, request, time and completeness.
 *
 * @since 0.2.0
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { DirectoryReading } from "../directory/DirectoryReading.ts"
import { StoreSkip } from "../directory/files/StoreSkip.ts"
import { fromSchemaError, JsonError } from "../json/JsonError.ts"
import * as BackupTreeRequest from "../sdk/BackupTreeRequest.ts"
import * as Steps from "../steps/Steps.ts"
import type * as BackupTree from "../tree/BackupTree.ts"
import * as BackupTreeJson from "../tree/BackupTreeJson.ts"
import { Note } from "../tree/Note.ts"
import * as BackupListing from "./BackupListing.ts"
import { compareData } from "./internal/compareData.ts"
import * as Selection from "./internal/storedSelection.ts"

/**
 * Schema of the source of a listing. `name` is an endpoint, a path or a name.
 *
 * @category schemas
 * @since 0.2.0
 */
export const SourceJson = Schema.Struct({
  kind: Schema.Literals(["dispatcher", "file", "directory", "memory", "servers"]),
  name: Schema.String,
  /** The endpoints, for the kind `servers`. */
  servers: Schema.optionalKey(Schema.Array(Schema.String))
})
/**
 * The source of a listing as JSON.
 *
 * @category models
 * @since 0.2.0
 */
export type SourceJson = typeof SourceJson.Type

const Time = Schema.String.pipe(
  Schema.check(Schema.makeFilter((text) => Option.isSome(DateTime.make(text)) || "expected an ISO 8601 time"))
)

const request = BackupTreeRequest.BackupTreeRequest.fields

// A reading is stored as the places of the selected backups, so that after decoding both share the same objects again.
const reading = Schema.toCodecJson(
  Schema.Struct({ directory: DirectoryReading, selection: Selection.Selection })
)

/**
 * Schema of a listing.
 *
 * `fetchedAt` is an ISO 8601 time. `request` is null if it is unknown. `notes` is what the reader has noted. A listing of
 * a backup directory has `skips`, the items that a server would not list, and `reading`, the whole content of the
 * directory. The form of `reading` may change in any release; without it, a check does not examine images.
 *
 * @category schemas
 * @since 0.2.0
 */
export const ListingJson = Schema.Struct({
  source: SourceJson,
  fetchedAt: Time,
  completeness: BackupListing.Completeness,
  request: Schema.NullOr(
    Schema.Struct({ subject: request.subject, kinds: request.kinds, directory: Schema.NullOr(Schema.String) })
  ),
  ...BackupTreeJson.BackupTreeJson.fields,
  notes: Schema.Array(Note),
  /** The servers that have each chain, if the trees of several servers were merged. */
  origins: Schema.optionalKey(Schema.Array(BackupListing.ChainOrigins)),
  skips: Schema.optionalKey(Schema.Array(StoreSkip)),
  reading: Schema.optionalKey(Schema.Unknown)
})
/**
 * A listing as JSON.
 *
 * @category models
 * @since 0.2.0
 */
export type ListingJson = typeof ListingJson.Type

/**
 * Encodes a listing.
 *
 * @category codecs
 * @since 0.2.0
 */
export const encode = (listing: BackupListing.BackupListing): ListingJson => Steps.complete(encodeInSteps(listing))

/**
 * Encodes a listing as {@link encode} does, one environment at a time, so that a program can do other work in between.
 *
 * @category codecs
 * @since 0.2.0
 */
export const encodeInSteps = function*(listing: BackupListing.BackupListing): Generator<undefined, ListingJson> {
  const tree = yield* BackupTreeJson.encodeInSteps(listing.tree)
  return {
    source: encodeSource(listing.source),
    fetchedAt: DateTime.formatIso(listing.fetchedAt),
    completeness: listing.completeness,
    request: Option.match(listing.request, {
      onNone: () => null,
      onSome: (request) => ({ ...request, directory: Option.getOrNull(request.directory) })
    }),
    ...tree,
    notes: listing.notes,
    ...(listing.origins === undefined ? {} : { origins: listing.origins }),
    ...(listing.directory === undefined ? {} : {
      skips: listing.directory.skips,
      reading: encodeReading({
        directory: listing.directory,
        selection: Selection.fromTree(listing.tree, listing.directory) ?? []
      })
    })
  }
}

const encodeReading = Schema.encodeSync(reading)

/**
 * Encodes the source of a listing.
 *
 * @category codecs
 * @since 0.2.0
 */
export const encodeSource = (source: BackupListing.Source): SourceJson => {
  const name = BackupListing.printSource(source)
  switch (source._tag) {
    case "Dispatcher":
      return { kind: "dispatcher", name }
    case "File":
      return { kind: "file", name }
    case "Directory":
      return { kind: "directory", name }
    case "Memory":
      return { kind: "memory", name }
    case "Servers":
      return { kind: "servers", name, servers: source.endpoints }
  }
}

const decodeSource = ({ kind, name, servers = [name] }: SourceJson): BackupListing.Source => {
  switch (kind) {
    case "dispatcher":
      return { _tag: "Dispatcher", endpoint: name }
    case "file":
      return { _tag: "File", path: name }
    case "directory":
      return { _tag: "Directory", path: name }
    case "memory":
      return { _tag: "Memory", name }
    case "servers":
      return { _tag: "Servers", endpoints: servers }
  }
}

const { environments: _, ...headFields } = ListingJson.fields
const decodeHead = Schema.decodeUnknownResult(Schema.Struct(headFields))
const decodeReading = Schema.decodeUnknownResult(reading)

/**
 * Decodes a listing from a value that `JsonReader` has read. Unknown fields are ignored.
 *
 * @category codecs
 * @since 0.2.0
 */
export const decode = (value: unknown): Result.Result<BackupListing.BackupListing, JsonError> =>
  Steps.complete(decodeInSteps(value))

/**
 * Decodes a listing as {@link decode} does, one environment at a time, so that a program can do other work in between.
 *
 * @category codecs
 * @since 0.2.0
 */
export const decodeInSteps = function*(
  value: unknown
): Generator<undefined, Result.Result<BackupListing.BackupListing, JsonError>> {
  const head = Result.mapError(decodeHead(value), (error) => fromSchemaError(error))
  if (Result.isFailure(head)) return Result.fail(head.failure)
  const list = (value as { readonly environments?: unknown }).environments
  if (!Array.isArray(list)) {
    return Result.fail(
      new JsonError({ reason: "content", detail: "there is no list of environments", path: "environments" })
    )
  }
  const environments: Array<BackupTree.VirtualEnvironment> = []
  for (const [index, json] of list.entries()) {
    const environment = BackupTreeJson.decodeEnvironment(json, `environments[${index}]`)
    if (Result.isFailure(environment)) return Result.fail(environment.failure)
    environments.push(environment.success)
    yield
  }
  return toListing(head.success, { environments, kept: head.success.kept ?? [] })
}

const toListing = (
  { completeness, fetchedAt, notes, origins, reading, request, source }: Omit<ListingJson, "environments">,
  tree: BackupTree.BackupTree
): Result.Result<BackupListing.BackupListing, JsonError> => {
  const listing = {
    tree,
    notes,
    request: Option.map(
      Option.fromNullOr(request),
      (request) => ({ ...request, directory: Option.fromNullOr(request.directory) })
    ),
    source: decodeSource(source),
    fetchedAt: DateTime.toUtc(DateTime.makeUnsafe(fetchedAt)),
    completeness,
    ...(origins === undefined ? {} : { origins })
  }
  if (reading === undefined) return Result.succeed(listing)
  return Result.flatMap(
    Result.mapError(decodeReading(reading), (error) => fromSchemaError(error, "reading")),
    ({ directory, selection }) => {
      const selected = Selection.toTree(selection, directory)
      return selected !== undefined && compareData(selected, tree) === 0
        ? Result.succeed({ ...listing, tree: selected, directory })
        : Result.fail(
          new JsonError({
            reason: "content",
            detail: "the environments differ from the reading of the directory; if you changed them, remove `reading`",
            path: "reading"
          })
        )
    }
  )
}
