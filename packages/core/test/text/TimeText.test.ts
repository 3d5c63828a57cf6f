import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
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

describe("shortAge", () => {
  it.each<[Duration.Input, string]>([
    ["0 millis", "0s"],
    ["999 millis", "0s"],
    ["9999 millis", "9s"],
    ["59 seconds", "59s"],
    ["61 seconds", "1m 1s"],
    ["10 minutes", "10m"],
    ["659 seconds", "10m"],
    ["25 hours", "1d 1h"],
    ["24 hours", "1d"],
    ["1450 minutes", "1d"],
    ["239 hours", "9d 23h"],
    ["251 hours", "10d"],
    ["4000 days", "4000d"]
  ])("formats %s as %s", (age, text) => {
    assert.strictEqual(TimeText.shortAge(Duration.fromInputUnsafe(age)), text)
  })
})
