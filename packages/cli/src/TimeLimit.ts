/**
 * A limit on the whole command, such as `30s` or `5m`.
 */
import { Flag } from "effect/cli"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { UsageError } from "./ExitCode.ts"

const units: { readonly [unit: string]: number } = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

const shape = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/

/** Reads a duration such as `500ms`, `30s`, `5m`, `26h` or `7d`. */
export const parse = (text: string): Option.Option<Duration.Duration> => {
  const match = shape.exec(text)
  const millis = match === null ? 0 : Number(match[1]) * units[match[2]!]!
  return millis > 0 && Number.isFinite(millis) ? Option.some(Duration.millis(millis)) : Option.none()
}

const DurationText = Schema.String.pipe(
  Schema.check(Schema.makeFilter((text) => Option.isSome(parse(text)) || "a duration such as 500ms, 30s, 5m or 26h"))
)

/** A flag whose value is a duration. */
export const durationFlag = (name: string) =>
  Flag.String(name).pipe(Flag.withMetavar("DURATION"), Flag.withSchema(DurationText))

/** The flag that limits the whole command. */
export const timeout = durationFlag("timeout").pipe(
  Flag.withDescription("Give up when the whole command takes longer than DURATION, such as 30s or 5m"),
  Flag.optional
)

/** Limits an effect; nothing of it is left behind when the time is over. */
export const within = <A, E, R>(
  self: Effect.Effect<A, E, R>,
  limit: Option.Option<string>
): Effect.Effect<A, E | UsageError, R> =>
  Option.match(Option.flatMap(limit, parse), {
    onNone: () => self,
    onSome: (duration) =>
      Effect.timeoutOrElse(self, {
        duration,
        orElse: () =>
          Effect.fail(
            new UsageError({ message: `gave up after ${Option.getOrThrow(limit)} (--timeout); give it more time` })
          )
      })
  })
