/**
 * A plan of what to keep and what to remove by a policy. It is never executed.
 *
 * The rules of a policy look at each environment by itself, over all its chains, from the newest backup to the oldest.
 * Each counting rule keeps the newest backup of each period, until it has kept its number. A kept backup keeps the
 * backups that it depends on. So a chain goes as a whole only if nothing in it is kept.
 *
 * @since 0.2.0
 */
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as BackupCatalog from "../check/BackupCatalog.ts"
import * as BackupId from "../sdk/BackupId.ts"
import * as NextBackup from "../server/NextBackup.ts"
import * as Steps from "../steps/Steps.ts"
import * as CountText from "../text/CountText.ts"
import * as PrintableText from "../text/PrintableText.ts"
import * as BackupTree from "../tree/BackupTree.ts"
import * as ChainVersion from "../tree/ChainVersion.ts"
import * as NumberGap from "../tree/NumberGap.ts"
import { leftAloneReasons } from "./internal/leftAlone.ts"
import {
  completeListing,
  directoryOf,
  directoryWarning,
  fileWarning,
  findEnvironment,
  hiddenWarning,
  planEnvironment,
  planned
} from "./internal/lookup.ts"
import * as Periods from "./internal/periods.ts"
import { removalCommand } from "./internal/removalOutcome.ts"
import * as Selection from "./internal/retained.ts"
import { PlanEnvironment, PlannedBackup, PlanWarning } from "./Plan.ts"
import * as PlanError from "./PlanError.ts"
import { RetentionPolicy } from "./RetentionPolicy.ts"

export { Reason } from "./internal/retained.ts"

/**
 * Schema of a {@link RetentionStep}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const RetentionStep = Schema.Struct({
  /** The id to remove, as the listing spells it. */
  id: Schema.String,
  keepChain: Schema.Boolean,
  /** The ids that this step removes. */
  removes: Schema.Array(Schema.String),
  /** The shell command. `undefined` if no command line is known to do it. */
  command: Schema.UndefinedOr(Schema.String)
})
/**
 * One removal of a plan. After each step, every kept backup can still be restored.
 *
 * @category models
 * @since 0.2.0
 */
export type RetentionStep = typeof RetentionStep.Type

/**
 * Schema of an {@link EnvironmentRetention}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const EnvironmentRetention = Schema.Struct({
  environment: PlanEnvironment,
  /** What stays, in the order of the listing, with the reasons. */
  kept: Schema.Array(
    Schema.Struct({ ...PlannedBackup.fields, chain: Schema.String, reasons: Schema.Array(Selection.Reason) })
  ),
  /** What goes, in the order of the listing. */
  removed: Schema.Array(Schema.Struct({ ...PlannedBackup.fields, chain: Schema.String })),
  /**
   * The uuids of chains that are broken, have broken images, or have an id that a server does not find. No rule counts
   * their backups, and the plan does not touch them.
   */
  ignored: Schema.Array(Schema.String),
  steps: Schema.Array(RetentionStep),
  /** The total size of what goes, in bytes. A merge moves a part of it into the next backup. */
  bytes: Schema.BigInt,
  /** The next backup of the environment, without and with the removals. */
  nextBackup: Schema.Struct({ before: NextBackup.NextBackup, after: NextBackup.NextBackup }),
  warnings: Schema.Array(PlanWarning)
})
/**
 * What a policy makes of one environment.
 *
 * @category models
 * @since 0.2.0
 */
export type EnvironmentRetention = typeof EnvironmentRetention.Type

/**
 * Schema of a {@link RetentionPlan}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const RetentionPlan = Schema.TaggedStruct("RetentionPlan", {
  policy: RetentionPolicy,
  keepChain: Schema.Boolean,
  environments: Schema.Array(EnvironmentRetention),
  bytes: Schema.BigInt,
  /** The backup directory that was read or named in the request; `undefined` for the default one of the server. */
  directory: Schema.UndefinedOr(Schema.String),
  warnings: Schema.Array(PlanWarning)
})
/**
 * What a policy makes of a listing.
 *
 * @category models
 * @since 0.2.0
 */
export type RetentionPlan = typeof RetentionPlan.Type

/**
 * Options of a plan.
 *
 * @category models
 * @since 0.2.0
 */
export interface Options {
  /** The environments to plan for, by uuid or name (default: all). */
  readonly environments?: ReadonlyArray<string> | undefined
  /** Backups to keep in any case by their id, or all backups of an environment by its uuid or name. */
  readonly protect?: ReadonlyArray<string> | undefined
  /**
   * Whether to merge backups that are not kept into the next one where the version of the chain allows it (default:
   * false). Without it, a backup that a kept one depends on is kept too.
   */
  readonly keepChain?: boolean | undefined
}

/**
 * The reason why a retention cannot be planned.
 *
 * @category errors
 * @since 0.2.0
 */
export type RetentionError =
  | PlanError.IncompleteListing
  | PlanError.SeveralServers
  | PlanError.UnknownCompleteness
  | PlanError.UnknownEnvironment
  | PlanError.EnvironmentHidden
  | PlanError.AmbiguousName
  | PlanError.UnknownProtected

/**
 * Plans what to keep and what to remove by a policy.
 *
 * Backups without a valid date and protected ones are always kept. Refuses listings that are not known to be complete:
 * the policy would keep the wrong backups.
 *
 * **Example**
 *
 * ```ts
 * const policy = Result.getOrThrow(RetentionPolicy.make({ daily: 7, weekly: 4, zone: "Europe/London" }))
 * const plan = RetentionPlan.make(BackupCatalog.fromListing(listing), policy)
 * ```
 *
 * @category planning
 * @since 0.2.0
 */
export const make = (
  catalog: BackupCatalog.BackupCatalog,
  policy: RetentionPolicy,
  options?: Options
): Result.Result<RetentionPlan, RetentionError> => Steps.complete(steps(catalog, policy, options))

/**
 * Plans in steps, as {@link make} does: between two of them, the caller can do other work or stop.
 *
 * @category planning
 * @since 0.2.0
 */
export const steps = function*(
  catalog: BackupCatalog.BackupCatalog,
  policy: RetentionPolicy,
  { environments: wanted, keepChain = false, protect = [] }: Options = {}
): Generator<undefined, Result.Result<RetentionPlan, RetentionError>> {
  const prepared = Result.all([
    completeListing(catalog),
    chosenEnvironments(catalog, wanted),
    protection(catalog, protect)
  ])
  if (Result.isFailure(prepared)) return Result.fail(prepared.failure)
  const [, chosen, isProtected] = prepared.success
  const directory = directoryOf(catalog)
  const context = {
    leftAlone: leftAloneReasons(catalog),
    directory,
    keepChain,
    reasonsOf: Selection.reasons(policy, Periods.make(policy.zone), isProtected)
  }
  const environments: Array<EnvironmentRetention> = []
  for (const listed of chosen) {
    environments.push(retain(catalog, listed, context))
    yield
  }
  return Result.succeed({
    _tag: "RetentionPlan" as const,
    policy,
    keepChain,
    environments,
    bytes: environments.reduce((sum, { bytes }) => sum + bytes, 0n),
    directory,
    warnings: [...fileWarning(catalog), ...directoryWarning(directory)]
  })
}

/**
 * Returns the command lines of a plan in an order in which it may stop after any of them without a loss of what is kept.
 *
 * A line that must not be run twice has a warning `not-repeatable`: a server that no longer has its backup would remove
 * the whole chain. All others do no harm then.
 *
 * @category rendering
 * @since 0.2.0
 */
export const commandLines = ({ environments }: RetentionPlan): ReadonlyArray<string> =>
  environments.flatMap(({ steps }) => steps.flatMap(({ command }) => command ?? []))

const chosenEnvironments = (catalog: BackupCatalog.BackupCatalog, wanted: ReadonlyArray<string> | undefined) =>
  wanted === undefined
    ? Result.succeed(catalog.listing.tree.environments)
    : Result.map(
      Result.all(wanted.map((text) => findEnvironment(catalog, text))),
      (found) => catalog.listing.tree.environments.filter((environment) => found.includes(environment))
    )

/** Returns a function that says whether a backup is protected, by its id or with its environment. */
const protection = (catalog: BackupCatalog.BackupCatalog, texts: ReadonlyArray<string>) =>
  Result.gen(function*() {
    const ids = new Set<string>()
    const environments = new Set<BackupTree.VirtualEnvironment>()
    for (const text of texts) {
      if (Option.isSome(BackupCatalog.get(catalog, text))) ids.add(BackupId.key(text))
      else {
        const named = findEnvironment(catalog, text)
        if (Result.isSuccess(named)) environments.add(named.success)
        else if (named.failure._tag === "AmbiguousName") return yield* Result.fail(named.failure)
        else return yield* Result.fail(new PlanError.UnknownProtected({ text }))
      }
    }
    return (environment: BackupTree.VirtualEnvironment, backup: BackupTree.Backup): boolean =>
      environments.has(environment) || ids.has(BackupId.key(backup.id))
  })

interface Context {
  readonly leftAlone: ReturnType<typeof leftAloneReasons>
  readonly directory: string | undefined
  readonly keepChain: boolean
  readonly reasonsOf: ReturnType<typeof Selection.reasons>
}

const retain = (
  catalog: BackupCatalog.BackupCatalog,
  listed: BackupTree.VirtualEnvironment,
  { directory, keepChain, leftAlone, reasonsOf }: Context
): EnvironmentRetention => {
  const chains = listed.chains.filter((chain) => leftAlone(chain) === undefined)
  const reasons = reasonsOf(listed, chains)
  const kept: Array<EnvironmentRetention["kept"][number]> = []
  const removed: Array<EnvironmentRetention["removed"][number]> = []
  const steps: Array<RetentionStep> = []
  const once: Array<string> = []
  const merged: Array<string> = []
  const besideGaps: Array<string> = []
  const left = new Map<BackupTree.BackupChain, BackupTree.BackupChain | undefined>()
  for (const chain of chains) {
    const canKeepChain = ChainVersion.of(listed, chain) >= ChainVersion.keepChainVersion
    const part = Selection.split(chain, reasons, { canKeepChain, merges: keepChain && canKeepChain })
    for (const one of part.kept) kept.push({ ...planned(chain, one.backup), chain: chain.uuid, reasons: one.reasons })
    for (const backup of part.removed) removed.push({ ...planned(chain, backup), chain: chain.uuid })
    for (const one of part.removals) {
      steps.push({ ...one, command: directory === undefined ? removalCommand(one) : undefined })
      if (!part.isRepeatable) once.push(one.id)
    }
    besideGaps.push(...idsBesideGaps(chain, part.removals))
    for (const { id, images } of part.merged) if (images.length > 1) merged.push(id)
    left.set(chain, part.left)
  }
  const chainsLeft = listed.chains.flatMap((chain) => left.has(chain) ? left.get(chain) ?? [] : [chain])
  return {
    environment: planEnvironment(listed),
    kept,
    removed,
    ignored: listed.chains.flatMap((chain) => leftAlone(chain) === undefined ? [] : [chain.uuid]),
    steps,
    bytes: removed.reduce((sum, { backup }) => sum + backup.size, 0n),
    nextBackup: { before: NextBackup.nextBackup(listed), after: NextBackup.nextBackup({ chains: chainsLeft }) },
    warnings: [
      ...hiddenWarning(catalog, listed),
      ...notRepeatable(once),
      ...multiDisk(merged),
      ...gapsBeside(besideGaps)
    ]
  }
}

/** Returns the ids that are removed with keep-chain, and after which numbers are missing from the chain. */
const idsBesideGaps = (
  chain: BackupTree.BackupChain,
  removals: ReadonlyArray<{ readonly id: string; readonly keepChain: boolean }>
): ReadonlyArray<string> => {
  const keepingChain = new Set(removals.flatMap(({ id, keepChain }) => keepChain ? [id] : []))
  const backups = BackupTree.backups(chain)
  return backups.flatMap((backup, index) => {
    if (!keepingChain.has(backup.id)) return []
    const next = chain.incrementals[index]?.number ?? chain.lastNumber + 1
    return NumberGap.between(planned(chain, backup).number, next).length === 0 ? [] : [backup.id]
  })
}

const gapsBeside = (ids: ReadonlyArray<string>): ReadonlyArray<PlanWarning> =>
  ids.length === 0 ? [] : [{
    code: "gap",
    message:
      `Numbers are missing from the chain after ${shown(ids)}: either merged away, which is fine, or hidden by damaged `
      + "metadata. If hidden, the removal with keep-chain fails, because the server cannot rewrite such a backup."
  }]

const shown = (ids: ReadonlyArray<string>): string =>
  CountText.list(ids, (id) => PrintableText.excerpt(id), { most: 5 })

const notRepeatable = (ids: ReadonlyArray<string>): ReadonlyArray<PlanWarning> =>
  ids.length === 0 ? [] : [{
    code: "not-repeatable",
    message:
      `Do not run these removals twice: ${shown(ids)}. Their chains are too old for keep-chain, and a server that no `
      + "longer has such a backup removes the whole chain, including the backups that are kept."
  }]

const multiDisk = (ids: ReadonlyArray<string>): ReadonlyArray<PlanWarning> =>
  ids.length === 0 ? [] : [{
    code: "multi-disk-merge",
    message:
      `Several images are merged one after the other, each within a minute, into ${shown(ids)}. If one merge fails, `
      + "the removal stops and the chain stays broken."
  }]
