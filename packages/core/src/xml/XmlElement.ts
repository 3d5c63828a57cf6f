/**
 * A small XML element value, and the reading of a whole document into it.
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as PrintableText from "../text/PrintableText.ts"
import * as FastXmlParser from "./internal/fastXmlParser.ts"
import * as XmlPrinter from "./internal/printer.ts"
import { XmlError } from "./XmlError.ts"
import * as XmlScanner from "./XmlScanner.ts"

/**
 * An element: its name, its attributes in document order, and its children in document order.
 *
 * An element is in normal form, as {@link parse} gives it, if no string is empty, no two strings stand side by side,
 * and no string beside an element is white space alone.
 */
export interface XmlElement {
  readonly name: string
  readonly attributes: ReadonlyArray<readonly [name: string, value: string]>
  readonly children: ReadonlyArray<XmlElement | string>
}

/** Schema of an {@link XmlElement}. */
export const XmlElement: Schema.Codec<XmlElement> = Schema.Struct({
  name: Schema.String,
  attributes: Schema.Array(Schema.Tuple([Schema.String, Schema.String])),
  children: Schema.Array(Schema.Union([Schema.suspend((): Schema.Codec<XmlElement> => XmlElement), Schema.String]))
})

/** How long a document may be unless told otherwise, in UTF-16 code units; no package is longer (PROTOCOL 3.4). */
export const defaultMaxLength = 2 ** 28

/** How deep elements may be nested at most, whatever is told. */
export const { maxDepth } = FastXmlParser

/** Limits of {@link parse}, and what it lets pass; `maxDepth` is at most {@link maxDepth}. */
export interface ParseOptions extends XmlScanner.Options {
  /** How long the document may be, in UTF-16 code units; {@link defaultMaxLength} unless told otherwise. */
  readonly maxLength?: number | undefined
}

/**
 * Reads a whole document.
 *
 * Text and CDATA that follow each other are one string. A comment or a processing instruction ends a string: what
 * follows it, up to the next tag, is lost, as in the product (SEMANTICS 1.13). In an element that has elements, strings
 * of white space alone are dropped; every other string is kept exactly, with line ends as LF.
 *
 * **Example**
 *
 * ```ts
 * XmlElement.parse("<Name>R&amp;D</Name>")
 * // { name: "Name", attributes: [], children: ["R&D"] }
 * ```
 */
export const parse = (text: string, options: ParseOptions = {}): Result.Result<XmlElement, XmlError> => {
  const maxLength = options.maxLength ?? defaultMaxLength
  if (text.length > maxLength) return Result.fail(tooLong(maxLength))
  const limited = Math.min(options.maxDepth ?? XmlScanner.defaultMaxDepth, maxDepth)
  const scanned = XmlScanner.make({ ...options, maxDepth: limited }).scan(text, true)
  return Result.flatMap(scanned, ({ edits }) => {
    try {
      const root = FastXmlParser.read(text, edits)
      return root === undefined ? Result.fail(disagreement("it found no single root element")) : Result.succeed(root)
    } catch (cause) {
      return Result.fail(disagreement(String(cause)))
    }
  })
}

/** The error of a document beyond its limit of length. */
export const tooLong = (maxLength: number): XmlError =>
  new XmlError({ reason: "length", detail: `the document has more than ${maxLength} characters` })

const disagreement = (why: string): XmlError =>
  new XmlError({ reason: "parser", detail: `fast-xml-parser does not read it: ${PrintableText.excerpt(why)}` })

/** Returns the text of an element: its first child if that is a string, else the empty text. Source: SEMANTICS 1.13. */
export const text = (element: XmlElement): string => {
  const first = element.children[0]
  return typeof first === "string" ? first : ""
}

/** Returns the element children of an element in document order. */
export const elements = (element: XmlElement): ReadonlyArray<XmlElement> =>
  element.children.filter((child) => typeof child !== "string")

/** How {@link print} writes. */
export interface PrintOptions {
  /** Whether an XML declaration comes first, as in stored files; not on the wire. */
  readonly declaration?: boolean | undefined
}

/**
 * Writes an element as a document in the manner of the product: one blank of indentation a level, LF behind each tag.
 *
 * An element without children is self-closing if it has attributes, else it is written as an empty text. Characters
 * outside XML 1.0 are written raw, as servers do, but for NUL, which becomes a blank, and lone surrogates, which become
 * U+FFFD. Names must be XML names. Reading what was written gives back an element in normal form of XML text.
 * Source: SEMANTICS 1.12, PROTOCOL 4.4.
 */
export const print = (element: XmlElement, options: PrintOptions = {}): string =>
  `${options.declaration === true ? "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" : ""}${
    XmlPrinter.print(element, "")
  }\n`
