/**
 * Retention policies: how many backups of each period to keep.
 *
 * @since 0.2.0
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as PrintableText from "../text/PrintableText.ts"

const Count = Schema.Int.pipe(Schema.check(Schema.isGreaterThanOrEqualTo(0)))

/**
 * Schema of the names of the rules that count.
 *
 * @category schemas
 * @since 0.2.0
 */
export const CountingRule = Schema.Literals(["last", "hourly", "daily", "weekly", "monthly", "yearly"])
/**
 * A rule that keeps a number of backups: the last ones, or the newest of each period.
 *
 * @category models
 * @since 0.2.0
 */
export type CountingRule = typeof CountingRule.Type

/**
 * The rules that count, from the shortest period to the longest.
 *
 * @category constants
 * @since 0.2.0
 */
export const countingRules: ReadonlyArray<CountingRule> = CountingRule.literals

/**
 * Schema of a {@link RetentionPolicy}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const RetentionPolicy = Schema.Struct({
  last: Count,
  hourly: Count,
  daily: Count,
  weekly: Count,
  monthly: Count,
  yearly: Count,
  within: Schema.UndefinedOr(Schema.Duration),
  zone: Schema.TimeZone
}).pipe(Schema.brand("@backup-tree/core/RetentionPolicy"))
/**
 * A policy that keeps at least one backup of each environment. Create it with {@link make}.
 *
 * Periods follow the wall clock of `zone`; weeks begin on Monday, as in ISO 8601. `within` keeps what is less than that
 * long older than the newest backup.
 *
 * @category models
 * @since 0.2.0
 */
export type RetentionPolicy = typeof RetentionPolicy.Type

/**
 * The parts of a policy. A count that is missing is 0, which means that its rule keeps nothing.
 *
 * `zone` is a name such as `Europe/London`, or an offset such as `+02:00`.
 *
 * @category models
 * @since 0.2.0
 */
export interface Input extends Partial<Readonly<Record<CountingRule, number | undefined>>> {
  readonly within?: Duration.Input | undefined
  readonly zone: string | DateTime.TimeZone
}

/**
 * A policy that cannot be meant.
 *
 * - `nothing-kept`: no rule keeps anything, so every backup would be removed.
 * - `count`: a count is negative, or not a whole number.
 * - `within`: the duration is not positive.
 * - `zone`: there is no such time zone.
 *
 * @category errors
 * @since 0.2.0
 */
export class RetentionPolicyError extends Schema.TaggedError<RetentionPolicyError>()("RetentionPolicyError", {
  reason: Schema.Literals(["nothing-kept", "count", "within", "zone"]),
  detail: Schema.String
}) {
  override get message(): string {
    return `${PrintableText.excerpt(this.detail, 200)}. ${advice[this.reason]}`
  }
}

const advice: { readonly [R in RetentionPolicyError["reason"]]: string } = {
  "nothing-kept": "Keep at least one backup by a count or a duration.",
  count: "Use a whole number, 0 or more.",
  within: "Use a positive duration, such as 30 days.",
  zone: "Use a name such as Europe/London, or an offset such as +02:00."
}

/**
 * Makes a policy. Fails if it would keep nothing, or if a part of it cannot be meant.
 *
 * **Example**
 *
 * ```ts
 * RetentionPolicy.make({ last: 3, daily: 7, weekly: 4, zone: "Europe/London" })
 * ```
 *
 * @category constructors
 * @since 0.2.0
 */
export const make = ({ within, zone, ...counts }: Input): Result.Result<RetentionPolicy, RetentionPolicyError> =>
  Result.gen(function*() {
    const kept = { last: 0, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0 }
    for (const rule of countingRules) {
      const count = counts[rule] ?? 0
      if (!Number.isSafeInteger(count) || count < 0) {
        return yield* fail("count", `the policy cannot keep ${count} backups (${rule})`)
      }
      kept[rule] = count
    }
    const duration = within === undefined ? undefined : Option.getOrUndefined(Duration.fromInput(within))
    if (within !== undefined && (duration === undefined || Duration.toMillis(duration) <= 0)) {
      return yield* fail("within", "the policy cannot keep backups within a duration that is not positive")
    }
    if (duration === undefined && countingRules.every((rule) => kept[rule] === 0)) {
      return yield* fail("nothing-kept", "the policy keeps no backup")
    }
    const found = typeof zone === "string" ? DateTime.zoneFromString(zone) : Option.some(zone)
    if (Option.isNone(found)) return yield* fail("zone", `there is no time zone ${PrintableText.quote(String(zone))}`)
    return RetentionPolicy.make({ ...kept, within: duration, zone: found.value })
  })

const fail = (reason: RetentionPolicyError["reason"], detail: string) =>
  Result.fail(new RetentionPolicyError({ reason, detail }))
