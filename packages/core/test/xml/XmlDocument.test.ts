import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as XmlDocument from "../../src/xml/XmlDocument.ts"
import * as XmlElement from "../../src/xml/XmlElement.ts"
import { XmlError } from "../../src/xml/XmlError.ts"
import {
  controls,
  document,
  element,
  mutatedDocument,
  mutatedExample,
  normalForm,
  oneOf,
  wildText
} from "../support/xmlArbitraries.ts"
import { examples, fixture, identical, wireExamples } from "../support/xmlFixtures.ts"
import * as Oracle from "../support/xmlOracle.ts"

const read = (text: string, options?: XmlDocument.ParseOptions): XmlElement.XmlElement =>
  Result.getOrThrow(XmlDocument.parse(text, options))

const children = (text: string): XmlElement.XmlElement["children"] => read(text).children

const leaf = (name: string, ...children: ReadonlyArray<string>): XmlElement.XmlElement => ({
  name,
  attributes: [],
  children
})

// Another parser refuses raw characters outside XML 1.0, so it reads a stand-in for them.
const standIn = (text: string): string =>
  text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ue123")

const standInAll = (element: XmlElement.XmlElement): XmlElement.XmlElement => ({
  name: element.name,
  attributes: element.attributes.map(([name, value]) => [name, standIn(value)]),
  children: element.children.map((child) => typeof child === "string" ? standIn(child) : standInAll(child))
})

// What we refuse though it is XML: features, names that are not safe, and two characters in names.
const isOurs = (text: string, { reason }: XmlError): boolean =>
  ["doctype", "declaration", "encoding", "depth"].includes(reason) ||
  (reason === "name" && /__proto__|prototype|constructor/.test(text)) || /[\ufeff\u1680]/.test(text.slice(1))

/** Compares our reading of a text with that of the other parser. */
const compare = (text: string): "accepted" | "refused" => {
  const mine = XmlDocument.parse(text)
  const theirs = Oracle.read(standIn(text))
  if (Result.isSuccess(mine)) {
    if (Result.isFailure(theirs)) {
      return assert.fail(`only we accept ${JSON.stringify(text)}: ${theirs.failure.message}`)
    }
    assert.deepStrictEqual(standInAll(mine.success), theirs.success)
    return "accepted"
  }
  assert.notStrictEqual(mine.failure.reason, "parser", mine.failure.message)
  if (Result.isSuccess(theirs) && !isOurs(text, mine.failure)) {
    assert.fail(`only we refuse ${JSON.stringify(text)}: ${mine.failure.message}`)
  }
  return "refused"
}

describe("XmlDocument", () => {
  describe("parse", () => {
    it("returns names, attributes and children in document order", () => {
      assert.deepStrictEqual(read("<a z='1' b='2'>x<c/>y<d> </d></a>"), {
        name: "a",
        attributes: [["z", "1"], ["b", "2"]],
        children: ["x", leaf("c"), "y", leaf("d", " ")]
      })
    })

    it("decodes the five entities and character references, once", () => {
      assert.deepStrictEqual(children("<a>&amp;lt;&lt;&gt;&quot;&apos;&#65;&#x1F600;&#xd;&#10;</a>"), [
        "&lt;<>\"'A😀\r\n"
      ])
      assert.deepStrictEqual(read("<a b='&amp;lt;&lt;&#x9;&#65;'/>").attributes, [["b", "&lt;<\tA"]])
      assert.deepStrictEqual(children(`<a>&#${"0".repeat(50)}65;&#x${"0".repeat(50)}42;</a>`), ["AB"])
    })

    it("decodes nothing in CDATA", () => {
      assert.deepStrictEqual(children("<a><![CDATA[&amp;<b/>]]></a>"), ["&amp;<b/>"])
    })

    it("joins text and CDATA that follow each other", () => {
      assert.deepStrictEqual(children("<a>x<![CDATA[y]]>z<![CDATA[]]><![CDATA[w]]></a>"), ["xyzw"])
      assert.deepStrictEqual(children("<a><![CDATA[]]></a>"), [])
      assert.deepStrictEqual(children("<a>]]<![CDATA[>]]></a>"), ["]]>"])
    })

    it("loses text after a comment or a processing instruction, up to the next tag", () => {
      for (const mark of ["<!-- c -->", "<!---->", "<?p?>", "<?p don't?>", "<?p \"?>"]) {
        assert.deepStrictEqual(children(`<a>x${mark}y</a>`), ["x"])
        assert.deepStrictEqual(children(`<a>${mark}y</a>`), [])
        assert.deepStrictEqual(children(`<a>${mark}<![CDATA[y]]></a>`), [])
        assert.deepStrictEqual(children(`<a>x${mark}y<b/>z${mark}w</a>`), ["x", leaf("b"), "z"])
        assert.deepStrictEqual(children(`<a> ${mark}y</a>`), [" "])
      }
    })

    it("drops white space next to elements, and keeps every other string exactly", () => {
      assert.deepStrictEqual(children("<a>\n \t<b/>\r\n<b/> <![CDATA[ ]]>&#32;</a>"), [leaf("b"), leaf("b")])
      assert.deepStrictEqual(children("<a> x <b/>\u00a0</a>"), [" x ", leaf("b"), "\u00a0"])
      assert.deepStrictEqual(children("<a> \n\t </a>"), [" \n\t "])
      assert.deepStrictEqual(children("<a> 007 </a>"), [" 007 "])
      assert.deepStrictEqual(children("<a>\u3000x\ufeff</a>"), ["\u3000x\ufeff"])
    })

    it("reads CRLF and CR as LF, in attributes as blanks", () => {
      assert.deepStrictEqual(read("<a b='1\r\n2\r3\n4\t5'>1\r\n2\r3\n4</a>"), {
        name: "a",
        attributes: [["b", "1 2 3 4 5"]],
        children: ["1\n2\n3\n4"]
      })
    })

    it("keeps names that mean something to JavaScript", () => {
      const names = ["toString", "valueOf", "hasOwnProperty", "__defineGetter__", "__lookupSetter__", "true", "length"]
      for (const name of names) {
        assert.deepStrictEqual(read(`<${name} ${name}='1'><${name}/></${name}>`), {
          name,
          attributes: [[name, "1"]],
          children: [leaf(name)]
        })
      }
    })

    it("keeps raw characters outside XML 1.0 in texts, CDATA and attributes by default", () => {
      for (const character of ["\u0000", ...controls]) {
        const text = `<a b='${character}'>x${character}<![CDATA[${character}]]>&#65;</a>`
        assert.deepStrictEqual(read(text), {
          name: "a",
          attributes: [["b", character]],
          children: [`x${character}${character}A`]
        })
        const refused = Result.flip(XmlDocument.parse(text, { forbiddenCharacters: "refuse" }))
        assert.strictEqual(Result.getOrThrow(refused).reason, "forbidden-character")
      }
    })

    it("does not confuse a raw character with any other character of the document", () => {
      const others = "\ue000\ue001\uf8ff\u0080&#xE000;&#xF8FF;&#x10FFFD;"
      assert.deepStrictEqual(children(`<a>\u0001${others}</a>`), [
        "\u0001\ue000\ue001\uf8ff\u0080\ue000\uf8ff\u{10fffd}"
      ])
    })

    it("accepts a declaration and one byte order mark", () => {
      const text = "\ufeff<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a/>\n"
      assert.deepStrictEqual(read(text), leaf("a"))
      const refused = Result.flip(XmlDocument.parse(text, { byteOrderMark: "refuse" }))
      assert.strictEqual(Result.getOrThrow(refused).reason, "byte-order-mark")
    })

    it("refuses documents beyond its limits", () => {
      const reason = (text: string, options: XmlDocument.ParseOptions): XmlError["reason"] =>
        Result.getOrThrow(Result.flip(XmlDocument.parse(text, options))).reason
      assert.strictEqual(reason("<a>12345</a>", { maxLength: 11 }), "length")
      assert.strictEqual(reason("<a><b/></a>", { maxDepth: 1 }), "depth")
      assert.strictEqual(reason("<a><b/></a>", { maxElements: 1 }), "elements")
      assert.strictEqual(reason("<a>".repeat(1001), { maxDepth: Infinity }), "depth")
      assert.strictEqual(reason("<a/>", { maxDepth: 0 }), "depth")
      const deepest = "<a>".repeat(1000) + "</a>".repeat(1000)
      assert.strictEqual(XmlDocument.print(read(deepest, { maxDepth: 1000 })).replace(/\s+/g, ""), deepest)
    })

    it("fails with an error that can be sent and read back", () => {
      const error = Result.getOrThrow(Result.flip(XmlDocument.parse("<t><v>&foo;</v></t>")))
      const json = Schema.encodeSync(Schema.fromJsonString(XmlError))(error)
      const back = Schema.decodeSync(Schema.fromJsonString(XmlError))(json)
      assert.deepStrictEqual(
        [back._tag, back.reason, back.path, back.line, back.column, back.message],
        ["XmlError", "entity", "v[1]", 1, 7, error.message]
      )
    })
  })

  describe("hostile documents", () => {
    const reasonOf = (text: string): XmlError["reason"] | "accepted" =>
      Result.match(XmlDocument.parse(text), { onFailure: ({ reason }) => reason, onSuccess: () => "accepted" })

    it("refuses entity bombs and external entities before a parser sees them", () => {
      const bomb = "<!DOCTYPE a [<!ENTITY x \"xxxxxxxxxx\"><!ENTITY y \"&x;&x;&x;\">]><a>&y;</a>"
      const external = "<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>"
      for (const text of [bomb, external, "<!DOCTYPE a><a/>"]) assert.strictEqual(reasonOf(text), "doctype")
    })

    it("refuses names that reach a prototype, and leaves prototypes alone", () => {
      for (const name of ["__proto__", "prototype", "constructor"]) {
        assert.strictEqual(reasonOf(`<a><${name}><polluted>1</polluted></${name}></a>`), "name")
        assert.strictEqual(reasonOf(`<a ${name}='1'/>`), "name")
      }
      assert.isUndefined(({} as { readonly polluted?: string }).polluted)
    })

    it("refuses 5,000 levels and unclosed towers", () => {
      assert.strictEqual(reasonOf("<a>".repeat(5000) + "</a>".repeat(5000)), "depth")
      assert.strictEqual(reasonOf("<a>".repeat(1_000_000)), "depth")
    })

    it("reads 200,000 entities", () => {
      assert.strictEqual(XmlElement.text(read(`<a>${"&amp;".repeat(200_000)}</a>`)), "&".repeat(200_000))
      assert.deepStrictEqual(read(`<a b='${"&lt;".repeat(200_000)}'/>`).attributes, [["b", "<".repeat(200_000)]])
    })

    it("reads texts, attributes and comments of five million characters", () => {
      const long = "x\u00e9 ".repeat(1_666_667)
      assert.strictEqual(XmlElement.text(read(`<a>${long}</a>`)), long)
      assert.strictEqual(XmlElement.text(read(`<a><![CDATA[${long}]]></a>`)), long)
      assert.deepStrictEqual(read(`<a b='${long}'/>`).attributes, [["b", long]])
      assert.deepStrictEqual(children(`<a><!--${long}--><?p ${long}?></a>`), [])
      assert.strictEqual(XmlDocument.print(leaf("a", long)), `<a>${long}</a>\n`)
    })

    it("needs time in proportion to what repeats", () => {
      // Each of these would take minutes in a reader that looks again at what it has seen.
      const count = 200_000
      const attributes = Array.from({ length: 10_000 }, (_, index) => ` a${index}=""`).join("")
      assert.strictEqual(read(`<a${attributes}/>`).attributes.length, 10_000)
      assert.strictEqual(reasonOf(`<a${attributes} b=""/>`), "elements")
      assert.deepStrictEqual(children(`<a>${"<![CDATA[x]]>".repeat(count)}</a>`), ["x".repeat(count)])
      assert.deepStrictEqual(children(`<a>${"<!-- - -->x".repeat(count)}</a>`), [])
      assert.deepStrictEqual(children(`<a>${"]] ".repeat(count)}</a>`), ["]] ".repeat(count)])
      assert.strictEqual(children(`<a>${"<b/>x".repeat(count)}</a>`).length, 2 * count)
      assert.strictEqual(reasonOf(`<a>${"&".repeat(count)}</a>`), "entity")
      assert.strictEqual(reasonOf(`<a>${"<".repeat(count)}</a>`), "name")
      assert.strictEqual(reasonOf(`<a ${"b".repeat(5_000_000)}`), "truncated")
      assert.strictEqual(reasonOf(`<a>${"<b>\n</b>".repeat(count)}&</a>`), "entity")
    })
  })

  describe("print", () => {
    it("writes the examples and the commands of real peers back byte for byte", () => {
      for (const name of [...identical, "08-legacy-tib.xml", ...wireExamples]) {
        assert.strictEqual(XmlDocument.print(read(fixture(name))), fixture(name), name)
      }
    })

    it("writes a stored file with its declaration", () => {
      const text = fixture("backup-root/{4f6a1c2e-8f0b-4a44-9a53-2f1d7f3c9b10}/.metadata")
      assert.strictEqual(XmlDocument.print(read(text), { declaration: true }), text)
    })

    it("escapes as the product does", () => {
      assert.strictEqual(
        XmlDocument.print(leaf("a", "<&>\"']]>\r\n\t\u0001\u001f\ufffe\uffffé😀")),
        "<a>&lt;&amp;>\"']]&gt;&#xd;\n\t\u0001\u001f\ufffe\uffffé😀</a>\n"
      )
      assert.strictEqual(
        XmlDocument.print({ name: "a", attributes: [["b", "<&>\"'\r\n\t\u0001"]], children: [] }),
        "<a b=\"&lt;&amp;>&quot;'&#xd;&#xa;&#x9;\u0001\"/>\n"
      )
    })

    it("writes NUL as a blank and half of a surrogate pair as U+FFFD", () => {
      assert.strictEqual(XmlDocument.print(leaf("a", "x\u0000y\ud83dz")), "<a>x y\ufffdz</a>\n")
      const attributes = [["b", "\u0000\ude00"]] as const
      assert.strictEqual(XmlDocument.print({ name: "a", attributes, children: [] }), "<a b=\" \ufffd\"/>\n")
    })

    it("closes an empty list at once, and an empty text not", () => {
      assert.strictEqual(XmlDocument.print(leaf("Host")), "<Host></Host>\n")
      const list = { name: "BackupDisks", attributes: [["dyn_lists", "BackupDisk 0"]], children: [] } as const
      assert.strictEqual(XmlDocument.print(list), "<BackupDisks dyn_lists=\"BackupDisk 0\"/>\n")
    })

    it("adds no white space to a text next to elements", () => {
      const mixed = read("<a>\n <b>x<c/>y</b>\n</a>")
      assert.strictEqual(XmlDocument.print(mixed), "<a>\n <b>x<c></c>y</b>\n</a>\n")
    })

    it("calls empty the names and attributes that it was given empty", () => {
      assert.deepStrictEqual(read(XmlDocument.print({ name: "a", attributes: [["b", ""]], children: [] })).attributes, [
        [
          "b",
          ""
        ]
      ])
    })

    it.prop("is undone by parse for elements in normal form", { element: element(4) }, ({ element }) => {
      assert.deepStrictEqual(read(XmlDocument.print(element)), element)
      assert.deepStrictEqual(read(XmlDocument.print(element, { declaration: true })), element)
    })

    it.prop(
      "writes a document that can be read whatever the texts hold",
      { element: element(3, wildText) },
      ({ element }) => {
        const shown = (text: string): string => text.toWellFormed().replaceAll("\u0000", " ")
        const expected = (element: XmlElement.XmlElement): XmlElement.XmlElement => ({
          name: element.name,
          attributes: element.attributes.map(([name, value]) => [name, shown(value)]),
          children: element.children.map((child) => typeof child === "string" ? shown(child) : expected(child))
        })
        assert.deepStrictEqual(read(XmlDocument.print(element)), normalForm(expected(element)))
      }
    )
  })

  describe("compared with another parser", () => {
    it.prop("reads documents alike that are written in every way", { text: document }, ({ text }) => {
      compare(text)
    })

    it.prop("reads or refuses mutated documents alike", { text: mutatedDocument }, ({ text }) => {
      compare(text)
    })

    it.prop("reads or refuses mutated examples alike", { text: mutatedExample }, ({ text }) => {
      compare(text)
    })

    it("reads the examples and the commands of real peers alike", () => {
      for (const name of [...examples, ...wireExamples]) assert.strictEqual(compare(fixture(name)), "accepted", name)
    })

    it("reads documents, many of them accepted and many refused", () => {
      for (
        const [documents, least, most] of [[document, 60, 100], [mutatedDocument, 20, 70], [
          mutatedExample,
          20,
          70
        ]] as const
      ) {
        const samples = Effect.runSync(Arbitrary.sampleEffect(documents, { count: 100, seed: 1 }))
        const accepted = samples.filter((text) => Result.isSuccess(XmlDocument.parse(text))).length
        assert.isAtLeast(accepted, least)
        assert.isAtMost(accepted, most)
      }
    })

    it.prop("never throws", { text: oneOf(Arbitrary.schema(Schema.String), wildText, mutatedDocument) }, ({ text }) => {
      XmlDocument.parse(text)
      XmlDocument.parse(`<a>${text}</a>`)
      XmlDocument.parse(`<a b="${text}"/>`)
    })
  })
})
