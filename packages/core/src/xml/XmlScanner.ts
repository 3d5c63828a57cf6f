/**
 * A gate in front of the XML parsers: it lets well-formed documents pass that every parser reads alike.
 *
 * fast-xml-parser checks nothing, and other parsers refuse what servers do send; so both readers of this library stand
 * behind one scanner. It refuses, besides what is not well-formed: every DOCTYPE, entities other than the five of XML,
 * a version other than 1.0, a declared encoding other than UTF-8, element and attribute names `__proto__`, `prototype`
 * and `constructor`, and documents beyond the limits. Raw characters outside XML 1.0 pass unless they are to be refused
 * (SEMANTICS 1.12: servers send them); character references to them do not.
 */
import * as Result from "effect/Result"
import type { Fault } from "./internal/fault.ts"
import { defaultMaxDepth, defaultMaxElements, Gate } from "./internal/gate.ts"
import { XmlError } from "./XmlError.ts"
import { pathAt } from "./XmlPath.ts"

/** The limits of depth and of elements that hold unless told otherwise; see {@link Options}. */
export { defaultMaxDepth, defaultMaxElements }

/** What a scanner lets pass. */
export interface Options {
  /** What to do with raw characters outside XML 1.0; `keep` unless told otherwise. Lone surrogates never pass. */
  readonly forbiddenCharacters?: "keep" | "refuse" | undefined
  /** What to do with one byte order mark at the very start; `accept` unless told otherwise. */
  readonly byteOrderMark?: "accept" | "refuse" | undefined
  /** How deep elements may be nested; {@link defaultMaxDepth} unless told otherwise. */
  readonly maxDepth?: number | undefined
  /** How many elements and attributes the document may hold; {@link defaultMaxElements} unless told otherwise. */
  readonly maxElements?: number | undefined
}

/** A range of the scanned text that a parser should read as something else. */
export interface Edit {
  readonly from: number
  readonly to: number
  readonly text: string
}

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
  private readonly gate: Gate
  // Whether the document starts where the text does.
  private first = true

  constructor(options: Options) {
    this.gate = new Gate(options)
  }

  scan(text: string, last: boolean): Result.Result<Scanned, XmlError> {
    const length = this.gate.read(text, last)
    if (typeof length !== "number") return Result.fail(this.error(text, length))
    if (!last && length > 0) {
      this.gate.pass(text, length)
      this.first = false
    }
    return Result.succeed({ length, edits: this.gate.tokens.edits })
  }

  private error(text: string, { detail, index, reason }: Fault): XmlError {
    const { column, line } = this.gate.positionOf(text, index)
    return new XmlError({ reason, detail, line, column, path: this.first ? pathAt(text, index) : undefined })
  }
}
