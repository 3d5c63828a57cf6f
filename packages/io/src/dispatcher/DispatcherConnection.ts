/**
 * A connection to a dispatcher: handshake, heartbeats in both directions, replies matched to requests, close and loss.
 *
 * When a connection ends, every job on it ends with the same cause.
 *
 * @see [Protocol 2](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p2)
 * @see [Protocol 3](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p3)
 * @see [Protocol 7](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p7)
 * @since 0.2.0
 */
import type { SecurityLevel } from "@backup-tree/core/sdk/SecurityLevel"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import * as Handshake from "../protocol/Handshake.ts"
import type { HandshakeError } from "../protocol/ProtocolError.ts"
import * as RoutingTable from "../protocol/RoutingTable.ts"
import { DispatcherError, type DispatcherReason, HandshakeClosed, type Stage, TimedOut } from "./DispatcherError.ts"
import type { DispatcherEvent } from "./DispatcherEvent.ts"
import * as DispatcherTransport from "./DispatcherTransport.ts"
import * as Endpoint from "./Endpoint.ts"
import * as exchange from "./internal/exchange.ts"
import * as Limits from "./Limits.ts"
import * as RandomUuid from "./RandomUuid.ts"

/**
 * An open connection.
 *
 * @category models
 * @since 0.2.0
 */
export interface DispatcherConnection {
  readonly endpoint: string
  /**
   * The uuid of this connection, which becomes the session id: treat it like a password.
   *
   * @see [Protocol 5.5](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p5-5)
   */
  readonly uuid: Redacted.Redacted<string>
  /** The server's handshake. Its texts are untrusted. */
  readonly server: Handshake.ServerOpening
  /** The security level that both sides agreed on. */
  readonly securityLevel: SecurityLevel
  /**
   * Sends a command. The job's result is the package of the reply.
   *
   * The job belongs to the scope. If the scope closes before the reply has arrived, the job is cancelled, if its
   * command supports that. If the job does not end within `cancelTimeout`, the connection is retired: it accepts no
   * more commands, and closes when the jobs of other scopes have ended.
   */
  readonly request: exchange.Exchange["request"]
  /**
   * Events that the server sends after the subscription. The stream fails when the connection ends.
   *
   * A slow subscriber loses the oldest events. An event that cannot be read is dropped.
   */
  readonly events: Stream.Stream<DispatcherEvent, DispatcherError>
  /** Whether the connection is up. */
  readonly isOpen: Effect.Effect<boolean>
  /** Closes the connection at once, and ends every job on it. */
  readonly close: Effect.Effect<void>
}

/**
 * Options for a connection.
 *
 * @category models
 * @since 0.2.0
 */
export interface Options {
  /**
   * The requested security level (default: high). A server that refuses it closes the connection; it is never lowered.
   *
   * At low everything is unencrypted, passwords too. At normal only heartbeats are unencrypted.
   *
   * @see [Protocol 2.3](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p2-3)
   * @see [Protocol 2.7](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p2-7)
   */
  readonly securityLevel?: SecurityLevel | undefined
  readonly limits?: Limits.LimitsInput | undefined
}

/**
 * Connects to a dispatcher and keeps the connection alive until the scope closes.
 *
 * Fails within `connectTimeout`. Closing the scope closes the socket and ends every job.
 *
 * @category constructors
 * @since 0.2.0
 */
export const connect = Effect.fnUntraced(function*(
  endpoint: Endpoint.Endpoint,
  options: Options = {}
): Effect.fn.Return<DispatcherConnection, DispatcherError, Scope.Scope> {
  const limits = Limits.make(options.limits)
  const level = options.securityLevel ?? "high"
  // The socket has a scope of its own, because it closes as soon as the connection is lost.
  const socketScope = yield* Effect.acquireRelease(Scope.make(), (scope) => Scope.close(scope, Exit.void))
  let stage: Stage = "connect"
  const opened = open(endpoint, level, (next) => (stage = next)).pipe(
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
  const { header, server, transport } = yield* opened.pipe(
    // A failed connection leaves no handle to close the socket with.
    Effect.onError(() => Scope.close(socketScope, Exit.void)),
    Effect.withSpan("DispatcherConnection.connect", {
      attributes: { endpoint: Endpoint.print(endpoint), securityLevel: level }
    })
  )
  const running = yield* exchange.make(
    transport,
    { level, own: header.uuid, peer: server.header.uuid },
    limits,
    Scope.close(socketScope, Exit.void)
  )
  return {
    endpoint: transport.endpoint,
    uuid: Redacted.make(header.uuid),
    server,
    securityLevel: level,
    ...running
  }
})

interface Opened {
  readonly transport: DispatcherTransport.DispatcherTransport
  readonly header: Handshake.HandshakeHeader
  readonly server: Handshake.ServerOpening
}

const open = Effect.fnUntraced(function*(
  endpoint: Endpoint.Endpoint,
  level: SecurityLevel,
  enter: (stage: Stage) => void
): Effect.fn.Return<Opened, DispatcherError, Scope.Scope> {
  const transport = yield* DispatcherTransport.connect(endpoint)
  enter("handshake")
  const header = { senderType: Handshake.SenderType.client, uuid: yield* RandomUuid.next }
  const server = yield* shakeHands(transport, header, level)
  enter("tls")
  yield* transport.secure("client", { allowsPlain: level !== "high" })
  return { transport, header, server }
})

const shakeHands = Effect.fnUntraced(function*(
  transport: DispatcherTransport.DispatcherTransport,
  header: Handshake.HandshakeHeader,
  level: SecurityLevel
): Effect.fn.Return<Handshake.ServerOpening, DispatcherError> {
  const table = RoutingTable.forLevel(level)
  const part = yield* refusable(transport, Handshake.encodeClientPart({ version: Handshake.ownVersion, header, table }))
  yield* transport.write(part)
  const server = yield* readPart(transport, Handshake.makeServerOpeningReader())
  const accepted = yield* readPart(transport, Handshake.makeTableReader())
  yield* refusable(transport, RoutingTable.confirm(table, accepted))
  return server
}, (shaking, transport, _header, level) =>
  // A server refuses a handshake by closing the connection without a message (PROTOCOL 2.5).
  Effect.catchReason(
    shaking,
    "DispatcherError",
    "ConnectionLost",
    ({ detail }) => failure(transport, new HandshakeClosed({ level, detail }))
  ))

const readPart = Effect.fnUntraced(function*<A>(
  transport: DispatcherTransport.DispatcherTransport,
  reader: Handshake.Reader<A>
): Effect.fn.Return<A, DispatcherError> {
  while (true) {
    const read = yield* refusable(transport, reader.push((yield* transport.read).bytes))
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
