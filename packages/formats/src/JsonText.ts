/**
 * JSON text in pieces, for documents that are too long for one string.
 *
 * @since 0.2.0
 */

/** The number of characters of a string that are escaped at once. */
const charactersOfPiece = 1 << 16

/** The least number of characters in a piece, except for the last one. */
const piece = 1 << 16

/**
 * Writes a JSON value as `JSON.stringify` does with an indentation of two blanks, piece by piece.
 *
 * The pieces together may be longer than the longest string of the engine. A field that is `undefined` is left out.
 *
 * **Example**
 *
 * ```ts
 * [...JsonText.pieces({ a: [1] })].join("") // the same text as JSON.stringify({ a: [1] }, null, 2)
 * ```
 *
 * @category rendering
 * @since 0.2.0
 */
export const pieces = function*(value: unknown): Generator<string> {
  let text = ""
  for (const token of tokens(value, "\n")) {
    text += token
    if (text.length < piece) continue
    yield text
    text = ""
  }
  yield text
}

/** Writes a value whose lines begin with `line`: a line feed and the indentation. */
const tokens = function*(value: unknown, line: string): Generator<string> {
  if (typeof value === "string") yield* string(value)
  else if (Array.isArray(value)) yield* items(value, "[", "]", line, (item) => tokens(item ?? null, `${line}  `))
  else if (typeof value === "object" && value !== null) {
    const fields = Object.entries(value).filter(([, field]) => field !== undefined)
    yield* items(fields, "{", "}", line, function*([key, field]) {
      yield* string(key)
      yield ": "
      yield* tokens(field, `${line}  `)
    })
  } else yield JSON.stringify(value)
}

const items = function*<A>(
  values: ReadonlyArray<A>,
  open: string,
  close: string,
  line: string,
  write: (value: A) => Generator<string>
): Generator<string> {
  if (values.length === 0) {
    yield open + close
    return
  }
  let before = open
  for (const value of values) {
    yield `${before}${line}  `
    yield* write(value)
    before = ","
  }
  yield line + close
}

/** Escapes a string in parts, and never between the two halves of a character. */
const string = function*(text: string): Generator<string> {
  if (text.length <= charactersOfPiece) {
    yield JSON.stringify(text)
    return
  }
  yield "\""
  for (let start = 0; start < text.length;) {
    const end = start + charactersOfPiece
    const next = isLowSurrogate(text.charCodeAt(end)) ? end + 1 : end
    yield JSON.stringify(text.slice(start, next)).slice(1, -1)
    start = next
  }
  yield "\""
}

const isLowSurrogate = (code: number): boolean => code >= 0xdc00 && code <= 0xdfff
