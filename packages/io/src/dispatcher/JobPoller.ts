/**
 * Following jobs: the watchdog for those whose news arrive by themselves, and polling for those that must be asked.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Job from "./Job.ts"
import * as Limits from "./Limits.ts"

/** How often a job is asked for its status: at first often, then every five seconds. */
export const defaultSchedule: Schedule.Schedule<unknown> = Schedule.min([
  Schedule.exponential("100 millis", 2),
  Schedule.spaced("5 seconds")
])

/**
 * Ends a job that has had no news for too long, with the error that `onStall` makes.
 *
 * The protocol has no limit for a reply, and its own client waits for ever (PROTOCOL 7). Ends when the job does.
 */
export const watchStalls = <A, E>(
  { finish, job }: Job.Producer<A, E>,
  options: {
    readonly stallAfter: Duration.Duration
    readonly onStall: (millis: number) => E
    /** Tells whether the job waits for this side, which is no stall; news must follow when it does no more. */
    readonly isHeld?: (() => boolean) | undefined
  }
): Effect.Effect<void> =>
  job.changes.pipe(
    Stream.debounce(options.stallAfter),
    Stream.runForEach((status) =>
      status._tag === "Finished" || options.isHeld?.() === true
        ? Effect.void
        : finish(Exit.fail(options.onStall(Duration.toMillis(options.stallAfter))))
    )
  )

/** A job that can only be asked how far it is. */
export interface PolledJob<A, E> {
  readonly id: string
  readonly status: Effect.Effect<Job.JobStatus<A, E>, E>
  /** Asks for the work to be stopped, where that can be asked. */
  readonly cancel?: Effect.Effect<Job.CancelOutcome> | undefined
}

/**
 * Makes a job of one that can only be asked: its status is polled until it has finished, or has stalled.
 *
 * The scope owns the polling. A status that cannot be had ends the job with that error.
 */
export const follow = <A, E>(
  polled: PolledJob<A, E>,
  options: {
    readonly schedule?: Schedule.Schedule<unknown> | undefined
    readonly stallAfter?: Duration.Duration | undefined
    readonly onStall: (millis: number) => E
  }
): Effect.Effect<Job.Job<A, E>, never, Scope.Scope> =>
  Effect.gen(function*() {
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
