import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import { isNameCharacter, isNameStart } from "../../src/xml/XmlCharacters.ts"
import * as XmlDocument from "../../src/xml/XmlDocument.ts"

describe("the characters of names", () => {
  it.each([
    ["a no-break space", 0xa0],
    ["a multiplication sign", 0xd7],
    ["a division sign", 0xf7],
    ["a greek question mark", 0x37e],
    ["a private use character", 0xe000]
  ])("do not include %s", (_, code) => {
    assert.isFalse(isNameStart(code))
    assert.isFalse(isNameCharacter(code))
    const name = `a${String.fromCharCode(code)}b`
    assert.isTrue(Result.isFailure(XmlDocument.parse(`<${name}/>`)))
  })

  it.each([
    ["À", 0xc0],
    ["Ö", 0xd6],
    ["Ø", 0xd8],
    ["ö", 0xf6],
    ["ø", 0xf8]
  ])("include the letters around them: %s", (letter, code) => {
    assert.isTrue(isNameStart(code))
    assert.isTrue(Result.isSuccess(XmlDocument.parse(`<${letter}/>`)))
  })

  it("include the middle dot, but not at the start", () => {
    assert.isFalse(isNameStart(0xb7))
    assert.isTrue(isNameCharacter(0xb7))
  })
})
