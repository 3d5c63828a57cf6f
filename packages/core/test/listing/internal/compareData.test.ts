import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { compareData } from "../../../src/listing/internal/compareData.ts"

// Rising by kind and value, as the order happens to be.
const rising = [
  1n,
  2n,
  false,
  true,
  null,
  -1,
  0,
  1,
  {},
  { a: 1 },
  { a: 2 },
  { b: 0 },
  { a: 0, b: 0 },
  "",
  "a",
  "b",
  undefined
]

const Data = Schema.Union([Schema.Json, Schema.BigInt, Schema.Undefined])

describe("the order of data", () => {
  it("puts values of one kind by their value, and kinds by their name", () => {
    for (const [one, self] of rising.entries()) {
      for (const [other, that] of rising.entries()) {
        const expected = one < other ? -1 : one > other ? 1 : 0
        assert.strictEqual(compareData(self, that), expected, `${one}, ${other}`)
      }
    }
  })

  it("looks at contents, whatever the order of keys", () => {
    assert.strictEqual(compareData({ a: 1, b: [2, { c: 3n }] }, { b: [2, { c: 3n }], a: 1 }), 0)
    assert.strictEqual(compareData({ a: 1, b: [2, { c: 3n }] }, { b: [2, { c: 4n }], a: 1 }), -1)
    assert.strictEqual(compareData([1, 2], [1, 2, 0]), -1)
    assert.strictEqual(compareData([1, 3], [1, 2]), 1)
  })

  it.prop(
    "is an order: equal to itself, opposite when turned, and transitive",
    [Data, Data, Data],
    ([one, two, three]) => {
      assert.strictEqual(compareData(one, structuredClone(one)), 0)
      assert.strictEqual(compareData(one, two) + compareData(two, one), 0)
      const [a, b, c] = [one, two, three].toSorted(compareData)
      assert.isAtMost(compareData(a, b), 0)
      assert.isAtMost(compareData(b, c), 0)
      assert.isAtMost(compareData(a, c), 0)
    }
  )
})
