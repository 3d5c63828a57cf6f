/** A client whose every byte a test decides, behind an honest handshake. */
import type { SecurityLevel } from "@backup-tree/core/sdk/SecurityLevel"
import type { DispatcherError } from "@backup-tree/io/dispatcher/DispatcherError"
import * as DispatcherTransport from "@backup-tree/io/dispatcher/DispatcherTransport"
import type * as Endpoint from "@backup-tree/io/dispatcher/Endpoint"
import * as Command from "@backup-tree/io/protocol/Command"
import * as Handshake from "@backup-tree/io/protocol/Handshake"
import * as Package from "@backup-tree/io/protocol/Package"
import * as PackageParser from "@backup-tree/io/protocol/PackageParser"
import * as PackageType from "@backup-tree/io/protocol/PackageType"
import * as Reply from "@backup-tree/io/protocol/Reply"
import * as RoutingTable from "@backup-tree/io/protocol/RoutingTable"
import { assert } from "@effect/vitest"
import { Effect, Option, Redacted, Result, type Scope } from "effect"

/** The connection uuid of a client, unless a test gives another one. */
export const clientUuid = "{81860768-d205-49c7-b4b8-90c114d56a75}"

/** The uuid of a request, unless a test gives another one. */
export const requestUuid = "{00000000-0000-4000-8000-000000000001}"

/** A client. */
export interface Client {
  readonly transport: DispatcherTransport.DispatcherTransport
  /** Sends a command (default: by the route of the level). */
  readonly send: (
    type: number,
    payload: Uint8Array,
    uuid?: string,
    route?: DispatcherTransport.Route
  ) => Effect.Effect<void, DispatcherError>
  readonly receive: Effect.Effect<Received, unknown>
}

/** A package, and the route by which it came. */
interface Received extends Package.Package {
  readonly route: DispatcherTransport.Route
}

/** Writes what a client sends first. */
export const clientPart = (
  table: RoutingTable.RoutingTable,
  uuid = clientUuid,
  senderType: number = Handshake.SenderType.client
): Uint8Array =>
  Result.getOrThrow(Handshake.encodeClientPart({
    version: Handshake.ownVersion,
    header: { senderType, uuid },
    table
  }))

/** Reads a part of the handshake. */
export const readPart = <A>(transport: DispatcherTransport.DispatcherTransport, reader: Handshake.Reader<A>) =>
  Effect.gen(function*() {
    while (true) {
      const read = yield* Effect.fromResult(reader.push((yield* transport.read).bytes))
      if (Option.isNone(read)) continue
      yield* transport.unread(read.value.rest)
      return read.value.value
    }
  })

/** Connects and shakes hands. */
export const connect = (
  endpoint: Endpoint.Endpoint,
  { level = "high", senderType, uuid: own = clientUuid }: {
    readonly level?: SecurityLevel | undefined
    readonly senderType?: number | undefined
    readonly uuid?: string | undefined
  } = {}
): Effect.Effect<Client, unknown, Scope.Scope> =>
  Effect.gen(function*() {
    const table = RoutingTable.forLevel(level)
    const transport = yield* DispatcherTransport.connect(endpoint)
    yield* transport.write(clientPart(table, own, senderType))
    const server = yield* readPart(transport, Handshake.makeServerOpeningReader())
    assert.strictEqual(server.header.senderType, Handshake.SenderType.dispatcher)
    assert.deepStrictEqual(yield* readPart(transport, Handshake.makeTableReader()), table)
    yield* transport.secure("client", { allowsPlain: level !== "high" })
    const parsers = { plain: PackageParser.makeParser(), tls: PackageParser.makeParser() }
    return {
      transport,
      send: (type, payload, uuid = requestUuid, route = routeOf(level, type)) =>
        transport.write(
          Result.getOrThrow(Package.encode(Package.request({ uuid, senderUuid: own, type, payload }))),
          route
        ),
      receive: Effect.gen(function*() {
        while (true) {
          for (const route of ["plain", "tls"] as const) {
            const next = yield* Effect.fromResult(parsers[route].next())
            if (Option.isSome(next)) return { ...next.value, route }
          }
          const { bytes, route } = yield* transport.read
          parsers[route].push(bytes)
        }
      })
    }
  })

const routeOf = (level: SecurityLevel, type: number) =>
  RoutingTable.routeOf(RoutingTable.forLevel(level), type) === "plain" ? "plain" : "tls"

const envelope = { issuerId: clientUuid, initialRequestId: clientUuid }

/** Writes the payload of a command. */
export const payload = (command: Command.Command): Uint8Array => Result.getOrThrow(Command.encode(command, envelope))

/** The login that goes well. */
export const rootLogin = Result.getOrThrow(Command.login({ userName: "root", password: Redacted.make("secret") }))

/** Connects and logs in; the reply to the login is `answer`. */
export const login = (endpoint: Endpoint.Endpoint, options: Parameters<typeof connect>[1] = {}) =>
  Effect.gen(function*() {
    const client = yield* connect(endpoint, options)
    yield* client.send(Command.typeOf(rootLogin), payload(rootLogin))
    return { ...client, reply: yield* client.receive }
  })

/** Reads a reply. */
export const readReply = (received: Package.Package, type: number): Reply.Reply =>
  Result.getOrThrow(Reply.decode(Result.getOrThrow(Package.payload(received)), type))

/** Sends a command, and reads the next package as its reply. */
export const replyTo = (client: Client, command: Command.Command, uuid?: string) =>
  Effect.gen(function*() {
    yield* client.send(Command.typeOf(command), payload(command), uuid)
    return readReply(yield* client.receive, Command.typeOf(command))
  })

/** Sends any bytes as a command, and reads the code of the reply. */
export const codeOf = (client: Client, type: number, body: Uint8Array) =>
  Effect.gen(function*() {
    yield* client.send(type, body)
    const reply = yield* client.receive
    assert.strictEqual(reply.type, PackageType.DspWsResponse)
    return readReply(reply, type).code
  })

/** Asserts that the server closes the connection. */
export const isClosed = (transport: DispatcherTransport.DispatcherTransport) =>
  Effect.gen(function*() {
    const error = yield* Effect.flip(Effect.forever(transport.read))
    assert.strictEqual(error.reason._tag, "ConnectionLost")
  })
