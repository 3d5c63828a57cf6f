/**
 * Runs long computations in short slices, so that timers, signals and other fibers get their turn.
 *
 * @since 0.2.0
 */
import * as Effect from "effect/Effect"

/** The duration of a slice, in milliseconds. */
const slice = 10

/**
 * Runs a computation that pauses between its steps, and returns its result.
 *
 * About every ten milliseconds, it yields to other fibers, and can be interrupted.
 *
 * **Example**
 *
 * ```ts
 * Cooperative.run(() => Check.steps(listing, { now })).pipe(Effect.timeout("10 seconds"))
 * ```
 *
 * @category combinators
 * @since 0.2.0
 */
export const run = <A>(steps: () => Iterator<unknown, A>): Effect.Effect<A> => Effect.suspend(() => resume(steps()))

const resume = <A>(steps: Iterator<unknown, A>): Effect.Effect<A> =>
  Effect.suspend(() => {
    const end = performance.now() + slice
    for (;;) {
      const step = steps.next()
      if (step.done === true) return Effect.succeed(step.value)
      if (performance.now() > end) return Effect.andThen(Effect.yieldNow, resume(steps))
    }
  })
