/**
 * Shows the progress of a job on standard error.
 */
import * as ByteCount from "@backup-tree/formats/ByteCount"
import type * as Job from "@backup-tree/io/dispatcher/Job"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import * as Output from "./Output.ts"

const print = (status: Job.JobStatus<unknown, unknown>): string => {
  switch (status._tag) {
    case "Sent":
      return "request sent, waiting for the server"
    case "Receiving":
      return `receiving ${ByteCount.print(BigInt(status.bytes))} of ${ByteCount.print(BigInt(status.total))}`
    case "Cancelling":
      return "cancelling"
    case "Finished":
      return Exit.isSuccess(status.exit) ? "done" : "failed"
  }
}

/**
 * Waits for a job and prints each of its status changes to standard error. A terminal shows one line that is redrawn;
 * elsewhere each change is a line, and only if `always` is set.
 */
export const follow = Effect.fnUntraced(
  function*<A, E>(job: Job.Job<A, E>, options: { readonly always: boolean }): Effect.fn.Return<A, E, Stdio.Stdio> {
    const stdio = yield* Stdio.Stdio
    const isTerminal = yield* stdio.stderrIsTerminal
    if (isTerminal || options.always) {
      yield* Stream.runForEach(job.changes, (status) => {
        const text = `${print(status)}…`
        if (!isTerminal) return Output.note(`  ${print(status)}`)
        const isLast = status._tag === "Finished"
        return Output.writeError(`\r\u001B[2K${isLast ? (options.always ? `  ${print(status)}\n` : "") : `  ${text}`}`)
      }).pipe(Effect.ensuring(isTerminal ? Output.writeError("\r\u001B[2K") : Effect.void))
    }
    return yield* job.await
  }
)
