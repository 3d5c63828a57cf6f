/**
 * Shows the progress of a job on standard error.
 */
import * as BackupListing from "@backup-tree/core/listing/BackupListing"
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import * as ByteCount from "@backup-tree/formats/ByteCount"
import * as BackupSource from "@backup-tree/io/BackupSource"
import type { BackupSourceError } from "@backup-tree/io/BackupSourceError"
import type * as Job from "@backup-tree/io/dispatcher/Job"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import * as Output from "./Output.ts"

type Listing = BackupListing.BackupListing

/** Names the work that precedes the job, and the work of which nothing has arrived yet. */
const namesOf = (source: BackupListing.Source): { readonly before: string; readonly sent: string } => {
  const name = PrintableText.excerpt(BackupListing.printSource(source))
  return source._tag === "Dispatcher"
    ? { before: `connecting to ${name}`, sent: "request sent, waiting for the server" }
    : { before: `reading ${name}`, sent: `reading ${name}` }
}

const print = (status: Job.JobStatus<unknown, unknown>, sent: string): string => {
  switch (status._tag) {
    case "Sent":
      return sent
    case "Receiving":
      return `receiving ${ByteCount.print(BigInt(status.bytes))} of ${ByteCount.print(BigInt(status.total))}`
    case "Cancelling":
      return "cancelling"
    case "Finished":
      return Exit.isSuccess(status.exit) ? "done" : "failed"
  }
}

const startOfLine = "\r\u001B[2K"

/** Redraws one line of a terminal, with the time that the work has taken so far. */
const makeLine = Effect.fnUntraced(function*(first: string) {
  const now = Clock.currentTimeMillis
  let text = first
  let since = yield* now
  const draw = Effect.flatMap(now, (at) => {
    const seconds = Math.floor((at - since) / 1000)
    const elapsed = seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`
    return Output.writeError(`${startOfLine}  ${text}…${seconds < 2 ? "" : ` ${elapsed}`}`)
  })
  yield* Effect.addFinalizer(() => Output.writeError(startOfLine))
  yield* Effect.forkScoped(Effect.repeat(draw, Schedule.spaced("1 second")), { startImmediately: true })
  return Effect.fnUntraced(function*(next: string) {
    if (next === text) return
    text = next
    since = yield* now
    yield* draw
  })
})

/**
 * Submits a request to the source in the context, waits for the listing, and prints each change of its status to
 * standard error. A terminal shows one line that is redrawn; elsewhere each change is a line, and only if `always` is
 * set.
 */
export const follow = Effect.fnUntraced(function*(
  submit: Effect.Effect<
    Job.Job<Listing, BackupSourceError>,
    BackupSourceError,
    BackupSource.BackupSource | Scope.Scope
  >,
  options: { readonly always: boolean }
): Effect.fn.Return<Listing, BackupSourceError, BackupSource.BackupSource | Stdio.Stdio | Scope.Scope> {
  const stdio = yield* Stdio.Stdio
  const isTerminal = yield* stdio.stderrIsTerminal
  if (!isTerminal && !options.always) return yield* (yield* submit).await
  const { before, sent } = namesOf((yield* BackupSource.BackupSource).source)
  const listing = yield* Effect.scoped(Effect.gen(function*() {
    const show = isTerminal ? yield* makeLine(before) : (text: string) => Output.note(`  ${text}`)
    const job = yield* submit
    yield* Stream.runForEach(job.changes, (status) => show(print(status, sent)))
    return yield* job.await
  }))
  if (isTerminal && options.always) yield* Output.note("  done")
  return listing
})
