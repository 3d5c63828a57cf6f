import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { duplicates } from "../../../src/check/internal/repeated.ts"

describe("duplicates", () => {
  it("are groups of two or more, in the order of their first appearance", () => {
    assert.deepStrictEqual(duplicates(["b1", "a1", "c1", "a2", "b2", "b3"], (text) => text[0]!), [[
      "b1",
      "b2",
      "b3"
    ], ["a1", "a2"]])
    assert.deepStrictEqual(duplicates(["a", "b"], (text) => text), [])
  })

  it.prop("share a key, and nothing else does", [Schema.Array(Schema.Literals(["a", "b", "c", "d"]))], ([letters]) => {
    const groups = duplicates(letters, (letter) => letter)
    assert.strictEqual(
      groups.flat().length,
      letters.filter((letter) => letters.filter((other) => other === letter).length > 1).length
    )
    for (const group of groups) assert.strictEqual(new Set(group).size, 1)
  })
})
