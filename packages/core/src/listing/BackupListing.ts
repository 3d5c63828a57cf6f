/**
 * A tree together with its question: what was asked, where, when, and how complete the answer can be.
 */
import type * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import type { DirectoryReading } from "../directory/DirectoryReading.ts"
import type * as BackupTreeRequest from "../sdk/BackupTreeRequest.ts"
import type * as BackupTree from "../tree/BackupTree.ts"
import type { Note } from "../tree/Note.ts"

/** Where a tree comes from. */
export type Source =
  | { readonly _tag: "Dispatcher"; readonly endpoint: string }
  | { readonly _tag: "File" | "Directory"; readonly path: string }
  | { readonly _tag: "Memory"; readonly name: string }

/**
 * How much of the store an answer can show.
 *
 * `complete`: every readable chain of the environments asked for, whole. `partial`: an answer to one backup id, which
 * lacks links that exist. `unknown`: a text whose question nobody wrote down. Source: SEMANTICS 4.1.
 */
export type Completeness = "complete" | "partial" | "unknown"

/** A tree and its question; without a request the question is unknown. */
export interface BackupListing {
  readonly tree: BackupTree.BackupTree
  readonly notes: ReadonlyArray<Note>
  readonly request: Option.Option<BackupTreeRequest.BackupTreeRequest>
  readonly source: Source
  readonly fetchedAt: DateTime.Utc
  readonly completeness: Completeness
  /**
   * The backup directory that the tree was selected from; none for an answer of a server.
   *
   * The backups of the tree are the very values of the reading ({@link DirectoryReading}, `locate`).
   */
  readonly directory?: DirectoryReading | undefined
}

/** Returns how complete the answer to a request can be. */
export const completenessOf = (request: BackupTreeRequest.BackupTreeRequest): Completeness =>
  request.subject._tag === "Everything" || request.subject._tag === "Environment" ? "complete" : "partial"

/** Makes the listing of an answer to a request. */
export const fromAnswer = (options: {
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

/** Makes the listing of a text whose question is unknown, unless the caller knows that it is a whole listing. */
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

/** Writes a source for people: the endpoint, the path, or a name. */
export const printSource = (source: Source): string =>
  source._tag === "Dispatcher" ? source.endpoint : source._tag === "Memory" ? source.name : source.path
