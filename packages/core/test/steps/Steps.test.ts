import { assert, describe, it } from "@effect/vitest"
import * as Steps from "../../src/steps/Steps.ts"

describe("Steps", () => {
  it("completes all steps and returns the result", () => {
    let steps = 0
    const counting = function*(): Generator<undefined, string> {
      for (; steps < 3; steps++) yield
      return "done"
    }
    assert.strictEqual(Steps.complete(counting()), "done")
    assert.strictEqual(steps, 3)
  })
})
