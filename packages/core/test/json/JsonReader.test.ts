import * as JsonReader from "@backup-tree/core/json/JsonReader"
import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"

const read = (text: string, limits?: JsonReader.Limits) =>
  Result.match(JsonReader.read(text, limits), {
    onFailure: ({ column, line, path, reason }) => ({ reason, line, column, path }),
    onSuccess: (value) => ({ value })
  })

const reasonOf = (text: string, limits?: JsonReader.Limits) =>
  Result.getOrThrow(Result.flip(JsonReader.read(text, limits))).reason

describe("JsonReader", () => {
  it.prop("reads what JSON.stringify has written", [Schema.Json], ([value]) => {
    const text = JSON.stringify(value)
    const exact = (_key: string, value: unknown) =>
      Number.isInteger(value) && !Number.isSafeInteger(value) && /^-?\d+$/.test(JSON.stringify(value))
        ? BigInt(JSON.stringify(value))
        : value
    const expected: unknown = JSON.parse(text, exact)
    assert.deepStrictEqual(read(text), { value: expected })
    assert.deepStrictEqual(read(JSON.stringify(value, null, 2)), { value: expected })
  })

  it.prop("never throws, and accepts what JSON.parse accepts", [Schema.String], ([text]) => {
    const expected = Result.try(() => JSON.parse(text) as unknown)
    assert.strictEqual(Result.isSuccess(JsonReader.read(text)), Result.isSuccess(expected))
  })

  it("keeps whole numbers that a number cannot hold", () => {
    assert.deepStrictEqual(read("[9007199254740991, 9007199254740992, 18446744073709551615, -9007199254740993]"), {
      value: [9007199254740991, 9007199254740992n, 18446744073709551615n, -9007199254740993n]
    })
    assert.deepStrictEqual(read("[1.5, 1e3, -0]"), { value: [1.5, 1000, -0] })
  })

  it("reads characters of every length, wherever a step ends", () => {
    for (let at = 65_530; at < 65_538; at++) {
      const text = `${"a".repeat(at)}ü€😀\u0000`
      assert.deepStrictEqual(read(JSON.stringify([text, 1])), { value: [text, 1] })
    }
  })

  it("keeps unsafe keys as data", () => {
    const result = Result.getOrThrow(JsonReader.read("{\"__proto__\": {\"polluted\": 1}, \"constructor\": 2}"))
    assert.deepStrictEqual(Object.keys(result as object), ["__proto__", "constructor"])
    assert.isUndefined(({} as { readonly polluted?: number }).polluted)
  })

  it.each<readonly [text: string, expected: unknown]>([
    ["", { reason: "truncated", line: 1, column: 1, path: "" }],
    [" \n", { reason: "truncated", line: 2, column: 1, path: "" }],
    ["{\"a\": [1, {\"b\"", { reason: "truncated", line: 1, column: 15, path: "a[1].b" }],
    ["\"half", { reason: "truncated", line: 1, column: 6, path: "" }],
    ["[1] 2", { reason: "syntax", line: 1, column: 5, path: "" }],
    ["[1,]", { reason: "syntax", line: 1, column: 4, path: "[1]" }],
    ["[01]", { reason: "syntax", line: 1, column: 3, path: "[0]" }],
    ["{'a': 1}", { reason: "syntax", line: 1, column: 2, path: "" }],
    ["{\n  \"ü€😀\": tru\n}", { reason: "syntax", line: 2, column: 11, path: "ü€😀" }],
    ["<ParallelsDispatcherRequest/>", { reason: "syntax", line: 1, column: 1, path: "" }],
    ["{\"a\": 1, \"b\": {\"c\": 1, \"c\": 2}}", { reason: "duplicate-key", line: 1, column: 24, path: "b.c" }],
    ["[{\"a\": 1}, {\"a\": 1}]", { value: [{ a: 1 }, { a: 1 }] }],
    ["{\"a\": {\"a\": 1}}", { value: { a: { a: 1 } } }],
    ["[\"a\", \"a\"]", { value: ["a", "a"] }]
  ])("says for %j what it is or where it fails", (text, expected) => {
    assert.deepStrictEqual(read(text), expected)
  })

  it("refuses documents beyond a limit, and takes those at it", () => {
    const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`
    assert.property(read(nested(64)), "value")
    assert.strictEqual(reasonOf(nested(65)), "depth")
    assert.property(read("[1, 2]", { maxValues: 3 }), "value")
    assert.strictEqual(reasonOf("[1, 2, 3]", { maxValues: 3 }), "values")
    // An array of 72 bytes and two numbers of 24.
    assert.property(read("[1, 2]", { maxBytes: 120 }), "value")
    assert.strictEqual(reasonOf("[1, 2]", { maxBytes: 119 }), "memory")
    assert.strictEqual(reasonOf(`"${"x".repeat(1000)}"`, { maxBytes: 1000 }), "memory")
  })

  it("has messages that are printable and short, whatever the text", () => {
    const hostile = "\u001b[2J\u202e".repeat(1000)
    for (
      const text of [
        JSON.stringify({ [hostile]: [1] }).slice(0, -2),
        `{"${"k".repeat(65_536)}": ?}`,
        "{\"a\\u001b\": 1, \"a\\u001b\": 2}"
      ]
    ) {
      const { message } = Result.getOrThrow(Result.flip(JsonReader.read(text)))
      assert.isBelow(message.length, 2000)
      assert.notMatch(message, /[\p{Cc}\u202e]/u)
    }
  })

  it("reads in steps, so that other work can be done in between", () => {
    const reading = JsonReader.steps(JSON.stringify(Array.from({ length: 50_000 }, (_, index) => index)))
    let steps = 0
    while (reading.next().done !== true) steps += 1
    assert.isAtLeast(steps, 4)
  })
})
