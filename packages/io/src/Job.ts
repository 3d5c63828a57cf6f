/**
 * A question that a server works on: its status as it changes, and its result.
 *
 * Waiting for a job can be given up without harm to it: another waiter still gets the result. Who owns a job is a scope:
 * when that scope closes, the job ends.
 */
import * as Data from "effect/Data"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as SubscriptionRef from "effect/SubscriptionRef"

/**
 * How far a job is: sent, its reply arriving (`bytes` of `total` are there), or finished.
 *
 * The protocol reports no progress of the work itself: a reply arrives when the work is done.
 */
export type JobStatus<A, E> = Data.TaggedEnum<{
  Sent: {}
  Receiving: { readonly bytes: number; readonly total: number }
  Finished: { readonly exit: Exit.Exit<A, E> }
}>

interface JobStatusDefinition extends Data.TaggedEnum.WithGenerics<2> {
  readonly taggedEnum: JobStatus<this["A"], this["B"]>
}

/** Constructors and matchers of {@link JobStatus}. */
export const JobStatus = Data.taggedEnum<JobStatusDefinition>()

/** A job of a server. */
export interface Job<out A, out E> {
  /** The uuid of the request, with braces: the job's id on the server. */
  readonly id: string
  readonly status: Effect.Effect<JobStatus<A, E>>
  /** The current status and every later one; ends behind `Finished`. */
  readonly changes: Stream.Stream<JobStatus<A, E>>
  /** Waits for the result; interrupting it only stops waiting. */
  readonly await: Effect.Effect<A, E>
}

/** The end of a job at which its server's news go in. */
export interface Producer<in out A, in out E> {
  readonly job: Job<A, E>
  /** Says that bytes of the reply have arrived. */
  readonly receiving: (bytes: number, total: number) => Effect.Effect<void>
  /** Ends the job; only the first end counts. */
  readonly finish: (exit: Exit.Exit<A, E>) => Effect.Effect<void>
}

/** Makes a job that has been sent. */
export const make = <A, E>(id: string): Effect.Effect<Producer<A, E>> =>
  Effect.gen(function*() {
    const status = yield* SubscriptionRef.make<JobStatus<A, E>>(JobStatus.Sent())
    const result = yield* Deferred.make<A, E>()
    const unlessFinished = (next: JobStatus<A, E>) =>
      SubscriptionRef.update(status, (current) => current._tag === "Finished" ? current : next)
    return {
      job: {
        id,
        status: SubscriptionRef.get(status),
        changes: Stream.takeUntil(SubscriptionRef.changes(status), ({ _tag }) => _tag === "Finished"),
        await: Deferred.await(result)
      },
      receiving: (bytes, total) => unlessFinished(JobStatus.Receiving({ bytes, total })),
      finish: (exit) =>
        Effect.uninterruptible(
          Effect.andThen(unlessFinished(JobStatus.Finished({ exit })), Deferred.done(result, exit))
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
    const { finish, job, receiving } = yield* make<B, E2>(self.id)
    yield* Effect.forkScoped(
      Stream.runForEach(
        self.changes,
        (status) => status._tag === "Receiving" ? receiving(status.bytes, status.total) : Effect.void
      )
    )
    yield* Effect.forkScoped(Effect.onExit(f(self.await), finish))
    return job
  })
