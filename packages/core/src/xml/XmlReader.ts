/**
 * Reads a document that arrives in parts, and holds at most one unfinished token of it.
 *
 * It refuses exactly what `XmlScanner` refuses, because both use one scanner. The result does not depend on where the
 * parts are cut, except that a text may arrive in several pieces.
 *
 * @since 0.2.0
 */
import * as Result from "effect/Result"
import { DocumentScanner } from "./internal/documentScanner.ts"
import type { Fault } from "./internal/fault.ts"
import type { Handler, ReadEntities } from "./internal/handler.ts"
import { defaultMaxDepth, defaultMaxLength, maxDepth, type ParseOptions, tooLong } from "./internal/limits.ts"
import { copy } from "./internal/tokens/names.ts"
import { XmlError } from "./XmlError.ts"

export { copy, type Handler, type ReadEntities }

/**
 * The longest document that a reader accepts, in UTF-16 code units. JavaScript strings cannot be longer.
 *
 * @category constants
 * @since 0.2.0
 */
export const maxLength = 2 ** 29 - 24

/**
 * The default limit of elements and attributes in one document.
 *
 * A listing of 256 MiB has fewer. A heap of 4 GB holds about as many if all of them are kept.
 *
 * @category constants
 * @since 0.2.0
 */
export const defaultMaxElements = 20_000_000

/**
 * Options of a reader: those of `XmlDocument.parse`, with two differences.
 *
 * `maxLength` is at most {@link maxLength}, and `maxElements` has the default {@link defaultMaxElements}.
 *
 * @category models
 * @since 0.2.0
 */
export interface Options extends ParseOptions {
  readonly readEntities?: ReadEntities | undefined
}

/**
 * Reads one document. It cannot be used again after a failure or after `end`.
 *
 * Errors carry line and column but no path, because the handler owns the elements.
 *
 * @category models
 * @since 0.2.0
 */
export interface Reader {
  readonly push: (text: string) => Result.Result<void, XmlError>
  readonly end: () => Result.Result<void, XmlError>
}

/**
 * Creates the reader of one document, which reports its events to `handler`.
 *
 * @category constructors
 * @since 0.2.0
 */
export const make = (handler: Handler, options: Options = {}): Reader => new Machine(handler, options)

class Machine implements Reader {
  private readonly scanner: DocumentScanner
  private readonly maxLength: number
  private length = 0
  // Received, but not read yet: it starts with an unfinished token. It is tried again once its length has doubled,
  // because a token in many parts must not be read from its start for each of them.
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
    // `join` returns a flat string, which is read faster than the rope that `+` builds.
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
