/**
 * The text of a package: UTF-8 with a terminating NUL, which the length includes.
 *
 * @see [Protocol 4.2](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p4-2)
 * @since 0.2.0
 */
import * as Result from "effect/Result"
import { MessageError } from "./ProtocolError.ts"

const encoder = new TextEncoder()
// A byte order mark is kept, so that the reader of the text can refuse it.
const makeUtf8Decoder = () => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
const utf8 = makeUtf8Decoder()

/**
 * Encodes a text. Fails if it is empty, has a character U+0000, or is not well-formed.
 *
 * @category codecs
 * @since 0.2.0
 */
export const encode = (text: string): Result.Result<Uint8Array, MessageError> => {
  if (text === "") return refuse("cannot-be-sent", "the text is empty")
  if (text.includes("\0")) return refuse("cannot-be-sent", "the text has a character U+0000")
  if (!text.isWellFormed()) return refuse("cannot-be-sent", "the text has half of a surrogate pair")
  return Result.succeed(encoder.encode(`${text}\0`))
}

/**
 * Decodes a text up to its first NUL. Bytes after it are ignored.
 *
 * @category codecs
 * @since 0.2.0
 */
export const decode = (bytes: Uint8Array): Result.Result<string, MessageError> => {
  const end = bytes.indexOf(0)
  if (end === -1) return refuse("no-terminator", `a text of ${bytes.length} bytes has no terminating NUL`)
  try {
    return Result.succeed(utf8.decode(bytes.subarray(0, end)))
  } catch {
    return refuse("not-utf8", `a text of ${end} bytes is not UTF-8`)
  }
}

/**
 * A decoder of one text in chunks. Do not use it again after a failure or the end.
 *
 * @category models
 * @since 0.2.0
 */
export interface Decoder {
  /** Decodes the next chunk. A character that is cut is returned with the next chunk. */
  readonly push: (chunk: Uint8Array) => Result.Result<string, MessageError>
  readonly end: () => Result.Result<void, MessageError>
}

/**
 * Makes a decoder of one text. Unlike {@link decode}, it reports invalid UTF-8 before a missing NUL.
 *
 * @category constructors
 * @since 0.2.0
 */
export const makeDecoder = (): Decoder => {
  const utf8 = makeUtf8Decoder()
  let length = 0
  let isEnded = false
  return {
    push: (chunk) => {
      if (isEnded) return Result.succeed("")
      const end = chunk.indexOf(0)
      isEnded = end !== -1
      length += isEnded ? end : chunk.length
      try {
        return Result.succeed(
          isEnded ? utf8.decode(chunk.subarray(0, end)) : utf8.decode(chunk, { stream: true })
        )
      } catch {
        return refuse("not-utf8", `a text is not UTF-8 in its first ${length} bytes`)
      }
    },
    end: () => isEnded ? Result.void : refuse("no-terminator", `a text of ${length} bytes has no terminating NUL`)
  }
}

const refuse = (reason: MessageError["reason"], detail: string): Result.Result<never, MessageError> =>
  Result.fail(new MessageError({ reason, detail }))
