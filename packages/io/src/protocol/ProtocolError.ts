/**
 * The errors of the protocol, one class for each kind of consequence.
 *
 * A `HandshakeError` ends a connection that is not up yet. A `StreamError` ends a connection and every job on it. A
 * `MessageError` ends only its job, command or event. No message contains a value from the peer, because it may be a
 * session id, a password, or a terminal escape sequence.
 *
 * @see [Protocol 2.5](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p2-5)
 * @see [Protocol 7](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p7)
 * @since 0.2.0
 */
import * as ReturnCode from "@backup-tree/core/sdk/ReturnCode"
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import * as Schema from "effect/Schema"

// Errors can be decoded from storage, so their details are untrusted too.
const detailed = (detail: string): string => PrintableText.excerpt(PrintableText.escape(detail), 500)

/**
 * Schema of the reasons of a {@link HandshakeError}.
 *
 * @category errors
 * @since 0.2.0
 */
export const HandshakeReason = Schema.Literals([
  "wrong-magic",
  "wrong-major",
  "old-minor",
  "wrong-sender-type",
  "null-uuid",
  "malformed-table",
  "refused-table",
  "null-table",
  "changed-table"
])
/**
 * Why a handshake failed.
 *
 * @category errors
 * @since 0.2.0
 */
export type HandshakeReason = typeof HandshakeReason.Type

const handshakeAdvice: { readonly [R in HandshakeReason]: string } = {
  "wrong-magic": "The peer uses another protocol: check host and port (default port of a dispatcher: 64000).",
  "wrong-major": "This library supports PRLT 6.10: use a dispatcher of Virtuozzo 7 or later.",
  "old-minor": "This library requires PRLT 6.10 or later: update the older side.",
  "wrong-sender-type": "A client has type 3 and a dispatcher type 2: check that the peer is one of them.",
  "null-uuid": "Use a new random uuid for every connection.",
  "malformed-table": "The bytes are corrupt, or the peer does not use PRLT: check host and port.",
  "refused-table":
    "Request another security level. A server with minimum low accepts every level; one with minimum normal "
    + "accepts only normal, and one with minimum high only high.",
  "null-table": "Request another security level.",
  "changed-table": "The peer, or a man in the middle, changed the requested routes. Do not send secrets to it."
}

/**
 * A failed handshake: the connection is closed without a message to the peer.
 *
 * `peerDescription` is the peer's text as it was sent, if it was read. Escape it before printing.
 *
 * @see [Protocol 2.5](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p2-5)
 * @category errors
 * @since 0.2.0
 */
export class HandshakeError extends Schema.TaggedError<HandshakeError>()("HandshakeError", {
  reason: HandshakeReason,
  detail: Schema.String,
  peerDescription: Schema.optional(Schema.String)
}) {
  override get message(): string {
    return `The PRLT handshake failed: ${detailed(this.detail)}. ${handshakeAdvice[this.reason]}`
  }

  /** The code that the SDK would return. */
  get returnCode(): ReturnCode.ReturnCode {
    switch (this.reason) {
      case "wrong-major":
      case "old-minor":
        return ReturnCode.codes.PRL_ERR_WRONG_PROTOCOL_VERSION
      case "null-table":
        return ReturnCode.codes.PRL_ERR_WRONG_CONNECTION_SECURITY_LEVEL
      default:
        return ReturnCode.codes.PRL_ERR_HANDSHAKE_FAILED
    }
  }

  /** Whether a retry can help, and how often: never, because the peer would send the same again. */
  get retryClass(): ReturnCode.RetryClass {
    return "permanent"
  }

  /** Whether a retry can help. */
  get isRetryable(): boolean {
    return false
  }
}

/**
 * Schema of the reasons of a {@link StreamError}.
 *
 * @category errors
 * @since 0.2.0
 */
export const StreamReason = Schema.Literals([
  "record-type",
  "record-version",
  "record-length",
  "wrong-checksum",
  "too-many-buffers",
  "package-too-large",
  "refused-type",
  "stray-replies"
])
/**
 * Why a byte stream cannot be read further.
 *
 * @category errors
 * @since 0.2.0
 */
export type StreamReason = typeof StreamReason.Type

const streamAdvice: { readonly [R in StreamReason]: string } = {
  "record-type": "Connect again. If it fails again, the peer is not a dispatcher, or its bytes are changed on the way.",
  "record-version":
    "Connect again. If it fails again, the peer is not a dispatcher, or its bytes are changed on the way.",
  "record-length":
    "Connect again. If it fails again, the peer is not a dispatcher, or its bytes are changed on the way.",
  "wrong-checksum": "Connect again. If it fails again, the peer mixes its routes, or its bytes are changed on the way.",
  "too-many-buffers": "No command of a dispatcher needs so many: the peer is faulty or hostile.",
  "package-too-large": "Request one environment at a time, or raise the limit (maxReplyBytes).",
  "refused-type": "The peer is faulty or hostile: do not send secrets to it.",
  "stray-replies": "The peer is faulty or hostile: do not send secrets to it."
}

/**
 * A byte stream that cannot be read further: the connection and every job on it end.
 *
 * @see [Protocol 7](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p7)
 * @category errors
 * @since 0.2.0
 */
export class StreamError extends Schema.TaggedError<StreamError>()("StreamError", {
  reason: StreamReason,
  stage: Schema.Literals(["tls-handshake", "records", "packages"]),
  detail: Schema.String
}) {
  override get message(): string {
    const stage = this.stage === "tls-handshake" ? "the TLS handshake" : `the stream of ${this.stage}`
    return `The connection failed in ${stage}: ${detailed(this.detail)}. ${streamAdvice[this.reason]}`
  }

  /** The code that the SDK would return. */
  get returnCode(): ReturnCode.ReturnCode {
    return ReturnCode.codes.PRL_ERR_WS_DISP_CONNECTION_CLOSED
  }

  /** Whether a retry can help, and how often: once, to tell an accident from a faulty peer. */
  get retryClass(): ReturnCode.RetryClass {
    return "once"
  }

  /** Whether a retry can help. */
  get isRetryable(): boolean {
    return true
  }
}

/**
 * Schema of the reasons of a {@link MessageError}.
 *
 * @category errors
 * @since 0.2.0
 */
export const MessageReason = Schema.Literals([
  "no-buffer",
  "no-terminator",
  "not-utf8",
  "not-xml",
  "not-an-event",
  "not-a-number",
  "missing-parameter",
  "wrong-operation",
  "no-tree",
  "not-a-login-reply",
  "not-a-password",
  "password-too-long",
  "cannot-be-sent"
])
/**
 * Why a message cannot be read or written.
 *
 * @category errors
 * @since 0.2.0
 */
export type MessageReason = typeof MessageReason.Type

/**
 * A message that cannot be read or written. Only its job, command or event ends.
 *
 * @see [Protocol 7](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p7)
 * @category errors
 * @since 0.2.0
 */
export class MessageError extends Schema.TaggedError<MessageError>()("MessageError", {
  reason: MessageReason,
  detail: Schema.String
}) {
  override get message(): string {
    return this.reason === "cannot-be-sent"
      ? `The message cannot be sent: ${detailed(this.detail)}. Correct this value.`
      : `The peer's message cannot be read: ${detailed(this.detail)}. Try again. If it fails again, report it.`
  }
}
