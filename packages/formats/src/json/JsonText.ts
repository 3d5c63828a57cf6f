/**
 * JSON text in pieces, for documents that are too long for one string.
 *
 * @since 0.2.0
 */

/** The number of characters to escape at a time. */
const charactersOfPiece = 1 << 16

/** The minimum number of characters in a piece, except for the last one. */
const piece = 1 << 16

/**
 * Writes a value as `JSON.stringify` does with two-space indentation, piece by piece.
 *
 * The whole text may exceed the engine's maximum string length. As in `JSON.stringify`, `toJSON` is called, and fields
 * that are `undefined` or functions are left out. Unlike there, a `bigint` is written as an integer, `undefined` yields
 * `null`, and objects of `String`, `Number` and `Boolean` are written as objects.
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
  for (const token of tokens(plain(value, ""), "\n")) {
    text += token
    if (text.length < piece) continue
    yield text
    text = ""
  }
  yield text
}

const hasToJson = (value: unknown): value is { readonly toJSON: (key: string) => unknown } =>
  typeof value === "object" && value !== null && "toJSON" in value && typeof value.toJSON === "function"

/** Returns what `JSON.stringify` writes for the value of a field, or `undefined` if it writes nothing. */
const plain = (value: unknown, key: string): unknown => {
  const result = hasToJson(value) ? value.toJSON(key) : value
  return typeof result === "function" || typeof result === "symbol" ? undefined : result
}

/** Writes a value whose lines begin with `line`: a line feed and the indentation. */
const tokens = function*(value: unknown, line: string): Generator<string> {
  if (typeof value === "string") yield* string(value)
  else if (Array.isArray(value)) {
    yield* items(value, "[", "]", line, (item, index) => tokens(plain(item, String(index)), `${line}  `))
  } else if (typeof value === "object" && value !== null) {
    const fields = Object.entries(value)
      .map(([key, field]) => [key, plain(field, key)] as const)
      .filter(([, field]) => field !== undefined)
    yield* items(fields, "{", "}", line, function*([key, field]) {
      yield* string(key)
      yield ": "
      yield* tokens(field, `${line}  `)
    })
  } else yield typeof value === "bigint" ? value.toString() : JSON.stringify(value ?? null)
}

const items = function*<A>(
  values: ReadonlyArray<A>,
  open: string,
  close: string,
  line: string,
  write: (value: A, index: number) => Generator<string>
): Generator<string> {
  if (values.length === 0) {
    yield open + close
    return
  }
  let before = open
  for (const [index, value] of values.entries()) {
    yield `${before}${line}  `
    yield* write(value, index)
    before = ","
  }
  yield line + close
}

/** Escapes a string in parts, without splitting a surrogate pair. */
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
