/**
 * What can go wrong between a question and its listing: one error, with the source and a tagged reason.
 */
import * as ReturnCode from "@backup-tree/core/sdk/ReturnCode"
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import { XmlError } from "@backup-tree/core/xml/XmlError"
import * as Schema from "effect/Schema"
import { DirectoryUnreadable } from "./directory/BackupDirectory.ts"
import { FileUnreadable } from "./directory/TextFile.ts"
import { DispatcherError } from "./dispatcher/DispatcherError.ts"

/** The answer lacks the backup that was asked for: its id is unknown to the server, or the backup is damaged. */
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
  DispatcherError,
  XmlError,
  RequestedBackupMissing,
  FileUnreadable,
  DirectoryUnreadable
])
/** Why a question has no listing: the dispatcher, the text of the answer, or what it holds. */
export type BackupSourceReason = typeof BackupSourceReason.Type

/** A question without a listing. */
export class BackupSourceError extends Schema.TaggedError<BackupSourceError>()("BackupSourceError", {
  source: Schema.String,
  reason: BackupSourceReason
}) {
  override get message(): string {
    // A dispatcher error names its endpoint itself.
    return this.reason._tag === "DispatcherError"
      ? this.reason.message
      : `${PrintableText.escape(this.source)}: ${this.reason.message}`
  }

  /** The code that the SDK would give; none where the SDK has no such failure, as for files. */
  get returnCode(): ReturnCode.ReturnCode | undefined {
    return this.reason._tag === "DispatcherError"
      ? this.reason.returnCode
      : this.reason._tag === "XmlError"
      ? ReturnCode.codes.PRL_ERR_PARSE_VM_CONFIG
      : undefined
  }

  /** Whether asking again can help, and how often. Source: SEMANTICS 6. */
  get retryClass(): ReturnCode.RetryClass {
    return this.reason._tag === "DispatcherError" ? this.reason.retryClass : "permanent"
  }

  /** Whether asking again can help. */
  get isRetryable(): boolean {
    return this.retryClass !== "permanent"
  }
}
