/**
 * Follows jobs: a watchdog for jobs that report by themselves, and polling for those that do not.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Job from "./Job.ts"
import * as Limits from "./Limits.ts"

/** How often a job is polled: at first often, then every five seconds. */
export const defaultSchedule: Schedule.Schedule<unknown> = Schedule.min([
  Schedule.exponential("100 millis", 2),
  Schedule.spaced("5 seconds")
])

/**
 * Ends a job without progress for too long, with the error that `onStall` makes. Ends when the job does.
 *
 * The protocol has no time limit for a reply, and its own client waits for ever (PROTOCOL 7).
 */
export const watchStalls = <A, E>(
  { finish, job }: Job.Producer<A, E>,
  options: {
    readonly stallAfter: Duration.Duration
    readonly onStall: (millis: number) => E
    /** Returns whether the job waits for this side, which is no stall. Progress must follow once it does not. */
    readonly isBackpressured?: (() => boolean) | undefined
  }
): Effect.Effect<void> =>
  job.changes.pipe(
    Stream.debounce(options.stallAfter),
    Stream.runForEach((status) =>
      status._tag === "Finished" || options.isBackpressured?.() === true
        ? Effect.void
        : finish(Exit.fail(options.onStall(Duration.toMillis(options.stallAfter))))
    )
  )

/** A job that does not report by itself. */
export interface PolledJob<A, E> {
  readonly id: string
  readonly status: Effect.Effect<Job.JobStatus<A, E>, E>
  /** Requests the work to stop. Without it, the job cannot be cancelled. */
  readonly cancel?: Effect.Effect<Job.CancelOutcome> | undefined
}

/**
 * Makes a job of a polled one. Its status is polled until it has finished, or has stalled.
 *
 * The polling belongs to the scope. A failing poll ends the job with its error.
 */
export const follow = Effect.fnUntraced(function*<A, E>(
  polled: PolledJob<A, E>,
  options: {
    readonly schedule?: Schedule.Schedule<unknown> | undefined
    readonly stallAfter?: Duration.Duration | undefined
    readonly onStall: (millis: number) => E
  }
): Effect.fn.Return<Job.Job<A, E>, never, Scope.Scope> {
  const producer = yield* Job.make<A, E>(polled.id, polled.cancel)
  let last = -1
  const poll = Effect.tap(polled.status, (status) => {
    if (status._tag === "Finished") return producer.finish(status.exit)
    if (status._tag === "Cancelling") return producer.cancelling
    if (status._tag === "Sent" || status.bytes === last) return Effect.void
    last = status.bytes
    return producer.receiving(status.bytes, status.total)
  })
  yield* poll.pipe(
    Effect.repeat({
      until: ({ _tag }) => _tag === "Finished",
      schedule: options.schedule ?? defaultSchedule
    }),
    Effect.catchCause((cause) => producer.finish(Exit.failCause(cause))),
    Effect.raceFirst(
      watchStalls(producer, {
        stallAfter: options.stallAfter ?? Limits.defaults.stallAfter,
        onStall: options.onStall
      })
    ),
    Effect.forkScoped
  )
  yield* Effect.addFinalizer(() => producer.finish(Exit.interrupt()))
  return producer.job
})
