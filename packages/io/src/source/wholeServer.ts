/** All listings of a server, merged into one. */
import * as BackupListing from "@backup-tree/core/listing/BackupListing"
import type * as Origin from "@backup-tree/core/listing/Origin"
import * as TreeMerge from "@backup-tree/core/listing/TreeMerge"
import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as Uuid from "@backup-tree/core/sdk/Uuid"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type { BackupSourceError } from "../BackupSourceError.ts"
import { defaultMaxConcurrent } from "./dispatcherSource.ts"
import type { CallOptions, Request, SourceService } from "./sourceService.ts"

/**
 * Machines and directories to request in addition, and how to query the server.
 *
 * @category models
 * @since 0.2.0
 */
export interface Options {
  /**
   * The uuids of machines, for example from an inventory. Each is requested by itself, because its backups may lie in a
   * directory of its own. Machines in the default directory are requested in any case.
   */
  readonly known?: ReadonlyArray<string> | undefined
  /** The paths of backup directories on the server. */
  readonly directories?: ReadonlyArray<string> | undefined
  readonly options?: CallOptions | undefined
}

/**
 * A request that failed, and why.
 *
 * @category models
 * @since 0.2.0
 */
export interface FailedRequest {
  readonly origin: Origin.Origin
  readonly error: BackupSourceError
}

/**
 * The union of all listings, and what may be missing from it.
 *
 * @category models
 * @since 0.2.0
 */
export interface Everything {
  /**
   * The union as one listing, of everything: `complete` if no request failed, `partial` otherwise. It cannot hold
   * directories, or machines with a directory of their own, that were not named.
   *
   * If the source is a backup directory and the further requests add nothing to it, the listing has its `directory`. If
   * it merges several directories, it has none, so that `Check.run` checks no images: check each directory for that.
   */
  readonly listing: BackupListing.BackupListing
  /**
   * The origin of each chain, and the chains left out because the listing has another chain with the same uuid.
   *
   * Pass it to `Check.run` as the fact `merged` to report them.
   */
  readonly merged: TreeMerge.MergedTree
  /** The requests that failed. Their backups are missing from the listing. */
  readonly failed: ReadonlyArray<FailedRequest>
  /** The entries of `known` that are not uuids, and were not requested. */
  readonly ignored: ReadonlyArray<string>
}

const { everything } = BackupTreeRequest

/** Lists everything from a source. See `BackupSource.listEverything`. */
export const list = Effect.fnUntraced(function*(
  { getBackupTree }: SourceService,
  { directories = [], known = [], options }: Options = {}
): Effect.fn.Return<Everything, BackupSourceError> {
  const whole = yield* getBackupTree(everything, options)
  // A machine that the default directory shows may have newer backups elsewhere.
  const uuids = new Map(
    [...known.filter(Uuid.isUuid).map(Uuid.normalise), ...whole.tree.environments.map(({ uuid }) => uuid)]
      .map((uuid) => [Uuid.key(uuid), uuid])
  )
  const requests: ReadonlyArray<readonly [Origin.Origin, Request]> = [
    ...[...uuids.values()].map((uuid) =>
      [{ _tag: "OwnOf", uuid }, { ...everything, subject: { _tag: "Environment", uuid } }] as const
    ),
    ...[...new Set(directories)].map((path) =>
      [{ _tag: "Directory", path }, { ...everything, directory: Option.some(path) }] as const
    )
  ]
  const results = yield* Effect.forEach(
    requests,
    ([origin, request]) => Effect.map(Effect.result(getBackupTree(request, options)), (result) => ({ origin, result })),
    { concurrency: defaultMaxConcurrent }
  )
  const merged = TreeMerge.toTree(TreeMerge.mergeAll([
    TreeMerge.fromListing({ _tag: "Default" }, whole),
    ...results.flatMap(({ origin, result }) =>
      Result.isSuccess(result) ? [TreeMerge.fromListing(origin, result.success)] : []
    )
  ]))
  const failed = results.flatMap(({ origin, result }) =>
    Result.isFailure(result) ? [{ origin, error: result.failure }] : []
  )
  const listing = BackupListing.fromResponse({
    tree: merged.tree,
    notes: merged.notes,
    request: everything,
    source: whole.source,
    fetchedAt: yield* DateTime.now,
    ...(whole.directory !== undefined && isOnly(whole, merged) ? { directory: whole.directory } : {})
  })
  return {
    listing: { ...listing, completeness: failed.length === 0 ? whole.completeness : "partial" },
    merged,
    failed,
    ignored: known.filter((text) => !Uuid.isUuid(text))
  }
})

/** Returns whether a merged tree has the very chains of a listing, and no others: a reading locates only these. */
const isOnly = ({ tree }: BackupListing.BackupListing, merged: TreeMerge.MergedTree): boolean =>
  merged.conflicts.length === 0
  && merged.tree.environments.length === tree.environments.length
  && merged.tree.environments.every(({ chains, uuid }, index) => {
    const environment = tree.environments[index]!
    return uuid === environment.uuid
      && chains.length === environment.chains.length
      && chains.every((chain, position) => chain === environment.chains[position])
  })
