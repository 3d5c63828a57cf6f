/**
 * The rhythm of the backups of an environment: their usual interval, runs that are missing, full backups that came early,
 * and backups of an unusual size.
 *
 * It is judged by what the listing shows. Where a retention has removed backups, their gaps are not reported: a run counts
 * as missed only if the backups before it were made at the usual interval.
 *
 * @since 0.2.0
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Order from "effect/Order"
import * as Schema from "effect/Schema"
import * as BackupDate from "../tree/BackupDate.ts"
import * as BackupTree from "../tree/BackupTree.ts"

/**
 * Schema of a {@link MissedRuns}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const MissedRuns = Schema.Struct({
  from: Schema.DateTimeUtc,
  /** The time of the next backup, or that of the judgement if there is none. */
  to: Schema.DateTimeUtc,
  /** The number of backups that would have been made in between, at least 1. */
  missed: Schema.Int,
  /** The id of the backup before the gap. */
  after: Schema.String
})
/**
 * A gap between two backups that is longer than usual.
 *
 * @category models
 * @since 0.2.0
 */
export type MissedRuns = typeof MissedRuns.Type

/**
 * Schema of an {@link EarlyFull}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const EarlyFull = Schema.Struct({
  id: Schema.String,
  /** The number of backups that were made in the chain before it. */
  length: Schema.Int,
  /** The median of these numbers. */
  usual: Schema.Int
})
/**
 * A full backup that began a new chain although the one before it had less than half of the usual length.
 *
 * @category models
 * @since 0.2.0
 */
export type EarlyFull = typeof EarlyFull.Type

/**
 * Schema of a {@link SizeOutlier}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const SizeOutlier = Schema.Struct({ id: Schema.String, size: Schema.BigInt, median: Schema.BigInt })
/**
 * A backup whose size differs from the median of its type, both in bytes: an incremental that is more than
 * {@link incrementalFactor} times as large, or a full backup that is more than {@link fullFactor} times as large or small.
 *
 * @category models
 * @since 0.2.0
 */
export type SizeOutlier = typeof SizeOutlier.Type

/**
 * Schema of a {@link Cadence}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const Cadence = Schema.Struct({
  /** The interval that nine of ten do not exceed; `undefined` if there are fewer than ten intervals. */
  interval: Schema.UndefinedOr(Schema.Duration),
  missedRuns: Schema.Array(MissedRuns),
  earlyFulls: Schema.Array(EarlyFull),
  sizeOutliers: Schema.Array(SizeOutlier)
})
/**
 * The rhythm of the backups of an environment.
 *
 * @category models
 * @since 0.2.0
 */
export type Cadence = typeof Cadence.Type

/**
 * The factor above which an incremental is unusually large.
 *
 * @category constants
 * @since 0.2.0
 */
export const incrementalFactor = 20

/**
 * The factor above which a full backup is unusually large or small.
 *
 * @category constants
 * @since 0.2.0
 */
export const fullFactor = 5

const minIntervals = 10
const maxIntervals = 30
const tolerance = 1.5

const minChains = 4
const minBackups = 5

/**
 * Judges the rhythm of the backups of an environment. With `now`, runs that are missing since the newest backup count too.
 *
 * **Example**
 *
 * ```ts
 * const { interval, missedRuns } = Cadence.of(environment, now)
 * ```
 *
 * @category accessors
 * @since 0.2.0
 */
export const of = (
  environment: Pick<BackupTree.VirtualEnvironment, "chains">,
  now?: DateTime.Utc
): Cadence => {
  const runs = runsOf(environment)
  const intervals = runs.slice(1).map(({ time }, index) => time - runs[index]!.time)
  const recent = intervals.slice(-maxIntervals)
  const interval = recent.length < minIntervals ? undefined : quantile(recent, 0.9)
  return {
    interval: interval === undefined ? undefined : Duration.millis(interval),
    missedRuns: interval === undefined ? [] : missedRuns(runs, intervals, interval, now),
    earlyFulls: earlyFulls(environment.chains),
    sizeOutliers: sizeOutliers(environment.chains)
  }
}

interface Run {
  readonly id: string
  readonly time: number
}

/** Returns the dated backups in the order of their time. Of several at the same time, one counts. */
const runsOf = ({ chains }: Pick<BackupTree.VirtualEnvironment, "chains">): ReadonlyArray<Run> => {
  const runs = chains.flatMap(BackupTree.backups).flatMap(({ dateTime, id }): ReadonlyArray<Run> => {
    const time = BackupDate.timeOf(dateTime)
    return time === undefined ? [] : [{ id, time }]
  }).toSorted((one, other) => one.time - other.time)
  return runs.filter(({ time }, index) => time !== runs[index - 1]?.time)
}

/** Returns the least value that a share of the values does not exceed. */
const quantile = (values: ReadonlyArray<number>, share: number): number =>
  values.toSorted(Order.Number)[Math.ceil(values.length * share) - 1]!

const missedRuns = (
  runs: ReadonlyArray<Run>,
  intervals: ReadonlyArray<number>,
  usual: number,
  now: DateTime.Utc | undefined
): ReadonlyArray<MissedRuns> => {
  const median = quantile(intervals.slice(-maxIntervals), 0.5)
  const isUsual = (interval: number) => interval <= tolerance * usual
  const sinceNewest = now === undefined ? [] : [now.epochMilliseconds - runs.at(-1)!.time]
  return [...intervals, ...sinceNewest].flatMap((interval, index) => {
    const before = intervals.slice(Math.max(0, index - 5), index)
    if (isUsual(interval) || before.length < 3 || before.filter(isUsual).length * 2 <= before.length) return []
    const { id, time } = runs[index]!
    return [{
      after: id,
      from: DateTime.makeUnsafe(time),
      to: DateTime.makeUnsafe(time + interval),
      // The run at the end of the gap was made, or is due only now.
      missed: Math.max(1, Math.round(interval / median) - 1)
    }]
  })
}

/** The number of backups that were made in a chain. LastNumber counts those that were removed since. */
const lengthOf = (chain: BackupTree.BackupChain): number =>
  BackupTree.backups(chain).reduce(
    (greatest, backup) => Math.max(greatest, BackupTree.number(chain, backup) ?? 0),
    Math.max(chain.lastNumber, 1 + chain.incrementals.length)
  )

const earlyFulls = (chains: ReadonlyArray<BackupTree.BackupChain>): ReadonlyArray<EarlyFull> => {
  const dated = chains.flatMap((chain) => {
    const time = BackupDate.timeOf(chain.head.dateTime)
    return time === undefined ? [] : [{ id: chain.head.id, time, length: lengthOf(chain) }]
  }).toSorted((one, other) => one.time - other.time)
  const ended = dated.slice(0, -1)
  if (ended.length < minChains) return []
  const usual = quantile(ended.map(({ length }) => length), 0.5)
  return ended.flatMap(({ length }, index) => length * 2 < usual ? [{ id: dated[index + 1]!.id, length, usual }] : [])
}

const sizeOutliers = (chains: ReadonlyArray<BackupTree.BackupChain>): ReadonlyArray<SizeOutlier> => {
  const outliers = (
    backups: ReadonlyArray<BackupTree.Backup>,
    isOutlier: (size: bigint, median: bigint) => boolean
  ) => {
    const measured = backups.filter(({ size }) => size > 0n)
    if (measured.length < minBackups) return []
    const sizes = measured.map(({ size }) => size).toSorted(Order.BigInt)
    const median = sizes[Math.ceil(sizes.length / 2) - 1]!
    return measured.filter(({ size }) => isOutlier(size, median)).map(({ id, size }) => ({ id, size, median }))
  }
  return [
    ...outliers(
      chains.map(({ head }) => head),
      (size, median) => size > median * BigInt(fullFactor) || size * BigInt(fullFactor) < median
    ),
    ...outliers(
      chains.flatMap(({ incrementals }) => incrementals),
      (size, median) => size > median * BigInt(incrementalFactor)
    )
  ]
}
