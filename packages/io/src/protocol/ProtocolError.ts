/**
 * What can be wrong with bytes from a peer, sorted by what the fault ends. Source: PROTOCOL 2.5 and the table of 7.
 *
 * A `HandshakeError` ends a connection that is not up yet, a `StreamError` a connection with every job on it, a
 * `MessageError` only the job, command or event whose text it concerns. No message holds a value that the peer sent,
 * since that may be a session id, a password, or characters made for a terminal.
 */
import * as ReturnCode from "@backup-tree/core/sdk/ReturnCode"
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import * as Schema from "effect/Schema"

// Errors can be decoded from a store, so their details are not trusted either.
const detailed = (detail: string): string => PrintableText.excerpt(PrintableText.escape(detail), 500)

/** Schema of the reasons of a {@link HandshakeError}. */
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
/** Why a handshake cannot go on. */
export type HandshakeReason = typeof HandshakeReason.Type

const handshakeAdvice: { readonly [R in HandshakeReason]: string } = {
  "wrong-magic": "The peer speaks another protocol: check host and port (a dispatcher listens on 64000).",
  "wrong-major": "This library speaks PRLT 6.10: use a dispatcher of Virtuozzo 7 or later.",
  "old-minor": "This library needs PRLT 6.10 or later: update the older side.",
  "wrong-sender-type": "A client says 3 and a dispatcher 2: check that the peer is one.",
  "null-uuid": "Give every connection a fresh random uuid.",
  "malformed-table": "The bytes are damaged, or the peer is no PRLT peer.",
  "refused-table": "Ask for another security level: low needs a server set to low, normal one set to low or normal, "
    + "high one set to low or high.",
  "null-table": "Ask for another security level.",
  "changed-table": "The peer, or something between, changed what was asked for. Do not send secrets there."
}

/**
 * A handshake that cannot go on: the connection is closed, without a word on the wire.
 *
 * `peerDescription` is the peer's text as sent, where one was read; show it escaped. Source: PROTOCOL 2.5.
 */
export class HandshakeError extends Schema.TaggedError<HandshakeError>()("HandshakeError", {
  reason: HandshakeReason,
  detail: Schema.String,
  peerDescription: Schema.NullOr(Schema.String)
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

  /** Whether a retry can help: the peer would send the same again. */
  get retryClass(): ReturnCode.RetryClass {
    return "permanent"
  }

  /** Whether a retry can help. */
  get isRetryable(): boolean {
    return false
  }
}

/** Schema of the reasons of a {@link StreamError}. */
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
/** Why a byte stream cannot be read on. */
export type StreamReason = typeof StreamReason.Type

const streamAdvice: { readonly [R in StreamReason]: string } = {
  "record-type": "Connect again; if it happens again, the peer is no dispatcher or something changes its bytes.",
  "record-version": "Connect again; if it happens again, the peer is no dispatcher or something changes its bytes.",
  "record-length": "Connect again; if it happens again, the peer is no dispatcher or something changes its bytes.",
  "wrong-checksum": "Connect again; if it happens again, the peer mixes its routes or something changes its bytes.",
  "too-many-buffers": "No command of a dispatcher needs so many: the peer is broken or hostile.",
  "package-too-large": "Ask for less, one environment at a time, or allow longer replies (maxReplyBytes).",
  "refused-type": "The peer is broken or hostile; do not send secrets there.",
  "stray-replies": "The peer is broken or hostile; do not send secrets there."
}

/** A byte stream that cannot be read on: the connection ends, with every job on it. Source: PROTOCOL 7. */
export class StreamError extends Schema.TaggedError<StreamError>()("StreamError", {
  reason: StreamReason,
  stage: Schema.Literals(["tls-handshake", "records", "packages"]),
  detail: Schema.String
}) {
  override get message(): string {
    const stage = this.stage === "tls-handshake" ? "the TLS handshake" : `the stream of ${this.stage}`
    return `The connection cannot go on, in ${stage}: ${detailed(this.detail)}. ${streamAdvice[this.reason]}`
  }

  /** The code that the SDK would return. */
  get returnCode(): ReturnCode.ReturnCode {
    return ReturnCode.codes.PRL_ERR_WS_DISP_CONNECTION_CLOSED
  }

  /** Whether a retry can help: a second attempt tells an accident from a broken peer. */
  get retryClass(): ReturnCode.RetryClass {
    return "once"
  }

  /** Whether a retry can help. */
  get isRetryable(): boolean {
    return true
  }
}

/** Schema of the reasons of a {@link MessageError}. */
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
/** Why a message cannot be read, or cannot be written. */
export type MessageReason = typeof MessageReason.Type

/** A message that cannot be read or written: its job, command or event ends, and nothing else. Source: PROTOCOL 7. */
export class MessageError extends Schema.TaggedError<MessageError>()("MessageError", {
  reason: MessageReason,
  detail: Schema.String
}) {
  override get message(): string {
    return this.reason === "cannot-be-sent"
      ? `The message cannot be sent: ${detailed(this.detail)}. Change the text or number that was given.`
      : `The message of the peer cannot be read: ${
        detailed(this.detail)
      }. Ask again, and if that does not help, report it.`
  }
}
