/** A source that asks a dispatcher. */
import * as BackupTreeRequest from "@backup-tree/core/BackupTreeRequest"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Semaphore from "effect/Semaphore"
import type { BackupSource } from "../BackupSource.ts"
import { BackupSourceError, type BackupSourceReason } from "../BackupSourceError.ts"
import * as BackupSourceMetrics from "../BackupSourceMetrics.ts"
import * as DispatcherClient from "../DispatcherClient.ts"
import { DispatcherError, SessionMissing } from "../DispatcherError.ts"
import * as Endpoint from "../Endpoint.ts"
import * as Job from "../Job.ts"
import { decodeAnswer, type TextOptions } from "./localSource.ts"

type Service = BackupSource["Service"]
type Request = BackupTreeRequest.BackupTreeRequest

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
   * When a question that failed is asked again; never unless told. What cannot be mended by asking is not asked again, and
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
  const room = Semaphore.makeUnsafe(options.maxConcurrent ?? defaultMaxConcurrent)
  const submitXml = (request: Request, call = BackupTreeRequest.defaultCallOptions) =>
    Effect.gen(function*() {
      yield* Effect.acquireRelease(room.take(1), () => room.release(1), { interruptible: true })
      const client = yield* DispatcherClient.connect(options)
      const target = options.target === undefined ? call.target : yield* logInAt(options.target)
      return yield* client.getBackupTree(BackupTreeRequest.toParameters(request, { ...call, target }))
    })
  const submit: Service["submit"] = (request, call) =>
    Effect.flatMap(
      Effect.mapError(submitXml(request, call), failed),
      (job) =>
        Job.transform(job, (text) => Effect.flatMap(Effect.mapError(text, failed), (text) => decode(text, request)))
    )
  // Spans say where and what kind of question; never an id that may be a session's.
  const asked = <A>(name: string, request: Request, question: Effect.Effect<A, BackupSourceError>) =>
    retryByClass(question, options.retry).pipe(
      BackupSourceMetrics.observe(endpoint),
      Effect.withSpan(`BackupSource.${name}`, { attributes: { endpoint, subject: request.subject._tag } })
    )
  return {
    submit: (request, call) =>
      Effect.withSpan(submit(request, call), "BackupSource.submit", {
        attributes: { endpoint, subject: request.subject._tag }
      }),
    getBackupTree: (request, call) =>
      asked("getBackupTree", request, Effect.scoped(Effect.flatMap(submit(request, call), (job) => job.await))),
    getBackupTreeXml: (request, call) =>
      asked(
        "getBackupTreeXml",
        request,
        Effect.mapError(Effect.scoped(Effect.flatMap(submitXml(request, call), (job) => job.await)), failed)
      ),
    decode
  }
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
