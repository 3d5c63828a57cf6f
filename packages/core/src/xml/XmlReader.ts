/**
 * Reads a document that comes in parts, and never holds more of it than one token.
 *
 * It refuses what the scanner refuses, for it is the scanner, which tells what it sees. Where the parts are cut has no
 * meaning, but for how a text is told: in pieces.
 */
import * as Result from "effect/Result"
import type { Fault } from "./internal/fault.ts"
import { defaultMaxDepth, Gate } from "./internal/gate.ts"
import { copy } from "./internal/names.ts"
import * as XmlElement from "./XmlElement.ts"
import { XmlError } from "./XmlError.ts"

/**
 * Is told what a document holds, in its order.
 *
 * Texts are what XML means by them: references are characters, line ends are LF. A text of {@link Handler.text} may be a
 * slice that keeps the whole part alive: {@link copy} what stays.
 */
export interface Handler {
  readonly startTag: (name: string, attributes: XmlElement.XmlElement["attributes"]) => void
  /** Gives an element that has no attributes, and one text at most, as a whole. It keeps no part alive. */
  readonly leaf: (element: XmlElement.XmlElement) => void
  /**
   * Gives a text or a CDATA section, or a piece of it.
   *
   * White space between two tags may be left out, where one of them is that of an element beside it.
   */
  readonly text: (piece: string) => void
  /** Tells of a comment or a processing instruction. */
  readonly remark: () => void
  readonly endTag: () => void
}

/** The longest document that a reader takes, whatever is told: no string of JavaScript, and so no text in it, is longer. */
export const maxLength = 2 ** 29 - 24

/**
 * How many elements and attributes a document may hold unless told otherwise.
 *
 * More than a listing of 256 MiB has, and what the usual heap of 4 GB holds of elements when all of them are kept.
 */
export const defaultMaxElements = 20_000_000

/**
 * Limits of a reader, and what it lets pass: as for `XmlElement.parse`, but that `maxLength` is at most {@link maxLength},
 * and `maxElements` is {@link defaultMaxElements} unless told otherwise.
 */
export interface Options extends XmlElement.ParseOptions {
  readonly readEntities?: ReadEntities | undefined
}

/**
 * A faster way of the platform to read a text whose references are all to the five predefined entities, of which a document
 * inside a document is full.
 *
 * It returns what the text means, or `undefined` where it leaves the text to the reader: for another reference, and for what only
 * begins like one.
 */
export type ReadEntities = (written: string) => string | undefined

/**
 * Reads one document; after a failure, or the end, it is spent.
 *
 * Errors say the line and the column, and no path: the elements are the handler's.
 */
export interface Reader {
  readonly push: (text: string) => Result.Result<void, XmlError>
  readonly end: () => Result.Result<void, XmlError>
}

export { copy }

/** Makes the reader of one document. */
export const make = (handler: Handler, options: Options = {}): Reader => new Machine(handler, options)

class Machine implements Reader {
  private readonly gate: Gate
  private readonly maxLength: number
  private length = 0
  // What has come and is not read: first the start of an unfinished token. It is looked at again once there is twice as
  // much of it, for a token of many parts must not be read from its start for each of them.
  private parts: Array<string> = []
  private waiting = 0
  private needed = 0

  constructor(handler: Handler, options: Options) {
    const maxDepth = Math.min(options.maxDepth ?? defaultMaxDepth, XmlElement.maxDepth)
    const maxElements = options.maxElements ?? defaultMaxElements
    this.gate = new Gate({ ...options, maxDepth, maxElements }, handler, options.readEntities)
    this.maxLength = Math.min(options.maxLength ?? XmlElement.defaultMaxLength, maxLength)
  }

  readonly push = (text: string): Result.Result<void, XmlError> => {
    this.length += text.length
    if (this.length > this.maxLength) return Result.fail(XmlElement.tooLong(this.maxLength))
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
    const length = this.gate.read(text, last)
    if (typeof length !== "number") return Result.fail(this.error(text, length))
    this.gate.pass(text, length)
    const rest = text.slice(length)
    this.parts = rest === "" ? [] : [rest]
    this.waiting = rest.length
    this.needed = length === 0 ? 2 * rest.length : 0
    return Result.void
  }

  private error(text: string, { detail, index, reason }: Fault): XmlError {
    return new XmlError({ reason, detail, ...this.gate.positionOf(text, index) })
  }
}
