/** Exchanges packages on a connection that is up: requests, their replies, events, heartbeats, and the end. */
import type { SecurityLevel } from "@backup-tree/core/sdk/SecurityLevel"
import * as Uuid from "@backup-tree/core/sdk/Uuid"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as PubSub from "effect/PubSub"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Package from "../../protocol/Package.ts"
import * as PackageType from "../../protocol/PackageType.ts"
import { StreamError } from "../../protocol/ProtocolError.ts"
import * as RoutingTable from "../../protocol/RoutingTable.ts"
import { ConnectionLost, DispatcherError, Stalled } from "../DispatcherError.ts"
import * as DispatcherEvent from "../DispatcherEvent.ts"
import type * as DispatcherTransport from "../DispatcherTransport.ts"
import type * as Job from "../Job.ts"
import * as JobPoller from "../JobPoller.ts"
import * as Limits from "../Limits.ts"
import * as RandomUuid from "../RandomUuid.ts"
import { OutstandingJobs, type SendCancel } from "./outstandingJobs.ts"
import { dropped, type Handlers, readPackages, type ReplySink } from "./readPackages.ts"

/** A command to send. */
export interface Request {
  readonly type: number
  readonly payload: Uint8Array
  /** Requests the server to stop the work. Without it, the job cannot be cancelled. */
  readonly cancel?: SendCancel | undefined
  /** Bypasses `maxOutstanding`, because the command frees resources (cancel, logoff). */
  readonly isUrgent?: boolean | undefined
  /** Receives the content of the reply while it arrives. The job's result is then a package with empty buffers. */
  readonly sink?: ReplySink | undefined
}

/** The operations of a connection that is up. */
export interface Exchange {
  readonly request: (
    request: Request
  ) => Effect.Effect<Job.Job<Package.Package, DispatcherError>, DispatcherError, Scope.Scope>
  readonly events: Stream.Stream<DispatcherEvent.DispatcherEvent, DispatcherError>
  readonly isOpen: Effect.Effect<boolean>
  readonly close: Effect.Effect<void>
}

/** The two ends of a connection, and its security level. */
export interface Ends {
  readonly level: SecurityLevel
  /** The uuids that packages name as senders and receivers. */
  readonly own: string
  readonly peer: string
}

/** What the parts of an exchange share. */
interface Context extends Ends {
  readonly transport: DispatcherTransport.DispatcherTransport
  readonly limits: Limits.Limits
  readonly jobs: OutstandingJobs
  readonly events: PubSub.PubSub<Package.Package>
  readonly ended: Deferred.Deferred<never, DispatcherError>
}

/** Runs the exchange on a transport until it is closed or lost. Either ends every job on it. */
export const make = Effect.fnUntraced(function*(
  transport: DispatcherTransport.DispatcherTransport,
  ends: Ends,
  limits: Limits.Limits,
  closeSocket: Effect.Effect<void>
): Effect.fn.Return<Exchange, never, Scope.Scope> {
  const ended = yield* Deferred.make<never, DispatcherError>()
  const events = yield* PubSub.sliding<Package.Package>(limits.maxWaitingEvents)
  const end = Effect.fnUntraced(function*(error: DispatcherError): Effect.fn.Return<void> {
    if (!(yield* Deferred.fail(ended, error))) return
    // Jobs end first: a pending write fails when the socket closes, and would hide the reason.
    yield* jobs.end(Exit.fail(error))
    yield* closeSocket
  }, Effect.uninterruptible)
  const retire: Effect.Effect<void> = Effect.suspend(() =>
    end(lost(transport, "it was retired, because a job did not end"))
  )
  // Cancel requests have a scope of their own: a job may be given up because the scope of its caller is closing, and a
  // closing scope starts no fibers.
  const cancelScope = yield* Effect.acquireRelease(Scope.make(), (scope) => Scope.close(scope, Exit.void))
  const jobs = new OutstandingJobs(limits, cancelScope, retire)
  const context: Context = { ...ends, transport, limits, jobs, events, ended }

  yield* readPackages(transport, ends.level, limits, {
    sinkOf: makeSinkOf(context),
    onPackage: makeOnPackage(context),
    // An event may carry the uuid of a command; only a reply is progress of its job (PROTOCOL 3.5).
    onProgress: ({ parentUuid, received, total, type }) =>
      PackageType.handling(type) === "reply" ? jobs.receiving(parentUuid, received, total) : Effect.void
  }).pipe(
    Effect.catch(end),
    // A defect of this program would stop the reading, and every job would wait forever.
    Effect.catchDefect((defect) =>
      Effect.andThen(jobs.end(Exit.die(defect)), end(lost(transport, "a defect of this program stopped the reading")))
    ),
    Effect.annotateLogs({ endpoint: transport.endpoint }),
    Effect.forkScoped
  )
  yield* Effect.sleep(Limits.heartbeatInterval).pipe(
    Effect.andThen(write(context, PackageType.Heartbeat, Package.heartbeat)),
    Effect.forever,
    Effect.raceFirst(Deferred.await(ended)),
    Effect.catch(end),
    Effect.forkScoped
  )
  const close = end(lost(transport, "this side closed it"))
  yield* Effect.addFinalizer(() => close)
  return {
    request: makeRequest(context),
    events: Stream.fromPubSub(events).pipe(
      Stream.interruptWhen(Deferred.await(ended)),
      Stream.mapEffect(readEvent),
      Stream.flatMap(Stream.fromIterable)
    ),
    isOpen: Effect.map(Deferred.isDone(ended), (done) => !done),
    close
  }
})

const lost = ({ endpoint }: DispatcherTransport.DispatcherTransport, detail: string): DispatcherError =>
  new DispatcherError({ endpoint, reason: new ConnectionLost({ stage: "reply", detail }) })

const write = ({ level, transport }: Context, type: number, bytes: Uint8Array) =>
  transport.write(bytes, RoutingTable.routeOf(RoutingTable.forLevel(level), type) === "plain" ? "plain" : "tls")

const makeRequest = (context: Context): Exchange["request"] => ({ cancel, isUrgent = false, payload, sink, type }) =>
  Effect.uninterruptibleMask(Effect.fnUntraced(function*(restore) {
    const { ended, jobs, limits, own, transport } = context
    if (!isUrgent) yield* restore(jobs.takePermit)
    if ((jobs.isRetired && !isUrgent) || (yield* Deferred.isDone(ended))) {
      if (!isUrgent) yield* jobs.releasePermit
      return yield* jobs.isRetired
        ? Effect.fail(lost(transport, "it is retired, and accepts no more commands"))
        : Deferred.await(ended)
    }
    const id = yield* RandomUuid.next
    const bytes = Package.encode(Package.request({ uuid: id, senderUuid: own, type, payload }))
    if (Result.isFailure(bytes)) return yield* Effect.die(bytes.failure)
    const producer = yield* jobs.add(id, { sink, cancel, isCounted: !isUrgent })
    yield* Effect.addFinalizer(() => jobs.giveUp(id))
    const onStall = (millis: number) =>
      new DispatcherError({ endpoint: transport.endpoint, reason: new Stalled({ millis }) })
    const isBackpressured = () => jobs.isBackpressured
    yield* JobPoller.watchStalls(producer, { stallAfter: limits.stallAfter, onStall, isBackpressured }).pipe(
      // Giving a stalled job up releases its permit, and cancels its work on the server.
      Effect.andThen(jobs.giveUp(id)),
      Effect.forkScoped
    )
    const sent = Effect.suspend(() => {
      jobs.sending(id)
      return write(context, type, bytes.success)
    })
    // A peer that reads nothing blocks the write, until the job stalls or the connection ends.
    yield* restore(Effect.raceFirst(sent, Effect.asVoid(producer.job.await))).pipe(
      Effect.tapError((error) => jobs.settle(id, Exit.fail(error)))
    )
    return producer.job
  }))

/** Chooses the sink of a package's content. Only single-buffer replies are streamed. */
const makeSinkOf = ({ jobs, limits }: Context): Handlers["sinkOf"] => ({ buffersNumber, parentUuid, type }, total) => {
  switch (PackageType.handling(type)) {
    case "reply":
      return jobs.sinkOf(parentUuid, type === PackageType.DspWsResponse && buffersNumber === 1)
    case "event":
      return total > limits.maxEventBytes ? dropped : undefined
    default:
      return undefined
  }
}

/** Handles a package from the server. Only replies finish jobs (PROTOCOL 3.5). */
const makeOnPackage = (
  { events, jobs, limits, own, peer, transport }: Context
): (received: Package.Package) => Effect.Effect<void, DispatcherError> => {
  let strays = 0
  const refuse = (reason: StreamError["reason"], detail: string) =>
    Effect.fail(
      new DispatcherError({
        endpoint: transport.endpoint,
        reason: new StreamError({ reason, stage: "packages", detail })
      })
    )
  const onStray = (parentUuid: string): Effect.Effect<void, DispatcherError> => {
    if (jobs.isLate(parentUuid)) return Effect.logDebug("dropped a late reply to a job that was given up")
    strays += 1
    return strays > limits.maxStrayReplies
      ? refuse("stray-replies", `more than ${limits.maxStrayReplies} replies match no request`)
      : Effect.logDebug("dropped a reply that matches no request")
  }
  return Effect.fnUntraced(function*(received: Package.Package) {
    yield* logStrangers(received, { own, peer })
    switch (PackageType.handling(received.type)) {
      case "disconnect":
        return yield* refuse("refused-type", `a management package of type ${received.type} arrived`)
      case "reply":
        return (yield* jobs.settle(received.parentUuid, Exit.succeed(received)))
          ? undefined
          : yield* onStray(received.parentUuid)
      case "event":
        return isEmpty(received)
          ? yield* Effect.logDebug(`dropped an event that is empty, or has more than ${limits.maxEventBytes} bytes`)
          : void (yield* PubSub.publish(events, received))
      default:
        return
    }
  })
}

// A package with an unexpected sender or receiver is logged, not refused (PROTOCOL 3.5). The uuids are secrets.
const logStrangers = Effect.fnUntraced(function*(
  { receiverUuid, senderUuid, type }: Package.Package,
  { own, peer }: Pick<Ends, "own" | "peer">
) {
  if (!Uuid.equals(senderUuid, Uuid.nil) && !Uuid.equals(senderUuid, peer)) {
    yield* Effect.logDebug(`a package of type ${type} names a sender that is not the server`)
  }
  if (type === PackageType.DspWsResponse && !Uuid.equals(receiverUuid, own)) {
    yield* Effect.logDebug("a reply names a receiver that is not this connection")
  }
})

const isEmpty = ({ buffers }: Package.Package): boolean => buffers.every(({ bytes }) => bytes.length === 0)

// An event that cannot be read ends nothing (PROTOCOL 4.7).
const readEvent = (received: Package.Package): Effect.Effect<ReadonlyArray<DispatcherEvent.DispatcherEvent>> => {
  const event = DispatcherEvent.fromPackage(received)
  return Result.isSuccess(event)
    ? Effect.succeed([event.success])
    : Effect.as(Effect.logDebug(`dropped an event that cannot be read: ${event.failure.message}`), [])
}
