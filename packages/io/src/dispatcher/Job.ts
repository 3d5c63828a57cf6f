/**
 * Jobs of a dispatcher: submitted, followed, awaited and cancelled.
 *
 * A job is a handle: interrupting a fiber that waits for it does not stop the work. A job belongs to a scope, and ends
 * when that scope closes.
 *
 * @since 0.2.0
 */
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as PubSub from "effect/PubSub"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"

/**
 * The progress of a job: sent, its reply arriving (`bytes` of `total`), being cancelled, or finished.
 *
 * The protocol reports no progress of the work itself: the reply arrives when the work is done.
 *
 * @category models
 * @since 0.2.0
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

/**
 * Constructors and matchers of {@link JobStatus}.
 *
 * @category constructors
 * @since 0.2.0
 */
export const JobStatus = Data.taggedEnum<JobStatusDefinition>()

/**
 * The outcome of a cancel request: the server accepted it, the job was not running, or the server reported neither.
 *
 * An accepted cancel does not end the job. The job ends as cancelled, or with its result if that came first.
 *
 * @category models
 * @since 0.2.0
 */
export type CancelOutcome = "accepted" | "not-running" | "unknown"

/**
 * A job of a server.
 *
 * @category models
 * @since 0.2.0
 */
export interface Job<out A, out E> {
  /** The uuid of the request, with braces, which is the job's id on the server. */
  readonly id: string
  readonly status: Effect.Effect<JobStatus<A, E>>
  /**
   * The current status and every later one. The stream ends after `Finished`.
   *
   * A slow subscriber loses the oldest changes beyond {@link keptChanges}, never the last one.
   */
  readonly changes: Stream.Stream<JobStatus<A, E>>
  /** Waits for the result. Interrupting it only stops waiting. */
  readonly await: Effect.Effect<A, E>
  /** Requests the server to stop the work, and waits for the reply. The request is sent only once. */
  readonly cancel: Effect.Effect<CancelOutcome>
}

/**
 * The number of changes that are kept for a slow subscriber.
 *
 * @category constants
 * @since 0.2.0
 */
export const keptChanges = 64

/**
 * The maximum number of changes that the bytes of a reply cause, in addition to those caused by time.
 *
 * @category constants
 * @since 0.2.0
 */
export const progressSteps = 200

// Milliseconds after which the next bytes cause a change in any case: on a slow line a step may take minutes.
const progressMillis = 100

/**
 * The side of a job that reports its progress and its result.
 *
 * @category models
 * @since 0.2.0
 */
export interface Producer<in out A, in out E> {
  readonly job: Job<A, E>
  /**
   * Reports that bytes of the reply have arrived.
   *
   * They cause a change when another of {@link progressSteps} equal parts has arrived, or enough time has passed.
   */
  readonly receiving: (bytes: number, total: number) => Effect.Effect<void>
  /** Reports that the job is being cancelled. */
  readonly cancelling: Effect.Effect<void>
  /** Ends the job. Only the first end counts. */
  readonly finish: (exit: Exit.Exit<A, E>) => Effect.Effect<void>
}

/**
 * Makes a job in the status `Sent`. The default of `cancel` reports that the job is not running.
 *
 * @category constructors
 * @since 0.2.0
 */
export const make = Effect.fnUntraced(function*<A, E>(
  id: string,
  cancel: Effect.Effect<CancelOutcome> = Effect.succeed("not-running")
): Effect.fn.Return<Producer<A, E>> {
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
  let reported = { bytes: 0, millis: -Infinity }
  const receiving = (bytes: number, total: number) =>
    Effect.flatMap(Clock.monotonicTimeNanos, (nanos) => {
      const millis = Number(nanos / 1_000_000n)
      const next = JobStatus.Receiving({ bytes, total })
      if (
        status._tag === "Receiving" && bytes < total
        && bytes - reported.bytes < total / progressSteps && millis - reported.millis < progressMillis
      ) {
        status = next
        return Effect.void
      }
      reported = { bytes, millis }
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
 * Returns a job whose failure is mapped by a function. The function runs once.
 *
 * @category combinators
 * @since 0.2.0
 */
export const mapError = <A, E, E2>(self: Job<A, E>, f: (error: E) => E2): Job<A, E2> => {
  let mapped: Exit.Exit<A, E2> | undefined
  const exitOf = (exit: Exit.Exit<A, E>): Exit.Exit<A, E2> => mapped ??= Exit.mapError(exit, f)
  const statusOf = (status: JobStatus<A, E>): JobStatus<A, E2> =>
    status._tag === "Finished" ? JobStatus.Finished({ exit: exitOf(status.exit) }) : status
  return {
    ...self,
    status: Effect.map(self.status, statusOf),
    changes: Stream.map(self.changes, statusOf),
    await: Effect.flatMap(Effect.exit(self.await), exitOf)
  }
}

/**
 * Returns a job whose result is mapped by an effect. The effect runs once, in the current scope.
 *
 * The effect starts when the first job has finished and the status, changes or result of the new one are read. Until it
 * ends, the status does not change. Interrupting a waiter stops neither the effect nor other waiters. Closing the scope
 * interrupts the effect and ends the job.
 *
 * @category combinators
 * @since 0.2.0
 */
export const mapEffect = Effect.fnUntraced(function*<A, E, B, E2, R>(
  self: Job<A, E>,
  f: (value: A) => Effect.Effect<B, E2, R>
): Effect.fn.Return<Job<B, E | E2>, never, R | Scope.Scope> {
  const context = yield* Effect.context<R>()
  const scope = yield* Effect.scope
  const result = Deferred.makeUnsafe<B, E | E2>()
  yield* Scope.addFinalizer(scope, Deferred.interrupt(result))
  let before: JobStatus<never, never> = JobStatus.Sent()
  let isBegun = false
  const begin = Effect.fnUntraced(function*(exit: Exit.Exit<A, E>) {
    if (isBegun) return
    isBegun = true
    yield* Effect.flatMap(exit, f).pipe(
      Effect.provideContext(context),
      Effect.onExit((exit) => Deferred.done(result, exit)),
      Effect.forkIn(scope, { startImmediately: true })
    )
  }, Effect.uninterruptible)
  const finished = Effect.map(Effect.exit(Deferred.await(result)), (exit) => JobStatus.Finished({ exit }))
  const statusOf = (status: JobStatus<A, E>, isPatient: boolean): Effect.Effect<JobStatus<B, E | E2>> =>
    status._tag === "Finished"
      ? Effect.andThen(
        begin(status.exit),
        Effect.suspend((): Effect.Effect<JobStatus<B, E | E2>> =>
          isPatient || Deferred.isDoneUnsafe(result) ? finished : Effect.succeed(before)
        )
      )
      : Effect.sync(() => before = status)
  return {
    ...self,
    status: Effect.flatMap(self.status, (status) => statusOf(status, false)),
    changes: Stream.mapEffect(self.changes, (status) => statusOf(status, true)),
    await: Effect.flatMap(Effect.exit(self.await), (exit) => Effect.andThen(begin(exit), Deferred.await(result)))
  }
})
