/**
 * A tree together with its request, source, time and completeness.
 *
 * @since 0.2.0
 */
import type * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import type { DirectoryReading } from "../directory/DirectoryReading.ts"
import type * as BackupTreeRequest from "../sdk/BackupTreeRequest.ts"
import type * as BackupTree from "../tree/BackupTree.ts"
import type { Note } from "../tree/Note.ts"

/**
 * The source of a tree.
 *
 * @category models
 * @since 0.2.0
 */
export type Source =
  | { readonly _tag: "Dispatcher"; readonly endpoint: string }
  | { readonly _tag: "File" | "Directory"; readonly path: string }
  | { readonly _tag: "Memory"; readonly name: string }

/**
 * How much of the store a listing shows.
 *
 * - `complete`: every readable chain of the requested environments, as a whole.
 * - `partial`: the response for one backup id, which lacks incrementals that exist.
 * - `unknown`: a document whose request is unknown.
 *
 * @see [Semantics 4.1](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s4-1)
 * @category models
 * @since 0.2.0
 */
export type Completeness = "complete" | "partial" | "unknown"

/**
 * A tree and its origin. `request` is none if the request is unknown.
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
}

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
export const printSource = (source: Source): string =>
  source._tag === "Dispatcher" ? source.endpoint : source._tag === "Memory" ? source.name : source.path
