/** Time that passes only when the sockets have had their turns, so that a test does not depend on the machine. */
import { assert } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { turn } from "../../../io/test/support/leaks.ts"

/** Runs an effect on the test's clock, which goes on a second whenever the sockets have had their turns. */
export const onTestClock = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.gen(function*() {
    const fiber = yield* Effect.forkChild(self, { startImmediately: true })
    for (let turns = 1; turns < 5000 && fiber.pollUnsafe() === undefined; turns++) {
      yield* turn
      if (turns % 50 === 0) yield* TestClock.adjust("1 second")
    }
    assert.isDefined(fiber.pollUnsafe(), "within its limit")
    return yield* Fiber.join(fiber)
  })

/** Waits for something that a server does by itself; each turn lets sockets make progress. */
export const until = <A>(self: Effect.Effect<A>, isDone: (value: A) => boolean): Effect.Effect<A> =>
  Effect.flatMap(
    self,
    (value) => isDone(value) ? Effect.succeed(value) : Effect.andThen(turn, Effect.suspend(() => until(self, isDone)))
  )
