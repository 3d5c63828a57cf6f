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
import { indexOfForbidden, indexOfLoneSurrogate } from "./internal/xmlCharacters.ts"
import { pathAt, positionOf } from "./internal/xmlPath.ts"
import { Fault, Tokens } from "./internal/xmlTokens.ts"
import { XmlError } from "./XmlError.ts"

/** How deep elements may be nested unless told otherwise. Source: PROTOCOL 10. */
export const defaultMaxDepth = 64

/**
 * How many elements a document may hold unless told otherwise.
 *
 * Twice as many as a listing of 64 MiB has, and as many as the usual heap of 4 GB holds when they are all empty.
 */
export const defaultMaxElements = 4_000_000

/** What a scanner lets pass. */
export interface Options {
  /** What to do with raw characters outside XML 1.0; `keep` unless told otherwise. Lone surrogates never pass. */
  readonly forbiddenCharacters?: "keep" | "refuse" | undefined
  /** What to do with one byte order mark at the very start; `accept` unless told otherwise. */
  readonly byteOrderMark?: "accept" | "refuse" | undefined
  /** How deep elements may be nested; {@link defaultMaxDepth} unless told otherwise. */
  readonly maxDepth?: number | undefined
  /** How many elements the document may hold; {@link defaultMaxElements} unless told otherwise. */
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
  private readonly keepsForbidden: boolean
  private readonly takesByteOrderMark: boolean
  private readonly tokens: Tokens
  // Where the text to scan starts, and whether the document starts there.
  private position = { line: 1, column: 1 }
  private first = true

  constructor(options: Options) {
    this.keepsForbidden = options.forbiddenCharacters !== "refuse"
    this.takesByteOrderMark = options.byteOrderMark !== "refuse"
    this.tokens = new Tokens(options.maxDepth ?? defaultMaxDepth, options.maxElements ?? defaultMaxElements)
  }

  scan(text: string, last: boolean): Result.Result<Scanned, XmlError> {
    const length = this.read(text, last)
    if (length instanceof Fault) return Result.fail(this.error(text, length))
    if (!last && length > 0) {
      this.position = positionOf(text, length, this.position)
      this.first = false
    }
    return Result.succeed({ length, edits: this.tokens.edits })
  }

  private read(text: string, last: boolean): number | Fault {
    const marked = this.tokens.marked
    let length: number | Fault
    try {
      length = this.tokens.read(text, last)
    } catch (cause) {
      if (!(cause instanceof Fault)) throw cause
      length = cause
    }
    if (this.tokens.marked && !marked) {
      if (!this.takesByteOrderMark) return new Fault("byte-order-mark", "a byte order mark comes first", 0)
      this.position = { line: 1, column: 0 }
    }
    // Looked for last, since a native search is fast, but reported where it stands before any other fault.
    return this.badCharacter(text, length instanceof Fault ? length.index : length) ?? length
  }

  private badCharacter(text: string, length: number): Fault | undefined {
    const surrogate = indexOfLoneSurrogate(text)
    const forbidden = this.keepsForbidden ? -1 : indexOfForbidden(text)
    const index = surrogate === -1 ? forbidden : forbidden === -1 ? surrogate : Math.min(surrogate, forbidden)
    if (index === -1 || index >= length) return undefined
    const name = `U+${text.charCodeAt(index).toString(16).toUpperCase().padStart(4, "0")}`
    return index === surrogate
      ? new Fault("surrogate", `half of a surrogate pair, ${name}, stands alone`, index)
      : new Fault("forbidden-character", `XML 1.0 does not allow the character ${name}`, index)
  }

  private error(text: string, { detail, index, reason }: Fault): XmlError {
    const { column, line } = positionOf(text, index, this.position)
    return new XmlError({ reason, detail, line, column, path: this.first ? pathAt(text, index) : undefined })
  }
}
