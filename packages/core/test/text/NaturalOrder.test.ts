import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as NaturalOrder from "../../src/text/NaturalOrder.ts"

const { compare } = NaturalOrder

describe("the natural order", () => {
  it("compares numbers by value, and letters without their case first", () => {
    const names = ["", "1", "02", "2", "10", "99999999999999999998", "99999999999999999999", "db", "web", "Web1"]
    const more = ["web1", "web01a", "web1a", "web2", "web2-1", "web10", "ä"]
    const sorted = [...names, ...more]
    assert.deepStrictEqual(sorted.toReversed().toSorted(compare), sorted)
  })

  it("compares every part, and the zeros within numbers", () => {
    for (
      const sorted of [["a9b9", "a9b10"], ["9a", "10a"], ["a1b", "a1c", "a2a"], ["a10", "a100"], ["a109", "a110"], [
        "a1ab",
        "a1b"
      ]]
    ) {
      assert.deepStrictEqual(sorted.toReversed().toSorted(compare), sorted)
    }
  })

  const texts = Schema.Union([Schema.String, Schema.String.pipe(Schema.check(Schema.isPattern(/^[ab0-2]{0,6}$/)))])

  it.prop("is an order of all texts", [texts, texts, texts], ([one, other, third]) => {
    assert.strictEqual(Math.sign(compare(one, other)), -Math.sign(compare(other, one)) + 0)
    assert.strictEqual(compare(one, other) === 0, one === other)
    if (compare(one, other) <= 0 && compare(other, third) <= 0) assert.isAtMost(compare(one, third), 0)
  })
})
