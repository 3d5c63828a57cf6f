/**
 * Durations as flag values, and the time limit of the whole command.
 */
import * as Amount from "@backup-tree/core/text/Amount"
import { Flag } from "effect/cli"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import { TimedOut } from "../../ExitCode.ts"

const shape = /^(\d+(?:\.\d+)?)([a-z]+)$/

/** Parses a duration such as `500ms`, `30s`, `5m`, `26h`, `7d`, `4w` or `1y`. */
export const parse = (text: string): Option.Option<Duration.Duration> => {
  const [, amount, unit = ""] = shape.exec(text) ?? []
  const millis = Number(amount) * Number(Amount.timeUnits.get(unit))
  return millis > 0 && Number.isFinite(millis) ? Option.some(Duration.millis(millis)) : Option.none()
}

/** Returns a flag that accepts a duration. */
export const durationFlag = (name: string) =>
  Flag.String(name).pipe(
    Flag.withMetavar("DURATION"),
    Flag.filter((text) => Option.isSome(parse(text)), () => "a positive duration such as 500ms, 30s, 5m or 26h")
  )

/** The flag that limits the whole command. */
export const timeout = durationFlag("timeout").pipe(
  Flag.withDescription("Stop if the command takes longer than DURATION, such as 30s or 5m (default: no limit)"),
  Flag.optional
)

/** The time limit for the cleanup. A cancel on the server and a logoff take seconds. */
const cleanup = Duration.seconds(10)

/**
 * Limits the duration of an effect. If the time runs out, the effect is interrupted, and its finalizers run.
 *
 * Waits at most ten seconds for the cleanup, because a call to a hanging file system cannot be interrupted.
 */
export const within = <A, E, R>(
  self: Effect.Effect<A, E, R>,
  limit: Option.Option<string>
): Effect.Effect<A, E | TimedOut, R> =>
  Option.match(Option.flatMap(limit, parse), {
    onNone: () => self,
    onSome: (duration) =>
      Effect.uninterruptibleMask(Effect.fnUntraced(function*(restore) {
        const fiber = yield* Effect.forkDetach(restore(self))
        const stop = Effect.timeoutOption(Effect.interruptible(Fiber.interrupt(fiber)), cleanup)
        const ended = yield* Effect.onInterrupt(
          restore(Effect.timeoutOption(Fiber.await(fiber), duration)),
          () => stop
        )
        if (Option.isSome(ended)) return yield* ended.value
        yield* stop
        return yield* Effect.fail(
          new TimedOut({
            message: `timed out after ${
              Option.getOrThrow(limit)
            }. Increase --timeout, or check whether the server or file system hangs.`
          })
        )
      }))
  })
