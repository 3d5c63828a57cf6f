/**
 * Serves a connection from the handshake to its end: packages, heartbeats and time limits.
 *
 * Source: PROTOCOL 2.4, 2.7, 3.4, 3.6 and 10.
 */
import * as Uuid from "@backup-tree/core/sdk/Uuid"
import { DispatcherError, type DispatcherReason, TimedOut } from "@backup-tree/io/dispatcher/DispatcherError"
import type * as DispatcherTransport from "@backup-tree/io/dispatcher/DispatcherTransport"
import * as Handshake from "@backup-tree/io/protocol/Handshake"
import * as Package from "@backup-tree/io/protocol/Package"
import * as PackageParser from "@backup-tree/io/protocol/PackageParser"
import * as PackageType from "@backup-tree/io/protocol/PackageType"
import type { HandshakeError, StreamError } from "@backup-tree/io/protocol/ProtocolError"
import * as RoutingTable from "@backup-tree/io/protocol/RoutingTable"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { handle } from "./commands.ts"
import { Connection } from "./Connection.ts"
import { isFull, type Server } from "./Server.ts"

/** Serves a client until it disconnects or violates the protocol. A refused client gets no message. */
export const serve = Effect.fnUntraced(function*(
  server: Server,
  transport: DispatcherTransport.DispatcherTransport,
  wire: DispatcherTransport.Wire
) {
  const address = wire.socket.remoteAddress ?? "local"
  if (isFull(server, address)) return yield* Effect.logDebug("refused a connection beyond a limit")
  const connection = new Connection(server, address, transport, wire)
  yield* Effect.acquireRelease(
    Effect.sync(() => server.clients.add(connection)),
    () => endSession(connection)
  )
  yield* Effect.timeout(shakeHands(connection), server.limits.handshakeTimeout)
  yield* Effect.raceAllFirst([
    converse(connection),
    beat(connection),
    untilTooLate(connection),
    Deferred.await(connection.overrun)
  ])
}, Effect.catch((error) => Effect.logDebug(`a connection ended: ${error.message}`)))

// Ends the tasks whose request said to end them with the session. The others continue, and their results are dropped.
const endSession = (connection: Connection): Effect.Effect<void> =>
  Effect.suspend(() => {
    const { clients, tasks } = connection.server
    clients.delete(connection)
    return Effect.forEach(
      [...tasks].filter(({ endsWithSession, owner }) => endsWithSession && owner === connection),
      (task) => Deferred.succeed(task.cancelled, undefined),
      { discard: true }
    )
  })

const shakeHands = Effect.fnUntraced(function*(
  connection: Connection
): Effect.fn.Return<void, DispatcherError | HandshakeError> {
  const { clients, minimumLevel, opening } = connection.server
  yield* connection.greet
  yield* connection.shakeHands("version", yield* Effect.fromResult(Handshake.encodeVersion(opening.version)))
  yield* connection.shakeHands("header", yield* Effect.fromResult(Handshake.encodeHeader(opening.header)))
  const client = yield* readClientPart(connection)
  connection.senderType = client.header.senderType
  connection.level = yield* Effect.fromResult(RoutingTable.accept(client.table, minimumLevel))
  yield* connection.shakeHands("table", yield* Effect.fromResult(RoutingTable.encode(client.table)))
  yield* connection.secure
  const isTaken = [...clients].some(({ clientUuid }) => clientUuid === client.header.uuid)
  // Refused after TLS, as the product does (PROTOCOL 2.2).
  connection.isOver = isTaken
  if (!isTaken) connection.clientUuid = client.header.uuid
})

const readClientPart = Effect.fnUntraced(function*(
  connection: Connection
): Effect.fn.Return<Handshake.ClientPart, DispatcherError | HandshakeError> {
  const reader = Handshake.makeClientPartReader()
  while (true) {
    const read = yield* Effect.fromResult(reader.push((yield* connection.read).bytes))
    if (Option.isNone(read)) continue
    yield* connection.unread(read.value.rest)
    return read.value.value
  }
})

/** How often a server sends a heartbeat. Source: PROTOCOL 3.6. */
const heartbeatInterval = "10 seconds"

const beat = (connection: Connection): Effect.Effect<void, DispatcherError> =>
  Effect.sleep(heartbeatInterval).pipe(
    Effect.andThen(connection.send(PackageType.Heartbeat, Package.heartbeat)),
    Effect.forever
  )

// Ends if the client has not logged in within the time limit.
const untilTooLate = (connection: Connection): Effect.Effect<void> =>
  Effect.andThen(
    Effect.sleep(connection.server.limits.loginTimeout),
    Effect.suspend(() => connection.user === undefined ? Effect.void : Effect.never)
  )

const routes = ["plain", "tls"] as const

// Monotonic, because the system clock may be set.
const millis = Effect.map(Clock.monotonicTimeNanos, (nanos) => Number(nanos / 1_000_000n))

const converse = Effect.fnUntraced(function*(
  connection: Connection
): Effect.fn.Return<void, DispatcherError | StreamError> {
  const { limits } = connection.server
  const options = { maxPackageBytes: limits.maxPackageBytes, maxBuffers: limits.maxBuffers }
  // No package has bytes of both routes. The level determines which types may arrive in plain frames (PROTOCOL 2.7).
  const parsers = {
    plain: PackageParser.makeParser({
      ...options,
      allows: (type) => RoutingTable.allowsPlain(connection.level, type)
    }),
    tls: PackageParser.makeParser(options)
  }
  const longest = Duration.toMillis(limits.packageTimeout)
  const begun = { plain: 0, tls: 0 }
  while (!connection.isOver) {
    const now = yield* millis
    const left = routes.map((route) => parsers[route].received() === 0 ? Infinity : begun[route] + longest - now)
    const { bytes, route } = yield* Effect.timeoutOrElse(connection.read, {
      duration: Duration.millis(Math.max(0, Math.min(...left))),
      orElse: () => refuse(new TimedOut({ stage: "reply", millis: longest }))
    })
    const parser = parsers[route]
    let isFresh = parser.received() === 0
    parser.push(bytes)
    while (!connection.isOver) {
      const next = yield* Effect.fromResult(parser.next())
      if (Option.isNone(next)) break
      isFresh = true
      yield* receive(connection, next.value)
    }
    if (isFresh) begun[route] = yield* millis
  }
})

const refuse = (reason: DispatcherReason): Effect.Effect<never, DispatcherError> =>
  Effect.fail(new DispatcherError({ endpoint: "a client", reason }))

// Other types than heartbeats and those that end a connection are commands, known or not (PROTOCOL 3.6 and 5.3).
const receive = (connection: Connection, received: Package.Package): Effect.Effect<void, DispatcherError> => {
  switch (PackageType.handling(received.type)) {
    case "disconnect":
      connection.isOver = true
      return Effect.void
    case "heartbeat":
      return Effect.void
    default:
      return Effect.andThen(logStranger(connection, received), handle(connection, received))
  }
}

// A command with an unexpected sender is logged, not refused (PROTOCOL 3.5). The uuids are secrets.
const logStranger = ({ clientUuid }: Connection, { senderUuid, type }: Package.Package): Effect.Effect<void> =>
  clientUuid !== undefined && Uuid.equals(senderUuid, clientUuid)
    ? Effect.void
    : Effect.logDebug(`a command of type ${type} names a sender that is not the client of its connection`)
