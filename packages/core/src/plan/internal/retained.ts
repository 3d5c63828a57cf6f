/** Which backups of an environment a policy keeps, and why. */
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import * as BackupDate from "../../tree/BackupDate.ts"
import * as BackupTree from "../../tree/BackupTree.ts"
import { countingRules, type RetentionPolicy } from "../RetentionPolicy.ts"
import type * as Periods from "./periods.ts"

/**
 * Schema of a {@link Reason}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const Reason = Schema.Literals([
  "last",
  "hourly",
  "daily",
  "weekly",
  "monthly",
  "yearly",
  "within",
  "undated",
  "protected",
  "needed-by"
])
/**
 * The reason why a backup is kept: a rule of the policy, a date that cannot be read, a request to protect it, or a later
 * kept backup that depends on it.
 *
 * @category models
 * @since 0.2.0
 */
export type Reason = typeof Reason.Type

/** The reasons of the backups that are kept for their own sake. */
type Reasons = ReadonlyMap<BackupTree.Backup, ReadonlyArray<Reason>>

interface Dated {
  readonly backup: BackupTree.Backup
  readonly time: number
  /** Its place in the listing. */
  readonly index: number
}

/** Returns a function that finds the reasons of the backups in the chains of an environment. */
export const reasons = (
  policy: RetentionPolicy,
  periodOf: ReturnType<typeof Periods.make>,
  isProtected: (environment: BackupTree.VirtualEnvironment, backup: BackupTree.Backup) => boolean
) =>
(environment: BackupTree.VirtualEnvironment, chains: ReadonlyArray<BackupTree.BackupChain>): Reasons => {
  const found = new Map<BackupTree.Backup, Array<Reason>>()
  const keep = (backup: BackupTree.Backup, reason: Reason): void => {
    const before = found.get(backup)
    if (before === undefined) found.set(backup, [reason])
    else before.push(reason)
  }
  const backups = chains.flatMap(BackupTree.backups)
  const dated: Array<Dated> = []
  for (const [index, backup] of backups.entries()) {
    const time = BackupDate.timeOf(backup.dateTime)
    if (time !== undefined) dated.push({ backup, time, index })
    else keep(backup, "undated")
  }
  // Of equal dates the later one in the listing is the newer.
  dated.sort((one, other) => other.time - one.time || other.index - one.index)
  for (const { backup } of dated.slice(0, policy.last)) keep(backup, "last")
  for (const rule of countingRules) {
    if (rule === "last" || policy[rule] === 0) continue
    const periods = new Set<number>()
    for (const { backup, time } of dated) {
      if (periods.size === policy[rule]) break
      const period = periodOf(time, rule)
      if (periods.has(period)) continue
      periods.add(period)
      keep(backup, rule)
    }
  }
  const [newest] = dated
  if (policy.within !== undefined && newest !== undefined) {
    const oldest = newest.time - Duration.toMillis(policy.within)
    for (const { backup, time } of dated) if (time > oldest) keep(backup, "within")
  }
  for (const backup of backups) if (isProtected(environment, backup)) keep(backup, "protected")
  return found
}

interface Split {
  readonly kept: ReadonlyArray<{ readonly backup: BackupTree.Backup; readonly reasons: ReadonlyArray<Reason> }>
  readonly removed: ReadonlyArray<BackupTree.Backup>
  /** The removals in their order: first what no kept backup depends on, then the merges, the newest first. */
  readonly removals: ReadonlyArray<{ readonly backup: BackupTree.Backup; readonly keepChain: boolean }>
}

/**
 * Splits a chain into what stays and what goes.
 *
 * `canKeepChain`: its version allows removals with keep-chain. `merges`: a backup that others depend on may go.
 */
export const split = (
  chain: BackupTree.BackupChain,
  reasons: Reasons,
  { canKeepChain, merges }: { readonly canKeepChain: boolean; readonly merges: boolean }
): Split => {
  const backups = BackupTree.backups(chain)
  const last = backups.findLastIndex((backup) => reasons.has(backup))
  const kept: Array<Split["kept"][number]> = []
  const merged: Array<BackupTree.Backup> = []
  for (const [index, backup] of backups.slice(0, last + 1).entries()) {
    const own = reasons.get(backup) ?? []
    if (own.length === 0 && merges) merged.push(backup)
    else kept.push({ backup, reasons: index < last ? [...own, "needed-by"] : own })
  }
  const rest = backups.slice(last + 1)
  return { kept, removed: [...merged, ...rest], removals: [...ending(rest, last, canKeepChain), ...merging(merged)] }
}

/**
 * Returns the removals of the end of a chain, or of the whole chain.
 *
 * A server that no longer has the number in an id removes the whole chain (SEMANTICS 4.2, row 9), but refuses the id with
 * keep-chain. So if a part of the chain stays, and its version allows it, each backup is removed by itself with keep-chain,
 * the newest first: nothing is merged, and a line that is run twice does no harm.
 */
const ending = (rest: ReadonlyArray<BackupTree.Backup>, last: number, canKeepChain: boolean): Split["removals"] =>
  last >= 0 && canKeepChain ? merging(rest) : rest.slice(0, 1).map((backup) => ({ backup, keepChain: false }))

const merging = (backups: ReadonlyArray<BackupTree.Backup>): Split["removals"] =>
  backups.toReversed().map((backup) => ({ backup, keepChain: true }))

/** Returns whether a removal may be run twice without harm: it keeps the chain, or nothing of the chain stays. */
export const isRepeatable = (
  { keptInChain, keepChain }: { readonly keptInChain: number; readonly keepChain: boolean }
) => keepChain || keptInChain === 0
