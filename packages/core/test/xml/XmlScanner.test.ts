import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Result from "effect/Result"
import type { Reason, XmlError } from "../../src/xml/XmlError.ts"
import * as XmlScanner from "../../src/xml/XmlScanner.ts"
import { integer, mutatedDocument, mutatedExample, oneOf } from "../support/xmlArbitraries.ts"
import { examples, fixture, wireExamples } from "../support/xmlFixtures.ts"

const failure = (text: string, options?: XmlScanner.Options): XmlError => {
  const result = XmlScanner.make(options).scan(text, true)
  if (Result.isSuccess(result)) assert.fail(`accepted: ${text}`)
  return result.failure
}

const accepts = (text: string, options?: XmlScanner.Options): boolean =>
  Result.isSuccess(XmlScanner.make(options).scan(text, true))

/** Feeds a document in parts, as a stream would. */
const scanParts = (
  text: string,
  cuts: ReadonlyArray<number>,
  options?: XmlScanner.Options
): Result.Result<void, XmlError> => {
  const scanner = XmlScanner.make(options)
  let rest = ""
  let from = 0
  for (const cut of [...cuts, text.length]) {
    const last = cut === text.length
    rest += text.slice(from, cut)
    from = cut
    const result = scanner.scan(rest, last)
    if (Result.isFailure(result)) return Result.fail(result.failure)
    rest = rest.slice(result.success.length)
    if (last) break
  }
  return Result.succeed(undefined)
}

const deep = (depth: number): string => "<a>".repeat(depth) + "</a>".repeat(depth)

// Each refusal: the document, the reason, and where it is seen.
const refusals: ReadonlyArray<readonly [title: string, text: string, reason: Reason, line: number, column: number]> = [
  ["no text", "", "empty", 1, 1],
  ["white space alone", " \n ", "empty", 2, 2],
  ["a declaration alone", "<?xml version=\"1.0\"?>\n", "empty", 2, 1],
  ["an open root", "<a>\n<b/>", "truncated", 2, 5],
  ["an open tag", "<a>\n<b", "truncated", 2, 3],
  ["an open attribute value", "<a b='", "truncated", 1, 7],
  ["an open end tag", "<a></a", "truncated", 1, 7],
  ["an open comment", "<a/><!-- ", "truncated", 1, 10],
  ["an open CDATA section", "<a><![CDATA[x]]", "truncated", 1, 16],
  ["an open processing instruction", "<a/><?p ?", "truncated", 1, 10],
  ["an open reference", "<a>&am", "truncated", 1, 7],
  ["an open character reference", "<a>&#6", "truncated", 1, 7],
  ["a DOCTYPE", "\n<!DOCTYPE a><a/>", "doctype", 2, 1],
  ["a DOCTYPE inside", "<a><!DOCTYPE a></a>", "doctype", 1, 4],
  ["a late declaration", " <?xml version=\"1.0\"?><a/>", "declaration", 1, 2],
  ["a declaration inside", "<a><?xml version=\"1.0\"?></a>", "declaration", 1, 4],
  ["a reserved target", "<?XML version=\"1.0\"?><a/>", "declaration", 1, 1],
  ["a version other than 1.0", "<?xml version=\"1.1\"?><a/>", "declaration", 1, 1],
  ["a declaration without a version", "<?xml encoding=\"UTF-8\"?><a/>", "declaration", 1, 1],
  ["an endless declaration", `<?xml version="1.0"${" ".repeat(2000)}?><a/>`, "declaration", 1, 1],
  ["a declared encoding other than UTF-8", "<?xml version=\"1.0\" encoding=\"UTF-16\"?><a/>", "encoding", 1, 1],
  ["US-ASCII declared", "<?xml version='1.0' encoding='us-ascii'?><a/>", "encoding", 1, 1],
  ["two byte order marks", "\ufeff\ufeff<a/>", "outside", 1, 1],
  ["an undefined entity", "<a>\n b &foo; </a>", "entity", 2, 4],
  ["an undefined entity in an attribute", "<a b='&foo;'/>", "entity", 1, 7],
  ["an entity of HTML", "<a>&nbsp;</a>", "entity", 1, 4],
  ["a bare ampersand", "<a>R&D</a>", "entity", 1, 5],
  ["an ampersand before a tag", "<a>&</a>", "entity", 1, 4],
  ["an entity without a semicolon", "<a>&lt </a>", "entity", 1, 4],
  ["a reference without digits", "<a>&#;</a>", "entity", 1, 4],
  ["a reference with a capital X", "<a>&#X41;</a>", "entity", 1, 4],
  ["a reference with letters", "<a>&#6a;</a>", "entity", 1, 4],
  ["a reference to U+0000", "<a>&#0;</a>", "reference", 1, 4],
  ["a reference to U+0001", "<a>\r\n&#1;</a>", "reference", 2, 1],
  ["a reference to U+001F in an attribute", "<a b='&#x1F;'/>", "reference", 1, 7],
  ["a reference to a surrogate", "<a>&#xD83D;&#xDE00;</a>", "reference", 1, 4],
  ["a reference to U+FFFE", "<a>&#xFFFE;</a>", "reference", 1, 4],
  ["a reference to U+FFFF", "<a>&#65535;</a>", "reference", 1, 4],
  ["a reference beyond Unicode", "<a>&#x110000;</a>", "reference", 1, 4],
  ["a reference of many digits", `<a>&#${"9".repeat(100)};</a>`, "reference", 1, 4],
  ["half of a surrogate pair", "<a>x\ud83dy</a>", "surrogate", 1, 5],
  ["the other half, in a comment", "<a><!--\ude00--></a>", "surrogate", 1, 8],
  ["half of a surrogate pair in a name", "<a\ud83d/>", "surrogate", 1, 3],
  ["]]> in a text", "<a>\n\n]]></a>", "text", 3, 1],
  ["text before the root", "x<a/>", "outside", 1, 1],
  ["text after the root", "<a/>\nx", "outside", 2, 1],
  ["a reference outside the root", "<a/>&#32;", "outside", 1, 5],
  ["a control character outside the root", "<a/>\u0001", "outside", 1, 5],
  ["CDATA outside the root", "<![CDATA[x]]><a/>", "outside", 1, 1],
  ["two roots", "<a></a>\n<b></b>", "outside", 2, 1],
  ["two empty roots", "<a/><a/>", "outside", 1, 5],
  ["-- in a comment", "<a><!-- x -- y --></a>", "comment", 1, 11],
  ["a comment that ends in --->", "<a><!-- x ---></a>", "comment", 1, 11],
  ["< in an attribute", "<a b='x<y'/>", "attribute", 1, 8],
  ["an attribute without a value", "<a b/>", "attribute", 1, 4],
  ["an attribute without quotes", "<a b=c/>", "attribute", 1, 6],
  ["an attribute twice", "<a b='1' c='2' b='1'/>", "duplicate-attribute", 1, 16],
  [
    "an attribute twice among many",
    `<a ${Array.from({ length: 20 }, (_, index) => `b${index}=''`).join(" ")} b17=''/>`,
    "duplicate-attribute",
    1,
    134
  ],
  [
    "one of the first attributes twice among many",
    `<a ${Array.from({ length: 20 }, (_, index) => `b${index}=''`).join(" ")} b3=''/>`,
    "duplicate-attribute",
    1,
    134
  ],
  ["attributes without white space", "<a b=''c=''/>", "tag", 1, 8],
  ["a slash inside a tag", "<a / >", "tag", 1, 5],
  ["crossed tags", "<a><b></a></b>", "tag", 1, 7],
  ["an end tag of another case", "<a></A>", "tag", 1, 4],
  ["an end tag of a longer name", "<a></ab>", "tag", 1, 4],
  ["an end tag of no name", "<a></></a>", "tag", 1, 4],
  ["an end tag that opens nothing", "</a>", "tag", 1, 1],
  ["an end tag after the root", "<a/></a>", "tag", 1, 5],
  ["an element of no name", "<a>< b/></a>", "name", 1, 5],
  ["an element whose name starts with a digit", "<1/>", "name", 1, 2],
  ["an attribute whose name starts with a dash", "<a -b=''/>", "name", 1, 4],
  ["an element called __proto__", "<a><__proto__/></a>", "name", 1, 5],
  ["an element called prototype", "<prototype></prototype>", "name", 1, 2],
  ["an element called constructor", "<constructor/>", "name", 1, 2],
  ["an attribute called __proto__", "<a b='' __proto__=''/>", "name", 1, 9],
  ["an attribute called prototype", "<a prototype=''/>", "name", 1, 4],
  ["an attribute called constructor", "<a constructor=''/>", "name", 1, 4],
  ["a name with U+1680, white space to fast-xml-parser", "<a\u1680b=''/>", "tag", 1, 3],
  ["a name that starts with U+FEFF, white space too", "<a><\ufeffb/></a>", "name", 1, 5],
  ["a control character in a tag", "<a \u0001/>", "name", 1, 4],
  ["an unknown declaration", "<a><!ELEMENT a></a>", "markup", 1, 4],
  ["a processing instruction of no name", "<a><? p?></a>", "name", 1, 6],
  ["a processing instruction without white space", "<a><?p/?></a>", "markup", 1, 7],
  ["65 levels", deep(65), "depth", 1, 193]
]

describe("XmlScanner", () => {
  for (const [title, text, reason, line, column] of refusals) {
    it(`refuses ${title}`, () => {
      const error = failure(text)
      assert.deepStrictEqual({ reason: error.reason, line: error.line, column: error.column }, { reason, line, column })
    })
  }

  it("accepts the examples and the commands of real peers", () => {
    for (const name of [...examples, ...wireExamples]) assert.isTrue(accepts(fixture(name)), name)
  })

  it("accepts what XML allows", () => {
    const documents = [
      "<a/>",
      "\ufeff<a/>",
      "<?xml version='1.0' encoding='utf-8' standalone='yes' ?>\n<!-- c --><?p 'q?><a ></a >\r\n<!---->",
      "<a b='>' c=\"'\">&amp;&lt;&gt;&quot;&apos;&#65;&#x10FFFF;]]&gt; ]] > <![CDATA[<&]]]]><![CDATA[>]]></a>",
      "<é:_.-9·𐀀 日本='x'/>",
      "<proto prototypes='' __proto__x=''/>",
      deep(64)
    ]
    for (const text of documents) assert.isTrue(accepts(text), text)
  })

  it("keeps raw characters outside XML 1.0 unless they are to be refused", () => {
    for (const character of ["\u0000", "\u0001", "\u0008", "\u000b", "\u000c", "\u001f", "\ufffe", "\uffff"]) {
      for (
        const text of [
          `<a>\n${character}</a>`,
          `<a b='\n${character}'/>`,
          `<a><![CDATA[\n${character}]]></a>`,
          `<a/><!--\n${character}-->`
        ]
      ) {
        assert.isTrue(accepts(text))
        const error = failure(text, { forbiddenCharacters: "refuse" })
        assert.strictEqual(error.reason, "forbidden-character")
        assert.deepStrictEqual([error.line, error.column], [2, 1])
      }
    }
    assert.isTrue(accepts("<a>\t\u007f\u0085\ufffd</a>", { forbiddenCharacters: "refuse" }))
  })

  it("accepts one byte order mark unless it is to be refused", () => {
    const error = failure("\ufeff<a/>", { byteOrderMark: "refuse" })
    assert.deepStrictEqual([error.reason, error.line, error.column], ["byte-order-mark", 1, 1])
    assert.deepStrictEqual([failure("\ufeff<a>&</a>").column, failure("\ufeff\n<a>&</a>").column], [4, 4])
  })

  it("holds its limits", () => {
    assert.isTrue(accepts(deep(3), { maxDepth: 3 }))
    assert.strictEqual(failure(deep(4), { maxDepth: 3 }).reason, "depth")
    assert.strictEqual(failure("<a><b><c/></b></a>", { maxDepth: 2 }).reason, "depth")
    assert.isTrue(accepts("<a><b/><b/></a>", { maxElements: 3 }))
    assert.strictEqual(failure("<a><b/><b/><b/></a>", { maxElements: 3 }).reason, "elements")
  })

  it("counts attributes as elements, in a tag that is not finished too", () => {
    assert.isTrue(accepts("<a b='' c=''/>", { maxElements: 3 }))
    assert.strictEqual(failure("<a b='' c=''/>", { maxElements: 2 }).reason, "elements")
    assert.strictEqual(failure("<a b='' c='' ", { maxElements: 2 }).reason, "elements")
    assert.strictEqual(failure("<a b='' c='' ", { maxElements: 3 }).reason, "truncated")
  })

  it("limits the attributes of one tag to 10,000", () => {
    const tag = (count: number) => `<a ${Array.from({ length: count }, (_, index) => `a${index}=''`).join(" ")}/>`
    assert.isTrue(accepts(tag(10_000)))
    assert.strictEqual(failure(tag(10_001)).reason, "elements")
  })

  it("limits the elements of a document to 4,000,000 by default", () => {
    const document = (count: number) => `<a>${"<b/>".repeat(count - 1)}</a>`
    assert.isTrue(accepts(document(4_000_000)))
    assert.strictEqual(failure(document(4_000_001)).reason, "elements")
  })

  it("limits a declaration to 1000 characters", () => {
    const declaration = (length: number) => `<?xml version="1.0"${" ".repeat(length - 21)}?><a/>`
    assert.strictEqual(declaration(1000).indexOf("<a/>"), 1000)
    assert.isTrue(accepts(declaration(1000)))
    assert.strictEqual(failure(declaration(1001)).reason, "declaration")
  })

  it("reports the first fault", () => {
    assert.strictEqual(failure("<a>\ud83d&</a>").reason, "surrogate")
    assert.strictEqual(failure("<a>&\ud83d</a>").reason, "entity")
    assert.strictEqual(failure("<a>\u0001\ud83d</a>", { forbiddenCharacters: "refuse" }).reason, "forbidden-character")
    assert.strictEqual(failure("<a>&foo; ]]></a>").reason, "entity")
    assert.strictEqual(failure("<a>]]> &foo;</a>").reason, "text")
  })

  it("counts lines that end in LF, CR or both", () => {
    assert.deepStrictEqual([failure("<a>\n\r\n\r\r\n &</a>").line, failure("<a>\n\r\n\r\r\n &</a>").column], [5, 2])
  })

  it("names the element that contains a fault, with ordinals", () => {
    const paths: ReadonlyArray<readonly [text: string, path: string | undefined]> = [
      ["<a>&</a>", undefined],
      ["<a/>x", undefined],
      ["<t><v/><v><n>&</n></v></t>", "v[2]/n[1]"],
      ["<t><v><n/><m/><n>&</n></v></t>", "v[1]/n[2]"],
      ["<t><v><n/></v><v><n x='&'/></v></t>", "v[2]/n[1]"],
      ["<t><v></w></t>", "v[1]"],
      ["<t><!-- <v> --><?p <v>?><![CDATA[<v>]]><v a='>' b=\"/>\"><n>&</n></v></t>", "v[1]/n[1]"],
      ["<t><v/><v>", "v[2]"],
      ["<t><v/><v/", "v[2]"],
      ["<t><v></v", "v[1]"],
      ["<t><v></v></t", undefined],
      ["<t>\n<v><__proto__/></v></t>", "v[1]/__proto__[1]"]
    ]
    for (const [text, path] of paths) assert.strictEqual(failure(text).path, path, text)
  })

  it("reports what happened, where, and what to try, without text of the document", () => {
    assert.strictEqual(
      failure("<t><v>\n&foo;</v></t>").message,
      "XML refused (line 2, column 1, in v[1]): the entity &foo; is not defined. Check that the document is well-formed XML."
    )
    const hostile = failure(`<${"a".repeat(100_000)}><b></${"\u001b[31m\u202e".repeat(10_000)}>`)
    assert.isBelow(hostile.message.length, 500)
    assert.notMatch(hostile.message, /[\u0000-\u001f\u202e]/)
    const long = failure(`<t>${"<v>".repeat(60)}<${"x".repeat(100_000)}>&`)
    assert.isBelow(long.message.length, 1000)
  })

  it("reports what fast-xml-parser would read differently", () => {
    const result = XmlScanner.make().scan("\ufeff<a b='\r\n\t&#0000000000065;'><?p ?></a>", true)
    assert.deepStrictEqual(Result.getOrThrow(result).edits, [
      { from: 0, to: 1, text: "" },
      { from: 7, to: 9, text: " " },
      { from: 9, to: 10, text: " " },
      { from: 10, to: 26, text: "&#65;" },
      { from: 28, to: 34, text: "<!---->" }
    ])
  })

  describe("in parts", () => {
    it("scans whole tokens and as much of a text as there is, and leaves the rest", () => {
      const scanner = XmlScanner.make()
      const lengths = ["<a>x", "y]", "]<b c='", "<b c='1'/>z&am", "&amp;\r", "\r\ud83d", "\ud83d\ude00</a"].map((
        text
      ) => Result.getOrThrow(scanner.scan(text, false)).length)
      assert.deepStrictEqual(lengths, [4, 1, 1, 11, 5, 1, 2])
    })

    it("requests no edits beyond the scanned text", () => {
      const scanner = XmlScanner.make()
      assert.deepStrictEqual(Result.getOrThrow(scanner.scan("<a><b c='\n", false)), { length: 3, edits: [] })
      const edits = [{ from: 6, to: 7, text: " " }]
      assert.deepStrictEqual(Result.getOrThrow(scanner.scan("<b c='\n'/>", false)), { length: 10, edits })
    })

    it("agrees with itself on every single cut of an example", () => {
      const text = fixture("06-odd-legal.xml")
      for (let cut = 0; cut <= text.length; cut++) assert.isTrue(Result.isSuccess(scanParts(text, [cut])), `${cut}`)
    })

    it("refuses at the same place for every cut of the text", () => {
      for (const [title, text, reason, line, column] of refusals) {
        const cuts = Array.from({ length: text.length }, (_, index) => index)
        const result = scanParts(text, cuts)
        if (Result.isSuccess(result)) return assert.fail(title)
        assert.strictEqual(result.failure.reason, reason, title)
        if (reason !== "truncated") {
          assert.deepStrictEqual([result.failure.line, result.failure.column], [line, column], title)
        }
      }
    })

    it.prop("reaches the same verdict for any cuts of any document", {
      text: oneOf(mutatedDocument, mutatedExample),
      cuts: Arbitrary.array(integer(0, 10_000), { maxLength: 8 }),
      keep: integer(0, 1)
    }, ({ cuts, keep, text }) => {
      const options = { forbiddenCharacters: keep === 1 ? "keep" : "refuse" } as const
      const indices = cuts.map((cut) => Math.floor((cut / 10_001) * text.length)).sort((self, that) => self - that)
      assert.strictEqual(Result.isSuccess(scanParts(text, indices, options)), accepts(text, options))
    })
  })
})
