/**
 * Patterns for names: `*` is any text, `?` is any character.
 *
 * A pattern matches a whole text, case included. A backslash makes the next character literal; `\n`, `\r`, `\t`, `\e`
 * and `\u{202e}` are characters that cannot be typed.
 *
 * @since 0.2.0
 */
import * as PrintableText from "../text/PrintableText.ts"

// effect/Glob is experimental and made for paths: its wildcards stop at a slash and skip a leading dot.

/**
 * A pattern in its only spelling: printable, without repeated stars.
 *
 * @category models
 * @since 0.2.0
 */
export interface Glob {
  readonly pattern: string
}

/** A piece of a pattern: a literal text, any text, or one character. */
type Piece = { readonly literal: string } | "any" | "one"

const controls: { readonly [letter: string]: string } = { n: "\n", r: "\r", t: "\t", e: "\u001b" }

const piece = /\*+|\?|\\u\{([0-9a-fA-F]{1,6})\}|\\([^])|([^])/gu

const piecesOf = (text: string): ReadonlyArray<Piece> => {
  const pieces: Array<Piece> = []
  const add = (literal: string): void => {
    const last = pieces.at(-1)
    if (typeof last === "object") pieces[pieces.length - 1] = { literal: last.literal + literal }
    else pieces.push({ literal })
  }
  for (const [whole, hex, escaped, character] of text.matchAll(piece)) {
    if (hex !== undefined) {
      const code = Number.parseInt(hex, 16)
      add(code > 0x10ffff ? whole : String.fromCodePoint(code))
    } else if (escaped !== undefined) add(controls[escaped] ?? escaped)
    else if (character !== undefined) add(character)
    else pieces.push(whole === "?" ? "one" : "any")
  }
  return pieces
}

const print = (piece: Piece): string =>
  piece === "any"
    ? "*"
    : piece === "one"
    ? "?"
    : PrintableText.escape(piece.literal.replace(/[\\*?]/g, "\\$&"))

/**
 * Parses a pattern. Every text is one.
 *
 * @category constructors
 * @since 0.2.0
 */
export const parse = (text: string): Glob => ({ pattern: piecesOf(text).map(print).join("") })

/**
 * Creates the pattern that matches one text only.
 *
 * @category constructors
 * @since 0.2.0
 */
export const literal = (text: string): Glob => ({ pattern: print({ literal: text }) })

/**
 * Returns the text of a pattern without wildcards, or `undefined` if it has some.
 *
 * @category accessors
 * @since 0.2.0
 */
export const literalOf = (glob: Glob): string | undefined => {
  const [first, ...rest] = piecesOf(glob.pattern)
  return first === undefined ? "" : typeof first === "object" && rest.length === 0 ? first.literal : undefined
}

/**
 * Compiles a pattern into a predicate.
 *
 * It never backtracks over a star, so its time is bounded by the product of the lengths of pattern and text.
 *
 * **Example**
 *
 * ```ts
 * Glob.matcher(Glob.parse("web*"))("web01") // true
 * ```
 *
 * @category predicates
 * @since 0.2.0
 */
export const matcher = (glob: Glob): (text: string) => boolean => {
  const segments: Array<Array<Exclude<Piece, "any">>> = [[]]
  for (const one of piecesOf(glob.pattern)) {
    if (one === "any") segments.push([])
    else segments.at(-1)!.push(one)
  }
  const first = segments[0]!
  if (segments.length === 1) return (text) => matchAt(first, text, 0) === text.length
  const middle = segments.slice(1, -1)
  const last = segments.at(-1)!
  return (text) => {
    let position = matchAt(first, text, 0)
    for (const segment of middle) {
      if (position === undefined) return false
      position = findFrom(segment, text, position)
    }
    return position !== undefined && isEnd(last, text, position)
  }
}

type Segment = ReadonlyArray<Exclude<Piece, "any">>

/** Returns the end of a segment that starts at a position. */
const matchAt = (segment: Segment, text: string, start: number): number | undefined => {
  let position = start
  for (const one of segment) {
    if (one === "one") {
      if (position >= text.length) return undefined
      position += text.codePointAt(position)! > 0xffff ? 2 : 1
    } else if (text.startsWith(one.literal, position)) position += one.literal.length
    else return undefined
  }
  return position
}

/** Returns the end of the first match at or after a position. */
const findFrom = (segment: Segment, text: string, start: number): number | undefined => {
  for (let position = start; position <= text.length; position++) {
    const end = isWithinPair(text, position) ? undefined : matchAt(segment, text, position)
    if (end !== undefined) return end
  }
  return undefined
}

/** Whether a segment matches the end of a text, at or after a position. */
const isEnd = (segment: Segment, text: string, start: number): boolean => {
  const longest = segment.reduce((sum, one) => sum + (one === "one" ? 2 : one.literal.length), 0)
  for (let position = Math.max(start, text.length - longest); position <= text.length; position++) {
    if (!isWithinPair(text, position) && matchAt(segment, text, position) === text.length) return true
  }
  return false
}

const isWithinPair = (text: string, position: number): boolean =>
  position > 0 && text.codePointAt(position - 1)! > 0xffff
