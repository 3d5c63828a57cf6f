/** Generators of texts: names that people choose for machines, and everything else that a server passes on. */
import * as XmlText from "@backup-tree/core/xml/XmlText"
import * as Arbitrary from "effect/Arbitrary"
import { integer, oneOf, pick } from "../choices.ts"

const pieces = [
  "a",
  "web01",
  " ",
  "0",
  "\n",
  "\t",
  "\r",
  "<b>",
  "&amp;",
  "&",
  "\"",
  "'",
  "]]>",
  "%1",
  "{}",
  "é",
  "база",
  "日本",
  "😀",
  "\u0085",
  "\u2028",
  "\u202e",
  "\ufeff"
]

// Without NUL: a server sends a space in its place (SEMANTICS 1.12).
const controls = ["\u0001", "\u0008", "\u000b", "\u001b[31m", "\u001f", "\u007f", "\ufffe", "\uffff"]

const isSurrogate = (code: number): boolean => code >= 0xd800 && code <= 0xdfff

const character = Arbitrary.map(integer(1, 0x10_ffff), (code) => isSurrogate(code) ? "?" : String.fromCodePoint(code))

const joined = (piece: Arbitrary.Arbitrary<string>): Arbitrary.Arbitrary<string> =>
  Arbitrary.map(Arbitrary.array(piece, { maxLength: 5 }), (parts) => parts.join(""))

/**
 * Any text that a server can send: all of Unicode except NUL and lone surrogates. May be empty.
 *
 * Line breaks, markup, quotes, bidirectional marks and control characters are frequent.
 *
 * **Example** (Testing that output stays on one line)
 *
 * ```ts
 * it.prop("a quoted name has no line break", [Arbitraries.text], ([text]) => {
 *   assert.notMatch(PrintableText.quote(text), /[\r\n]/)
 * })
 * ```
 *
 * @category texts
 * @since 0.2.0
 */
export const text: Arbitrary.Arbitrary<string> = joined(oneOf(pick(pieces), pick(pieces), pick(controls), character))

/**
 * Any text that an XML 1.0 document can hold. May be empty.
 *
 * **Example** (Testing that descriptions survive XML)
 *
 * ```ts
 * it.prop("a description can be written as XML", [Arbitraries.xmlText], ([description]) => {
 *   assert.isTrue(XmlText.isXmlText(description))
 * })
 * ```
 *
 * @category texts
 * @since 0.2.0
 */
export const xmlText: Arbitrary.Arbitrary<string> = joined(
  oneOf(pick(pieces), Arbitrary.map(character, (value) => XmlText.isXmlText(value) ? value : " "))
)

const plain = pick(["web01", "db-primary", "mail-gateway", "R&D", "build ct", ""])

/** A name: a common one, any text, or empty. */
export const name: Arbitrary.Arbitrary<string> = oneOf(plain, text)

/** A name of characters that XML 1.0 allows. */
export const xmlName: Arbitrary.Arbitrary<string> = oneOf(plain, xmlText)
