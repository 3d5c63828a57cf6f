/**
 * The life of a connection as a server sees it: handshake, packages as they come, heartbeats, and its end.
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
import type * as Scope from "effect/Scope"
import { obey } from "./commands.ts"
import { Connection } from "./Connection.ts"
import { isFull, type Server } from "./Server.ts"

/** Serves a client until it goes or breaks the protocol; a refusal is a close without a word. */
export const serve = (
  server: Server,
  transport: DispatcherTransport.DispatcherTransport,
  wire: DispatcherTransport.Wire
): Effect.Effect<void, never, Scope.Scope> =>
  Effect.gen(function*() {
    const address = wire.socket.remoteAddress ?? "local"
    if (isFull(server, address)) return yield* Effect.logDebug("refused a connection, which is one too many")
    const connection = new Connection(server, address, transport, wire)
    yield* Effect.acquireRelease(
      Effect.sync(() => server.connections.add(connection)),
      () => endSession(connection)
    )
    yield* Effect.timeout(shakeHands(connection), server.limits.handshakeTimeout)
    yield* Effect.raceAllFirst([
      converse(connection),
      beat(connection),
      untilTooLate(connection),
      Deferred.await(connection.overrun)
    ])
  }).pipe(Effect.catch((error) => Effect.logDebug(`a connection ended: ${error.message}`)))

// The tasks that the client wanted to end with its session do; the others go on, and nobody hears of them.
const endSession = (connection: Connection): Effect.Effect<void> =>
  Effect.suspend(() => {
    const { connections, tasks } = connection.server
    connections.delete(connection)
    return Effect.forEach(
      [...tasks].filter(({ endsWithSession, owner }) => endsWithSession && owner === connection),
      (task) => Deferred.succeed(task.cancelled, undefined),
      { discard: true }
    )
  })

const shakeHands = (connection: Connection): Effect.Effect<void, DispatcherError | HandshakeError> =>
  Effect.gen(function*() {
    const { connections, minimumLevel, opening } = connection.server
    yield* connection.greet
    yield* connection.shakeHands("version", yield* Effect.fromResult(Handshake.encodeVersion(opening.version)))
    yield* connection.shakeHands("header", yield* Effect.fromResult(Handshake.encodeHeader(opening.header)))
    const client = yield* readClientPart(connection)
    connection.senderType = client.header.senderType
    connection.level = yield* Effect.fromResult(RoutingTable.accept(client.table, minimumLevel))
    yield* connection.shakeHands("table", yield* Effect.fromResult(RoutingTable.encode(client.table)))
    yield* connection.secure
    const isTaken = [...connections].some(({ clientUuid }) => clientUuid === client.header.uuid)
    // Refused behind TLS, as the product does (PROTOCOL 2.2).
    connection.isOver = isTaken
    if (!isTaken) connection.clientUuid = client.header.uuid
  })

const readClientPart = (
  connection: Connection
): Effect.Effect<Handshake.ClientPart, DispatcherError | HandshakeError> =>
  Effect.gen(function*() {
    const reader = Handshake.makeClientPartReader()
    while (true) {
      const read = yield* Effect.fromResult(reader.push((yield* connection.read).bytes))
      if (Option.isNone(read)) continue
      yield* connection.unread(read.value.rest)
      return read.value.value
    }
  })

/** How often a server says that it is alive. Source: PROTOCOL 3.6. */
const heartbeatInterval = "10 seconds"

const beat = (connection: Connection): Effect.Effect<void, DispatcherError> =>
  Effect.sleep(heartbeatInterval).pipe(
    Effect.andThen(connection.send(PackageType.Heartbeat, Package.heartbeat)),
    Effect.forever
  )

// Ends where a client has not logged in for too long.
const untilTooLate = (connection: Connection): Effect.Effect<void> =>
  Effect.andThen(
    Effect.sleep(connection.server.limits.loginTimeout),
    Effect.suspend(() => connection.user === undefined ? Effect.void : Effect.never)
  )

const routes = ["plain", "tls"] as const

// The clock on the wall may be set.
const millis = Effect.map(Clock.monotonicTimeNanos, (nanos) => Number(nanos / 1_000_000n))

const converse = (connection: Connection): Effect.Effect<void, DispatcherError | StreamError> =>
  Effect.gen(function*() {
    const { limits } = connection.server
    const options = { maxPackageBytes: limits.maxPackageBytes, maxBuffers: limits.maxBuffers }
    // No package has bytes of both routes, and by plain frames only those come that may at this level (PROTOCOL 2.7).
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
        yield* take(connection, next.value)
      }
      if (isFresh) begun[route] = yield* millis
    }
  })

const refuse = (reason: DispatcherReason): Effect.Effect<never, DispatcherError> =>
  Effect.fail(new DispatcherError({ endpoint: "a client", reason }))

const take = (connection: Connection, received: Package.Package): Effect.Effect<void, DispatcherError> => {
  switch (PackageType.handling(received.type)) {
    case "disconnect":
      connection.isOver = true
      return Effect.void
    case "command":
      return Effect.andThen(logStranger(connection, received), obey(connection, received))
    default:
      return Effect.void
  }
}

// A command that names another sender is no fault, only told (PROTOCOL 3.5). The uuids are secrets.
const logStranger = ({ clientUuid }: Connection, { senderUuid, type }: Package.Package): Effect.Effect<void> =>
  clientUuid !== undefined && Uuid.equals(senderUuid, clientUuid)
    ? Effect.void
    : Effect.logDebug(`a command of type ${type} names a sender that is not the client of its connection`)
