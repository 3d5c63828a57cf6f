/**
 * Scans a document before a parser reads it, and accepts only well-formed documents that every parser reads alike.
 *
 * fast-xml-parser checks nothing, and other parsers refuse what servers do send, so both readers of this library use one
 * scanner. In addition to what is not well-formed, it refuses every DOCTYPE, entities other than the five of XML, a
 * version other than 1.0, a declared encoding other than UTF-8, element and attribute names `__proto__`, `prototype` and
 * `constructor`, and documents beyond the limits. Raw characters outside XML 1.0 are accepted by default (SEMANTICS 1.12:
 * servers send them); character references to them never are.
 */
import * as Result from "effect/Result"
import { DocumentScanner } from "./internal/documentScanner.ts"
import type { Edit } from "./internal/edit.ts"
import type { Fault } from "./internal/fault.ts"
import { defaultMaxDepth, defaultMaxElements, type ScanOptions as Options } from "./internal/limits.ts"
import { XmlError } from "./XmlError.ts"
import { pathAt } from "./XmlPath.ts"

export { defaultMaxDepth, defaultMaxElements, type Edit, type Options }

/** The part of a text that was scanned. */
export interface Scanned {
  /** How many characters of the text have been scanned; what follows them is the start of an unfinished token. */
  readonly length: number
  /**
   * What fast-xml-parser would read otherwise than XML means it, in ascending order: the byte order mark (dropped),
   * processing instructions (which it cuts at quotes, and whose place in a text it loses: now comments), white space in
   * attribute values (not normalised: now blanks), references of more than 32 characters (left undecoded: now short).
   */
  readonly edits: ReadonlyArray<Edit>
}

/** A scanner of one document. */
export interface Scanner {
  /**
   * Scans the next part of the document; `last` says that nothing follows.
   *
   * The caller puts the characters that were not scanned in front of the next part. After a failure, or the last part,
   * a scanner is spent. Lines and columns count over all parts; only an error in the first part names an element path.
   */
  readonly scan: (text: string, last: boolean) => Result.Result<Scanned, XmlError>
}

/** Makes the scanner of one document. */
export const make = (options: Options = {}): Scanner => new Machine(options)

class Machine implements Scanner {
  private readonly scanner: DocumentScanner
  // Whether the document starts where the text does.
  private first = true

  constructor(options: Options) {
    this.scanner = new DocumentScanner(options)
  }

  scan(text: string, last: boolean): Result.Result<Scanned, XmlError> {
    const length = this.scanner.read(text, last)
    if (typeof length !== "number") return Result.fail(this.error(text, length))
    if (!last && length > 0) {
      this.scanner.pass(text, length)
      this.first = false
    }
    return Result.succeed({ length, edits: this.scanner.tokens.edits })
  }

  private error(text: string, { detail, index, reason }: Fault): XmlError {
    const { column, line } = this.scanner.positionOf(text, index)
    return new XmlError({ reason, detail, line, column, path: this.first ? pathAt(text, index) : undefined })
  }
}
