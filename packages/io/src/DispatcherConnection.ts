/**
 * A connection to a dispatcher: handshake, heartbeats both ways, replies matched to requests, orderly close, and loss.
 *
 * When a connection ends, by whatever cause, every job on it ends with that cause. Source: PROTOCOL 2, 3 and 7.
 */
import * as Uuid from "@backup-tree/core/Uuid"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import {
  ConnectionLost,
  ConnectionSilent,
  DispatcherError,
  type DispatcherReason,
  HandshakeClosed,
  type Stage,
  Stalled,
  TimedOut
} from "./DispatcherError.ts"
import * as DispatcherTransport from "./DispatcherTransport.ts"
import * as Endpoint from "./Endpoint.ts"
import * as Job from "./Job.ts"
import * as JobPoller from "./JobPoller.ts"
import * as Handshake from "./protocol/Handshake.ts"
import * as Package from "./protocol/Package.ts"
import * as PackageParser from "./protocol/PackageParser.ts"
import * as PackageType from "./protocol/PackageType.ts"
import { type HandshakeError, StreamError } from "./protocol/ProtocolError.ts"
import * as RoutingTable from "./protocol/RoutingTable.ts"
import * as RandomUuid from "./RandomUuid.ts"

/** How often each side says that it is alive. Source: PROTOCOL 3.6. */
export const heartbeatInterval: Duration.Duration = Duration.seconds(10)

/** How many replies that answer nothing are dropped before the connection ends. Source: PROTOCOL 10. */
export const maxStrayReplies = 100

/** The limits of a connection. */
export interface Limits {
  /** For connecting, the handshake and TLS together. */
  readonly connectTimeout: Duration.Duration
  /** Without a single byte for this long the peer counts as dead. */
  readonly silenceTimeout: Duration.Duration
  /** From the first to the last byte of one package. */
  readonly packageTimeout: Duration.Duration
  /** Without a byte of its reply for this long a job counts as stalled. */
  readonly stallAfter: Duration.Duration
  /** The longest reply, in bytes. */
  readonly maxReplyBytes: number
}

/** The limits of PROTOCOL 10 and DESIGN 4. */
export const defaultLimits: Limits = {
  connectTimeout: Duration.seconds(60),
  silenceTimeout: Duration.seconds(30),
  packageTimeout: Duration.minutes(10),
  stallAfter: JobPoller.defaultStallAfter,
  maxReplyBytes: PackageParser.defaultMaxPackageBytes
}

/** A connection that is up. */
export interface DispatcherConnection {
  readonly endpoint: string
  /** This connection's uuid, which becomes the session id after login: treat it like a password (PROTOCOL 5.5). */
  readonly uuid: Redacted.Redacted<string>
  /** What the server said of itself; its texts are untrusted. */
  readonly server: Handshake.ServerOpening
  /** Sends a command; the job's result is the package that answers it. */
  readonly request: (command: {
    readonly type: number
    readonly payload: Uint8Array
  }) => Effect.Effect<Job.Job<Package.Package, DispatcherError>, DispatcherError, Scope.Scope>
  /** Whether the connection is up. */
  readonly isOpen: Effect.Effect<boolean>
  /** Closes the connection at once, and ends every job on it. */
  readonly close: Effect.Effect<void>
}

/**
 * Connects to a dispatcher at level high and keeps the connection alive until the scope closes.
 *
 * Fails within `connectTimeout`. Closing the scope closes the socket and ends every job.
 */
export const connect = (
  endpoint: Endpoint.Endpoint,
  limits: Limits = defaultLimits
): Effect.Effect<DispatcherConnection, DispatcherError, Scope.Scope> =>
  Effect.gen(function*() {
    // The socket has a scope of its own, for it closes as soon as the connection is lost.
    const socketScope = yield* Effect.acquireRelease(Scope.make(), (scope) => Scope.close(scope, Exit.void))
    let stage: Stage = "connect"
    const opened = open(endpoint, (next) => (stage = next)).pipe(
      Scope.provide(socketScope),
      Effect.timeoutOrElse({
        duration: limits.connectTimeout,
        orElse: () =>
          Effect.fail(
            new DispatcherError({
              endpoint: Endpoint.print(endpoint),
              reason: new TimedOut({ stage, millis: Duration.toMillis(limits.connectTimeout) })
            })
          )
      })
    )
    const { header, server, transport } = yield* opened
    const run = yield* makeExchange(
      transport,
      { own: header.uuid, peer: server.header.uuid },
      limits,
      Scope.close(socketScope, Exit.void)
    )
    return { endpoint: transport.endpoint, uuid: Redacted.make(header.uuid), server, ...run }
  })

interface Opened {
  readonly transport: DispatcherTransport.DispatcherTransport
  readonly header: Handshake.HandshakeHeader
  readonly server: Handshake.ServerOpening
}

const open = (
  endpoint: Endpoint.Endpoint,
  enter: (stage: Stage) => void
): Effect.Effect<Opened, DispatcherError, Scope.Scope> =>
  Effect.gen(function*() {
    const transport = yield* DispatcherTransport.connect(endpoint)
    enter("handshake")
    const header = { senderType: Handshake.SenderType.client, uuid: yield* RandomUuid.next }
    const table = RoutingTable.forLevel("high")
    const server = yield* shakeHands(transport, header, table)
    enter("tls")
    yield* transport.secure("client")
    return { transport, header, server }
  })

const shakeHands = (
  transport: DispatcherTransport.DispatcherTransport,
  header: Handshake.HandshakeHeader,
  table: RoutingTable.RoutingTable
): Effect.Effect<Handshake.ServerOpening, DispatcherError> =>
  Effect.gen(function*() {
    const part = yield* refusable(
      transport,
      Handshake.encodeClientPart({ version: Handshake.ownVersion, header, table })
    )
    yield* transport.write(part)
    const server = yield* readPart(transport, Handshake.makeServerOpeningReader())
    const accepted = yield* readPart(transport, Handshake.makeTableReader())
    yield* refusable(transport, RoutingTable.confirm(table, accepted))
    return server
  }).pipe(
    // A refusal is a close without a word (PROTOCOL 2.5).
    Effect.catchReason(
      "DispatcherError",
      "ConnectionLost",
      ({ detail }) => failure(transport, new HandshakeClosed({ detail }))
    )
  )

const readPart = <A>(
  transport: DispatcherTransport.DispatcherTransport,
  reader: Handshake.Reader<A>
): Effect.Effect<A, DispatcherError> =>
  Effect.gen(function*() {
    while (true) {
      const read = yield* refusable(transport, reader.push(yield* transport.read))
      if (Option.isNone(read)) continue
      yield* transport.unread(read.value.rest)
      return read.value.value
    }
  })

const refusable = <A>(
  transport: DispatcherTransport.DispatcherTransport,
  result: Result.Result<A, HandshakeError>
): Effect.Effect<A, DispatcherError> =>
  Result.isSuccess(result) ? Effect.succeed(result.success) : failure(transport, result.failure)

const failure = (
  { endpoint }: DispatcherTransport.DispatcherTransport,
  reason: DispatcherReason
): Effect.Effect<never, DispatcherError> => Effect.fail(new DispatcherError({ endpoint, reason }))

type PackageJob = Job.Producer<Package.Package, DispatcherError>

/** The uuids of both ends, which packages name as senders and receivers. */
interface ConnectionUuids {
  readonly own: string
  readonly peer: string
}

/** Runs the exchange of packages on a transport that is up: the reader, the heartbeat, and the requests. */
const makeExchange = (
  transport: DispatcherTransport.DispatcherTransport,
  uuids: ConnectionUuids,
  limits: Limits,
  closeSocket: Effect.Effect<void>
): Effect.Effect<Pick<DispatcherConnection, "request" | "isOpen" | "close">, never, Scope.Scope> =>
  Effect.gen(function*() {
    const { endpoint } = transport
    const jobs = new Map<string, PackageJob>()
    // Jobs that were given up: their replies may still come, and are no strays.
    const retired = new Set<string>()
    const ended = yield* Deferred.make<never, DispatcherError>()

    const end = (error: DispatcherError) =>
      Effect.uninterruptible(Effect.gen(function*() {
        if (!(yield* Deferred.fail(ended, error))) return
        yield* closeSocket
        for (const job of jobs.values()) yield* job.finish(Exit.fail(error))
        jobs.clear()
      }))

    const dispatch = makeDispatch(endpoint, jobs, retired)
    const parser = PackageParser.makeParser({ maxPackageBytes: limits.maxReplyBytes })
    const reader = readPackages(transport, parser, limits, {
      onPackage: (received) => Effect.andThen(logStrangers(received, uuids), dispatch(received)),
      // An event may carry the uuid of a command; only a reply is news of its job (PROTOCOL 3.5).
      onProgress: ({ parentUuid, received, total, type }) =>
        PackageType.handling(type) === "reply"
          ? jobs.get(parentUuid)?.receiving(received, total) ?? Effect.void
          : Effect.void
    })
    yield* reader.pipe(Effect.catch(end), Effect.forkScoped)
    yield* Effect.sleep(heartbeatInterval).pipe(
      Effect.andThen(transport.write(Package.heartbeat)),
      Effect.forever,
      Effect.catch(end),
      Effect.forkScoped
    )
    const close = end(
      new DispatcherError({ endpoint, reason: new ConnectionLost({ stage: "reply", detail: "this side closed it" }) })
    )
    yield* Effect.addFinalizer(() => close)

    const request: DispatcherConnection["request"] = ({ payload, type }) =>
      Effect.gen(function*() {
        const id = yield* RandomUuid.next
        const bytes = Package.encode(Package.request({ uuid: id, senderUuid: uuids.own, type, payload }))
        if (Result.isFailure(bytes)) return yield* Effect.die(bytes.failure)
        const producer = yield* Job.make<Package.Package, DispatcherError>(id)
        yield* Effect.acquireRelease(
          Effect.sync(() => jobs.set(id, producer)),
          () =>
            Effect.suspend(() => {
              if (jobs.delete(id)) retired.add(id)
              return producer.finish(Exit.interrupt())
            })
        )
        yield* Effect.forkScoped(JobPoller.watchStalls(producer, {
          stallAfter: limits.stallAfter,
          onStall: (millis) => new DispatcherError({ endpoint, reason: new Stalled({ millis }) })
        }))
        yield* Effect.raceFirst(transport.write(bytes.success), Deferred.await(ended))
        return producer.job
      })
    return { request, close, isOpen: Effect.map(Deferred.isDone(ended), (done) => !done) }
  })

/** Reads packages until the connection ends, which is the only way in which this ends. */
const readPackages = (
  transport: DispatcherTransport.DispatcherTransport,
  parser: PackageParser.Parser,
  limits: Limits,
  handlers: {
    readonly onPackage: (received: Package.Package) => Effect.Effect<void, DispatcherError>
    readonly onProgress: (progress: PackageParser.Progress) => Effect.Effect<void>
  }
): Effect.Effect<never, DispatcherError> =>
  Effect.gen(function*() {
    const silence = Duration.toMillis(limits.silenceTimeout)
    const longest = Duration.toMillis(limits.packageTimeout)
    let begun = 0
    while (true) {
      const now = yield* Clock.currentTimeMillis
      if (parser.received() === 0) begun = now
      const left = begun + longest - now
      const late = left < silence
        ? new TimedOut({ stage: "reply", millis: longest })
        : new ConnectionSilent({ millis: silence })
      parser.push(
        yield* Effect.timeoutOrElse(transport.read, {
          duration: Duration.millis(Math.max(0, Math.min(silence, left))),
          orElse: () => failure(transport, late)
        })
      )
      const before = parser.received()
      let whole = 0
      while (true) {
        const next = parser.next()
        if (Result.isFailure(next)) return yield* failure(transport, next.failure)
        if (Option.isNone(next.success)) break
        whole += 1
        yield* handlers.onPackage(next.success.value)
      }
      if (whole > 0 || before === 0) begun = yield* Clock.currentTimeMillis
      const progress = parser.progress()
      if (Option.isSome(progress)) yield* handlers.onProgress(progress.value)
    }
  })

// A package of another sender, or to another receiver, is no fault, only told (PROTOCOL 3.5). The uuids are secrets.
const logStrangers = ({ receiverUuid, senderUuid, type }: Package.Package, uuids: ConnectionUuids) =>
  Effect.gen(function*() {
    if (!Uuid.equals(senderUuid, Uuid.nil) && !Uuid.equals(senderUuid, uuids.peer)) {
      yield* Effect.logDebug(`a package of type ${type} names a sender that is not the server`)
    }
    if (type === PackageType.DspWsResponse && !Uuid.equals(receiverUuid, uuids.own)) {
      yield* Effect.logDebug("a reply names a receiver that is not this connection")
    }
  })

/** Says what is done with a package from the server. Only replies finish jobs (PROTOCOL 3.5). */
const makeDispatch = (
  endpoint: string,
  jobs: Map<string, PackageJob>,
  retired: Set<string>
): (received: Package.Package) => Effect.Effect<void, DispatcherError> => {
  let strays = 0
  const refuse = (reason: StreamError["reason"], detail: string) =>
    Effect.fail(new DispatcherError({ endpoint, reason: new StreamError({ reason, stage: "packages", detail }) }))
  return (received) =>
    Effect.suspend(() => {
      switch (PackageType.handling(received.type)) {
        case "disconnect":
          return refuse("refused-type", `a management package of type ${received.type}`)
        case "reply": {
          const parent = received.parentUuid
          const job = jobs.get(parent)
          if (job !== undefined) {
            jobs.delete(parent)
            return job.finish(Exit.succeed(received))
          }
          if (retired.delete(parent)) return Effect.logDebug("dropped a late reply to a job that was given up")
          strays += 1
          return strays > maxStrayReplies
            ? refuse("stray-replies", `more than ${maxStrayReplies} replies that answer nothing`)
            : Effect.logDebug("dropped a reply that answers no request")
        }
        case "event":
          return Effect.logDebug(`dropped an event of type ${received.type}`)
        default:
          return Effect.void
      }
    })
}
