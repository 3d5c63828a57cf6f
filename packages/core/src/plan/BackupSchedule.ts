/**
 * Schedules of backups: how often which type of backup is made.
 *
 * @since 0.2.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as PrintableText from "../text/PrintableText.ts"

/**
 * Schema of a {@link Period}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const Period = Schema.Literals(["hourly", "daily", "weekly", "monthly", "yearly"])
/**
 * How often a backup is made: at the first full hour of each hour, day, week, month or year.
 *
 * @category models
 * @since 0.2.0
 */
export type Period = typeof Period.Type

/**
 * Schema of a {@link BackupSchedule}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const BackupSchedule = Schema.NonEmptyArray(
  Schema.Struct({ period: Period, type: Schema.Literals(["full", "incremental"]) })
)
/**
 * The backups that are made, with their periods. If several are due at the same time, one is made: a full one if any of
 * them is full.
 *
 * @category models
 * @since 0.2.0
 */
export type BackupSchedule = typeof BackupSchedule.Type

/**
 * A text that is not a schedule. `part` is the part that cannot be read.
 *
 * @category errors
 * @since 0.2.0
 */
export class BackupScheduleError extends Schema.TaggedError<BackupScheduleError>()("BackupScheduleError", {
  text: Schema.String,
  part: Schema.String
}) {
  override get message(): string {
    return `${PrintableText.quote(this.part, 100)} in the schedule ${
      PrintableText.quote(this.text, 200)
    } is not a period`
      + ` and a type. Write, for example, "daily incremental, weekly full". Periods are ${
        Period.literals.join(", ")
      }; types are full and incremental.`
  }
}

/**
 * Parses a schedule: periods and types, separated by commas.
 *
 * **Example**
 *
 * ```ts
 * BackupSchedule.parse("daily incremental, weekly full")
 * ```
 *
 * @category codecs
 * @since 0.2.0
 */
export const parse = (text: string): Result.Result<BackupSchedule, BackupScheduleError> =>
  Result.gen(function*() {
    const [first, ...rest] = text.split(",")
    const scheduled = (part = "") =>
      Result.mapError(
        Schema.decodeUnknownResult(BackupSchedule.value)(shape.exec(part)?.groups),
        () => new BackupScheduleError({ text, part: part.trim() })
      )
    return [yield* scheduled(first), ...yield* Result.all(rest.map(scheduled))] as const
  })

const shape = /^\s*(?<period>\w+)\s+(?<type>\w+)\s*$/

/**
 * Writes a schedule as {@link parse} reads it.
 *
 * @category codecs
 * @since 0.2.0
 */
export const print = (schedule: BackupSchedule): string =>
  schedule.map(({ period, type }) => `${period} ${type}`).join(", ")
