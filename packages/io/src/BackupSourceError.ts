/**
 * The error of every source: where it happened, and one of a flat union of reasons.
 *
 * The class is its own schema, so that a workflow can store an error and read it back.
 *
 * **Example**
 *
 * ```ts
 * BackupSource.getBackupTree(BackupTreeRequest.everything).pipe(
 *   Effect.catchReason("BackupSourceError", "LoginRefused", ({ user }) => promptAgain(user)),
 *   Effect.retry({ while: (error) => error.isRetryable, times: 3 })
 * )
 * ```
 */
import * as ReturnCode from "@backup-tree/core/sdk/ReturnCode"
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import { XmlError } from "@backup-tree/core/xml/XmlError"
import * as Schema from "effect/Schema"
import { DirectoryUnreadable } from "./directory/BackupDirectory.ts"
import { FileUnreadable } from "./directory/TextFile.ts"
import * as DispatcherError from "./dispatcher/DispatcherError.ts"

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

/** The reply lacks the requested backup: the server does not know its id, or the backup is damaged. */
export class RequestedBackupMissing extends Schema.TaggedError<RequestedBackupMissing>()("RequestedBackupMissing", {
  id: Schema.String
}) {
  override get message(): string {
    return `the answer holds no backup ${
      PrintableText.quote(this.id)
    }: it does not exist, its description is damaged, or `
      + "it belongs to another kind of environment. Take the id from a fresh listing."
  }
}

/** Schema of the reasons of a {@link BackupSourceError}. */
export const BackupSourceReason = Schema.Union([
  ...DispatcherError.DispatcherReason.members,
  XmlError,
  RequestedBackupMissing,
  FileUnreadable,
  DirectoryUnreadable
])
/** Why a request failed: the dispatcher, the text of the reply, what it holds, a file or a directory. */
export type BackupSourceReason = typeof BackupSourceReason.Type

/** A request without a result. */
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
      // Of a text that cannot be read the reason says more than the code of a configuration does.
      code: this.reason._tag === "XmlError" ? undefined : this.returnCode
    })
  }

  /** The code that the SDK would return; undefined if the SDK has no such failure, as for files. */
  get returnCode(): ReturnCode.ReturnCode | undefined {
    if ("returnCode" in this.reason) return DispatcherError.returnCodeAt(this.stage, this.reason.returnCode)
    return this.reason._tag === "XmlError" ? ReturnCode.codes.PRL_ERR_PARSE_VM_CONFIG : undefined
  }

  /** Whether a retry can help, and how often. Source: SEMANTICS 6. */
  get retryClass(): ReturnCode.RetryClass {
    return "retryClass" in this.reason ? this.reason.retryClass : "permanent"
  }

  /** Whether a retry can help. */
  get isRetryable(): boolean {
    return this.retryClass !== "permanent"
  }
}

/** Returns a dispatcher's error as that of a source: the endpoint is where it failed. */
export const fromDispatcherError = (
  { endpoint, reason, stage }: DispatcherError.DispatcherError
): BackupSourceError => new BackupSourceError({ source: endpoint, reason, ...(stage === undefined ? {} : { stage }) })
