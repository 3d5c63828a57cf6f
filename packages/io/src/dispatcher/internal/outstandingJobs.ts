/** The jobs of a connection that are unanswered: their replies, their cancelling, and what becomes of those given up. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import type * as Package from "../../protocol/Package.ts"
import type { DispatcherError } from "../DispatcherError.ts"
import * as Job from "../Job.ts"
import type * as Limits from "../Limits.ts"
import type { Body } from "./readPackages.ts"

/** How a server is asked to stop the work of a job. */
export type AskToCancel = (id: string) => Effect.Effect<Job.CancelOutcome>

/** What a job begins with. */
export interface JobOptions {
  /** Without it the job cannot be cancelled. */
  readonly cancel?: AskToCancel | undefined
  /** Whether it counts towards the most that may be unanswered. */
  readonly isCounted: boolean
  /** What takes the content of its reply while it comes; the job's result is the package, emptied. */
  readonly body?: Body | undefined
}

interface Outstanding extends JobOptions {
  readonly producer: Job.Producer<Package.Package, DispatcherError>
  readonly settled: Deferred.Deferred<void>
  /** Done when nobody wants the reply any more: the job has ended, or is being given up. */
  readonly unwanted: Deferred.Deferred<void>
  /** Whether the server may know of it. */
  isSent: boolean
}

/** The unanswered jobs of one connection. */
export class OutstandingJobs {
  private readonly jobs = new Map<string, Outstanding>()
  // Given up: their replies may still come, and are no strays.
  private readonly abandoned = new Set<string>()
  // How many replies wait for somebody here, and not for the server.
  private held = 0
  private readonly room: Semaphore.Semaphore
  private readonly limits: Limits.Limits
  private readonly scope: Scope.Scope
  private readonly onIdle: Effect.Effect<void>
  /** Whether the connection takes no more jobs, for one of them did not end. */
  isRetired = false

  /** `onIdle` is run when the connection is retired and the last job has ended; `scope` is that of asking to cancel. */
  constructor(limits: Limits.Limits, scope: Scope.Scope, onIdle: Effect.Effect<void>) {
    this.limits = limits
    this.scope = scope
    this.onIdle = onIdle
    this.room = Semaphore.makeUnsafe(Math.max(1, limits.maxOutstanding))
  }

  /** Waits until one more job may be sent, or the connection has ended. */
  get takeRoom(): Effect.Effect<void> {
    return Effect.asVoid(this.room.take(1))
  }

  /** Gives the room back of a job that was not begun. */
  get releaseRoom(): Effect.Effect<void> {
    return Effect.asVoid(this.room.release(1))
  }

  /** Begins a job. */
  add(id: string, options: JobOptions): Effect.Effect<Job.Producer<Package.Package, DispatcherError>> {
    const ask = options.cancel
    const cancel = ask === undefined ? undefined : this.makeCancel(id, ask)
    return Effect.map(Job.make<Package.Package, DispatcherError>(id, cancel), (producer) => {
      this.jobs.set(id, {
        ...options,
        producer,
        settled: Deferred.makeUnsafe<void>(),
        unwanted: Deferred.makeUnsafe<void>(),
        isSent: false
      })
      return producer
    })
  }

  /** Says that a job is being sent: from now on the server may know of it. */
  sending(id: string): void {
    const job = this.jobs.get(id)
    if (job !== undefined) job.isSent = true
  }

  /** Tells whether a job is unanswered. */
  has(id: string): boolean {
    return this.jobs.has(id)
  }

  /** Returns what takes the content of a job's reply while it comes, as long as somebody wants it. */
  bodyOf(id: string): Body | undefined {
    const job = this.jobs.get(id)
    const body = job?.body
    return job && body && {
      push: (bytes) => {
        if (!Deferred.isDoneUnsafe(job.unwanted)) body.push(bytes)
      },
      pending: () => {
        const pending = body.pending()
        if (pending === undefined || Deferred.isDoneUnsafe(job.unwanted)) return undefined
        this.held += 1
        return Effect.raceFirst(pending, Deferred.await(job.unwanted)).pipe(
          // What fails here is what takes the reply, and not the connection: the job ends with it, the rest is dropped.
          Effect.catchCause((cause) => Effect.asVoid(this.abandon(id, Exit.failCause(cause)))),
          Effect.ensuring(Effect.sync(() => {
            this.held -= 1
          }))
        )
      }
    }
  }

  /** Tells whether the connection waits for somebody here, so that no job on it can move. */
  get isHeld(): boolean {
    return this.held > 0
  }

  // Ends a job whose reply is still arriving.
  private abandon(id: string, exit: Exit.Exit<Package.Package, DispatcherError>): Effect.Effect<boolean> {
    this.abandoned.add(id)
    return this.settle(id, exit)
  }

  /** Says that bytes of a reply have arrived. */
  receiving(id: string, bytes: number, total: number): Effect.Effect<void> {
    return this.jobs.get(id)?.producer.receiving(bytes, total) ?? Effect.void
  }

  /** Ends a job and takes it off the list; false where it was not there. */
  settle(id: string, exit: Exit.Exit<Package.Package, DispatcherError>): Effect.Effect<boolean> {
    return Effect.suspend(() => {
      const job = this.jobs.get(id)
      if (job === undefined) return Effect.succeed(false)
      this.jobs.delete(id)
      return job.producer.finish(exit).pipe(
        Effect.andThen(Deferred.succeed(job.settled, undefined)),
        Effect.andThen(Deferred.succeed(job.unwanted, undefined)),
        Effect.andThen(job.isCounted ? this.releaseRoom : Effect.void),
        Effect.andThen(this.isRetired && this.jobs.size === 0 ? this.onIdle : Effect.void),
        Effect.as(true)
      )
    }).pipe(Effect.uninterruptible)
  }

  /** Ends every job, and lets those pass that wait for room: what they find is a connection that has ended. */
  end(exit: Exit.Exit<Package.Package, DispatcherError>): Effect.Effect<void> {
    return Effect.suspend(() => Effect.forEach([...this.jobs.keys()], (id) => this.settle(id, exit), { discard: true }))
      .pipe(Effect.andThen(this.room.resize(Number.MAX_SAFE_INTEGER)))
  }

  /** Tells, once, whether a reply is the late one to a job that was given up. */
  isLate(id: string): boolean {
    return this.abandoned.delete(id)
  }

  /**
   * Gives a job up: asks for it to be cancelled, waits a moment for its end, and else retires the connection.
   *
   * A server that has let one job hang is not waited for again: further jobs are cancelled without waiting.
   */
  giveUp(id: string): Effect.Effect<void> {
    return Effect.suspend(() => {
      const job = this.jobs.get(id)
      if (job === undefined) return Effect.void
      Deferred.doneUnsafe(job.unwanted, Exit.void)
      const isAsked = job.cancel !== undefined && job.isSent
      const asking = isAsked ? job.producer.job.cancel : Effect.void
      const ending = isAsked && !this.isRetired
        ? Effect.andThen(asking, Deferred.await(job.settled)).pipe(
          Effect.interruptible,
          Effect.timeoutOption(this.limits.cancelTimeout),
          Effect.asVoid
        )
        : Effect.asVoid(Effect.forkIn(asking, this.scope, { startImmediately: true }))
      return Effect.andThen(
        ending,
        Effect.suspend(() => {
          if (!this.jobs.has(id)) return Effect.void
          if (job.isSent) this.abandoned.add(id)
          this.isRetired ||= isAsked
          return Effect.asVoid(this.settle(id, Exit.interrupt()))
        })
      )
    })
  }

  // Once, and on behalf of the connection: who gives up waiting for the answer does not stop the asking.
  private makeCancel(id: string, ask: AskToCancel): Effect.Effect<Job.CancelOutcome> {
    let outcome: Deferred.Deferred<Job.CancelOutcome> | undefined
    return Effect.uninterruptibleMask((restore) =>
      Effect.suspend(() => {
        if (outcome !== undefined) return restore(Deferred.await(outcome))
        const job = this.jobs.get(id)
        if (job === undefined) return Effect.succeed("not-running")
        const said = outcome = Deferred.makeUnsafe<Job.CancelOutcome>()
        const asking = Effect.timeoutOrElse(ask(id), {
          duration: this.limits.cancelTimeout,
          orElse: () => Effect.succeed("unknown" as const)
        }).pipe(
          Effect.interruptible,
          // However the asking ends, nobody waits for its outcome for ever.
          Effect.onExit((exit) => Deferred.succeed(said, Exit.isSuccess(exit) ? exit.value : "unknown"))
        )
        return job.producer.cancelling.pipe(
          Effect.andThen(Effect.forkIn(asking, this.scope, { startImmediately: true })),
          Effect.andThen(restore(Deferred.await(said)))
        )
      })
    )
  }
}
