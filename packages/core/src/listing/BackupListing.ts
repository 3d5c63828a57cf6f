/**
 * A tree together with its request, source, time and completeness.
 *
 * @since 0.2.0
 */
import type * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import { DirectoryReading } from "../directory/DirectoryReading.ts"
import * as BackupTreeRequest from "../sdk/BackupTreeRequest.ts"
import * as BackupTree from "../tree/BackupTree.ts"
import { Note } from "../tree/Note.ts"
import * as Selection from "./internal/storedSelection.ts"

/**
 * Schema of a {@link Source}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const Source = Schema.TaggedUnion({
  Dispatcher: { endpoint: Schema.String },
  File: { path: Schema.String },
  Directory: { path: Schema.String },
  Memory: { name: Schema.String },
  Servers: { endpoints: Schema.Array(Schema.String) }
})
/**
 * The source of a tree. `Servers` are several dispatchers, whose trees were merged.
 *
 * @category models
 * @since 0.2.0
 */
export type Source = typeof Source.Type

/**
 * Schema of {@link Completeness}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const Completeness = Schema.Literals(["complete", "partial", "unknown"])
/**
 * The extent of a listing.
 *
 * - `complete`: every readable chain of the requested environments, as a whole.
 * - `partial`: the response for one backup id, which lacks incrementals that exist, or a part that a query selected.
 * - `unknown`: a document whose request is unknown.
 *
 * @see [Semantics 4.1](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s4-1)
 * @category models
 * @since 0.2.0
 */
export type Completeness = typeof Completeness.Type

/**
 * Schema of {@link ChainOrigins}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const ChainOrigins = Schema.Struct({
  environment: Schema.String,
  chain: Schema.String,
  endpoints: Schema.Array(Schema.String)
})
/**
 * The servers that have a chain, for a tree that was merged from several ones. Uuids are spelled as in the tree.
 *
 * @category models
 * @since 0.2.0
 */
export type ChainOrigins = typeof ChainOrigins.Type

/**
 * A tree and its origin. `request` is `None` if the request is unknown.
 *
 * @category models
 * @since 0.2.0
 */
export interface BackupListing {
  readonly tree: BackupTree.BackupTree
  readonly notes: ReadonlyArray<Note>
  readonly request: Option.Option<BackupTreeRequest.BackupTreeRequest>
  readonly source: Source
  readonly fetchedAt: DateTime.Utc
  readonly completeness: Completeness
  /**
   * The backup directory that the tree was selected from, if it is not the response of a server.
   *
   * The backups of the tree are the same objects as in the reading, so `DirectoryReading.locate` finds them.
   */
  readonly directory?: DirectoryReading | undefined
  /** The servers of each chain, if the tree was merged from those of several servers. */
  readonly origins?: ReadonlyArray<ChainOrigins> | undefined
}

const head = {
  notes: Schema.Array(Note),
  request: Schema.Option(BackupTreeRequest.BackupTreeRequest),
  source: Source,
  fetchedAt: Schema.DateTimeUtc,
  completeness: Completeness
}

const Selected = Schema.Struct({ ...head, directory: DirectoryReading, selection: Selection.Selection }).pipe(
  Schema.check(
    Schema.makeFilter(({ directory, selection }) =>
      Selection.toTree(selection, directory) !== undefined || "a selection of backups that the directory has"
    )
  )
)

const origins = Schema.optional(Schema.Array(ChainOrigins))

const Stored = Schema.Union([Schema.Struct({ ...head, tree: BackupTree.BackupTree, origins }), Selected])

const hasParts = Schema.is(
  Schema.Struct({ ...head, tree: BackupTree.BackupTree, directory: Schema.optional(DirectoryReading), origins })
)

// Not a check of the schema, because a schema passes copies to its checks, and the backups must be the same objects.
const isListing = (value: unknown): value is BackupListing =>
  hasParts(value)
  && (value.directory === undefined || Selection.fromTree(value.tree, value.directory) !== undefined)

/**
 * Schema of a {@link BackupListing}, for example to store one in a workflow.
 *
 * A listing of a backup directory is stored as the reading of the directory and the places of the selected backups. So
 * after decoding, the listing and the reading share the same backup objects again.
 *
 * @category schemas
 * @since 0.2.0
 */
export const BackupListing: Schema.Codec<BackupListing, typeof Stored.Encoded> = Stored.pipe(
  Schema.decodeTo(
    Schema.declare(isListing, {
      expected: "a listing whose tree was selected from its directory, if it has one"
    }),
    SchemaTransformation.transform({
      // The checks of both sides ensure that the selection and the tree match the directory.
      decode: (stored): BackupListing => {
        if ("tree" in stored) return stored
        const { selection, ...rest } = stored
        return { ...rest, tree: Selection.toTree(selection, stored.directory) ?? BackupTree.empty }
      },
      encode: ({ directory, origins, tree, ...rest }): typeof Stored.Type => {
        if (directory === undefined) return { ...rest, tree, ...(origins === undefined ? {} : { origins }) }
        return { ...rest, directory, selection: Selection.fromTree(tree, directory) ?? [] }
      }
    })
  )
)

/**
 * Returns how complete the response to a request can be.
 *
 * @category accessors
 * @since 0.2.0
 */
export const completenessOf = (request: BackupTreeRequest.BackupTreeRequest): Completeness =>
  request.subject._tag === "Everything" || request.subject._tag === "Environment" ? "complete" : "partial"

/**
 * Creates the listing of a response to a request.
 *
 * @category constructors
 * @since 0.2.0
 */
export const fromResponse = (options: {
  readonly tree: BackupTree.BackupTree
  readonly notes: ReadonlyArray<Note>
  readonly request: BackupTreeRequest.BackupTreeRequest
  readonly source: Source
  readonly fetchedAt: DateTime.Utc
  readonly directory?: DirectoryReading | undefined
}): BackupListing => ({
  ...options,
  request: Option.some(options.request),
  completeness: completenessOf(options.request)
})

/**
 * Creates the listing of a document without a request. `complete` states that it is known to be a full listing.
 *
 * @category constructors
 * @since 0.2.0
 */
export const fromDocument = (options: {
  readonly tree: BackupTree.BackupTree
  readonly notes: ReadonlyArray<Note>
  readonly source: Source
  readonly fetchedAt: DateTime.Utc
  readonly complete: boolean
}): BackupListing => ({
  tree: options.tree,
  notes: options.notes,
  source: options.source,
  fetchedAt: options.fetchedAt,
  request: Option.none(),
  completeness: options.complete ? "complete" : "unknown"
})

/**
 * Writes a source as an endpoint, a path or a name. The text is not escaped.
 *
 * @category rendering
 * @since 0.2.0
 */
export const printSource = Source.match({
  Dispatcher: ({ endpoint }) => endpoint,
  File: ({ path }) => path,
  Directory: ({ path }) => path,
  Memory: ({ name }) => name,
  Servers: ({ endpoints }) => endpoints.join(", ")
})
