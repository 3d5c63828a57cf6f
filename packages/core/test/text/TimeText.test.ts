import { assert, describe, it } from "@effect/vitest"
import * as TimeText from "../../src/text/TimeText.ts"

describe("limitText", () => {
  it.each([
    [60_000, "60 s"],
    [1500, "1.5 s"],
    [1000, "1 s"],
    [999, "999 ms"],
    [5, "5 ms"],
    [0, "0 ms"]
  ])("prints %d ms as %s", (millis, text) => {
    assert.strictEqual(TimeText.limitText(millis), text)
  })
})
