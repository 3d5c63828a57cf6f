/**
 * One listing of several servers, merged from a listing of each.
 *
 * @since 0.2.0
 */
import type * as Arr from "effect/Array"
import * as DateTime from "effect/DateTime"
import * as BackupListing from "./BackupListing.ts"
import type * as Origin from "./Origin.ts"
import * as TreeMerge from "./TreeMerge.ts"

/**
 * A listing of several servers, and the merge that produced its tree, with its conflicts.
 *
 * @category models
 * @since 0.2.0
 */
export interface ServersListing {
  readonly listing: BackupListing.BackupListing
  readonly merged: TreeMerge.MergedTree
}

/**
 * Options of {@link merge}.
 *
 * @category models
 * @since 0.2.0
 */
export interface MergeOptions {
  /** Whether another server could not be queried, so that its backups are missing (default: false). */
  readonly isPartial?: boolean | undefined
}

/**
 * Merges the listings of several servers, each with the same request.
 *
 * A machine with backups on two servers becomes one with all its chains, and `origins` of the listing has the servers of
 * each chain. A chain that two servers have is in the tree once; if they differ, the merge has a conflict. The listing is
 * as complete as the least complete one, and as old as the oldest.
 *
 * **Example**
 *
 * ```ts
 * const { listing, merged } = ServersListing.merge([ofNode1, ofNode2])
 * Check.run(listing, { merged })
 * ```
 *
 * @category combinators
 * @since 0.2.0
 */
export const merge = (
  listings: Arr.NonEmptyReadonlyArray<BackupListing.BackupListing>,
  { isPartial = false }: MergeOptions = {}
): ServersListing => {
  const merged = TreeMerge.toTree(
    TreeMerge.mergeAll(listings.map((listing) => TreeMerge.fromListing(originOf(listing), listing)))
  )
  const completeness = new Set(listings.map((listing) => listing.completeness))
  return {
    merged,
    listing: {
      tree: merged.tree,
      notes: merged.notes,
      request: listings[0].request,
      source: { _tag: "Servers", endpoints: listings.map(({ source }) => BackupListing.printSource(source)) },
      fetchedAt: listings.map(({ fetchedAt }) => fetchedAt).reduce(DateTime.min),
      completeness: isPartial ? "partial" : worstFirst.find((each) => completeness.has(each)) ?? "unknown",
      origins: merged.tree.environments.flatMap(({ chains, uuid: environment }) =>
        chains.map(({ uuid: chain }) => ({
          environment,
          chain,
          endpoints: TreeMerge.originsOf(merged, { environment, chain }).flatMap((origin) =>
            origin._tag === "Server" ? [origin.endpoint] : []
          )
        }))
      )
    }
  }
}

const worstFirst: ReadonlyArray<BackupListing.Completeness> = ["partial", "unknown", "complete"]

const originOf = ({ source }: BackupListing.BackupListing): Origin.Origin => ({
  _tag: "Server",
  endpoint: BackupListing.printSource(source)
})
