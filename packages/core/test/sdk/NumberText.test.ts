import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as NumberText from "../../src/sdk/NumberText.ts"

describe("an unsigned number as text", () => {
  it.each([
    ["0", 0],
    ["7", 7],
    ["007", 7],
    [" \t\n\r+42 ", 42],
    ["4294967295", 4_294_967_295],
    [`${"0".repeat(40)}1`, 1]
  ])("is read from %j", (text, value) => {
    assert.strictEqual(NumberText.parseUInt32(text), value)
    assert.strictEqual(NumberText.parseUInt64(text), BigInt(value))
  })

  it.each(["", " ", "+", "++1", "+ 1", "-1", "1.5", "1e3", "0x1F", "1 2", "a", "\u00a01", "\u0663"])(
    "is not found in %j",
    (text) => {
      assert.isUndefined(NumberText.parseUInt32(text))
      assert.isUndefined(NumberText.parseUInt64(text))
    }
  )

  it("ends at 2^32 - 1 or at 2^64 - 1", () => {
    assert.isUndefined(NumberText.parseUInt32("4294967296"))
    assert.strictEqual(NumberText.parseUInt64("4294967296"), 4_294_967_296n)
    assert.strictEqual(NumberText.parseUInt64("18446744073709551615"), 2n ** 64n - 1n)
    assert.strictEqual(NumberText.parseUInt64("000018446744073709551615"), 2n ** 64n - 1n)
    assert.isUndefined(NumberText.parseUInt64("18446744073709551616"))
    assert.isUndefined(NumberText.parseUInt64("9".repeat(100_000)))
  })

  it.prop("is read back as it was written", [Schema.Int], ([value]) => {
    const number = Math.abs(value) % 2 ** 32
    assert.strictEqual(NumberText.parseUInt32(String(number)), number)
    assert.strictEqual(NumberText.parseUInt64(String(number)), BigInt(number))
  })
})
