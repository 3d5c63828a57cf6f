/** A source that asks a dispatcher. */
import * as BackupTreeRequest from "@backup-tree/core/BackupTreeRequest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import type { BackupSource } from "../BackupSource.ts"
import { BackupSourceError, type BackupSourceReason } from "../BackupSourceError.ts"
import * as BackupSourceMetrics from "../BackupSourceMetrics.ts"
import * as DispatcherClient from "../DispatcherClient.ts"
import { DispatcherError, SessionMissing, SessionWithheld } from "../DispatcherError.ts"
import * as Endpoint from "../Endpoint.ts"
import * as Job from "../Job.ts"
import { decodeAnswer, type TextOptions } from "./localSource.ts"

type Service = BackupSource["Service"]
type Request = BackupTreeRequest.BackupTreeRequest
type CallOptions = BackupTreeRequest.CallOptions

/** A server whose backups the asked one is to read: it must be reachable from there by this host and port. */
export interface TargetOptions extends Omit<DispatcherClient.Options, "endpoint"> {
  readonly endpoint: Endpoint.TcpEndpoint
}

/** How a source asks a dispatcher. */
export interface DispatcherOptions extends DispatcherClient.Options, TextOptions {
  /**
   * A server that keeps the backups of the one that is asked. The source logs in there too, and passes on that session.
   */
  readonly target?: TargetOptions | undefined
  /** How many questions are asked at once, each on a connection of its own; further ones wait. 8 unless told. */
  readonly maxConcurrent?: number | undefined
  /**
   * When a question that failed is asked again, by `getBackupTree` and `getBackupTreeXml`; never unless told. What cannot be mended by asking is not asked again, and
   * what may have been an accident only once. Source: SEMANTICS 6.
   */
  readonly retry?: Schedule.Schedule<unknown, BackupSourceError> | undefined
}

/** The most questions at once; a dispatcher takes 16 logins at a time from all its clients together. */
export const defaultMaxConcurrent = 8

/** Makes a source of a dispatcher. */
export const makeDispatcher = (options: DispatcherOptions): Service => {
  const endpoint = Endpoint.print(options.endpoint)
  const failed = (reason: BackupSourceReason) => new BackupSourceError({ source: endpoint, reason })
  const decode = decodeAnswer({ _tag: "Dispatcher", endpoint }, options)
  const ask = makeAsk(options, endpoint)
  const submit: Service["submit"] = (request, call) =>
    Effect.flatMap(
      Effect.mapError(ask(request, call), failed),
      (job) =>
        Job.transform(job, (text) => Effect.flatMap(Effect.mapError(text, failed), (text) => decode(text, request)))
    )
  const submitXml = (request: Request, call?: CallOptions) =>
    Effect.map(ask(request, call), (job) => ({ ...job, await: Effect.mapError(job.await, failed) }))
  // Spans say where and what kind of question; never an id that may be a session's.
  const spanned = (name: string, { subject }: Request) =>
    Effect.withSpan(`BackupSource.${name}`, { attributes: { endpoint, subject: subject._tag } })
  const answered = <A>(name: string, request: Request, question: Effect.Effect<A, BackupSourceError>) =>
    retryByClass(question, options.retry).pipe(BackupSourceMetrics.observe(endpoint), spanned(name, request))
  return {
    submit: (request, call) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.gen(function*() {
          const end = yield* BackupSourceMetrics.begin(endpoint)
          const job = yield* Effect.onError(restore(submit(request, call)), (cause) => end(Exit.failCause(cause)))
          yield* Effect.forkScoped(Effect.onExit(Effect.interruptible(job.await), end), { startImmediately: true })
          return job
        })
      ).pipe(spanned("submit", request)),
    getBackupTree: (request, call) =>
      answered("getBackupTree", request, Effect.scoped(Effect.flatMap(submit(request, call), (job) => job.await))),
    getBackupTreeXml: (request, call) =>
      answered(
        "getBackupTreeXml",
        request,
        Effect.mapError(submitXml(request, call), failed).pipe(
          Effect.flatMap((job) => job.await),
          Effect.scoped
        )
      ),
    decode
  }
}

/** Makes what sends a question, on a connection of its own; room and connection are given back when the job has ended. */
const makeAsk = (options: DispatcherOptions, endpoint: string) => {
  const room = Semaphore.makeUnsafe(Math.max(1, options.maxConcurrent ?? defaultMaxConcurrent))
  return (
    request: Request,
    call: CallOptions = BackupTreeRequest.defaultCallOptions
  ): Effect.Effect<Job.Job<string, DispatcherError>, DispatcherError, Scope.Scope> =>
    Effect.gen(function*() {
      const hasTarget = options.target !== undefined || call.target._tag === "TargetServer"
      // Before a password is sent in clear for nothing.
      if (hasTarget && (options.securityLevel === "low" || options.target?.securityLevel === "low")) {
        return yield* Effect.fail(new DispatcherError({ endpoint, reason: new SessionWithheld({}) }))
      }
      const own = yield* Scope.fork(yield* Effect.scope)
      const job = yield* Effect.gen(function*() {
        yield* Effect.acquireRelease(room.take(1), () => room.release(1), { interruptible: true })
        const client = yield* DispatcherClient.connect(options)
        const target = options.target === undefined ? call.target : yield* logInAt(options.target)
        return yield* client.getBackupTree(BackupTreeRequest.toParameters(request, { ...call, target }))
      }).pipe(Scope.provide(own), Effect.onError(() => Scope.close(own, Exit.void)))
      yield* Effect.forkScoped(Effect.andThen(Effect.exit(job.await), Scope.close(own, Exit.void)), {
        startImmediately: true
      })
      return job
    })
}

/** Logs in at a target, whose session stays until the scope closes; the asked server uses it meanwhile. */
const logInAt = (options: TargetOptions) =>
  Effect.gen(function*() {
    const { endpoint, server } = yield* DispatcherClient.connect(options)
    if (server.session === null) {
      return yield* Effect.fail(new DispatcherError({ endpoint, reason: new SessionMissing({}) }))
    }
    const { host, port } = options.endpoint
    return { _tag: "TargetServer" as const, host, port, session: server.session }
  })

/** Asks again by the retry class of each failure: what is transient as the schedule says, what may be an accident once. */
const retryByClass = <A, R>(
  question: Effect.Effect<A, BackupSourceError, R>,
  schedule: Schedule.Schedule<unknown, BackupSourceError> | undefined
): Effect.Effect<A, BackupSourceError, R> =>
  schedule === undefined ? question : Effect.suspend(() => {
    let accidents = 0
    return Effect.retry(question, {
      schedule,
      while: ({ retryClass }) => retryClass === "transient" || (retryClass === "once" && (accidents += 1) === 1)
    })
  })
