/**
 * Reads untrusted JSON: within limits, in steps, and without loss.
 *
 * Whole numbers that a `number` cannot hold become a `bigint`. A key that appears twice in an object is refused, where
 * `JSON.parse` silently takes the last one.
 *
 * @since 0.2.0
 */
import * as Result from "effect/Result"
import * as Steps from "../steps/Steps.ts"
import { Builder, type Fault, type Mark } from "./internal/builder.ts"
import { JsonError } from "./JsonError.ts"

/**
 * The limits of a document.
 *
 * @category models
 * @since 0.2.0
 */
export interface Limits {
  /** The maximum number of values, keys included (default: 5·10⁷). */
  readonly maxValues?: number | undefined
  /** The maximum memory of the values, estimated in bytes (default: unlimited). */
  readonly maxBytes?: number | undefined
}

/**
 * The maximum depth of a document.
 *
 * @category constants
 * @since 0.2.0
 */
export const maxDepth = 64

/**
 * Reads a text. It never throws.
 *
 * **Example**
 *
 * ```ts
 * JsonReader.read('{"size": 18446744073709551615}') // Result.succeed({ size: 18446744073709551615n })
 * ```
 *
 * @category codecs
 * @since 0.2.0
 */
export const read = (text: string, limits?: Limits): Result.Result<unknown, JsonError> =>
  Steps.complete(steps(text, limits))

/** The number of tokens that are read in one step. */
const tokensOfStep = 5_000

// White space, and what a token begins with: a mark, a word, a number, or the quote of a text.
const tokenStart = /[\t\n\r ]*(?:([{}[\],:])|(true|false|null)|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)|("))/y
const whiteSpace = /[\t\n\r ]*/y
// Everything but control characters, quotes and backslashes.
const plainCharacters = /[ !#-[\]-\uffff]*/y
const escapeSequence = /\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/y

const words: { readonly [word: string]: unknown } = { true: true, false: false, null: null }

/**
 * Reads a text as {@link read} does, in steps of a few milliseconds, so that a program can do other work in between.
 *
 * @category codecs
 * @since 0.2.0
 */
export const steps = function*(
  text: string,
  { maxBytes = Infinity, maxValues = 5e7 }: Limits = {}
): Generator<undefined, Result.Result<unknown, JsonError>> {
  const builder = new Builder({ maxBytes, maxDepth, maxValues })
  const refuse = ({ detail, reason }: Fault, at: number) =>
    Result.fail(new JsonError({ reason, detail, path: builder.path, ...placeOf(text, at) }))
  // A byte order mark may precede a document.
  let at = text.startsWith("\ufeff") ? 1 : 0
  for (let tokens = 1; at < text.length; tokens++) {
    if (tokens % tokensOfStep === 0) yield
    const match = matchAt(tokenStart, text, at)
    if (match === null) {
      at += matchAt(whiteSpace, text, at)![0].length
      if (at === text.length) break
      return refuse({ reason: "syntax", detail: "this is not JSON" }, at)
    }
    const [all, mark, word, number, quote] = match
    const start = at + all.length - (mark ?? word ?? number ?? quote)!.length
    at += all.length
    if (quote !== undefined) at = endOfText(text, at)
    if (at < 0) {
      return ~at < text.length ? refuse({ reason: "syntax", detail: "this is not JSON" }, ~at) : refuse(truncated, ~at)
    }
    const fault = mark !== undefined
      ? builder.mark(mark as Mark)
      : word !== undefined
      ? builder.value(words[word])
      : number !== undefined
      ? builder.value(exact(number))
      // JSON.parse copies: a slice would keep the whole text in memory.
      : builder.text(JSON.parse(text.slice(start, at)) as string)
    if (fault !== undefined) return refuse(fault, start)
  }
  const end = builder.end()
  return Result.isFailure(end) ? refuse(end.failure, text.length) : Result.succeed(end.success)
}

const truncated: Fault = { reason: "truncated", detail: "it ends too early" }

const matchAt = (pattern: RegExp, text: string, at: number) => {
  pattern.lastIndex = at
  return pattern.exec(text)
}

/** Returns the index behind the closing quote. If there is none, returns the complement of where the text is no JSON. */
const endOfText = (text: string, start: number): number => {
  let at = start
  while (true) {
    at += matchAt(plainCharacters, text, at)![0].length
    if (text[at] === "\"") return at + 1
    const escaped = matchAt(escapeSequence, text, at)
    if (escaped === null) return ~at
    at += escaped[0].length
  }
}

/** Returns a number without loss. */
const exact = (text: string): number | bigint => {
  const value = Number(text)
  return Number.isSafeInteger(value) || /[.eE]/.test(text) ? value : BigInt(text)
}

const placeOf = (text: string, index: number): { readonly line: number; readonly column: number } => {
  const before = text.slice(0, index)
  return { line: before.split("\n").length, column: index - before.lastIndexOf("\n") }
}
