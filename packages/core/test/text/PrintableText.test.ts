import * as PrintableText from "@backup-tree/core/text/PrintableText"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"

const invisible: ReadonlyArray<readonly [number, number]> = [
  [0x00ad, 0x00ad],
  [0x034f, 0x034f],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180e, 0x180e],
  [0x200b, 0x200d],
  [0x2060, 0x2064],
  [0x3164, 0x3164],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff9, 0xfffb],
  [0xe0000, 0xe007f]
]

const invisibleText = Arbitrary.map(
  Arbitrary.array(Arbitrary.schema(Schema.Literals(["a", "é", "👩", "\ufe0f", ...invisible.flat()])), {
    maxLength: 12
  }),
  (parts) => parts.map((part) => typeof part === "number" ? String.fromCodePoint(part) : part).join("")
)

describe("PrintableText", () => {
  it.each([
    ["plain text, база, 日本, 😀, \"quotes\" and \\ stay", "plain text, база, 日本, 😀, \"quotes\" and \\ stay"],
    ["a\nb\rc\td", "a\\nb\\rc\\td"],
    ["\u001b[31mred\u001b[0m", "\\e[31mred\\e[0m"],
    ["\u0000\u0007\u007f\u0080\u009b", "\\u{0}\\u{7}\\u{7f}\\u{80}\\u{9b}"],
    ["\u202eevil\u2066\u2069\u200f\u061c", "\\u{202e}evil\\u{2066}\\u{2069}\\u{200f}\\u{61c}"],
    ["\u2028\u2029\ufeff", "\\u{2028}\\u{2029}\\u{feff}"],
    ["\u200b\u200d\u2060\u2064\u00ad\u034f", "\\u{200b}\\u{200d}\\u{2060}\\u{2064}\\u{ad}\\u{34f}"],
    ["a\u{e0041}\u{e007f}", "a\\u{e0041}\\u{e007f}"],
    ["❤\ufe0f 👩\u200d🔧 é\u{e0100}", "❤\ufe0f 👩\\u{200d}🔧 é\u{e0100}"],
    ["\ud800 and \udc00", "\\u{d800} and \\u{dc00}"]
  ])("escapes %j", (text, escaped) => {
    assert.strictEqual(PrintableText.escape(text), escaped)
  })

  it.prop("leaves nothing that a terminal would interpret, in any text", [Schema.String], ([text]) => {
    assert.notMatch(PrintableText.escape(text), /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/u)
  })

  it("escapes every invisible character, and nothing that is visible", () => {
    for (const [first, last] of invisible) {
      for (let code = first; code <= last; code++) {
        assert.strictEqual(PrintableText.escape(String.fromCodePoint(code)), `\\u{${code.toString(16)}}`)
      }
    }
    for (let code = 0x20; code <= 0x10ffff; code++) {
      const character = String.fromCodePoint(code)
      if (/[\p{L}\p{N}\p{P}\p{S}\p{Zs}]/u.test(character) && !/\p{Default_Ignorable_Code_Point}/u.test(character)) {
        assert.strictEqual(PrintableText.escape(character), character)
      }
    }
  })

  it.prop("leaves nothing invisible in any text, and cuts it between characters", [invisibleText], ([text]) => {
    const escaped = PrintableText.escape(text)
    for (const character of escaped) {
      const code = character.codePointAt(0)!
      assert.isFalse(invisible.some(([first, last]) => code >= first && code <= last), escaped)
    }
    for (let limit = 0; limit < text.length; limit++) {
      const cut = PrintableText.excerpt(text, limit)
      assert.strictEqual(cut.at(-1), "…")
      assert.isTrue(escaped.startsWith(cut.slice(0, -1)), cut)
    }
  })

  it("cuts what is long", () => {
    assert.strictEqual(PrintableText.excerpt("x".repeat(81)), `${"x".repeat(80)}…`)
    assert.strictEqual(PrintableText.excerpt("x".repeat(80)), "x".repeat(80))
    assert.strictEqual(PrintableText.quote("abc", 2), "\"ab…\"")
    assert.strictEqual(PrintableText.quote("ab", 2), "\"ab\"")
    assert.strictEqual(PrintableText.excerpt("a\u{1f600}b", 2), "a…")
    assert.strictEqual(PrintableText.excerpt("a\u{1f600}b", 3), "a\u{1f600}…")
  })
})
