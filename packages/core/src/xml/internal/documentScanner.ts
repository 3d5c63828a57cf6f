/** Scans the tokens of a document, and finds the characters that no token may hold. */
import { indexOfForbidden, indexOfLoneSurrogate } from "../XmlCharacters.ts"
import { type Position, positionOf } from "../XmlPath.ts"
import { Fault } from "./fault.ts"
import type { Handler, ReadEntities } from "./handler.ts"
import { defaultMaxDepth, defaultMaxElements, type ScanOptions } from "./limits.ts"
import { Tokens } from "./tokens/tokens.ts"

/** Scans one document, which may arrive in parts. */
export class DocumentScanner {
  readonly tokens: Tokens

  private readonly keepsForbidden: boolean
  private readonly takesByteOrderMark: boolean
  // The position at which the next text starts.
  private position: Position = { line: 1, column: 1 }

  constructor(options: ScanOptions, handler?: Handler, readEntities?: ReadEntities) {
    this.keepsForbidden = options.forbiddenCharacters !== "refuse"
    this.takesByteOrderMark = options.byteOrderMark !== "refuse"
    const { maxDepth = defaultMaxDepth, maxElements = defaultMaxElements } = options
    this.tokens = new Tokens(maxDepth, maxElements, handler, readEntities)
  }

  /** Returns the position of an index in the part that was read last and is not yet passed. */
  positionOf(text: string, index: number): Position {
    return positionOf(text, index, this.position)
  }

  /** Passes what was read, so that the next part starts after it. */
  pass(text: string, length: number): void {
    this.position = this.positionOf(text, length)
  }

  /** Reads the next part. Returns the length of what was read, or the fault that ends the document. */
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
      if (!this.takesByteOrderMark) return new Fault("byte-order-mark", "the document starts with a byte order mark", 0)
      this.position = { line: 1, column: 0 }
    }
    // Searched last, since a native search is fast, but reported if it precedes every other fault.
    return this.badCharacter(text, length instanceof Fault ? length.index : length) ?? length
  }

  private badCharacter(text: string, length: number): Fault | undefined {
    const surrogate = indexOfLoneSurrogate(text)
    const forbidden = this.keepsForbidden ? -1 : indexOfForbidden(text)
    const index = surrogate === -1 ? forbidden : forbidden === -1 ? surrogate : Math.min(surrogate, forbidden)
    if (index === -1 || index >= length) return undefined
    const name = `U+${text.charCodeAt(index).toString(16).toUpperCase().padStart(4, "0")}`
    return index === surrogate
      ? new Fault("surrogate", `the surrogate ${name} has no partner`, index)
      : new Fault("forbidden-character", `XML 1.0 does not allow the character ${name}`, index)
  }
}
