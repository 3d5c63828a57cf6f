/** A source that queries a dispatcher. */
import * as ListingFilter from "@backup-tree/core/listing/ListingFilter"
import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import type { XmlError } from "@backup-tree/core/xml/XmlError"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import { type BackupSourceError, fromDispatcherError, RequestedBackupMissing } from "../BackupSourceError.ts"
import * as DispatcherClient from "../dispatcher/DispatcherClient.ts"
import { DispatcherError, SessionMissing, SessionWithheld } from "../dispatcher/DispatcherError.ts"
import * as Endpoint from "../dispatcher/Endpoint.ts"
import * as Job from "../dispatcher/Job.ts"
import * as TreeStream from "../dispatcher/TreeStream.ts"
import { decodeReply, failing, listReply, requestedId } from "./replyListing.ts"
import type { CallOptions, Request, SourceImplementation, TextOptions } from "./sourceService.ts"
import * as TreeKeeper from "./treeKeeper.ts"

/**
 * A server that keeps the backups of the queried one. The queried server must reach it by this host and port.
 *
 * @category models
 * @since 0.2.0
 */
export interface TargetOptions extends Omit<DispatcherClient.Options, "endpoint"> {
  readonly endpoint: Endpoint.TcpEndpoint
}

/**
 * Options for a source that queries a dispatcher.
 *
 * @category models
 * @since 0.2.0
 */
export interface Options extends DispatcherClient.Options, TextOptions {
  /** A server that keeps the backups of the queried one. The source also logs in there, and passes that session on. */
  readonly target?: TargetOptions | undefined
  /** The maximum number of concurrent requests, each on a connection of its own (default: 8). Further ones wait. */
  readonly maxConcurrent?: number | undefined
}

/** The default maximum of concurrent requests. A dispatcher accepts 16 logins at a time from all clients together. */
export const defaultMaxConcurrent = 8

/** Makes a source of a dispatcher. */
export const make = (options: Options): SourceImplementation => {
  const source = { _tag: "Dispatcher", endpoint: Endpoint.print(options.endpoint) } as const
  const send = makeSend(options)
  const sourceError = (error: DispatcherError | XmlError): BackupSourceError =>
    error._tag === "DispatcherError" ? fromDispatcherError(error) : failing(source)(error)
  const stream = (request: Request, call: CallOptions | undefined, sink: DispatcherClient.EnvironmentSink) =>
    send(
      request,
      call,
      (client, parameters) =>
        client.streamBackupTree(parameters, sink, {
          mode: "tolerant",
          maxElements: options.maxElements,
          maxHeldBytes: TreeKeeper.maxTreeBytes(options.maxTreeBytes)
        })
    ).pipe(
      Effect.mapBoth({ onFailure: sourceError, onSuccess: (job) => Job.mapError(job, sourceError) })
    )
  return {
    source,
    submit: (request, call) =>
      Effect.suspend(() => {
        const keeper = new TreeKeeper.TreeKeeper(TreeKeeper.maxTreeBytes(options.maxTreeBytes))
        const sink: DispatcherClient.EnvironmentSink = (some) => Effect.sync(() => keeper.add(some))
        return Effect.flatMap(stream(request, call, sink), (job) =>
          Job.mapEffect(job, ({ kept, notes }) =>
            Effect.flatMap(
              Effect.mapError(Effect.fromResult(keeper.environments), failing(source)),
              (environments) =>
                listReply({ tree: { environments, kept }, notes }, request, source)
            )))
      }),
    streamEnvironments: (request, call) =>
      TreeStream.make((sink) =>
        readRequested(request, sink, (all) => Effect.flatMap(stream(request, call, all), (job) => job.await)).pipe(
          Effect.catchTag("RequestedBackupMissing", (missing) => Effect.fail(failing(source)(missing)))
        )
      ),
    getBackupTreeXml: (request, call) =>
      send(request, call, (client, parameters) => client.getBackupTree(parameters)).pipe(
        Effect.flatMap((job) => job.await),
        Effect.scoped,
        Effect.mapError(sourceError)
      ),
    decode: decodeReply(source, options)
  }
}

/** Passes on the environments that match the request. Fails if the requested backup is missing. */
const readRequested = <E, R>(
  request: Request,
  sink: DispatcherClient.EnvironmentSink,
  read: (sink: DispatcherClient.EnvironmentSink) => Effect.Effect<unknown, E, R>
): Effect.Effect<void, E | RequestedBackupMissing, R> =>
  Effect.suspend(() => {
    const id = requestedId(request)
    let isFound = false
    const filtering: DispatcherClient.EnvironmentSink = (some) => {
      const environments = some.flatMap((environment) => ListingFilter.filterEnvironment(environment, request))
      isFound ||= Option.isSome(ListingFilter.requestedBackup({ environments }, request))
      return sink(environments)
    }
    return Effect.andThen(
      read(filtering),
      Effect.suspend(() => id === undefined || isFound ? Effect.void : Effect.fail(new RequestedBackupMissing({ id })))
    )
  })

/** Makes a function that sends each request on its own connection, which it closes when the job ends. */
const makeSend = (options: Options) => {
  const permits = Semaphore.makeUnsafe(Math.max(1, options.maxConcurrent ?? defaultMaxConcurrent))
  return Effect.fnUntraced(function*<A, E>(
    request: Request,
    call: CallOptions = BackupTreeRequest.defaultCallOptions,
    send: (
      client: DispatcherClient.DispatcherClient,
      parameters: BackupTreeRequest.Parameters
    ) => Effect.Effect<Job.Job<A, E>, DispatcherError, Scope.Scope>
  ): Effect.fn.Return<Job.Job<A, E>, DispatcherError, Scope.Scope> {
    const hasTarget = options.target !== undefined || call.target._tag === "TargetServer"
    // Fails before it sends a password in the clear.
    if (hasTarget && (options.securityLevel === "low" || options.target?.securityLevel === "low")) {
      const endpoint = Endpoint.print(options.endpoint)
      return yield* Effect.fail(new DispatcherError({ endpoint, reason: new SessionWithheld() }))
    }
    const own = yield* Scope.fork(yield* Effect.scope)
    const job = yield* Effect.gen(function*() {
      yield* Effect.acquireRelease(permits.take(1), () => permits.release(1), { interruptible: true })
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

/** Logs in at a target. Its session lasts until the scope closes, and the queried server uses it meanwhile. */
const logInAt = Effect.fnUntraced(function*(options: TargetOptions) {
  const { endpoint, server } = yield* DispatcherClient.connect(options)
  if (server.session === undefined) {
    return yield* Effect.fail(new DispatcherError({ endpoint, reason: new SessionMissing() }))
  }
  const { host, port } = options.endpoint
  return { _tag: "TargetServer" as const, host, port, session: server.session }
})
