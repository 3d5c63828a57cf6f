/** The base of all reasons of a failed conversation with a dispatcher. */
import * as ReturnCode from "@backup-tree/core/sdk/ReturnCode"
import * as Schema from "effect/Schema"

/** A reason with the return code that the SDK would report. The code determines whether a retry can help. */
export class Reason extends Schema.Error<Reason>("@backup-tree/io/DispatcherReason")({}) {
  /** The code that the SDK would return. */
  get returnCode(): ReturnCode.ReturnCode {
    return ReturnCode.codes.PRL_ERR_FAILURE
  }

  /**
   * Whether a retry can help, and how often.
   *
   * @see [Semantics 6](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s6)
   */
  get retryClass(): ReturnCode.RetryClass {
    return ReturnCode.retryClass(this.returnCode)
  }

  /** Whether a retry can help. */
  get isRetryable(): boolean {
    return this.retryClass !== "permanent"
  }
}
