/**
 * A preview of a removal, computed from a listing: the backups that it destroys, and those that remain.
 *
 * If the chain of an id exists but its number does not, a server removes the whole chain instead of refusing the id. So
 * only ids in the listing can be planned, and an outdated listing makes a plan unsafe.
 *
 * @see [Semantics 4.2](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s4-2)
 * @since 0.2.0
 */
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { BackupCatalog } from "../check/BackupCatalog.ts"
import { isUnseen } from "../directory/files/StoreSkip.ts"
import type { BackupListing } from "../listing/BackupListing.ts"
import * as BackupId from "../sdk/BackupId.ts"
import { codes } from "../sdk/ReturnCode.ts"
import * as BackupStore from "../server/BackupStore.ts"
import * as NextBackup from "../server/NextBackup.ts"
import * as ServerModel from "../server/ServerModel.ts"
import * as BackupTree from "../tree/BackupTree.ts"
import * as ChainVersion from "../tree/ChainVersion.ts"
import * as NumberGap from "../tree/NumberGap.ts"
import { idWarning, isDead } from "./internal/doubts.ts"
import {
  directoryOf,
  directoryWarning,
  fileWarning,
  findBackup,
  gapWarning,
  hiddenWarning,
  planEnvironment,
  planned,
  type Target,
  wholeListing
} from "./internal/lookup.ts"
import { chainsAfter, outcomeAt, removalCommand } from "./internal/removalOutcome.ts"
import { PlanEnvironment, PlannedBackup, PlanWarning } from "./Plan.ts"
import * as PlanError from "./PlanError.ts"

export { commandLines, EnvironmentRemovalPlan, forEnvironment } from "./internal/environmentRemoval.ts"

/**
 * Schema of a {@link RemovalScope}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const RemovalScope = Schema.Literals(["backups", "chain", "environment"])
/**
 * The extent of a removal: some backups of a chain, the whole chain, or the whole directory of the environment.
 *
 * A server removes the directory of an environment together with its only backup.
 *
 * @category models
 * @since 0.2.0
 */
export type RemovalScope = typeof RemovalScope.Type

/**
 * Schema of a {@link RemovalPlan}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const RemovalPlan = Schema.TaggedStruct("RemovalPlan", {
  /** The id to remove, as the listing spells it. */
  id: Schema.String,
  keepChain: Schema.Boolean,
  environment: PlanEnvironment,
  chain: Schema.String,
  scope: RemovalScope,
  /** Every backup that the removal destroys. */
  removed: Schema.Array(PlannedBackup),
  /** The total size of the removed backups, in bytes. With keep-chain, part of it moves into the next backup. */
  bytes: Schema.BigInt,
  /** The whole tree after the removal. */
  remaining: BackupTree.BackupTree,
  /** The ids in `remaining` whose size changes on the server. The tree has their old sizes. */
  resized: Schema.Array(Schema.String),
  /** The id of the incremental that becomes the full backup of the chain, if there is one. */
  promoted: Schema.UndefinedOr(Schema.String),
  /** The next backup of the environment, without and with the removal. */
  nextBackup: Schema.Struct({ before: NextBackup.NextBackup, after: NextBackup.NextBackup }),
  /** The backup directory that was read or named in the request; `undefined` for the default one of the server. */
  directory: Schema.UndefinedOr(Schema.String),
  warnings: Schema.Array(PlanWarning)
})
/**
 * A plan to remove one backup, either with all backups that depend on it, or merged into the next one.
 *
 * @category models
 * @since 0.2.0
 */
export type RemovalPlan = typeof RemovalPlan.Type

/**
 * The backup to remove, and whether to merge it into the next one to keep its chain (default: false).
 *
 * @category models
 * @since 0.2.0
 */
export interface RemovalRequest {
  readonly id: string
  readonly keepChain?: boolean | undefined
}

/**
 * Plans a removal.
 *
 * Without keep-chain, a removal destroys the backup and all later ones in its chain; a full backup takes its whole
 * chain with it. With keep-chain, a server merges the backup into the next one, which becomes the full backup if the
 * removed one was full. If the id is not listed, the error states what a server would do with it.
 *
 * **Example**
 *
 * ```ts
 * const catalog = BackupCatalog.fromListing(listing)
 * const plan = RemovalPlan.preview(catalog, { id: "{0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}.2", keepChain: true })
 * // removed: .2 alone
 * ```
 *
 * @category planning
 * @since 0.2.0
 */
export const preview = (
  catalog: BackupCatalog,
  { id, keepChain = false }: RemovalRequest
): Result.Result<
  RemovalPlan,
  PlanError.BackupLookupError | PlanError.UnsupportedKeepChain | PlanError.RemovalRefused
> =>
  Result.gen(function*() {
    const whole = yield* wholeListing(catalog)
    const target = yield* findBackup(catalog, id, {
      outcome: () => serverOutcome(catalog.listing, id, keepChain),
      instead: () => undefined
    })
    const { backup, chain, environment } = target
    const version = ChainVersion.of(environment, chain)
    if (keepChain && version < ChainVersion.keepChainVersion) {
      const { name, uuid } = environment
      return yield* Result.fail(
        new PlanError.UnsupportedKeepChain({ id: backup.id, environment: { uuid, name }, version })
      )
    }
    // A server also removes hidden backups, which only the reading of a directory has.
    const outcome = catalog.listing.directory && serverOutcome(catalog.listing, backup.id, keepChain)
    if (outcome && outcome.code !== codes.PRL_ERR_SUCCESS) {
      const { name, uuid } = environment
      return yield* Result.fail(
        new PlanError.RemovalRefused({ id: backup.id, environment: { uuid, name }, code: outcome.code })
      )
    }
    const { after, next, removed } = outcomeAt(chain, target.ancestors.length, keepChain)
    const left = chainsAfter(environment.chains, chain, after)
    const directory = directoryOf(catalog)
    return {
      _tag: "RemovalPlan" as const,
      id: backup.id,
      keepChain,
      environment: planEnvironment(environment),
      chain: chain.uuid,
      scope: scopeOf(outcome, target, after),
      removed: removed.map((item) => planned(chain, item)),
      bytes: removed.reduce((sum, { size }) => sum + size, 0n),
      remaining: treeAfter(catalog.listing.tree, environment, left),
      resized: next === undefined ? [] : [next.id],
      promoted: next !== undefined && after?.head.id === next.id ? next.id : undefined,
      nextBackup: { before: NextBackup.nextBackup(environment), after: NextBackup.nextBackup({ chains: left }) },
      directory,
      warnings: [
        ...whole,
        ...idWarning(chain, backup),
        ...keepChain
          ? fileWarning(catalog)
          : fileWarning(catalog, "If the backup has been removed since, the command removes the whole chain."),
        ...directoryWarning(directory),
        ...hiddenWarning(catalog, environment),
        ...keepChain ? mergeWarnings(target, next) : []
      ]
    }
  })

/**
 * Returns the command line that executes the removal.
 *
 * Returns none if the listing is of a directory that was read or named in the request, because the command would use
 * another directory. Also returns none if a server does not find the id.
 *
 * @category rendering
 * @since 0.2.0
 */
export const commandLine = (plan: RemovalPlan): Option.Option<string> =>
  plan.directory === undefined && !isDead(plan.warnings) ? Option.some(removalCommand(plan)) : Option.none()

const treeAfter = (
  tree: BackupTree.BackupTree,
  environment: BackupTree.VirtualEnvironment,
  chains: ReadonlyArray<BackupTree.BackupChain>
): BackupTree.BackupTree => ({
  ...tree,
  environments: tree.environments.flatMap((each) =>
    each !== environment ? [each] : chains.length === 0 ? [] : [{ ...environment, chains }]
  )
})

const scopeOf = (
  outcome: PlanError.ServerOutcome | undefined,
  { chain, environment: { chains } }: Target,
  after: BackupTree.BackupChain | undefined
): RemovalScope => {
  if (outcome && outcome.scope !== "nothing") return outcome.scope
  if (chains.length === 1 && chain.incrementals.length === 0) return "environment"
  return after === undefined ? "chain" : "backups"
}

const mergeWarnings = (
  { ancestors, backup, chain, environment }: Target,
  next: BackupTree.IncrementalBackup | undefined
): ReadonlyArray<PlanWarning> => {
  const { number } = planned(chain, backup)
  const gaps = NumberGap.between(number, next?.number ?? chain.lastNumber + 1)
  const warnings = [...gapWarning(gaps, "the merge fails, because the server cannot rewrite such a backup")]
  if (next !== undefined && next.images.length > 1) {
    warnings.push({
      code: "multi-disk-merge",
      message:
        `The ${next.images.length} images of the next backup are merged one after the other, each within a minute.`
        + " If one merge fails, the removal stops and the chain stays broken."
    })
  }
  if (ancestors.length === 0 && next === undefined && environment.chains.length > 1) {
    warnings.push({
      code: "empty-chain",
      message: "An empty chain directory may remain, and how a server handles it later is unknown. Remove the backup"
        + " without keep-chain instead: this removes the same backup and the directory."
    })
  }
  return warnings
}

/**
 * Predicts what a server with the listed backups does with an id. Sends nothing.
 *
 * The reading of a backup directory also has the hidden backups. If a part of it could not be read, the outcome is
 * unknown.
 */
const serverOutcome = (
  { directory, tree }: BackupListing,
  id: string,
  keepChain: boolean
): PlanError.ServerOutcome | undefined => {
  if (directory?.skips.some(({ reason }) => isUnseen(reason)) === true) return undefined
  const before: BackupStore.BackupStore = directory ?? BackupStore.fromTree(tree)
  const result = ServerModel.remove(before, { vmUuid: "", id, keepChain, ignoreNotExists: false })
  if (Result.isFailure(result)) return { code: result.failure, removed: [], scope: "nothing" }
  const after = result.success
  const left = new Set(after.environments.flatMap(({ chains }) => chains.flatMap(({ items }) => items)))
  const chainsLeft = new Set(after.environments.flatMap(({ chains }) => chains.map(({ directory }) => directory)))
  const gone = before.environments.flatMap(({ chains }) =>
    chains.flatMap((chain) =>
      chain.items.filter((item) => !left.has(item)).map((item) => ({ id: idOf(chain, item), chain: chain.directory }))
    )
  )
  return {
    code: codes.PRL_ERR_SUCCESS,
    removed: gone.map(({ id }) => id),
    scope: after.environments.length < before.environments.length
      ? "environment"
      : gone.length === 0
      ? "nothing"
      : gone.some(({ chain }) => chainsLeft.has(chain))
      ? "backups"
      : "chain"
  }
}

const idOf = (chain: BackupStore.StoredChain, { content, number }: BackupStore.StoredItem): string =>
  content._tag === "Damaged" ? BackupId.make(chain.directory, number).text : content.backup.id
