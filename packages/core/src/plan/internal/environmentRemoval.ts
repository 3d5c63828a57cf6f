/** The removal of everything of an environment. */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { BackupCatalog } from "../../check/BackupCatalog.ts"
import * as BackupId from "../../sdk/BackupId.ts"
import * as Uuid from "../../sdk/Uuid.ts"
import * as BackupTree from "../../tree/BackupTree.ts"
import { PlanEnvironment, PlannedBackup, PlanWarning } from "../Plan.ts"
import type * as PlanError from "../PlanError.ts"
import {
  directoryOf,
  directoryWarning,
  fileWarning,
  findEnvironment,
  hiddenWarning,
  planEnvironment,
  planned,
  quarantineOf,
  wholeListing
} from "./lookup.ts"
import { removalCommand } from "./removalOutcome.ts"

/**
 * Schema of an {@link EnvironmentRemovalPlan}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const EnvironmentRemovalPlan = Schema.TaggedStruct("EnvironmentRemovalPlan", {
  environment: PlanEnvironment,
  /** Every backup that is removed, in the order of the listing. */
  removed: Schema.Array(Schema.Struct({ ...PlannedBackup.fields, chain: Schema.String })),
  /** The ids to remove, one for each chain, in the order of the listing. */
  ids: Schema.Array(Schema.String),
  /** The total size of the removed backups, in bytes. */
  bytes: Schema.BigInt,
  /** The whole tree after the removal. */
  remaining: BackupTree.BackupTree,
  /** The backup directory that was read or named in the request; `undefined` for the default one of the server. */
  directory: Schema.UndefinedOr(Schema.String),
  warnings: Schema.Array(PlanWarning)
})
/**
 * A plan to remove all backups of one VM or container, chain by chain.
 *
 * @category models
 * @since 0.2.0
 */
export type EnvironmentRemovalPlan = typeof EnvironmentRemovalPlan.Type

/**
 * Plans the removal of all backups of a VM or container, found by its uuid or name.
 *
 * Broken chains are removed too. If another environment has a chain with the same uuid, a server would not distinguish
 * them, so the plan is refused. A program that uses the vendor's SDK can remove the whole directory at once, with the
 * uuid of the environment and an empty backup id.
 *
 * **Example**
 *
 * ```ts
 * const plan = RemovalPlan.forEnvironment(BackupCatalog.fromListing(listing), "web01")
 * ```
 *
 * @see [Semantics 4.2](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s4-2)
 * @category planning
 * @since 0.2.0
 */
export const forEnvironment = (
  catalog: BackupCatalog,
  text: string
): Result.Result<
  EnvironmentRemovalPlan,
  | PlanError.IncompleteListing
  | PlanError.SeveralServers
  | PlanError.UnknownEnvironment
  | PlanError.EnvironmentHidden
  | PlanError.AmbiguousName
  | PlanError.ChainQuarantined
> =>
  Result.gen(function*() {
    const whole = yield* wholeListing(catalog)
    const found = yield* findEnvironment(catalog, text)
    const { environments } = catalog.listing.tree
    // A broken listing can have an environment twice.
    const parts = environments.filter(({ uuid }) => Uuid.equals(uuid, found.uuid))
    const chains = parts.flatMap(({ chains }) => chains)
    const elsewhere = new Set(
      environments.flatMap((each) => parts.includes(each) ? [] : each.chains.map(({ uuid }) => Uuid.key(uuid)))
    )
    for (const chain of chains) {
      if (elsewhere.has(Uuid.key(chain.uuid))) {
        return yield* Result.fail(quarantineOf(catalog, found, chain, undefined))
      }
    }
    const removed = chains.flatMap((chain) =>
      BackupTree.backups(chain).map((backup) => ({ ...planned(chain, backup), chain: chain.uuid }))
    )
    const directory = directoryOf(catalog)
    return {
      _tag: "EnvironmentRemovalPlan" as const,
      environment: planEnvironment(found),
      removed,
      ids: [...new Set(chains.map(idOf))],
      bytes: removed.reduce((sum, { backup }) => sum + backup.size, 0n),
      remaining: { ...catalog.listing.tree, environments: environments.filter((each) => !parts.includes(each)) },
      directory,
      warnings: [
        ...whole,
        ...fileWarning(catalog),
        ...directoryWarning(directory),
        ...hiddenWarning(catalog, found)
      ]
    }
  })

/**
 * Returns the command lines of the removal, one for each chain, the oldest first. A line that is run twice does no harm.
 *
 * Returns none if the listing is of a directory that was read or named in the request, because the commands would use
 * another directory.
 *
 * @category rendering
 * @since 0.2.0
 */
export const commandLines = ({ directory, ids }: EnvironmentRemovalPlan): ReadonlyArray<string> =>
  directory === undefined ? ids.map((id) => removalCommand({ id, keepChain: false })) : []

/**
 * Returns an id with which a server removes the whole chain.
 *
 * It finds the chain by the bytes of the uuid, and removes all of it for the first backup and for a number that it does
 * not have (SEMANTICS 4.2, rows 9 and 10).
 */
const idOf = ({ head, uuid }: BackupTree.BackupChain): string => BackupId.split(head.id).chain === uuid ? head.id : uuid
