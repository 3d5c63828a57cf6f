/**
 * Reads a document that arrives in parts, and never holds more of it than one token.
 *
 * It refuses what `XmlScanner` refuses: both are one scanner. Where the parts are cut has no meaning, except that a text
 * may arrive in pieces.
 */
import * as Result from "effect/Result"
import { DocumentScanner } from "./internal/documentScanner.ts"
import type { Fault } from "./internal/fault.ts"
import type { Handler, ReadEntities } from "./internal/handler.ts"
import { defaultMaxDepth, defaultMaxLength, maxDepth, type ParseOptions, tooLong } from "./internal/limits.ts"
import { copy } from "./internal/names.ts"
import { XmlError } from "./XmlError.ts"

export { copy, type Handler, type ReadEntities }

/** The longest document that a reader accepts: no string of JavaScript is longer, and so no text in the document. */
export const maxLength = 2 ** 29 - 24

/**
 * How many elements and attributes a document may hold by default.
 *
 * More than a listing of 256 MiB has, and as many as the usual heap of 4 GB holds when all of them are kept.
 */
export const defaultMaxElements = 20_000_000

/**
 * Limits of a reader, and what it accepts: those of `XmlDocument.parse`, except that `maxLength` is at most
 * {@link maxLength}, and `maxElements` is {@link defaultMaxElements} by default.
 */
export interface Options extends ParseOptions {
  readonly readEntities?: ReadEntities | undefined
}

/**
 * Reads one document. After a failure, or the end, it is spent.
 *
 * Errors name the line and the column, but no path: the elements belong to the handler.
 */
export interface Reader {
  readonly push: (text: string) => Result.Result<void, XmlError>
  readonly end: () => Result.Result<void, XmlError>
}

/** Makes the reader of one document. */
export const make = (handler: Handler, options: Options = {}): Reader => new Machine(handler, options)

class Machine implements Reader {
  private readonly scanner: DocumentScanner
  private readonly maxLength: number
  private length = 0
  // What has come and is not read: first the start of an unfinished token. It is looked at again once there is twice as
  // much of it, for a token of many parts must not be read from its start for each of them.
  private parts: Array<string> = []
  private waiting = 0
  private needed = 0

  constructor(handler: Handler, options: Options) {
    const limited = {
      ...options,
      maxDepth: Math.min(options.maxDepth ?? defaultMaxDepth, maxDepth),
      maxElements: options.maxElements ?? defaultMaxElements
    }
    this.scanner = new DocumentScanner(limited, handler, options.readEntities)
    this.maxLength = Math.min(options.maxLength ?? defaultMaxLength, maxLength)
  }

  readonly push = (text: string): Result.Result<void, XmlError> => {
    this.length += text.length
    if (this.length > this.maxLength) return Result.fail(tooLong(this.maxLength))
    this.parts.push(text)
    this.waiting += text.length
    return this.waiting > this.needed ? this.read(false) : Result.void
  }

  readonly end = (): Result.Result<void, XmlError> => {
    return this.read(true)
  }

  private read(last: boolean): Result.Result<void, XmlError> {
    // A join gives a flat text, which is read faster than what `+` gives.
    const text = this.parts.length === 1 ? this.parts[0]! : this.parts.join("")
    const length = this.scanner.read(text, last)
    if (typeof length !== "number") return Result.fail(this.error(text, length))
    this.scanner.pass(text, length)
    const rest = text.slice(length)
    this.parts = rest === "" ? [] : [rest]
    this.waiting = rest.length
    this.needed = length === 0 ? 2 * rest.length : 0
    return Result.void
  }

  private error(text: string, { detail, index, reason }: Fault): XmlError {
    return new XmlError({ reason, detail, ...this.scanner.positionOf(text, index) })
  }
}
