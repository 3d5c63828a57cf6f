/**
 * Parses a whole document into its root element, and prints an element as a document.
 *
 * @since 0.2.0
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
 * Parses a whole document into its root element.
 *
 * Adjacent text and CDATA become one string. A comment or a processing instruction ends a string: text after it, up to
 * the next tag, is lost, as in the product. If an element contains other elements, strings of white space are dropped.
 * All other strings are kept exactly, with line ends as LF.
 *
 * **Example**
 *
 * ```ts
 * XmlDocument.parse("<Name>R&amp;D</Name>")
 * // { name: "Name", attributes: [], children: ["R&D"] }
 * ```
 *
 * @see [Semantics 1.13](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s1-13)
 * @category codecs
 * @since 0.2.0
 */
export const parse = (text: string, options: ParseOptions = {}): Result.Result<XmlElement, XmlError> => {
  const maxLength = options.maxLength ?? defaultMaxLength
  if (text.length > maxLength) return Result.fail(tooLong(maxLength))
  const limited = Math.min(options.maxDepth ?? defaultMaxDepth, maxDepth)
  const scanned = XmlScanner.make({ ...options, maxDepth: limited }).scan(text, true)
  return Result.flatMap(scanned, ({ edits }) => {
    try {
      const root = FastXmlParser.read(text, edits)
      return root === undefined
        ? Result.fail(disagreement("it did not find exactly one root element"))
        : Result.succeed(root)
    } catch (cause) {
      return Result.fail(disagreement(String(cause)))
    }
  })
}

const disagreement = (why: string): XmlError =>
  new XmlError({
    reason: "parser",
    detail: `fast-xml-parser rejected what the scanner accepted: ${PrintableText.excerpt(why)}`
  })

/**
 * Options of {@link print}.
 *
 * @category models
 * @since 0.2.0
 */
export interface PrintOptions {
  /** Whether to start with an XML declaration (default: false). Stored files have one; messages on the wire do not. */
  readonly declaration?: boolean | undefined
}

/**
 * Prints an element as a document in the product's format: one blank of indentation per level, LF after each tag.
 *
 * An element without children is self-closing if it has attributes; otherwise it is printed as an empty text.
 * Characters outside XML 1.0 are printed raw, as servers do. Two exceptions: NUL becomes a blank, and a lone surrogate
 * becomes U+FFFD. Names must be XML names. Parsing the result returns the same element if it is in normal form and its
 * texts are XML text.
 *
 * @see [Semantics 1.12](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s1-12)
 * @see [Protocol 4.4](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p4-4)
 * @category codecs
 * @since 0.2.0
 */
export const print = (element: XmlElement, options: PrintOptions = {}): string =>
  `${options.declaration === true ? "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" : ""}${
    XmlPrinter.print(element, "")
  }\n`

/**
 * Prints an element as {@link print} does, in pieces of about 64 KiB. Joined, they are the document.
 *
 * The children of an element are read once, when it is printed, so they may be made on demand. Every piece but the last
 * ends with `>`, so that the pieces can be escaped one by one.
 *
 * @category codecs
 * @since 0.2.0
 */
export const pieces = function*(element: XmlElement): Generator<string> {
  yield* XmlPrinter.pieces(element, "")
  yield "\n"
}
