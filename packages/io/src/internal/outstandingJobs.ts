/** The jobs of a connection that are unanswered: their replies, their cancelling, and what becomes of those given up. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import type { DispatcherError } from "../DispatcherError.ts"
import * as Job from "../Job.ts"
import type * as Limits from "../Limits.ts"
import type * as Package from "../protocol/Package.ts"

/** How a server is asked to stop the work of a job. */
export type AskToCancel = (id: string) => Effect.Effect<Job.CancelOutcome>

/** What a job begins with. */
export interface JobOptions {
  /** Without it the job cannot be cancelled. */
  readonly cancel?: AskToCancel | undefined
  /** Whether it counts towards the most that may be unanswered. */
  readonly isCounted: boolean
}

interface Outstanding extends JobOptions {
  readonly producer: Job.Producer<Package.Package, DispatcherError>
  readonly replied: Deferred.Deferred<void>
}

/** The unanswered jobs of one connection. */
export class OutstandingJobs {
  private readonly jobs = new Map<string, Outstanding>()
  // Given up: their replies may still come, and are no strays.
  private readonly abandoned = new Set<string>()
  private readonly room: Semaphore.Semaphore
  private readonly limits: Limits.Limits
  private readonly scope: Scope.Scope
  private readonly onIdle: Effect.Effect<void>
  /** Whether the connection takes no more jobs, for one of them did not end. */
  isRetired = false

  /** `onIdle` is run when the connection is retired and the last job has ended; in the scope servers are asked to cancel. */
  constructor(limits: Limits.Limits, scope: Scope.Scope, onIdle: Effect.Effect<void>) {
    this.limits = limits
    this.scope = scope
    this.onIdle = onIdle
    this.room = Semaphore.makeUnsafe(limits.maxOutstanding)
  }

  /** Waits until one more job may be sent. */
  get takeRoom(): Effect.Effect<void> {
    return this.room.take(1)
  }

  /** Gives the room back of a job that was not begun. */
  get releaseRoom(): Effect.Effect<void> {
    return this.room.release(1)
  }

  /** Begins a job. */
  add(id: string, options: JobOptions): Effect.Effect<Job.Producer<Package.Package, DispatcherError>> {
    const ask = options.cancel
    const cancel = ask === undefined ? undefined : this.makeCancel(id, ask)
    return Effect.map(Job.make<Package.Package, DispatcherError>(id, cancel), (producer) => {
      this.jobs.set(id, { ...options, producer, replied: Deferred.makeUnsafe<void>() })
      return producer
    })
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
        Effect.andThen(Deferred.succeed(job.replied, undefined)),
        Effect.andThen(job.isCounted ? this.releaseRoom : Effect.void),
        Effect.andThen(this.isRetired && this.jobs.size === 0 ? this.onIdle : Effect.void),
        Effect.as(true)
      )
    })
  }

  /** Ends every job. */
  settleAll(exit: Exit.Exit<Package.Package, DispatcherError>): Effect.Effect<void> {
    return Effect.suspend(() => Effect.forEach([...this.jobs.keys()], (id) => this.settle(id, exit), { discard: true }))
  }

  /** Tells, once, whether a reply is the late one to a job that was given up. */
  isLate(id: string): boolean {
    return this.abandoned.delete(id)
  }

  /** Gives a job up: asks for it to be cancelled, waits a moment for its end, and else retires the connection. */
  giveUp(id: string): Effect.Effect<void> {
    return Effect.suspend(() => {
      const job = this.jobs.get(id)
      if (job === undefined) return Effect.void
      const { cancel, producer, replied } = job
      const wait = cancel === undefined ?
        Effect.void :
        Effect.andThen(producer.job.cancel, Deferred.await(replied)).pipe(
          Effect.interruptible,
          Effect.timeoutOption(this.limits.cancelTimeout)
        )
      return Effect.andThen(
        wait,
        Effect.suspend(() => {
          if (!this.jobs.has(id)) return Effect.void
          this.abandoned.add(id)
          this.isRetired ||= cancel !== undefined
          return Effect.asVoid(this.settle(id, Exit.interrupt()))
        })
      )
    })
  }

  // Once, and on behalf of the connection: who gives up waiting for the answer does not stop the asking.
  private makeCancel(id: string, ask: AskToCancel): Effect.Effect<Job.CancelOutcome> {
    const outcome = Deferred.makeUnsafe<Job.CancelOutcome>()
    let isAsked = false
    return Effect.suspend(() => {
      if (isAsked) return Deferred.await(outcome)
      const job = this.jobs.get(id)
      if (job === undefined) return Effect.succeed("not-running")
      isAsked = true
      const asking = Effect.timeoutOrElse(ask(id), {
        duration: this.limits.cancelTimeout,
        orElse: () => Effect.succeed("unknown" as const)
      })
      return job.producer.cancelling.pipe(
        Effect.andThen(Effect.forkIn(Effect.flatMap(asking, (said) => Deferred.succeed(outcome, said)), this.scope)),
        Effect.uninterruptible,
        Effect.andThen(Deferred.await(outcome))
      )
    })
  }
}
