/**
 * The text of a package: UTF-8, and one NUL behind it that the length counts. Source: PROTOCOL 4.2.
 */
import * as Result from "effect/Result"
import { MessageError } from "./ProtocolError.ts"

const encoder = new TextEncoder()
// A byte order mark is kept, so that the reader of the text can refuse it.
const makeUtf8Decoder = () => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
const utf8 = makeUtf8Decoder()

/** Writes a text; an empty one, and one that UTF-8 or the NUL behind it cannot carry, is refused. */
export const encode = (text: string): Result.Result<Uint8Array, MessageError> => {
  if (text === "") return refuse("cannot-be-sent", "the text is empty")
  if (text.includes("\0")) return refuse("cannot-be-sent", "the text holds the character U+0000")
  if (!text.isWellFormed()) return refuse("cannot-be-sent", "the text holds half of a surrogate pair")
  return Result.succeed(encoder.encode(`${text}\0`))
}

/** Reads a text up to its first NUL; bytes behind it are ignored. */
export const decode = (bytes: Uint8Array): Result.Result<string, MessageError> => {
  const end = bytes.indexOf(0)
  if (end === -1) return refuse("no-terminator", `a text of ${bytes.length} bytes has no NUL behind it`)
  try {
    return Result.succeed(utf8.decode(bytes.subarray(0, end)))
  } catch {
    return refuse("not-utf8", `a text of ${end} bytes is not UTF-8`)
  }
}

/** Reads a text that comes in chunks; after a failure, or the end, it is spent. */
export interface Decoder {
  /** Reads the next chunk; characters that are cut come with the next one. */
  readonly push: (chunk: Uint8Array) => Result.Result<string, MessageError>
  readonly end: () => Result.Result<void, MessageError>
}

/** Makes the decoder of one text. Unlike {@link decode}, it tells what is not UTF-8 before it misses the NUL. */
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
    end: () => isEnded ? Result.void : refuse("no-terminator", `a text of ${length} bytes has no NUL behind it`)
  }
}

const refuse = (reason: MessageError["reason"], detail: string): Result.Result<never, MessageError> =>
  Result.fail(new MessageError({ reason, detail }))
