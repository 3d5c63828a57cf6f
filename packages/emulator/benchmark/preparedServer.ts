/**
 * A dispatcher that answers every question with one prepared reply, so that it costs next to nothing to serve.
 *
 * `preparedServer.ts ITEMS`, started with a channel: it sends its port, answers each message with the median of how long
 * it has taken over its last answers, in milliseconds, and ends with its parent.
 */
import * as DispatcherTransport from "@backup-tree/io/dispatcher/DispatcherTransport"
import * as Endpoint from "@backup-tree/io/dispatcher/Endpoint"
import * as RandomUuid from "@backup-tree/io/dispatcher/RandomUuid"
import * as Handshake from "@backup-tree/io/protocol/Handshake"
import * as LoginReply from "@backup-tree/io/protocol/LoginReply"
import * as Package from "@backup-tree/io/protocol/Package"
import * as PackageParser from "@backup-tree/io/protocol/PackageParser"
import * as PackageType from "@backup-tree/io/protocol/PackageType"
import * as Reply from "@backup-tree/io/protocol/Reply"
import * as RoutingTable from "@backup-tree/io/protocol/RoutingTable"
import { Effect, Option, Redacted, Result } from "effect"
import process from "node:process"
import { payload as payloadOf } from "../../io/benchmark/payload.ts"

/** How much is handed to the transport at a time. */
const pieceBytes = 1 << 20

const envelope = {
  issuerId: "{00000000-0000-4000-8000-000000000001}",
  initialRequestId: "{00000000-0000-4000-8000-000000000002}"
}

const readPart = <A>(transport: DispatcherTransport.DispatcherTransport, reader: Handshake.Reader<A>) =>
  Effect.gen(function*() {
    while (true) {
      const read = yield* Effect.fromResult(reader.push((yield* transport.read).bytes))
      if (Option.isNone(read)) continue
      yield* transport.unread(read.value.rest)
      return read.value.value
    }
  })

/** Writes what a package has before its content, for content of any length. */
const packageStart = (to: Package.Package, own: string, length: number): Uint8Array => {
  const bytes = Result.getOrThrow(Package.encode(Package.reply({
    uuid: own,
    senderUuid: own,
    to,
    type: PackageType.DspWsResponse,
    numericId: 1n,
    payload: new Uint8Array(0)
  })))
  new DataView(bytes.buffer).setUint32(Package.headerBytes + 4, length, true)
  return bytes
}

/** How long each answer has taken. */
const took: Array<number> = []

const sendTree = (
  payload: ReadonlyArray<Uint8Array>,
  to: Package.Package,
  own: string,
  transport: DispatcherTransport.DispatcherTransport
) =>
  Effect.gen(function*() {
    const start = packageStart(to, own, payload.reduce((sum, { length }) => sum + length, 0))
    // A short answer leaves in one piece, as that of a server does.
    const pieces = payload.length === 1 ? [Buffer.concat([start, ...payload])] : [start, ...payload]
    for (const piece of pieces) {
      for (let from = 0; from < piece.length; from += pieceBytes) {
        yield* transport.write(piece.subarray(from, from + pieceBytes))
      }
    }
  })

const serve = (payload: ReadonlyArray<Uint8Array>, transport: DispatcherTransport.DispatcherTransport) =>
  Effect.gen(function*() {
    const own = yield* RandomUuid.next
    yield* transport.write(Result.getOrThrow(Handshake.encodeServerOpening({
      version: Handshake.ownVersion,
      header: { senderType: Handshake.SenderType.dispatcher, uuid: own }
    })))
    const client = yield* readPart(transport, Handshake.makeClientPartReader())
    yield* transport.write(Result.getOrThrow(RoutingTable.encode(client.table)))
    yield* transport.secure("server")
    const parser = PackageParser.makeParser()
    const answer = (to: Package.Package, type: number, bytes: Uint8Array) =>
      transport.write(Result.getOrThrow(
        Package.encode(Package.reply({ uuid: own, senderUuid: own, to, type, numericId: 1n, payload: bytes }))
      ))
    while (true) {
      parser.push((yield* transport.read).bytes)
      for (let next = Option.none<Package.Package>();;) {
        next = yield* Effect.fromResult(parser.next())
        if (Option.isNone(next)) break
        const { type } = next.value
        if (PackageType.isLogin(type)) {
          yield* answer(
            next.value,
            PackageType.DspWsBinaryResponse,
            Result.getOrThrow(LoginReply.encode({
              operation: type,
              code: 0,
              info: { ...LoginReply.emptyInfo, session: Redacted.make(client.header.uuid) },
              replyEnvelope: envelope,
              loginEnvelope: envelope,
              trailingBytes: 0
            }))
          )
        } else if (type === PackageType.DspCmdGetBackupTree) {
          const begun = performance.now()
          yield* sendTree(payload, next.value, own, transport)
          took.push(performance.now() - begun)
        } else if (PackageType.handling(type) === "command") {
          yield* answer(
            next.value,
            PackageType.DspWsResponse,
            Result.getOrThrow(Reply.encode(Reply.success(type), envelope))
          )
        }
      }
    }
  })

const main = Effect.gen(function*() {
  const items = Number(process.argv[2])
  const payload = items <= 1000 ? [Buffer.concat([...payloadOf(items)])] : [...payloadOf(items)]
  const endpoint = yield* DispatcherTransport.listen(
    Endpoint.tcp("127.0.0.1", 0),
    (transport) => Effect.ignore(serve(payload, transport))
  )
  process.send?.(endpoint._tag === "Tcp" ? endpoint.port : 0)
  process.on("message", () => {
    const sorted = took.splice(0).sort((one, other) => one - other)
    process.send?.(sorted[Math.floor(sorted.length / 2)] ?? 0)
  })
  process.once("disconnect", () => process.exit(0))
  return yield* Effect.never
}).pipe(Effect.scoped)

await Effect.runPromise(main)
