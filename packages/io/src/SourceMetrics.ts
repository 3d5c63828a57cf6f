/**
 * The metrics of all sources. `docs/observability.md` lists them with the spans and the log lines.
 *
 * @since 0.2.0
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Metric from "effect/Metric"
import type { BackupSourceError } from "./BackupSourceError.ts"

/**
 * Finished requests by `source` and `outcome`: `succeeded`, `interrupted`, `died`, or the tag of the reason.
 *
 * @category metrics
 * @since 0.2.0
 */
export const requests = Metric.counter("backup_tree_requests", {
  description: "Finished requests for backup trees, by their outcome.",
  incremental: true
})

/**
 * Requests in flight by `source`.
 *
 * @category metrics
 * @since 0.2.0
 */
export const inFlight = Metric.gauge("backup_tree_requests_in_flight", {
  description: "Requests for backup trees in flight."
})

/**
 * The duration of requests in seconds, by `source`.
 *
 * @category metrics
 * @since 0.2.0
 */
export const duration = Metric.histogram("backup_tree_request_duration_seconds", {
  description: "How long requests for backup trees took.",
  boundaries: Metric.exponentialBoundaries({ start: 0.01, factor: 4, count: 9 })
})

const outcomeOf = (exit: Exit.Exit<unknown, BackupSourceError>): string => {
  if (Exit.isSuccess(exit)) return "succeeded"
  const failure = exit.cause.reasons.find((reason) => reason._tag === "Fail")
  return failure?.error.reason._tag ?? (Cause.hasDies(exit.cause) ? "died" : "interrupted")
}

/**
 * Starts to count and time a request; run the returned effect with its exit.
 *
 * @category metrics
 * @since 0.2.0
 */
export const begin = Effect.fnUntraced(function*(source: string) {
  yield* Metric.modify(Metric.withAttributes(inFlight, { source }), 1)
  const begun = yield* Clock.currentTimeMillis
  return Effect.fnUntraced(function*(exit: Exit.Exit<unknown, BackupSourceError>) {
    const seconds = ((yield* Clock.currentTimeMillis) - begun) / 1000
    yield* Metric.modify(Metric.withAttributes(inFlight, { source }), -1)
    yield* Metric.update(Metric.withAttributes(requests, { source, outcome: outcomeOf(exit) }), 1)
    yield* Metric.update(Metric.withAttributes(duration, { source }), seconds)
  })
})

/**
 * Counts and times a request.
 *
 * @category metrics
 * @since 0.2.0
 */
export const observe = (source: string) => <A, R>(request: Effect.Effect<A, BackupSourceError, R>) =>
  Effect.acquireUseRelease(begin(source), () => request, (end, exit) => end(exit))
