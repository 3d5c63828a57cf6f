/** Tracks the jobs of a connection that have no reply yet: their results, cancellation, and giving up. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import type * as Package from "../../protocol/Package.ts"
import type { DispatcherError } from "../DispatcherError.ts"
import * as Job from "../Job.ts"
import type * as Limits from "../Limits.ts"
import { dropped, type ReplySink } from "./readPackages.ts"

/** Requests a server to stop the work of a job. */
export type SendCancel = (id: string) => Effect.Effect<Job.CancelOutcome>

/** How a job is sent. */
export interface JobOptions {
  /** Requests the server to stop the work. Without it, the job cannot be cancelled. */
  readonly cancel?: SendCancel | undefined
  /** Whether it holds one of the permits of `maxOutstanding`. */
  readonly isCounted: boolean
  /** Receives the content of the reply while it arrives. The job's result is then a package with empty buffers. */
  readonly sink?: ReplySink | undefined
}

interface Outstanding extends JobOptions {
  readonly producer: Job.Producer<Package.Package, DispatcherError>
  readonly settled: Deferred.Deferred<void>
  /** Completes when the reply is no longer wanted: the job has ended, or is being given up. */
  readonly unwanted: Deferred.Deferred<void>
  /** Whether the server may have received it. */
  isSent: boolean
}

/** The jobs of one connection that have no reply yet. */
export class OutstandingJobs {
  readonly #jobs = new Map<string, Outstanding>()
  // Jobs that were given up. Their replies may still arrive, and are not strays.
  readonly #abandoned = new Set<string>()
  // How many replies wait for their sink, not for the server.
  #backpressured = 0
  readonly #permits: Semaphore.Semaphore
  readonly #limits: Limits.Limits
  readonly #scope: Scope.Scope
  readonly #onIdle: Effect.Effect<void>
  /** Whether the connection accepts no more jobs, because one of them did not end. */
  isRetired = false

  /** Cancel requests run in `scope`. `onIdle` runs when the connection is retired and the last job has ended. */
  constructor(limits: Limits.Limits, scope: Scope.Scope, onIdle: Effect.Effect<void>) {
    this.#limits = limits
    this.#scope = scope
    this.#onIdle = onIdle
    this.#permits = Semaphore.makeUnsafe(Math.max(1, limits.maxOutstanding))
  }

  /** Waits until one more job may be sent, or the connection has ended. */
  get takePermit(): Effect.Effect<void> {
    return Effect.asVoid(this.#permits.take(1))
  }

  /** Releases the permit of a job that was not begun. */
  get releasePermit(): Effect.Effect<void> {
    return Effect.asVoid(this.#permits.release(1))
  }

  /** Begins a job. */
  add(id: string, options: JobOptions): Effect.Effect<Job.Producer<Package.Package, DispatcherError>> {
    const send = options.cancel
    const cancel = send === undefined ? undefined : this.#makeCancel(id, send)
    return Effect.map(Job.make<Package.Package, DispatcherError>(id, cancel), (producer) => {
      this.#jobs.set(id, {
        ...options,
        producer,
        settled: Deferred.makeUnsafe<void>(),
        unwanted: Deferred.makeUnsafe<void>(),
        isSent: false
      })
      return producer
    })
  }

  /** Records that a job is being sent, so that the server may have received it. */
  sending(id: string): void {
    const job = this.#jobs.get(id)
    if (job !== undefined) job.isSent = true
  }

  /** Returns the sink of a reply's content. A reply that cannot be streamed has none. A late reply is dropped. */
  sinkOf(id: string, canStream: boolean): ReplySink | undefined {
    const job = this.#jobs.get(id)
    if (job === undefined) return dropped
    const { sink, unwanted } = job
    if (sink === undefined || !canStream) return undefined
    return {
      push: (bytes) => {
        if (!Deferred.isDoneUnsafe(unwanted)) sink.push(bytes)
      },
      pending: () => {
        const pending = sink.pending()
        if (pending === undefined) return undefined
        this.#backpressured += 1
        return Effect.raceFirst(pending, Deferred.await(unwanted)).pipe(
          // A failing sink ends its job, not the connection. The rest of the reply is dropped.
          Effect.catchCause((cause) => Effect.asVoid(this.#abandon(id, Exit.failCause(cause)))),
          Effect.ensuring(Effect.sync(() => {
            this.#backpressured -= 1
          }))
        )
      }
    }
  }

  /** Whether the connection waits for a sink, so that no job on it can progress. */
  get isBackpressured(): boolean {
    return this.#backpressured > 0
  }

  // Ends a job whose reply is still arriving.
  #abandon(id: string, exit: Exit.Exit<Package.Package, DispatcherError>): Effect.Effect<boolean> {
    this.#abandoned.add(id)
    return this.settle(id, exit)
  }

  /** Reports that bytes of a reply have arrived. */
  receiving(id: string, bytes: number, total: number): Effect.Effect<void> {
    return this.#jobs.get(id)?.producer.receiving(bytes, total) ?? Effect.void
  }

  /** Ends a job and removes it. Returns false if there is no such job. */
  settle(id: string, exit: Exit.Exit<Package.Package, DispatcherError>): Effect.Effect<boolean> {
    return Effect.suspend(() => {
      const job = this.#jobs.get(id)
      if (job === undefined) return Effect.succeed(false)
      this.#jobs.delete(id)
      return job.producer.finish(exit).pipe(
        Effect.andThen(Deferred.succeed(job.settled, undefined)),
        Effect.andThen(Deferred.succeed(job.unwanted, undefined)),
        Effect.andThen(job.isCounted ? this.releasePermit : Effect.void),
        Effect.andThen(this.isRetired && this.#jobs.size === 0 ? this.#onIdle : Effect.void),
        Effect.as(true)
      )
    }).pipe(Effect.uninterruptible)
  }

  /** Ends every job, and releases the callers that wait for a permit. They find that the connection has ended. */
  end(exit: Exit.Exit<Package.Package, DispatcherError>): Effect.Effect<void> {
    return Effect.suspend(() =>
      Effect.forEach([...this.#jobs.keys()], (id) => this.settle(id, exit), { discard: true })
    )
      .pipe(Effect.andThen(this.#permits.resize(Number.MAX_SAFE_INTEGER)))
  }

  /** Returns, once per job, whether a reply belongs to a job that was given up. */
  isLate(id: string): boolean {
    return this.#abandoned.delete(id)
  }

  /**
   * Gives a job up: sends a cancel and waits for its end up to `cancelTimeout`. Otherwise it retires the connection.
   *
   * After one job has hung, further jobs are cancelled without waiting.
   */
  giveUp(id: string): Effect.Effect<void> {
    return Effect.suspend(() => {
      const job = this.#jobs.get(id)
      if (job === undefined) return Effect.void
      Deferred.doneUnsafe(job.unwanted, Exit.void)
      const isCancelled = job.cancel !== undefined && job.isSent
      const cancel = isCancelled ? job.producer.job.cancel : Effect.void
      const ending = isCancelled && !this.isRetired
        ? Effect.andThen(cancel, Deferred.await(job.settled)).pipe(
          Effect.interruptible,
          Effect.timeoutOption(this.#limits.cancelTimeout),
          Effect.asVoid
        )
        : Effect.asVoid(Effect.forkIn(cancel, this.#scope, { startImmediately: true }))
      return Effect.andThen(
        ending,
        Effect.suspend(() => {
          if (!this.#jobs.has(id)) return Effect.void
          if (job.isSent) this.#abandoned.add(id)
          this.isRetired ||= isCancelled
          return Effect.asVoid(this.settle(id, Exit.interrupt()))
        })
      )
    })
  }

  // The request is sent once. A caller that stops waiting for the outcome does not stop it.
  #makeCancel(id: string, send: SendCancel): Effect.Effect<Job.CancelOutcome> {
    let outcome: Deferred.Deferred<Job.CancelOutcome> | undefined
    return Effect.uninterruptibleMask((restore) =>
      Effect.suspend(() => {
        if (outcome !== undefined) return restore(Deferred.await(outcome))
        const job = this.#jobs.get(id)
        if (job === undefined) return Effect.succeed("not-running")
        const reported = outcome = Deferred.makeUnsafe<Job.CancelOutcome>()
        const sending = Effect.timeoutOrElse(send(id), {
          duration: this.#limits.cancelTimeout,
          orElse: () => Effect.succeed("unknown" as const)
        }).pipe(
          Effect.interruptible,
          // The outcome is always reported, however the request ends.
          Effect.onExit((exit) => Deferred.succeed(reported, Exit.isSuccess(exit) ? exit.value : "unknown"))
        )
        return job.producer.cancelling.pipe(
          Effect.andThen(Effect.forkIn(sending, this.#scope, { startImmediately: true })),
          Effect.andThen(restore(Deferred.await(reported)))
        )
      })
    )
  }
}
