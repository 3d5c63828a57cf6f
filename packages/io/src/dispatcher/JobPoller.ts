/**
 * Follows jobs: a watchdog for jobs that report their progress, and polling for jobs that do not.
 *
 * @since 0.2.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Job from "./Job.ts"
import * as Limits from "./Limits.ts"

/**
 * The default polling schedule: frequent at first, then every five seconds.
 *
 * @category constants
 * @since 0.2.0
 */
export const defaultSchedule: Schedule.Schedule<unknown> = Schedule.min([
  Schedule.exponential("100 millis", 2),
  Schedule.spaced("5 seconds")
])

/**
 * Ends a job that makes no progress for too long, with the error from `onStall`. Runs until the job ends.
 *
 * The protocol has no time limit for a reply, and the product's client waits forever.
 *
 * @see [Protocol 7](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p7)
 * @category combinators
 * @since 0.2.0
 */
export const watchStalls = <A, E>(
  { finish, job }: Job.Producer<A, E>,
  options: {
    readonly stallAfter: Duration.Duration
    readonly onStall: (millis: number) => E
    /** Returns whether the job waits for this side, which is not a stall. Afterwards progress must follow. */
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

/**
 * A job that does not report its progress.
 *
 * @category models
 * @since 0.2.0
 */
export interface PolledJob<A, E> {
  readonly id: string
  readonly status: Effect.Effect<Job.JobStatus<A, E>, E>
  /** Requests the work to stop. Without it, the job cannot be cancelled. */
  readonly cancel?: Effect.Effect<Job.CancelOutcome> | undefined
}

/**
 * Makes a job from a polled one. Its status is polled until it finishes or stalls.
 *
 * The polling belongs to the scope. If a poll fails, the job ends with that error.
 *
 * @category constructors
 * @since 0.2.0
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
