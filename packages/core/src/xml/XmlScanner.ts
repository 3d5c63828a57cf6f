/**
 * Scans a document before a parser reads it. It accepts only well-formed documents that every parser reads alike.
 *
 * fast-xml-parser checks nothing, and other parsers refuse documents that servers do send. So both readers of this
 * library use this scanner. Apart from documents that are not well-formed, it refuses:
 *
 * - every DOCTYPE, and entities other than the five of XML;
 * - a version other than 1.0, and a declared encoding other than UTF-8;
 * - elements and attributes named `__proto__`, `prototype` or `constructor`;
 * - documents beyond the limits.
 *
 * Raw characters outside XML 1.0 are accepted by default, because servers send them. Character references to them are
 * always refused.
 *
 * @see [Semantics 1.12](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s1-12)
 * @since 0.2.0
 */
import * as Result from "effect/Result"
import { DocumentScanner } from "./internal/documentScanner.ts"
import type { Edit } from "./internal/edit.ts"
import type { Fault } from "./internal/fault.ts"
import { defaultMaxDepth, defaultMaxElements, type ScanOptions as Options } from "./internal/limits.ts"
import { XmlError } from "./XmlError.ts"
import { pathAt } from "./XmlPath.ts"

export { defaultMaxDepth, defaultMaxElements, type Edit, type Options }

/**
 * The scanned part of a text.
 *
 * @category models
 * @since 0.2.0
 */
export interface Scanned {
  /** The number of scanned characters. The rest is the start of an unfinished token. */
  readonly length: number
  /**
   * Corrections for fast-xml-parser, in ascending order, where it would misread the XML:
   *
   * - The byte order mark is dropped.
   * - Processing instructions become comments, because the parser cuts them at quotes and loses their place in a text.
   * - White space in attribute values becomes blanks, because the parser does not normalise it.
   * - References of more than 32 characters become short, because the parser leaves them undecoded.
   */
  readonly edits: ReadonlyArray<Edit>
}

/**
 * A scanner of one document.
 *
 * @category models
 * @since 0.2.0
 */
export interface Scanner {
  /**
   * Scans the next part of the document. Set `last` for the final part.
   *
   * Prepend the characters that were not scanned to the next part. A scanner cannot be used again after a failure or
   * after the last part. Lines and columns count over all parts; only an error in the first part carries an element
   * path.
   */
  readonly scan: (text: string, last: boolean) => Result.Result<Scanned, XmlError>
}

/**
 * Creates the scanner of one document.
 *
 * @category constructors
 * @since 0.2.0
 */
export const make = (options: Options = {}): Scanner => new Machine(options)

class Machine implements Scanner {
  readonly #scanner: DocumentScanner
  // Whether the text is the start of the document.
  #first = true

  constructor(options: Options) {
    this.#scanner = new DocumentScanner(options)
  }

  scan(text: string, last: boolean): Result.Result<Scanned, XmlError> {
    const length = this.#scanner.read(text, last)
    if (typeof length !== "number") return Result.fail(this.#error(text, length))
    if (!last && length > 0) {
      this.#scanner.pass(text, length)
      this.#first = false
    }
    return Result.succeed({ length, edits: this.#scanner.tokens.edits })
  }

  #error(text: string, { detail, index, reason }: Fault): XmlError {
    const { column, line } = this.#scanner.positionOf(text, index)
    return new XmlError({ reason, detail, line, column, path: this.#first ? pathAt(text, index) : undefined })
  }
}
