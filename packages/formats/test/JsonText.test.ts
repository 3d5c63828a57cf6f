import * as JsonDocument from "@backup-tree/formats/json/JsonDocument"
import * as JsonText from "@backup-tree/formats/json/JsonText"
import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

const assertSame = (value: unknown): void =>
  assert.strictEqual([...JsonText.pieces(value)].join(""), JSON.stringify(value, null, 2))

describe("JsonText", () => {
  it.prop("is the text of JSON.stringify", [Schema.Json], ([value]) => assertSame(value))

  it.prop("writes a document that is the same when it is read", [Arbitraries.listing], ([listing]) => {
    const document = JsonDocument.listing(listing)
    const text = [...JsonText.pieces(document)].join("")
    assert.deepStrictEqual(Result.getOrThrow(JsonDocument.read(text)), document)
  })

  it("writes a bigint as an integer", () => {
    assert.strictEqual(
      [...JsonText.pieces([18_446_744_073_709_551_615n, -1n])].join(""),
      `[
  18446744073709551615,
  -1
]`
    )
  })

  it("leaves out fields that are undefined, as JSON.stringify does", () => {
    assertSame({ a: undefined, b: [undefined, null], c: { d: undefined } })
  })

  it("calls toJSON with the key, and leaves out what has no JSON, as JSON.stringify does", () => {
    const byKey = { toJSON: (key: string) => `key ${key}` }
    assertSame(byKey)
    assertSame({ a: byKey, b: [byKey, { toJSON: () => undefined }], c: { toJSON: () => undefined }, d: new Map() })
    assertSame({ e: () => 1, f: Symbol("f"), g: [() => 1, Symbol("g")], h: { toJSON: 1 }, ["__proto__"]: 1 })
    assertSame([NaN, Infinity, -0, 1e21, Array(2)])
    assert.deepStrictEqual([...JsonText.pieces(undefined)], ["null"])
  })

  it("cuts a long text anywhere but within a character", () => {
    for (const text of ["a", "\u0001", "\u{1f600}", "a\u{1f600}", "\ud83d", "\ude00"]) {
      for (const length of [1, (1 << 16) - 1, 1 << 16, (1 << 16) + 1, 200_000]) {
        assertSame({ text: text.repeat(length) })
      }
    }
  })

  it("has pieces of a bounded length, however long a value is", () => {
    const rows = Array.from({ length: 100_000 }, (_, index) => ({ index, text: "\u0001".repeat(10) }))
    const lengths = Array.from(JsonText.pieces([rows, "\u0001".repeat(1_000_000)]), ({ length }) => length)
    assert.isAbove(lengths.length, 100)
    assert.isAtMost(Math.max(...lengths), 6 * (1 << 16) + (1 << 16))
  })
})
