import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as SecurityLevel from "../../src/sdk/SecurityLevel.ts"

const Level = SecurityLevel.SecurityLevel

describe("SecurityLevel", () => {
  it("has the numbers of the SDK", () => {
    assert.deepStrictEqual(SecurityLevel.levels.map((level) => [level, SecurityLevel.toNumber(level)]), [
      ["low", 0],
      ["normal", 1],
      ["high", 2]
    ])
  })

  it("is a field of two bits, both set being high", () => {
    assert.deepStrictEqual([0, 1, 2, 3].map(SecurityLevel.fromBits), ["low", "normal", "high", "high"])
    assert.strictEqual(SecurityLevel.fromBits(0xffff_fffc), "low")
  })

  it("orders low before normal before high", () => {
    assert.deepStrictEqual((["high", "low", "normal"] as const).toSorted(SecurityLevel.Order), [
      "low",
      "normal",
      "high"
    ])
  })

  it.prop("is a semilattice under max, with low at the bottom", [Level, Level, Level], ([a, b, c]) => {
    const { max } = SecurityLevel
    assert.strictEqual(max(a, b), max(b, a))
    assert.strictEqual(max(a, max(b, c)), max(max(a, b), c))
    assert.strictEqual(max(a, a), a)
    assert.strictEqual(max(a, "low"), a)
    assert.strictEqual(max(a, "high"), "high")
    assert.strictEqual(max(a, b) === b, SecurityLevel.Order(a, b) <= 0)
  })

  it.prop("survives a journey through its number", [Level], ([level]) => {
    assert.strictEqual(SecurityLevel.fromBits(SecurityLevel.toNumber(level)), level)
    assert.isTrue(Schema.is(Level)(level))
  })
})
