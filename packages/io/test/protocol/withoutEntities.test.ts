import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import { withoutEntities } from "../../src/protocol/internal/withoutEntities.ts"

const meanings: { readonly [written: string]: string } = {
  "&lt;": "<",
  "&amp;": "&",
  "&gt;": ">",
  "&quot;": "\"",
  "&apos;": "'",
  "lt;": "lt;",
  "a": "a",
  "\n": "\n",
  "\u0000": "\u0000",
  "\u00e9": "\u00e9",
  "\ufeff": "\ufeff",
  "\u{1f600}": "\u{1f600}"
}

describe("withoutEntities", () => {
  it.prop("reads every reference to an entity, and each once", {
    pieces: Arbitrary.array(Arbitrary.schema(Schema.Literals(Object.keys(meanings))), { maxLength: 50 })
  }, ({ pieces }) => {
    assert.strictEqual(withoutEntities(pieces.join("")), pieces.map((piece) => meanings[piece]).join(""))
  })

  for (const text of ["&", "&l", "&lt", "&l;", "&#60;", "&Lt;", "&ltt;", "&lt;&quot", "a&;b", "&&lt;"]) {
    it(`leaves ${text} alone`, () => {
      for (const rest of ["", "t;", ";"]) {
        // What an earlier text left behind completes nothing.
        assert.isDefined(withoutEntities(" ".repeat(text.length) + rest))
        assert.isUndefined(withoutEntities(text))
      }
    })
  }

  it("leaves long texts alone", () => {
    assert.strictEqual(withoutEntities("&lt;".repeat(1 << 14)), "<".repeat(1 << 14))
    assert.strictEqual(withoutEntities("\u20ac".repeat(1 << 16)), "\u20ac".repeat(1 << 16))
    assert.isUndefined(withoutEntities("a".repeat((1 << 16) + 1)))
  })
})
