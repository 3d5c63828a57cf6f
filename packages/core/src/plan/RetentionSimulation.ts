/**
 * A simulation of a retention policy: what it would hold and occupy over time, for one machine and a schedule.
 *
 * @since 0.2.0
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Steps from "../steps/Steps.ts"
import * as BackupTree from "../tree/BackupTree.ts"
import { BackupSchedule } from "./BackupSchedule.ts"
import * as Periods from "./internal/periods.ts"
import * as Selection from "./internal/retained.ts"
import * as Machine from "./internal/simulatedMachine.ts"
import { RetentionPolicy } from "./RetentionPolicy.ts"

export { Sizes } from "./internal/simulatedMachine.ts"

/**
 * Schema of a {@link Sample}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const Sample = Schema.Struct({
  /** The time of the newest backup. */
  at: Schema.DateTimeUtc,
  oldest: Schema.DateTimeUtc,
  backups: Schema.Int,
  fulls: Schema.Int,
  /** The total size in bytes; `undefined` if the simulation has no sizes. */
  bytes: Schema.UndefinedOr(Schema.BigInt)
})
/**
 * The backups that are held at a time.
 *
 * @category models
 * @since 0.2.0
 */
export type Sample = typeof Sample.Type

/**
 * Schema of a {@link RetentionSimulation}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const RetentionSimulation = Schema.TaggedStruct("RetentionSimulation", {
  policy: RetentionPolicy,
  schedule: BackupSchedule,
  keepChain: Schema.Boolean,
  sizes: Schema.UndefinedOr(Machine.Sizes),
  start: Schema.DateTimeUtc,
  end: Schema.DateTimeUtc,
  /** The number of backups that were made. */
  created: Schema.Int,
  /** The last state of each month in the zone of the policy, after its removals. */
  months: Schema.Array(Sample),
  /** The state with the most bytes, or backups if there are no sizes. It is that before the removals of its time. */
  peak: Sample,
  /** The backups that are held at the end. */
  tree: BackupTree.BackupTree
})
/**
 * The course of a simulation.
 *
 * @category models
 * @since 0.2.0
 */
export type RetentionSimulation = typeof RetentionSimulation.Type

/**
 * The parts of a simulation.
 *
 * @category models
 * @since 0.2.0
 */
export interface Input {
  readonly policy: RetentionPolicy
  readonly schedule: BackupSchedule
  /** The time of the first backup, which is rounded down to the hour. */
  readonly start: DateTime.Utc
  readonly duration: Duration.Duration
  /** Whether superseded backups are merged into the next one, as in a plan (default: false). */
  readonly keepChain?: boolean | undefined
  /** The sizes of new backups (default: unknown). */
  readonly sizes?: Machine.Sizes | undefined
}

/**
 * The most backups of a simulation.
 *
 * @category constants
 * @since 0.2.0
 */
export const maxBackups = 20_000

/**
 * The most years of a simulation.
 *
 * @category constants
 * @since 0.2.0
 */
export const maxYears = 100

/**
 * A simulation that would have more than {@link maxBackups} or last longer than {@link maxYears}.
 *
 * @category errors
 * @since 0.2.0
 */
export class SimulationTooLong extends Schema.TaggedError<SimulationTooLong>()("SimulationTooLong", {}) {
  override get message(): string {
    return `The simulation would make more than ${maxBackups} backups, or last longer than ${maxYears} years. Make it `
      + "shorter, or make backups less often."
  }
}

/**
 * Simulates a policy for one machine.
 *
 * Backups are made at the first full hour of their periods, by the wall clock of the policy's zone. After each backup,
 * the policy is applied as `RetentionPlan.make` does. A merge into an incremental adds its size, which is the most that
 * it can grow by; a merge of a full backup into the next one keeps the size of the full backup.
 *
 * **Example**
 *
 * ```ts
 * RetentionSimulation.simulate({ policy, schedule, start: now, duration: Duration.days(730) })
 * ```
 *
 * @category planning
 * @since 0.2.0
 */
export const simulate = (input: Input): Result.Result<RetentionSimulation, SimulationTooLong> =>
  Steps.complete(steps(input))

const hour = Duration.toMillis("1 hour")

/**
 * Simulates a policy in steps, as {@link simulate} does: between two of them, the caller can do other work or stop.
 *
 * @category planning
 * @since 0.2.0
 */
export const steps = function*(
  { duration, keepChain = false, policy, schedule, sizes, start }: Input
): Generator<undefined, Result.Result<RetentionSimulation, SimulationTooLong>> {
  const periodOf = Periods.make(policy.zone)
  const first = Math.floor(start.epochMilliseconds / hour) * hour
  const end = first + Duration.toMillis(duration)
  if (end > DateTime.add(start, { years: maxYears }).epochMilliseconds) return Result.fail(new SimulationTooLong())
  const last = schedule.map(() => NaN)
  const months: Array<Sample> = []
  let chains: ReadonlyArray<Machine.Chain> = []
  let month = NaN
  let held: Sample | undefined
  let peak: Sample | undefined
  let created = 0
  for (let time = first; time === first || time < end; time += hour) {
    const due = schedule.filter(({ period }, index) => {
      const current = periodOf(time, period)
      const isNew = current !== last[index]
      last[index] = current
      return isNew
    })
    if (due.length === 0) continue
    if (created === maxBackups) return Result.fail(new SimulationTooLong())
    created += 1
    const type = due.some(({ type }) => type === "full") ? "full" : "incremental"
    chains = Machine.backUp(chains, time, type, sizes)
    const before = sampleOf(chains, time, sizes)
    if (peak === undefined || isGreater(before, peak)) peak = before
    chains = Machine.retain(chains, keptOf(chains, policy, periodOf), keepChain)
    const current = periodOf(time, "monthly")
    if (held !== undefined && current !== month) months.push(held)
    month = current
    held = sampleOf(chains, time, sizes)
    yield
  }
  return Result.succeed({
    _tag: "RetentionSimulation" as const,
    policy,
    schedule,
    keepChain,
    sizes,
    start: DateTime.makeUnsafe(first),
    end: DateTime.makeUnsafe(end),
    created,
    months: [...months, held!],
    peak: peak!,
    tree: Machine.treeOf(chains)
  })
}

const isGreater = (one: Sample, other: Sample): boolean =>
  one.bytes === undefined || other.bytes === undefined ? one.backups > other.backups : one.bytes > other.bytes

const sampleOf = (chains: ReadonlyArray<Machine.Chain>, time: number, sizes: Machine.Sizes | undefined): Sample => ({
  at: DateTime.makeUnsafe(time),
  oldest: DateTime.makeUnsafe(chains[0]!.backups[0]!.time),
  backups: chains.reduce((sum, { backups }) => sum + backups.length, 0),
  fulls: chains.length,
  bytes: sizes === undefined ? undefined : chains.reduce((sum, { bytes }) => sum + bytes, 0n)
})

const keptOf = (
  chains: ReadonlyArray<Machine.Chain>,
  policy: RetentionPolicy,
  periodOf: ReturnType<typeof Periods.make>
): ReadonlySet<Machine.Backup> => {
  const kept = new Set<Machine.Backup>()
  const newestFirst = chains.flatMap(({ backups }) => backups.map((backup) => ({ backup, time: backup.time })))
    .toReversed()
  Selection.applyRules(policy, periodOf, newestFirst, (backup) => kept.add(backup))
  return kept
}
