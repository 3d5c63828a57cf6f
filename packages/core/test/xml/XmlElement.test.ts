import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as XmlDocument from "../../src/xml/XmlDocument.ts"
import * as XmlElement from "../../src/xml/XmlElement.ts"

const read = (text: string): XmlElement.XmlElement => Result.getOrThrow(XmlDocument.parse(text))

const leaf = (name: string): XmlElement.XmlElement => ({ name, attributes: [], children: [] })

describe("XmlElement", () => {
  it("returns the first text, and all elements", () => {
    const mixed = read("<a>x<b/>y<c/></a>")
    assert.strictEqual(XmlElement.text(mixed), "x")
    assert.deepStrictEqual(XmlElement.elements(mixed), [leaf("b"), leaf("c")])
    assert.strictEqual(XmlElement.text(read("<a><b/>y</a>")), "")
    assert.strictEqual(XmlElement.text(read("<a> <b/>y</a>")), "")
    assert.strictEqual(XmlElement.text(read("<a/>")), "")
    assert.deepStrictEqual(XmlElement.elements(read("<a>x</a>")), [])
  })
})
