/**
 * The password field of a login: padded with NUL to 1024 UTF-16 units, then UTF-8, then base64.
 *
 * The padding hides the length of the password. It is not encryption: at level low, or to a man in the middle of
 * anonymous TLS, the password is readable.
 *
 * @see [Protocol 5.2](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p5-2)
 * @since 0.2.0
 */
import * as Base64 from "effect/encoding/Base64"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { MessageError } from "./ProtocolError.ts"

/**
 * The maximum length of a password in UTF-16 units. Every password is padded to this length.
 *
 * @category constants
 * @since 0.2.0
 */
export const maxLength = 1024

/**
 * The maximum length of a decoded field that a server accepts, in UTF-16 units, with padding.
 *
 * The product compares with the length of the base64 text of 1024 bytes, by mistake.
 *
 * @see [Protocol 5.2](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p5-2)
 * @category constants
 * @since 0.2.0
 */
export const maxDecodedLength = 1368

const encoder = new TextEncoder()
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/**
 * Encodes a password field. Fails if the password exceeds {@link maxLength} or has a character U+0000.
 *
 * @category codecs
 * @since 0.2.0
 */
export const encode = (
  password: Redacted.Redacted<string>
): Result.Result<Redacted.Redacted<string>, MessageError> => {
  const text = Redacted.value(password)
  if (text.length > maxLength) return refuse("cannot-be-sent", `the password is longer than ${maxLength} UTF-16 units`)
  if (text.includes("\0")) return refuse("cannot-be-sent", "the password has a character U+0000")
  if (!text.isWellFormed()) return refuse("cannot-be-sent", "the password has half of a surrogate pair")
  const bytes = encoder.encode(text.padEnd(maxLength, "\0"))
  const encoded = Base64.encode(bytes)
  bytes.fill(0)
  return Result.succeed(Redacted.make(encoded))
}

/**
 * Decodes a password field up to its first NUL.
 *
 * @category codecs
 * @since 0.2.0
 */
export const decode = (encoded: Redacted.Redacted<string>): Result.Result<Redacted.Redacted<string>, MessageError> => {
  // Four characters of base64 are three bytes, and three bytes decode to at least one unit.
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

const tooLong = () => refuse("password-too-long", `the password field has more than ${maxDecodedLength} UTF-16 units`)

const refuse = (reason: MessageError["reason"], detail: string): Result.Result<never, MessageError> =>
  Result.fail(new MessageError({ reason, detail }))
