/**
 * Reads untrusted JSON: within limits, in steps, and without loss.
 *
 * Whole numbers that a `number` cannot hold become a `bigint`. A key that appears twice in an object is refused, where
 * `JSON.parse` silently takes the last one.
 *
 * @since 0.2.0
 */
import { Tokenizer, TokenParser, TokenType } from "@streamparser/json"
import * as Result from "effect/Result"
import { Guard } from "./internal/guard.ts"
import { JsonError, type Reason } from "./JsonError.ts"

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
export const read = (text: string, limits?: Limits): Result.Result<unknown, JsonError> => {
  const reading = steps(text, limits)
  let step = reading.next()
  while (step.done !== true) step = reading.next()
  return step.value
}

/** The number of characters that are read in one step. */
const charactersOfStep = 1 << 16

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
  const guard = new Guard({ maxBytes, maxDepth, maxValues })
  const tokenizer = new ExactTokenizer()
  const parser = new TokenParser({ paths: ["$"], keepStack: true })
  let root: unknown
  let failure: JsonError | undefined
  // The offsets of the latest token and the latest string, in bytes of UTF-8.
  let offset = 0
  let key = 0
  const fail = (reason: Reason, detail: string, at: number) => {
    failure ??= new JsonError({ reason, detail, path: guard.path, ...placeOf(text, at) })
  }
  tokenizer.onError = ({ message }) => {
    const at = /absolute position "(\d+)"/.exec(message)
    fail("syntax", "this is not JSON", at === null ? offset : Number(at[1]))
  }
  parser.onError = () => fail("syntax", "this is not the value, key or sign that JSON expects here", offset)
  parser.onValue = ({ value }) => {
    root = value
  }
  parser.onEnd = () => {}
  tokenizer.onToken = (parsed) => {
    if (failure !== undefined) return
    offset = parsed.offset
    if (parsed.token === TokenType.STRING) key = offset
    const token = typeof parsed.value === "number" ? { ...parsed, value: tokenizer.exact(parsed.value) } : parsed
    // The path of an error is that before the closing bracket.
    const closes = token.token === TokenType.RIGHT_BRACE || token.token === TokenType.RIGHT_BRACKET
    if (closes) parser.write(token as typeof parsed)
    const fault = guard.take(token.token, token.value)
    if (fault !== undefined) fail(fault.reason, fault.detail, fault.reason === "duplicate-key" ? key : offset)
    else if (!closes) parser.write(token as typeof parsed)
  }
  for (let start = 0; start < text.length && failure === undefined; start += charactersOfStep) {
    tokenizer.write(text.slice(start, start + charactersOfStep))
    yield
  }
  if (failure === undefined) {
    tokenizer.onError = () => {}
    tokenizer.end()
  }
  if (failure !== undefined) return Result.fail(failure)
  if (root !== undefined) return Result.succeed(root)
  return Result.fail(
    new JsonError({
      reason: "truncated",
      detail: text.trim() === "" ? "it is empty" : "it ends too early",
      path: guard.path
    })
  )
}

/** Keeps the text of the latest number. */
class ExactTokenizer extends Tokenizer {
  #text = ""

  protected override parseNumber(text: string): number {
    this.#text = text
    return Number(text)
  }

  /** Returns the latest number without loss. */
  exact(value: number): number | bigint {
    return Number.isSafeInteger(value) || !/^-?\d+$/.test(this.#text) ? value : BigInt(this.#text)
  }
}

/** Returns the place of a byte of the text. */
const placeOf = (text: string, offset: number): { readonly line: number; readonly column: number } => {
  let bytes = 0
  let line = 1
  let lineStart = 0
  let index = 0
  while (index < text.length && bytes < offset) {
    const point = text.codePointAt(index)!
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4
    index += point < 0x10000 ? 1 : 2
    if (point !== 0x0a) continue
    line += 1
    lineStart = index
  }
  return { line, column: index - lineStart + 1 }
}
