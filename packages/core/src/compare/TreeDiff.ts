/**
 * The differences between two listings: parts that were added, removed, promoted, merged, renamed, resized or moved.
 *
 * Environments, chains and backups are paired by their ids, in any spelling. Their order is not compared: a server sorts
 * by directory and date, so the order follows from the content. {@link sort} is that order. The notes of the reader and
 * the images of a backup directory are not compared either.
 *
 * @see [Semantics 4.2](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s4-2)
 * @since 0.2.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as BackupListing from "../listing/BackupListing.ts"
import * as Steps from "../steps/Steps.ts"
import type * as BackupTree from "../tree/BackupTree.ts"
import * as Totals from "../tree/Totals.ts"
import type { DiffDoesNotApply, IncomparableListings } from "./DiffError.ts"
import { applyChanges } from "./internal/application.ts"
import { refusalOf, warningCodes, warningsOf } from "./internal/comparability.ts"
import { sortTree } from "./internal/levels.ts"
import { treeChanges } from "./internal/treeChanges.ts"
import { Change, type Tag } from "./TreeChange.ts"

/**
 * Schema of a {@link Side}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const Side = Schema.Struct({
  source: BackupListing.Source,
  fetchedAt: Schema.DateTimeUtc,
  completeness: BackupListing.Completeness,
  totals: Schema.Struct({
    environments: Schema.Int,
    chains: Schema.Int,
    backups: Schema.Int,
    size: Schema.BigInt
  })
})
/**
 * One of two compared listings. The time of an XML file is the time at which it was read.
 *
 * @category models
 * @since 0.2.0
 */
export type Side = typeof Side.Type

/**
 * Schema of a {@link DiffWarning}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const DiffWarning = Schema.Struct({
  code: Schema.Literals(warningCodes),
  /** A message for people, safe to print to a terminal. */
  message: Schema.String
})
/**
 * Something that can make a difference where nothing changed.
 *
 * - `unknown-completeness`: a listing may be filtered, because its request is unknown.
 * - `unknown-request`: one listing is of some machines only, and the request of the other one is unknown.
 * - `filtered`: both listings are filtered, and it is unknown whether in the same way.
 * - `other-server`: the listings are of different servers.
 * - `other-directory`: the listings are of different backup directories.
 * - `nothing-in-common`: no environment is in both listings.
 * - `reversed`: the first listing is the newer one.
 *
 * @category models
 * @since 0.2.0
 */
export type DiffWarning = typeof DiffWarning.Type

/**
 * Schema of a {@link TreeDiff}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const TreeDiff = Schema.Struct({
  before: Side,
  after: Side,
  /** By environment, in the order of the first listing; added environments are last. */
  changes: Schema.Array(Change),
  warnings: Schema.Array(DiffWarning)
})
/**
 * The differences between two listings. Without changes, the listings are equal.
 *
 * @category models
 * @since 0.2.0
 */
export type TreeDiff = typeof TreeDiff.Type

/**
 * Compares two listings. Fails if what one of them leaves out on purpose would seem to be removed.
 *
 * **Example**
 *
 * ```ts
 * Result.map(TreeDiff.make(yesterday, today), ({ changes }) => changes.filter(({ _tag }) => _tag === "Removed"))
 * ```
 *
 * @category constructors
 * @since 0.2.0
 */
export const make = (
  before: BackupListing.BackupListing,
  after: BackupListing.BackupListing
): Result.Result<TreeDiff, IncomparableListings> => Steps.complete(steps(before, after))

/**
 * Compares two listings as {@link make} does, and pauses after each environment and every few hundred chains.
 *
 * @category constructors
 * @since 0.2.0
 */
export const steps = function*(
  before: BackupListing.BackupListing,
  after: BackupListing.BackupListing
): Generator<undefined, Result.Result<TreeDiff, IncomparableListings>> {
  const refusal = refusalOf(before, after)
  if (refusal !== undefined) return Result.fail(refusal)
  const changes = yield* treeChanges(before.tree, after.tree, hasLocks(after))
  const missing = changes.filter(({ _tag, item }) => _tag === "Removed" && item.chain === undefined).length
  return Result.succeed({
    before: sideOf(before),
    after: sideOf(after),
    changes,
    warnings: warningsOf(before, after, missing < before.tree.environments.length)
  })
}

// What was read from a directory is listed whether it is locked or not.
const hasLocks = ({ directory, source }: BackupListing.BackupListing): boolean =>
  directory === undefined && source._tag !== "Directory"

const sideOf = ({ completeness, fetchedAt, source, tree }: BackupListing.BackupListing): Side => ({
  source,
  fetchedAt,
  completeness,
  totals: Totals.ofTree(tree)
})

/**
 * Returns the changes between two trees, whatever was requested for them. The second one is taken for that of a server.
 *
 * @category constructors
 * @since 0.2.0
 */
export const changes = (before: BackupTree.BackupTree, after: BackupTree.BackupTree): ReadonlyArray<Change> =>
  Steps.complete(treeChanges(before, after, true))

/**
 * Applies the changes between two trees to the first one. The result is the second one, in the order of {@link sort}.
 *
 * Fails if the changes were not made from this tree.
 *
 * @category combinators
 * @since 0.2.0
 */
export const apply = (
  tree: BackupTree.BackupTree,
  changes: Iterable<Change>
): Result.Result<BackupTree.BackupTree, DiffDoesNotApply> => Result.map(applyChanges(tree, changes), sort)

/**
 * Sorts a tree as a server does: environments by uuid, chains by the date of their full backup, backups by number.
 *
 * Two trees without changes between them are equal after sorting.
 *
 * @see [Semantics 2.6](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s2-6)
 * @category combinators
 * @since 0.2.0
 */
export const sort = (tree: BackupTree.BackupTree): BackupTree.BackupTree => sortTree(tree)

/**
 * Returns what was added, in the order of the changes.
 *
 * @category accessors
 * @since 0.2.0
 */
export const added = (changes: ReadonlyArray<Change>): ReadonlyArray<Extract<Change, { readonly _tag: "Added" }>> =>
  changes.filter((change) => change._tag === "Added")

/**
 * Returns what was removed, in the order of the changes.
 *
 * @category accessors
 * @since 0.2.0
 */
export const removed = (
  changes: ReadonlyArray<Change>
): ReadonlyArray<Extract<Change, { readonly _tag: "Removed" }>> => changes.filter((change) => change._tag === "Removed")

/**
 * The number of changes of each kind.
 *
 * @category models
 * @since 0.2.0
 */
export type Counts = { readonly [T in Tag]: number }

/**
 * Counts the changes of each kind.
 *
 * @category accessors
 * @since 0.2.0
 */
export const counts = (changes: ReadonlyArray<Change>): Counts => {
  const counted: { [T in Tag]: number } = {
    Added: 0,
    Removed: 0,
    Promoted: 0,
    Merged: 0,
    Renamed: 0,
    Resized: 0,
    Moved: 0,
    Renumbered: 0,
    Changed: 0
  }
  for (const { _tag } of changes) counted[_tag] += 1
  return counted
}
