import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Result from "effect/Result"
import * as XmlDocument from "../../src/xml/XmlDocument.ts"
import type { XmlElement } from "../../src/xml/XmlElement.ts"
import { XmlElementBuilder } from "../../src/xml/XmlElementBuilder.ts"
import type { XmlError } from "../../src/xml/XmlError.ts"
import * as XmlReader from "../../src/xml/XmlReader.ts"
import { document, integer, literal, mutatedDocument, mutatedExample, oneOf } from "../support/xmlArbitraries.ts"
import { examples, fixture, wireExamples } from "../support/xmlFixtures.ts"

/** Reads a document in parts of some lengths, used again and again. */
const read = (
  text: string,
  lengths: ReadonlyArray<number>,
  options?: XmlReader.Options
): Result.Result<XmlElement | undefined, XmlError> => {
  let root: XmlElement | undefined
  const builder = new XmlElementBuilder((element, depth) => {
    if (depth === 0) root = element
    return false
  })
  const reader = XmlReader.make(builder, options)
  for (let from = 0, index = 0; from < text.length; index++) {
    const to = from + lengths[index % lengths.length]!
    const pushed = reader.push(text.slice(from, to))
    if (Result.isFailure(pushed)) return Result.fail(pushed.failure)
    from = to
  }
  return Result.map(reader.end(), () => root)
}

/** Asserts that a document in parts is read as the whole, or refused for the same reason. */
const assertSame = (text: string, lengths: ReadonlyArray<number>, options?: XmlReader.Options): void => {
  const whole = XmlDocument.parse(text, options)
  const parts = read(text, lengths, options)
  if (Result.isSuccess(whole)) assert.deepStrictEqual(parts, whole)
  else assert.strictEqual(Result.isFailure(parts) ? parts.failure.reason : "none", whole.failure.reason)
}

describe("XmlReader", () => {
  it("reads the examples as they are read as a whole", () => {
    for (const name of [...examples, ...wireExamples]) {
      for (const length of [1, 3, 64, 1000, 1_000_000]) assertSame(fixture(name), [length])
    }
  })

  const literals: ReadonlyArray<string> = [
    "<a/>",
    "<a></a>",
    "<a> </a>",
    "<a>\r\nb\rc\r</a>",
    "<a>&#xd;&#13;\r</a>",
    "<a>&lt;&gt;&amp;&quot;&apos;&#65;&#x1f600;</a>",
    "<a>&amp;lt;&#38;amp;&#x26;lt;&amp;#65;</a>",
    "<a>]] ]]&gt; ]</a>",
    "<a><![CDATA[]]></a>",
    "<a>b<![CDATA[<c>&amp;]]]]><![CDATA[>]]>d</a>",
    "<a>b<!-- c -->d</a>",
    "<a>b<?c?>d<e/>f</a>",
    "<a> <b/> c <d/>\n</a>",
    "<a> &#32; <b/></a>",
    "<a>b<b>c</b></a>",
    "<a b='\r\n\t &#9;&amp;\"' c=\"'\"/>",
    "<a><a>b</a ><a>b</a><a/><a >b</a></a>",
    "<ab><a>1</a><ab>2</ab><abc>3</abc></ab>",
    "<\u{10000}><\u{10000}a>\u{1f600}</\u{10000}a></\u{10000}>",
    "<a>\u0001\ufffe</a>",
    "\ufeff<a/>",
    "<?xml version='1.0'?>\r\n<!-- b -->\n<a/><?c?>\r",
    "",
    "<a>",
    "<a>&",
    "<a>&foo;</a>",
    "<a>&lt;&bar</a>",
    "<a>]]></a>",
    "<a>&lt;]]></a>",
    "<a>&lt;\u00e9&amp;\u{1f600}&gt;\ufeff</a>",
    "<a>&lt;&quot;&quot</a>",
    "<a>&lt;&l</a>",
    "<a>&lt;&;</a>",
    "<a>&lt;\ud83d&gt;</a>",
    "<a>&lt;\r\n&gt;\r</a>",
    "<a>\ud83d</a>",
    "<a>b</c>",
    "<a><b>c</a>",
    "<a><b>&#0;</b></a>",
    "<a b='1' b='2'/>",
    `<a ${Array.from({ length: 12 }, (_, index) => `b${index}=''`).join(" ")} b11=''/>`,
    "<constructor>a</constructor>",
    "<a/>b",
    "<a/><b/>"
  ]
  for (const text of literals) {
    it(`reads ${JSON.stringify(text.slice(0, 60))} wherever it is cut`, () => {
      for (let cut = 0; cut <= text.length; cut++) assertSame(text, [Math.max(1, cut), text.length])
      for (const length of [1, 2, 3]) assertSame(text, [length])
    })
  }

  it.prop("reads any document wherever it is cut", {
    text: oneOf(document, mutatedDocument, mutatedExample),
    lengths: Arbitrary.array(integer(1, 200), { minLength: 1, maxLength: 8 })
  }, ({ lengths, text }) => {
    assertSame(text, lengths)
  })

  const references = [
    "&lt;",
    "&amp;",
    "&gt;",
    "&quot;",
    "&apos;",
    "&#65;",
    "&#x1f600;",
    "&lt",
    "a",
    "]",
    "\r",
    "\u00e9"
  ]
  it.prop("reads texts full of references wherever they are cut", {
    pieces: Arbitrary.array(oneOf(literal(references.slice(0, 5)), literal(references)), { maxLength: 20 }),
    lengths: Arbitrary.array(integer(1, 30), { minLength: 1, maxLength: 8 })
  }, ({ lengths, pieces }) => {
    assertSame(`<a>${pieces.join("")}</a>`, lengths)
  })

  it.prop("leaves texts full of references to the faster reader", {
    pieces: Arbitrary.array(oneOf(literal(references.slice(0, 5)), literal(references)), { maxLength: 20 }),
    lengths: Arbitrary.array(integer(1, 30), { minLength: 1, maxLength: 8 })
  }, ({ lengths, pieces }) => {
    const left: Array<string> = []
    const readEntities: XmlReader.ReadEntities = (written) => {
      if (/&(?!(?:lt|amp);)/.test(written)) return undefined
      left.push(written)
      return written.replaceAll("&lt;", "<").replaceAll("&amp;", "&")
    }
    assertSame(`<a>${pieces.join("")}</a>`, lengths, { readEntities })
    assert.isTrue(left.every((written) => written.includes("&")))
  })

  it("holds to the limits of whole documents", () => {
    const text = "<a><b><c>d</c></b></a>"
    for (const limit of [1, 2, 3, 4]) {
      assertSame(text, [5], { maxDepth: limit })
      assertSame(text, [5], { maxElements: limit })
    }
    for (const maxLength of [text.length - 1, text.length]) assertSame(text, [5], { maxLength })
    assertSame("<a>".repeat(1001), [100], { maxDepth: 2000 })
    assertSame("\ufeff<a/>", [1], { byteOrderMark: "refuse" })
    assertSame("<a>\u0001</a>", [1], { forbiddenCharacters: "refuse" })
  })

  it("counts the attributes of a tag before it ends", () => {
    const attributes = (count: number) => Array.from({ length: count }, (_, index) => ` a${index}=""`).join("")
    for (
      const [text, options] of [[`<a${attributes(50)}`, { maxElements: 50 }], [`<a${attributes(10_001)}`, {}]] as const
    ) {
      const reader = XmlReader.make({ startTag() {}, leaf() {}, text() {}, remark() {}, endTag() {} }, options)
      const pushed = reader.push(text + " b='")
      assert.strictEqual(Result.isFailure(pushed) ? pushed.failure.reason : "none", "elements")
    }
    assertSame(`<a${attributes(10_000)}/>`, [1000])
    assertSame(`<a${attributes(10_001)}/>`, [1000])
    for (const maxElements of [49, 50, 51, 52]) assertSame(`<a${attributes(50)}/>`, [7], { maxElements })
  })

  it("copies a text", () => {
    for (const text of ["", "a", "abcdefghijklm", "\u{1f600}".repeat(20)]) {
      assert.strictEqual(XmlReader.copy(text), text)
    }
  })
})
