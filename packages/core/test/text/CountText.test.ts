import { assert, describe, it } from "@effect/vitest"
import * as CountText from "../../src/text/CountText.ts"

describe("CountText", () => {
  it("writes one thing and several", () => {
    assert.deepStrictEqual([0, 1, 2].map((number) => CountText.count(number, "chain")), [
      "0 chains",
      "1 chain",
      "2 chains"
    ])
    assert.strictEqual(CountText.plural(1, "machine"), "machine")
    assert.deepStrictEqual([1, 2].map((number) => CountText.plural(number, "has", "have")), ["has", "have"])
    assert.strictEqual(CountText.countOrArticle(1, "an", "image"), "an image")
    assert.strictEqual(CountText.countOrArticle(3, "an", "image"), "3 images")
  })

  it("writes the first things of a list, and counts the others", () => {
    const things = ["a", "b", "c", "d"]
    const list = (most: number, more: Partial<CountText.ListOptions> = {}) =>
      CountText.list(things, (text) => text.toUpperCase(), { most, ...more })
    assert.strictEqual(list(4), "A, B, C, D")
    assert.strictEqual(list(3), "A, B, C and 1 more")
    assert.strictEqual(list(1, { separator: "; ", conjunction: "; and" }), "A; and 3 more")
    assert.strictEqual(list(3, { total: 9 }), "A, B, C and 6 more")
    assert.strictEqual(CountText.list([], String, { most: 2 }), "")
  })

  it("prints no thing that it does not show", () => {
    const printed: Array<number> = []
    CountText.list(Array.from({ length: 100 }, (_, index) => index), (index) => String(printed.push(index)), {
      most: 2
    })
    assert.deepStrictEqual(printed, [0, 1])
  })
})
