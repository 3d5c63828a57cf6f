/**
 * The error of every source: where it happened, and one of a flat union of reasons.
 *
 * The class is its own schema, so a workflow can store an error and read it back.
 *
 * **Example**
 *
 * ```ts
 * BackupSource.getBackupTree(BackupTreeRequest.everything).pipe(
 *   Effect.catchReason("BackupSourceError", "LoginRefused", ({ user }) => promptAgain(user)),
 *   Effect.retry({ while: (error) => error.isRetryable, times: 3 })
 * )
 * ```
 *
 * @since 0.2.0
 */
import { JsonError } from "@backup-tree/core/json/JsonError"
import * as ReturnCode from "@backup-tree/core/sdk/ReturnCode"
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import * as TimeText from "@backup-tree/core/text/TimeText"
import { XmlError } from "@backup-tree/core/xml/XmlError"
import * as Schema from "effect/Schema"
import { DirectoryUnreadable } from "./directory/BackupDirectory.ts"
import { FileUnreadable } from "./directory/TextFile.ts"
import * as DispatcherError from "./dispatcher/DispatcherError.ts"

export { JsonError } from "@backup-tree/core/json/JsonError"
export { XmlError } from "@backup-tree/core/xml/XmlError"
export { DirectoryUnreadable } from "./directory/BackupDirectory.ts"
export { FileUnreadable } from "./directory/TextFile.ts"
export {
  CommandFailed,
  ConnectFailed,
  ConnectionLost,
  ConnectionSilent,
  HandshakeClosed,
  HandshakeError,
  LoginRefused,
  SessionMissing,
  SessionWithheld,
  Stage,
  Stalled,
  StreamError,
  TimedOut,
  TlsFailed,
  UnexpectedLoginReply,
  UnreadableReply,
  UnsendableCommand
} from "./dispatcher/DispatcherError.ts"

/**
 * The reply does not have the requested backup: the server does not know its id, or the backup is damaged.
 *
 * @category errors
 * @since 0.2.0
 */
export class RequestedBackupMissing extends Schema.TaggedError<RequestedBackupMissing>()("RequestedBackupMissing", {
  id: Schema.String
}) {
  override get message(): string {
    return `backup ${PrintableText.quote(this.id)} was not found: it does not exist, its metadata is damaged, or `
      + "the request excludes its type (VM or container). Copy the id from a fresh listing."
  }
}

/**
 * The request took longer than the `requestTimeout` of its source, all attempts included.
 *
 * @category errors
 * @since 0.2.0
 */
export class RequestTimedOut extends Schema.TaggedError<RequestTimedOut>()("RequestTimedOut", {
  millis: Schema.Number
}) {
  override get message(): string {
    return `the request did not finish within ${
      TimeText.limitText(this.millis)
    } (requestTimeout). Check whether the server or the `
      + "file system hangs, or raise the limit."
  }

  /** The code that a wait of the SDK would return. */
  get returnCode(): ReturnCode.ReturnCode {
    return ReturnCode.codes.PRL_ERR_TIMEOUT
  }

  /** Whether a retry can help, and how often. */
  get retryClass(): ReturnCode.RetryClass {
    return ReturnCode.retryClass(this.returnCode)
  }
}

/**
 * Schema of the reasons of a {@link BackupSourceError}.
 *
 * @category errors
 * @since 0.2.0
 */
export const BackupSourceReason = Schema.Union([
  ...DispatcherError.DispatcherReason.members,
  XmlError,
  JsonError,
  RequestedBackupMissing,
  RequestTimedOut,
  FileUnreadable,
  DirectoryUnreadable
])
/**
 * Why a request failed: the dispatcher, the XML or content of the reply, a file or a directory.
 *
 * @category errors
 * @since 0.2.0
 */
export type BackupSourceReason = typeof BackupSourceReason.Type

/**
 * A failed request for a backup tree.
 *
 * @category errors
 * @since 0.2.0
 */
export class BackupSourceError extends Schema.TaggedError<BackupSourceError>()("BackupSourceError", {
  /** The endpoint, file or directory where the request failed. */
  source: Schema.String,
  reason: BackupSourceReason,
  /** The stage of the conversation with a dispatcher, if the reason does not name it. */
  stage: Schema.optionalKey(DispatcherError.Stage)
}) {
  override get message(): string {
    return DispatcherError.print({
      source: this.source,
      stage: this.stage,
      reason: this.reason,
      // For unreadable XML the reason is clearer than the code, which is about configurations.
      code: this.reason._tag === "XmlError" ? undefined : this.returnCode
    })
  }

  /** The code that the SDK would return. `undefined` if the SDK has no such failure, for example for files. */
  get returnCode(): ReturnCode.ReturnCode | undefined {
    if ("returnCode" in this.reason) return DispatcherError.returnCodeAt(this.stage, this.reason.returnCode)
    return this.reason._tag === "XmlError" ? ReturnCode.codes.PRL_ERR_PARSE_VM_CONFIG : undefined
  }

  /**
   * Whether a retry can help, and how often.
   *
   * @see [Semantics 6](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s6)
   */
  get retryClass(): ReturnCode.RetryClass {
    return "retryClass" in this.reason ? this.reason.retryClass : "permanent"
  }

  /** Whether a retry can help. */
  get isRetryable(): boolean {
    return this.retryClass !== "permanent"
  }
}

/**
 * Converts a dispatcher's error to that of a source. The endpoint becomes its `source`.
 *
 * @category constructors
 * @since 0.2.0
 */
export const fromDispatcherError = (
  { endpoint, reason, stage }: DispatcherError.DispatcherError
): BackupSourceError => new BackupSourceError({ source: endpoint, reason, ...(stage === undefined ? {} : { stage }) })
