/** A source that asks a dispatcher. */
import * as ListingFilter from "@backup-tree/core/listing/ListingFilter"
import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import type * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import type { BackupSource } from "../BackupSource.ts"
import { BackupSourceError, type BackupSourceReason, RequestedBackupMissing } from "../BackupSourceError.ts"
import * as DispatcherClient from "../dispatcher/DispatcherClient.ts"
import { DispatcherError, SessionMissing, SessionWithheld } from "../dispatcher/DispatcherError.ts"
import * as Endpoint from "../dispatcher/Endpoint.ts"
import * as Job from "../dispatcher/Job.ts"
import * as TreeStream from "../dispatcher/TreeStream.ts"
import * as BackupSourceMetrics from "./BackupSourceMetrics.ts"
import { decodeAnswer, listAnswer, requestedId, type TextOptions } from "./LocalSource.ts"

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
   * When a question that failed is asked again, by `getBackupTree` and `getBackupTreeXml`; never unless told. What cannot
   * be mended by asking is not asked again, and what may have been an accident only once. Source: SEMANTICS 6.
   */
  readonly retry?: Schedule.Schedule<unknown, BackupSourceError> | undefined
}

/** The most questions at once; a dispatcher takes 16 logins at a time from all its clients together. */
export const defaultMaxConcurrent = 8

/** Makes a source of a dispatcher. */
export const makeDispatcher = (options: DispatcherOptions): Service => {
  const endpoint = Endpoint.print(options.endpoint)
  const failed = (reason: BackupSourceReason) => new BackupSourceError({ source: endpoint, reason })
  const source = { _tag: "Dispatcher", endpoint } as const
  const ask = makeAsk(options, endpoint)
  const stream = (request: Request, call: CallOptions | undefined, take: DispatcherClient.TakeEnvironments) =>
    Effect.mapError(
      ask(
        request,
        call,
        (client, parameters) =>
          client.streamBackupTree(parameters, take, { mode: "tolerant", maxElements: options.maxElements })
      ),
      failed
    )
  const submit: Service["submit"] = (request, call) =>
    Effect.suspend(() => {
      const environments: Array<BackupTree.VirtualEnvironment> = []
      const take: DispatcherClient.TakeEnvironments = (some) =>
        Effect.sync(() => some.forEach((environment) => environments.push(environment)))
      return Effect.flatMap(stream(request, call, take), (job) =>
        Job.transform(job, (rest) =>
          Effect.flatMap(Effect.mapError(rest, failed), ({ kept, notes }) =>
            listAnswer({ tree: { environments, kept }, notes }, request, source))))
    })
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
    streamEnvironments: (request, call) =>
      TreeStream.make((take) =>
        readMeant(
          request,
          take,
          (takeAll) => Effect.flatMap(stream(request, call, takeAll), (job) => Effect.mapError(job.await, failed))
        ).pipe(
          Effect.catchTag("RequestedBackupMissing", (missing) => Effect.fail(failed(missing))),
          BackupSourceMetrics.observe(endpoint),
          spanned("streamEnvironments", request)
        )
      ),
    getBackupTreeXml: (request, call) =>
      answered(
        "getBackupTreeXml",
        request,
        ask(request, call, (client, parameters) => client.getBackupTree(parameters)).pipe(
          Effect.flatMap((job) => job.await),
          Effect.scoped,
          Effect.mapError(failed)
        )
      ),
    decode: decodeAnswer(source, options)
  }
}

/** Takes of the environments that are read what the request meant, and fails where what it asked for is not there. */
const readMeant = <E, R>(
  request: Request,
  take: DispatcherClient.TakeEnvironments,
  read: (take: DispatcherClient.TakeEnvironments) => Effect.Effect<unknown, E, R>
): Effect.Effect<void, E | RequestedBackupMissing, R> =>
  Effect.suspend(() => {
    const id = requestedId(request)
    let isFound = false
    const takeMeant: DispatcherClient.TakeEnvironments = (some) => {
      const environments = some.flatMap((environment) => ListingFilter.filterEnvironment(environment, request))
      isFound ||= Option.isSome(ListingFilter.requestedBackup({ environments, kept: [] }, request))
      return take(environments)
    }
    return Effect.andThen(
      read(takeMeant),
      Effect.suspend(() => id === undefined || isFound ? Effect.void : Effect.fail(new RequestedBackupMissing({ id })))
    )
  })

/** Makes what sends a question, on a connection of its own; room and connection are given back when the job has ended. */
const makeAsk = (options: DispatcherOptions, endpoint: string) => {
  const room = Semaphore.makeUnsafe(Math.max(1, options.maxConcurrent ?? defaultMaxConcurrent))
  return <A, E>(
    request: Request,
    call: CallOptions = BackupTreeRequest.defaultCallOptions,
    send: (
      client: DispatcherClient.DispatcherClient,
      parameters: BackupTreeRequest.Parameters
    ) => Effect.Effect<Job.Job<A, E>, DispatcherError, Scope.Scope>
  ): Effect.Effect<Job.Job<A, E>, DispatcherError, Scope.Scope> =>
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
        return yield* send(client, BackupTreeRequest.toParameters(request, { ...call, target }))
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
