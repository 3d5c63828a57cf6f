/** The tokens of a document, and the characters that no token may hold. */
import { indexOfForbidden, indexOfLoneSurrogate } from "../XmlCharacters.ts"
import { type Position, positionOf } from "../XmlPath.ts"
import type { Handler, ReadEntities } from "../XmlReader.ts"
import type * as XmlScanner from "../XmlScanner.ts"
import { Fault } from "./fault.ts"
import { Tokens } from "./tokens.ts"

/** How deep elements may be nested unless told otherwise. Source: PROTOCOL 10. */
export const defaultMaxDepth = 64

/**
 * How many elements, counted with their attributes, a document may hold unless told otherwise.
 *
 * Twice as many as a listing of 64 MiB has, and as many as the usual heap of 4 GB holds when they are all empty and read
 * as a whole.
 */
export const defaultMaxElements = 4_000_000

/** Reads one document, which may come in parts. */
export class Gate {
  readonly tokens: Tokens

  private readonly keepsForbidden: boolean
  private readonly takesByteOrderMark: boolean
  // Where the text to read starts.
  private position: Position = { line: 1, column: 1 }

  constructor(options: XmlScanner.Options, handler?: Handler, readEntities?: ReadEntities) {
    this.keepsForbidden = options.forbiddenCharacters !== "refuse"
    this.takesByteOrderMark = options.byteOrderMark !== "refuse"
    const { maxDepth = defaultMaxDepth, maxElements = defaultMaxElements } = options
    this.tokens = new Tokens(maxDepth, maxElements, handler, readEntities)
  }

  /** Returns where an index of the part stands that was read last, and not yet passed. */
  positionOf(text: string, index: number): Position {
    return positionOf(text, index, this.position)
  }

  /** Passes what was read, so that the next part starts behind it. */
  pass(text: string, length: number): void {
    this.position = this.positionOf(text, length)
  }

  /** Reads the next part and returns how much of it was read, or what is wrong with it. */
  read(text: string, last: boolean): number | Fault {
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
}
