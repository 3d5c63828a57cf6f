/** Which backups of an environment a policy keeps, and why. */
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import * as BackupDate from "../../tree/BackupDate.ts"
import * as BackupTree from "../../tree/BackupTree.ts"
import { countingRules, type RetentionPolicy } from "../RetentionPolicy.ts"
import type * as Periods from "./periods.ts"
import { outcomeAt } from "./removalOutcome.ts"

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

/** A backup and the time when it was made. */
interface Dated<A> {
  readonly backup: A
  readonly time: number
}

/** Calls a function with each backup that a rule of a policy keeps. The newest backup comes first. */
export const applyRules = <A>(
  policy: RetentionPolicy,
  periodOf: ReturnType<typeof Periods.make>,
  newestFirst: ReadonlyArray<Dated<A>>,
  keep: (backup: A, reason: Reason) => void
): void => {
  for (const { backup } of newestFirst.slice(0, policy.last)) keep(backup, "last")
  for (const rule of countingRules) {
    if (rule === "last" || policy[rule] === 0) continue
    const periods = new Set<number>()
    for (const { backup, time } of newestFirst) {
      if (periods.size === policy[rule]) break
      const period = periodOf(time, rule)
      if (periods.has(period)) continue
      periods.add(period)
      keep(backup, rule)
    }
  }
  const [newest] = newestFirst
  if (policy.within === undefined || newest === undefined) return
  const oldest = newest.time - Duration.toMillis(policy.within)
  for (const { backup, time } of newestFirst) {
    if (time <= oldest) break
    keep(backup, "within")
  }
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
  const dated: Array<Dated<BackupTree.Backup> & { readonly index: number }> = []
  for (const [index, backup] of backups.entries()) {
    const time = BackupDate.timeOf(backup.dateTime)
    if (time !== undefined) dated.push({ backup, time, index })
    else keep(backup, "undated")
  }
  // Of equal dates the later one in the listing is the newer.
  dated.sort((one, other) => other.time - one.time || other.index - one.index)
  applyRules(policy, periodOf, dated, keep)
  for (const backup of backups) if (isProtected(environment, backup)) keep(backup, "protected")
  return found
}

/** One removal, as a server executes it. */
interface Removal {
  readonly id: string
  readonly keepChain: boolean
  /** The ids that it removes. */
  readonly removes: ReadonlyArray<string>
}

interface Split {
  readonly kept: ReadonlyArray<{ readonly backup: BackupTree.Backup; readonly reasons: ReadonlyArray<Reason> }>
  readonly removed: ReadonlyArray<BackupTree.Backup>
  /** The removals in their order: the end of the chain first, then the merges, each the newest first. */
  readonly removals: ReadonlyArray<Removal>
  /** Whether each removal can be run twice without harm to what is kept. */
  readonly isRepeatable: boolean
  /** The kept backups that others are merged into. */
  readonly merged: ReadonlyArray<BackupTree.Backup>
  /** The chain after all removals. */
  readonly left: BackupTree.BackupChain | undefined
}

/**
 * Splits a chain into the backups that stay and those that go.
 *
 * `canKeepChain`: its version allows removals with keep-chain. `merges`: a backup that others depend on may go.
 *
 * A server that no longer has the number in an id removes the whole chain (SEMANTICS 4.2, row 9), but refuses the id with
 * keep-chain. So if a part of the chain stays, and its version allows it, each backup of its end is removed by itself
 * with keep-chain, the newest first: nothing is merged, and a removal that is run twice does no harm.
 */
export const split = (
  chain: BackupTree.BackupChain,
  reasons: Reasons,
  { canKeepChain, merges }: { readonly canKeepChain: boolean; readonly merges: boolean }
): Split => {
  const backups = BackupTree.backups(chain)
  const last = backups.findLastIndex((backup) => reasons.has(backup))
  const kept: Array<Split["kept"][number]> = []
  const superseded: Array<BackupTree.Backup> = []
  const merged: Array<BackupTree.Backup> = []
  for (const [index, backup] of backups.slice(0, last + 1).entries()) {
    const own = reasons.get(backup) ?? []
    if (own.length === 0 && merges) {
      superseded.push(backup)
      continue
    }
    if (superseded.at(-1) === backups[index - 1] && index > 0) merged.push(backup)
    kept.push({ backup, reasons: index < last ? [...own, "needed-by"] : own })
  }
  const end = backups.slice(last + 1)
  const oneByOne = (some: ReadonlyArray<BackupTree.Backup>) =>
    some.toReversed().map(({ id }) => ({ id, keepChain: true, removes: [id] }))
  const atOnce = end.slice(0, 1).map(({ id }) => ({ id, keepChain: false, removes: end.map(({ id }) => id) }))
  const isRepeatable = kept.length === 0 || canKeepChain || end.length === 0
  return {
    kept,
    removed: [...superseded, ...end],
    removals: [...kept.length > 0 && canKeepChain ? oneByOne(end) : atOnce, ...oneByOne(superseded)],
    isRepeatable,
    merged,
    left: chainOf(chain, new Set(kept.map(({ backup }) => backup)))
  }
}

/** Returns a chain of the kept backups alone. The first of them becomes its full backup. */
const chainOf = (
  chain: BackupTree.BackupChain,
  kept: ReadonlySet<BackupTree.Backup>
): BackupTree.BackupChain | undefined => {
  if (kept.size === 0) return undefined
  const rest = { ...chain, incrementals: chain.incrementals.filter((backup) => kept.has(backup)) }
  return kept.has(chain.head) ? rest : outcomeAt(rest, 0, true).after
}
