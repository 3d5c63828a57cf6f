import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { JsonSize } from "../../src/json/JsonSize.ts"

const decode = Schema.decodeUnknownResult(JsonSize)

describe("a size in JSON", () => {
  it("is a whole number of at most 64 bits", () => {
    for (const [value, size] of [[0, 0n], [1, 1n], [2 ** 53 - 1, 2n ** 53n - 1n], [2n ** 64n - 1n, 2n ** 64n - 1n]]) {
      assert.strictEqual(Result.getOrUndefined(decode(value)), size)
    }
    for (const value of [-1, 1.5, 2 ** 53, 2n ** 64n, -1n, NaN, "1", null]) {
      assert.isTrue(Result.isFailure(decode(value)))
    }
  })
})
