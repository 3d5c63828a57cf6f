/**
 * Whole documents: the text of one read into its root element, and an element written as text.
 */
import * as Result from "effect/Result"
import * as PrintableText from "../text/PrintableText.ts"
import * as FastXmlParser from "./internal/fastXmlParser.ts"
import { defaultMaxDepth, defaultMaxLength, maxDepth, type ParseOptions, tooLong } from "./internal/limits.ts"
import * as XmlPrinter from "./internal/printer.ts"
import type { XmlElement } from "./XmlElement.ts"
import { XmlError } from "./XmlError.ts"
import * as XmlScanner from "./XmlScanner.ts"

export { defaultMaxLength, maxDepth, type ParseOptions }

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
 * XmlDocument.parse("<Name>R&amp;D</Name>")
 * // { name: "Name", attributes: [], children: ["R&D"] }
 * ```
 */
export const parse = (text: string, options: ParseOptions = {}): Result.Result<XmlElement, XmlError> => {
  const maxLength = options.maxLength ?? defaultMaxLength
  if (text.length > maxLength) return Result.fail(tooLong(maxLength))
  const limited = Math.min(options.maxDepth ?? defaultMaxDepth, maxDepth)
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

const disagreement = (why: string): XmlError =>
  new XmlError({ reason: "parser", detail: `fast-xml-parser does not read it: ${PrintableText.excerpt(why)}` })

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
