/**
 * A question that a server works on: its status as it changes, and its result.
 *
 * Waiting for a job can be given up without harm to it: another waiter still gets the result. Who owns a job is a scope:
 * when that scope closes, the job ends.
 */
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as PubSub from "effect/PubSub"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"

/**
 * How far a job is: sent, its reply arriving (`bytes` of `total` are there), being cancelled, or finished.
 *
 * The protocol reports no progress of the work itself: a reply arrives when the work is done.
 */
export type JobStatus<A, E> = Data.TaggedEnum<{
  Sent: {}
  Receiving: { readonly bytes: number; readonly total: number }
  Cancelling: {}
  Finished: { readonly exit: Exit.Exit<A, E> }
}>

interface JobStatusDefinition extends Data.TaggedEnum.WithGenerics<2> {
  readonly taggedEnum: JobStatus<this["A"], this["B"]>
}

/** Constructors and matchers of {@link JobStatus}. */
export const JobStatus = Data.taggedEnum<JobStatusDefinition>()

/**
 * What became of the wish to cancel a job: the server took it, or had no such job any more, or did not say either.
 *
 * A job whose cancelling was accepted still ends by itself: as cancelled, or with its result, where that came sooner.
 */
export type CancelOutcome = "accepted" | "not-running" | "unknown"

/** A job of a server. */
export interface Job<out A, out E> {
  /** The uuid of the request, with braces: the job's id on the server. */
  readonly id: string
  readonly status: Effect.Effect<JobStatus<A, E>>
  /**
   * The current status and every later one; ends behind `Finished`.
   *
   * Who is more than {@link keptChanges} behind misses the oldest of them, never the last.
   */
  readonly changes: Stream.Stream<JobStatus<A, E>>
  /** Waits for the result; interrupting it only stops waiting. */
  readonly await: Effect.Effect<A, E>
  /** Asks the server to stop the work, once however often it is run, and waits for its answer. */
  readonly cancel: Effect.Effect<CancelOutcome>
}

/** How many changes are kept for who is slow to take them. */
export const keptChanges = 64

/** A reply arrives in no more steps than these, but for those that the clock makes. */
export const progressSteps = 200

// Another change for the clock alone, in milliseconds: a line may be so slow that a step takes minutes.
const progressMillis = 100

/** The end of a job at which its server's news go in. */
export interface Producer<in out A, in out E> {
  readonly job: Job<A, E>
  /**
   * Says that bytes of the reply have arrived.
   *
   * It becomes a change where it is {@link progressSteps another step} of the whole, or a moment after the last one.
   */
  readonly receiving: (bytes: number, total: number) => Effect.Effect<void>
  /** Says that the job is being cancelled. */
  readonly cancelling: Effect.Effect<void>
  /** Ends the job; only the first end counts. */
  readonly finish: (exit: Exit.Exit<A, E>) => Effect.Effect<void>
}

/** Makes a job that has been sent; one without a way to cancel it says that it is not running. */
export const make = <A, E>(
  id: string,
  cancel: Effect.Effect<CancelOutcome> = Effect.succeed("not-running")
): Effect.Effect<Producer<A, E>> =>
  Effect.gen(function*() {
    let status: JobStatus<A, E> = JobStatus.Sent()
    const changes = yield* PubSub.sliding<JobStatus<A, E>>({ capacity: keptChanges, replay: 1 })
    yield* PubSub.publish(changes, status)
    const result = yield* Deferred.make<A, E>()
    const unless = (ends: ReadonlyArray<JobStatus<A, E>["_tag"]>, next: JobStatus<A, E>) =>
      Effect.suspend(() => {
        if (ends.includes(status._tag)) return Effect.void
        status = next
        return Effect.asVoid(PubSub.publish(changes, next))
      })
    let told = { bytes: 0, millis: -Infinity }
    const receiving = (bytes: number, total: number) =>
      Effect.flatMap(Clock.monotonicTimeNanos, (nanos) => {
        const millis = Number(nanos / 1_000_000n)
        const next = JobStatus.Receiving({ bytes, total })
        if (
          status._tag === "Receiving" && bytes < total
          && bytes - told.bytes < total / progressSteps && millis - told.millis < progressMillis
        ) {
          status = next
          return Effect.void
        }
        told = { bytes, millis }
        return unless(["Cancelling", "Finished"], next)
      })
    return {
      job: {
        id,
        status: Effect.sync(() => status),
        changes: Stream.takeUntil(Stream.fromPubSub(changes), ({ _tag }) => _tag === "Finished"),
        await: Deferred.await(result),
        cancel
      },
      receiving,
      cancelling: unless(["Cancelling", "Finished"], JobStatus.Cancelling()),
      finish: (exit) =>
        Effect.uninterruptible(
          Effect.andThen(unless(["Finished"], JobStatus.Finished({ exit })), Deferred.done(result, exit))
        )
    }
  })

/**
 * Makes a job whose result is that of another one, worked on once more when it arrives; the scope owns that work.
 *
 * `f` is given the result to wait for, so that it can map errors too.
 */
export const transform = <A, E, B, E2, R>(
  self: Job<A, E>,
  f: (result: Effect.Effect<A, E>) => Effect.Effect<B, E2, R>
): Effect.Effect<Job<B, E2>, never, R | Scope.Scope> =>
  Effect.gen(function*() {
    const { cancelling, finish, job, receiving } = yield* make<B, E2>(self.id, self.cancel)
    // A scope that closes before the work has begun runs none of it.
    yield* Effect.addFinalizer(() => finish(Exit.interrupt()))
    const relay = yield* Effect.forkScoped(
      Stream.runForEach(
        self.changes,
        (status) =>
          status._tag === "Receiving"
            ? receiving(status.bytes, status.total)
            : status._tag === "Cancelling"
            ? cancelling
            : Effect.void
      )
    )
    // Behind the relay, so that a change is never overtaken by the end.
    const result = Effect.andThen(Fiber.await(relay), self.await)
    yield* Effect.forkScoped(Effect.onExit(f(result), finish))
    return job
  })
