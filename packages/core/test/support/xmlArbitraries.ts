import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import type { XmlElement } from "../../src/xml/XmlElement.ts"
import { examples, fixture } from "./xmlFixtures.ts"

/** Draws one of some values. */
export const literal = (values: ReadonlyArray<string>): Arbitrary.Arbitrary<string> =>
  Arbitrary.schema(Schema.Literals(values))

/** Draws a whole number. */
export const integer = (minimum: number, maximum: number): Arbitrary.Arbitrary<number> =>
  Arbitrary.schema(Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum, maximum }))))

/** Draws from one of some generators. */
export const oneOf = <A>(...choices: ReadonlyArray<Arbitrary.Arbitrary<A>>): Arbitrary.Arbitrary<A> =>
  Arbitrary.flatMap(integer(0, choices.length - 1), (index) => choices[index]!)

const joined = (parts: Arbitrary.Arbitrary<string>, maxLength: number): Arbitrary.Arbitrary<string> =>
  Arbitrary.map(Arbitrary.array(parts, { maxLength }), (texts) => texts.join(""))

const xmlParts = [
  "a",
  "Z9",
  "0",
  "-1",
  " ",
  "  ",
  "\n",
  "\t",
  "\r",
  "\r\n",
  "&",
  "<",
  ">",
  "]]>",
  "]]",
  "]",
  "\"",
  "'",
  "&amp;",
  "&#65;",
  "é",
  "日本",
  "😀",
  "\u0085",
  "\u00a0",
  "\u2028",
  "\ufeff",
  "\ufffd",
  "\u007f",
  "\ue000",
  "{}",
  "%1",
  "--",
  "<!--",
  "?>",
  "/"
]

/** Any text that XML 1.0 can carry, rich in what needs escaping. */
export const xmlText: Arbitrary.Arbitrary<string> = joined(literal(xmlParts), 5)

/** The characters that XML 1.0 does not know, which servers send. */
export const controls = ["\u0001", "\u0008", "\u000b", "\u000c", "\u000e", "\u001f", "\ufffe", "\uffff"]

/** Any text, with control characters, NUL and halves of surrogate pairs. */
export const wildText: Arbitrary.Arbitrary<string> = joined(
  literal([...xmlParts, ...controls, "\u0000", "\ud83d", "\ude00"]),
  6
)

const names = [
  "Quota",
  "x",
  "toString",
  "valueOf",
  "__defineGetter__",
  "ns:hasOwnProperty",
  "_é.-9",
  "日本",
  "uuid",
  "𐀀"
]

/** Names of elements and attributes that no level of a backup tree knows. */
const name: Arbitrary.Arbitrary<string> = literal(names)

/** Brings an element to the normal form of `XmlElement`. */
export const normalForm = ({ attributes, children, name }: XmlElement): XmlElement => {
  const merged: Array<XmlElement | string> = []
  for (const child of children) {
    const last = merged.at(-1)
    if (typeof child !== "string") merged.push(normalForm(child))
    else if (typeof last === "string") merged[merged.length - 1] = last + child
    else if (child !== "") merged.push(child)
  }
  const structured = merged.some((child) => typeof child !== "string")
  return {
    name,
    attributes: [...new Map(attributes)],
    children: merged.filter((child) => typeof child !== "string" || !structured || /[^ \t\r\n]/.test(child))
  }
}

/** Elements in normal form, nested at most `depth` deep. */
export const element = (
  depth: number,
  text: Arbitrary.Arbitrary<string> = xmlText
): Arbitrary.Arbitrary<XmlElement> => {
  const children: Arbitrary.Arbitrary<ReadonlyArray<XmlElement | string>> = depth <= 1
    ? Arbitrary.array(text, { maxLength: 1 })
    : Arbitrary.array(oneOf<XmlElement | string>(text, element(depth - 1, text)), { maxLength: 4 })
  const attributes = Arbitrary.array(Arbitrary.all([name, text]), { maxLength: 3 })
  return Arbitrary.map(Arbitrary.all({ name, attributes, children }), normalForm)
}

const piece = literal([
  "text",
  " ",
  "\n",
  "\r\n",
  "\r",
  "\t",
  "&lt;",
  "&amp;",
  "&gt;",
  "&quot;",
  "&apos;",
  "&#65;",
  "&#x1F600;",
  "&#xd;",
  "&#10;",
  "&#x9;",
  "&#0000000000000000000000000000000000000066;",
  "]]",
  ">",
  "'",
  "\"",
  "é",
  "😀",
  "\u0085",
  "\ufeff",
  "<![CDATA[]]>",
  "<![CDATA[<x>&amp;]]>",
  "<![CDATA[ ]]>",
  "<![CDATA[]]]]>",
  "<!---->",
  "<!-- a 'b' -->",
  "<?p?>",
  "<?p don't?>",
  "<?p version=\"1.1\"?>",
  "<?xml-x  \"?>"
])

const attribute = Arbitrary.map(
  Arbitrary.all([
    literal([" ", "\n", "\t ", "\r\n"]),
    name,
    literal(["=", " = ", "\n=\t"]),
    literal([
      "\"\"",
      "'\"'",
      "\"'>/\"",
      "'&lt;&#9;&#xa;'",
      "\"a\tb\r\nc\nd\re\"",
      "'=/'",
      "\"&#00000000000000000000000000000000097;\""
    ])
  ]),
  (parts) => parts.join("")
)

// An attribute that appears twice makes the document ill-formed; one in a while is welcome.
const written = (depth: number): Arbitrary.Arbitrary<string> =>
  Arbitrary.map(
    Arbitrary.all({
      name,
      attributes: joined(attribute, 2),
      inner: depth <= 1 ? joined(piece, 3) : joined(oneOf(piece, written(depth - 1)), 5),
      space: literal(["", " ", "\n"])
    }),
    ({ attributes, inner, name, space }) =>
      inner === "" && space !== ""
        ? `<${name}${attributes}${space}/>`
        : `<${name}${attributes}${space}>${inner}</${name}${space}>`
  )

const outside = joined(literal([" ", "\n", "\r\n", "<!-- c -->", "<?p q?>", "<?p \"?>"]), 2)

/** Documents written in every way that XML allows, most of them well-formed. */
export const document: Arbitrary.Arbitrary<string> = Arbitrary.map(
  Arbitrary.all([
    literal(["", "\ufeff", "<?xml version=\"1.0\"?>", "<?xml version='1.0' encoding='utf-8' standalone='no' ?>\n"]),
    outside,
    written(3),
    outside
  ]),
  (parts) => parts.join("")
)

const fragments = [
  "<",
  ">",
  "&",
  ";",
  "/",
  "'",
  "\"",
  "=",
  " ",
  "\n",
  "]]>",
  "--",
  "<!--",
  "-->",
  "<![CDATA[",
  "<?",
  "?>",
  "</",
  "/>",
  "&#0;",
  "&#x1;",
  "&#xD800;",
  "&#xFFFF;",
  "&foo;",
  "&lt",
  "<a>",
  "</a>",
  "<a/>",
  "<x x=''/>",
  "<!DOCTYPE a>",
  "<?xml version='1.0'?>",
  "<__proto__/>",
  "<constructor>",
  " prototype='1'",
  "\u0000",
  "\u0001",
  "\ufffe",
  "\ud83d",
  "\ufeff",
  "\u1680",
  "text",
  "<Uuid/>",
  "<Size>junk</Size>",
  "<BackupDisks/>",
  "<VmItem>",
  "</VmItem>",
  "<Quota/>",
  "<Description>"
]

/** A change of a document: `at` and `length` say what goes, in ten-thousandths and characters, `text` what comes. */
interface Mutation {
  readonly at: number
  readonly length: number
  readonly text: string
}

const mutation: Arbitrary.Arbitrary<Mutation> = Arbitrary.all({
  at: integer(0, 10_000),
  length: oneOf(Arbitrary.Constant(0), integer(0, 3), integer(0, 400)),
  text: oneOf(Arbitrary.Constant(""), literal(fragments))
})

/** Applies mutations, one after the other. */
const mutate = (text: string, mutations: ReadonlyArray<Mutation>): string =>
  mutations.reduce((before, { at, length, text }) => {
    const index = Math.floor((at / 10_000) * before.length)
    return before.slice(0, index) + text + before.slice(index + length)
  }, text)

/** Mutated copies of random documents. */
export const mutatedDocument: Arbitrary.Arbitrary<string> = Arbitrary.map(
  Arbitrary.all([document, Arbitrary.array(mutation, { maxLength: 2 })]),
  ([text, mutations]) => mutate(text, mutations)
)

/** Mutated copies of the examples. */
export const mutatedExample: Arbitrary.Arbitrary<string> = Arbitrary.map(
  Arbitrary.all([literal(examples.slice(1)), Arbitrary.array(mutation, { maxLength: 3 })]),
  ([name, mutations]) => mutate(fixture(name), mutations)
)
