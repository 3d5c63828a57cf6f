import * as PrintableText from "@backup-tree/core/text/PrintableText"
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"

describe("PrintableText", () => {
  it.each([
    ["plain text, база, 日本, 😀, \"quotes\" and \\ stay", "plain text, база, 日本, 😀, \"quotes\" and \\ stay"],
    ["a\nb\rc\td", "a\\nb\\rc\\td"],
    ["\u001b[31mred\u001b[0m", "\\e[31mred\\e[0m"],
    ["\u0000\u0007\u007f\u0080\u009b", "\\u{0}\\u{7}\\u{7f}\\u{80}\\u{9b}"],
    ["\u202eevil\u2066\u2069\u200f\u061c", "\\u{202e}evil\\u{2066}\\u{2069}\\u{200f}\\u{61c}"],
    ["\u2028\u2029\ufeff", "\\u{2028}\\u{2029}\\u{feff}"],
    ["\ud800 and \udc00", "\\u{d800} and \\u{dc00}"]
  ])("escapes %j", (text, escaped) => {
    assert.strictEqual(PrintableText.escape(text), escaped)
  })

  it.prop("leaves nothing that a terminal would interpret, in any text", [Schema.String], ([text]) => {
    assert.notMatch(PrintableText.escape(text), /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/u)
  })

  it("cuts what is long", () => {
    assert.strictEqual(PrintableText.excerpt("x".repeat(81)), `${"x".repeat(80)}…`)
    assert.strictEqual(PrintableText.quote("abc", 2), "\"ab…\"")
  })
})
