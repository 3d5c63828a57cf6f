/**
 * The error of the low-level client: the endpoint, and one of a flat union of reasons.
 *
 * A `BackupSourceError` has the same reasons, and those of trees, files and directories.
 *
 * **Example**
 *
 * ```ts
 * program.pipe(
 *   Effect.catchReason("DispatcherError", "LoginRefused", ({ user }) => promptAgain(user)),
 *   Effect.retry({ while: (error) => error.isRetryable, times: 3 })
 * )
 * ```
 *
 * @since 0.2.0
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

/**
 * Schema of the reasons of a {@link DispatcherError}.
 *
 * @category errors
 * @since 0.2.0
 */
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
/**
 * Why a conversation with a dispatcher failed.
 *
 * @category errors
 * @since 0.2.0
 */
export type DispatcherReason = typeof DispatcherReason.Type

/**
 * A failed conversation with a dispatcher.
 *
 * @category errors
 * @since 0.2.0
 */
export class DispatcherError extends Schema.TaggedError<DispatcherError>()("DispatcherError", {
  endpoint: Schema.String,
  reason: DispatcherReason,
  /** The stage of the failure, if the reason does not name it. */
  stage: Schema.optionalKey(Stage)
}) {
  override get message(): string {
    return print({ source: this.endpoint, stage: this.stage, reason: this.reason, code: this.returnCode })
  }

  /**
   * The code that the SDK would return.
   *
   * @see [Protocol 2.5](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p2-5)
   * @see [Protocol 5.3](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p5-3)
   * @see [Protocol 7](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p7)
   */
  get returnCode(): ReturnCode.ReturnCode {
    return returnCodeAt(this.stage, this.reason.returnCode)
  }

  /** The name of that code. `undefined` for a code of the server that the SDK does not name. */
  get returnCodeName(): string | undefined {
    return ReturnCode.name(this.returnCode)
  }

  /**
   * Whether a retry can help, and how often.
   *
   * @see [Semantics 6](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s6)
   */
  get retryClass(): ReturnCode.RetryClass {
    return this.reason.retryClass
  }

  /** Whether a retry can help. */
  get isRetryable(): boolean {
    return this.reason.isRetryable
  }
}

/**
 * Returns the code that the SDK would return at a stage, for a reason with a code of its own.
 *
 * @see [Protocol 7](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p7)
 * @category accessors
 * @since 0.2.0
 */
export const returnCodeAt = (stage: Stage | undefined, code: ReturnCode.ReturnCode): ReturnCode.ReturnCode =>
  // Before the reply to the login, the SDK reports every loss as a failure to connect.
  stage === "login" ? ReturnCode.codes.PRL_ERR_CANT_CONNECT_TO_DISPATCHER : code

/**
 * Prints the message of a failure: where, at which stage, why, and the return code if the reason does not name it.
 *
 * The text is printable and shorter than 2,000 characters, whatever a server sent.
 *
 * @category rendering
 * @since 0.2.0
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

// Escaped before the cut, because escapes make a text longer.
const shorten = (text: string, limit: number): string => PrintableText.excerpt(PrintableText.escape(text), limit)
