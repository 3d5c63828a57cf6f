/**
 * The password field of a login: padded with NUL to 1024 UTF-16 units, UTF-8, base64. Source: PROTOCOL 5.2.
 *
 * The padding hides the length from someone who sees only lengths. It is not encryption: at level low, or with someone
 * in the middle of anonymous TLS, the password is readable.
 */
import * as Base64 from "effect/encoding/Base64"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { MessageError } from "./ProtocolError.ts"

/** The longest password that can be sent, in UTF-16 units; every password is padded to this length. */
export const maxLength = 1024

/**
 * The longest decoded field that a server takes, in UTF-16 units, padding included.
 *
 * It is the length of the base64 text of 1024 bytes, with which the product compares by mistake. Source: PROTOCOL 5.2.
 */
export const maxDecodedLength = 1368

const encoder = new TextEncoder()
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** Writes a password field; one longer than {@link maxLength}, or one that holds U+0000, is refused. */
export const encode = (
  password: Redacted.Redacted<string>
): Result.Result<Redacted.Redacted<string>, MessageError> => {
  const text = Redacted.value(password)
  if (text.length > maxLength) return refuse("cannot-be-sent", `the password is longer than ${maxLength} UTF-16 units`)
  if (text.includes("\0")) return refuse("cannot-be-sent", "the password holds the character U+0000")
  if (!text.isWellFormed()) return refuse("cannot-be-sent", "the password holds half of a surrogate pair")
  const bytes = encoder.encode(text.padEnd(maxLength, "\0"))
  const encoded = Base64.encode(bytes)
  bytes.fill(0)
  return Result.succeed(Redacted.make(encoded))
}

/** Reads a password field up to its first NUL. */
export const decode = (encoded: Redacted.Redacted<string>): Result.Result<Redacted.Redacted<string>, MessageError> => {
  // Four characters of base64 are three bytes, and three bytes are at least one unit.
  if (Redacted.value(encoded).length > 4 * maxDecodedLength) return tooLong()
  const bytes = Base64.decode(Redacted.value(encoded))
  if (Result.isFailure(bytes)) return refuse("not-a-password", "the password field is not base64")
  try {
    const text = decoder.decode(bytes.success)
    const end = text.indexOf("\0")
    if (text.length > maxDecodedLength) return tooLong()
    return Result.succeed(Redacted.make(end === -1 ? text : text.slice(0, end)))
  } catch {
    return refuse("not-a-password", "the password field is not UTF-8")
  } finally {
    bytes.success.fill(0)
  }
}

const tooLong = () => refuse("password-too-long", `the password field holds more than ${maxDecodedLength} UTF-16 units`)

const refuse = (reason: MessageError["reason"], detail: string): Result.Result<never, MessageError> =>
  Result.fail(new MessageError({ reason, detail }))
