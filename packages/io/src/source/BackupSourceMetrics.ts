/**
 * What a source counts of its questions. The names are those that a metrics exporter shows; `docs/observability.md` lists
 * them with the spans and the log lines.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Metric from "effect/Metric"
import type { BackupSourceError } from "../BackupSourceError.ts"

/** Questions that have ended, by `source` and `outcome`: `answered`, `interrupted`, `died`, or the tag of what went wrong. */
export const questions = Metric.counter("backup_tree_questions", {
  description: "Questions for backup trees that have ended, by their outcome.",
  incremental: true
})

/** Questions that are being asked, by `source`. */
export const inFlight = Metric.gauge("backup_tree_questions_in_flight", {
  description: "Questions for backup trees that are being asked."
})

/** How long questions took, in seconds, by `source`. */
export const duration = Metric.histogram("backup_tree_question_duration_seconds", {
  description: "How long questions for backup trees took.",
  boundaries: Metric.exponentialBoundaries({ start: 0.01, factor: 4, count: 9 })
})

/** The tag of what went wrong, where it is closest to the cause. */
const outcomeOf = <A>(exit: Exit.Exit<A, BackupSourceError>): string => {
  if (Exit.isSuccess(exit)) return "answered"
  const failure = exit.cause.reasons.find((reason) => reason._tag === "Fail")
  if (failure === undefined) return Cause.hasDies(exit.cause) ? "died" : "interrupted"
  const { reason } = failure.error
  return reason._tag === "DispatcherError" ? reason.reason._tag : reason._tag
}

/** Begins to count and time a question; what it gives is run with the question's end. */
export const begin = (
  source: string
): Effect.Effect<(exit: Exit.Exit<unknown, BackupSourceError>) => Effect.Effect<void>> =>
  Effect.gen(function*() {
    yield* Metric.modify(Metric.withAttributes(inFlight, { source }), 1)
    const begun = yield* Clock.currentTimeMillis
    return (exit) =>
      Effect.gen(function*() {
        const seconds = ((yield* Clock.currentTimeMillis) - begun) / 1000
        yield* Metric.modify(Metric.withAttributes(inFlight, { source }), -1)
        yield* Metric.update(Metric.withAttributes(questions, { source, outcome: outcomeOf(exit) }), 1)
        yield* Metric.update(Metric.withAttributes(duration, { source }), seconds)
      })
  })

/** Counts and times a question. */
export const observe = (source: string) => <A, R>(question: Effect.Effect<A, BackupSourceError, R>) =>
  Effect.acquireUseRelease(begin(source), () => question, (end, exit) => end(exit))
