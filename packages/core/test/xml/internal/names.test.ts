import { assert, describe, it } from "@effect/vitest"
import { Names } from "../../../src/xml/internal/tokens/names.ts"

describe("the names of a document", () => {
  it("are remembered, but only a few of those that start alike", () => {
    const names = new Names()
    const texts = Array.from({ length: 10 }, (_, index) => `Na${index}`)
    for (const text of texts) {
      names.add(text)
      assert.strictEqual(names.find(`<${text}>`, 1)?.text, text)
    }
    const known = texts.filter((text) => names.find(`<${text}>`, 1) !== undefined)
    assert.deepStrictEqual(known, ["Na6", "Na7", "Na8", "Na9"])
  })
})
