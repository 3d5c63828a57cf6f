/**
 * The error of the low-level client: the endpoint, and one of a flat union of reasons.
 *
 * A `BackupSourceError` has the same reasons, next to those of files and directories.
 *
 * **Example**
 *
 * ```ts
 * program.pipe(
 *   Effect.catchReason("DispatcherError", "LoginRefused", ({ user }) => promptAgain(user)),
 *   Effect.retry({ while: (error) => error.isRetryable, times: 3 })
 * )
 * ```
 */
import * as ReturnCode from "@backup-tree/core/sdk/ReturnCode"
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import * as Schema from "effect/Schema"
import { HandshakeError, StreamError } from "../protocol/ProtocolError.ts"
import {
  ConnectFailed,
  ConnectionLost,
  ConnectionSilent,
  HandshakeClosed,
  Stage,
  stageNames,
  Stalled,
  TimedOut,
  TlsFailed
} from "./internal/connectionReasons.ts"
import {
  CommandFailed,
  LoginRefused,
  SessionMissing,
  SessionWithheld,
  UnexpectedLoginReply,
  UnreadableReply,
  UnsendableCommand
} from "./internal/sessionReasons.ts"

export { HandshakeError, StreamError } from "../protocol/ProtocolError.ts"
export {
  ConnectFailed,
  ConnectionLost,
  ConnectionSilent,
  HandshakeClosed,
  Stage,
  Stalled,
  TimedOut,
  TlsFailed
} from "./internal/connectionReasons.ts"
export {
  CommandFailed,
  LoginRefused,
  SessionMissing,
  SessionWithheld,
  UnexpectedLoginReply,
  UnreadableReply,
  UnsendableCommand
} from "./internal/sessionReasons.ts"

/** Schema of the reasons of a {@link DispatcherError}. */
export const DispatcherReason = Schema.Union([
  ConnectFailed,
  TimedOut,
  HandshakeClosed,
  HandshakeError,
  TlsFailed,
  StreamError,
  ConnectionLost,
  ConnectionSilent,
  Stalled,
  LoginRefused,
  UnexpectedLoginReply,
  CommandFailed,
  UnreadableReply,
  UnsendableCommand,
  SessionWithheld,
  SessionMissing
])
/** Why a conversation with a dispatcher failed. */
export type DispatcherReason = typeof DispatcherReason.Type

/** A failed conversation with a dispatcher. */
export class DispatcherError extends Schema.TaggedError<DispatcherError>()("DispatcherError", {
  endpoint: Schema.String,
  reason: DispatcherReason,
  /** The stage at which it failed, if the reason does not name it. */
  stage: Schema.optionalKey(Stage)
}) {
  override get message(): string {
    return print({ source: this.endpoint, stage: this.stage, reason: this.reason, code: this.returnCode })
  }

  /** The code that the SDK would return. Source: PROTOCOL 2.5, 5.3 and 7. */
  get returnCode(): ReturnCode.ReturnCode {
    return returnCodeAt(this.stage, this.reason.returnCode)
  }

  /** The name of the code that the SDK would return; a server may send one that the SDK does not name. */
  get returnCodeName(): string | undefined {
    return ReturnCode.name(this.returnCode)
  }

  /** Whether a retry can help, and how often. Source: SEMANTICS 6. */
  get retryClass(): ReturnCode.RetryClass {
    return this.reason.retryClass
  }

  /** Whether a retry can help. */
  get isRetryable(): boolean {
    return this.reason.isRetryable
  }
}

/** Returns the code that the SDK would return for a reason with a code of its own, met at a stage. */
export const returnCodeAt = (stage: Stage | undefined, code: ReturnCode.ReturnCode): ReturnCode.ReturnCode =>
  // Until the login has been answered there is no connection, as far as a user of the SDK can tell (PROTOCOL 7).
  stage === "login" ? ReturnCode.codes.PRL_ERR_CANT_CONNECT_TO_DISPATCHER : code

/**
 * Writes the message of a failure: where, at which stage, why, and the return code if the reason does not name it.
 *
 * The text is printable and shorter than 2,000 characters, whatever a server sent.
 */
export const print = ({ code, reason, source, stage }: {
  readonly source: string
  readonly stage: Stage | undefined
  readonly reason: { readonly message: string }
  readonly code: ReturnCode.ReturnCode | undefined
}): string => {
  const why = stage === undefined ? reason.message : `${stageNames[stage]}: ${reason.message}`
  const printed = code === undefined ? "" : ReturnCode.print(code)
  return `${shorten(source, 300)}: ${shorten(why, 1500)}${
    printed === "" || why.includes(printed) ? "" : ` [${printed}]`
  }`
}

// Escaped first: an escape is longer than what it stands for.
const shorten = (text: string, limit: number): string => PrintableText.excerpt(PrintableText.escape(text), limit)
