import * as Cooperative from "@backup-tree/io/Cooperative"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { turn } from "./support/leaks.ts"

describe("Cooperative", () => {
  it.effect("returns the result of the last step", () =>
    Effect.gen(function*() {
      const steps = function*() {
        yield
        yield
        return 42
      }
      assert.strictEqual(yield* Cooperative.run(steps), 42)
      // Each run begins anew.
      assert.strictEqual(yield* Effect.andThen(Cooperative.run(steps), Cooperative.run(steps)), 42)
    }))

  it.live("lets timers run, and can be interrupted", () =>
    Effect.gen(function*() {
      let steps = 0
      const endless = function*(): Generator<undefined, never> {
        for (;;) {
          steps += 1
          yield
        }
      }
      const fiber = yield* Effect.forkChild(Cooperative.run(endless))
      yield* Effect.sleep("1 millis")
      // On a busy machine, the timer may come before the first step.
      yield* Effect.repeat(turn, { until: () => steps > 0 })
      yield* Fiber.interrupt(fiber)
      const after = steps
      assert.isTrue(Exit.isFailure(yield* Fiber.await(fiber)))
      yield* Effect.sleep("1 millis")
      assert.strictEqual(steps, after)
    }))
})
