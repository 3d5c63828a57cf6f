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
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import * as Terminal from "effect/Terminal"
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

/** Work that ends sooner shows nothing. */
const delay = Duration.millis(500)

/**
 * Redraws one line of a terminal, with the time that the work has taken so far. A line that wraps could not be redrawn,
 * so it is cut to the width of the terminal.
 */
const makeLine = Effect.fnUntraced(function*(first: string) {
  const now = Clock.currentTimeMillis
  const { columns } = yield* Terminal.Terminal
  let text = first
  let since = yield* now
  let isShown = false
  const draw = Effect.gen(function*() {
    const seconds = Math.floor(((yield* now) - since) / 1000)
    const elapsed = seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`
    const time = seconds < 2 ? "…" : `… ${elapsed}`
    // An escaped name is as wide as it is long, or narrower than twice that.
    const room = Math.max(8, ((yield* columns) || 80) - 3 - time.length)
    const shown = text.length <= room ? text : text.slice(0, room - 1)
    isShown = true
    yield* Output.writeError(`${startOfLine}  ${shown}${time}`)
  })
  yield* Effect.addFinalizer(() => isShown ? Output.writeError(startOfLine) : Effect.void)
  yield* Effect.forkScoped(Effect.delay(Effect.repeat(draw, Schedule.spaced("1 second")), delay), {
    startImmediately: true
  })
  return Effect.fnUntraced(function*(next: string) {
    if (next === text) return
    text = next
    since = yield* now
    if (isShown) yield* draw
  })
})

/**
 * Submits a request to the source in the context, waits for the listing, and prints each change of its status to
 * standard error. A terminal shows one line that is redrawn, for work that takes longer than half a second; elsewhere
 * each change is a line, and only if `always` is set.
 */
export const follow = Effect.fnUntraced(function*(
  submit: Effect.Effect<
    Job.Job<Listing, BackupSourceError>,
    BackupSourceError,
    BackupSource.BackupSource | Scope.Scope
  >,
  options: { readonly always: boolean }
): Effect.fn.Return<
  Listing,
  BackupSourceError,
  BackupSource.BackupSource | Stdio.Stdio | Terminal.Terminal | Scope.Scope
> {
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
