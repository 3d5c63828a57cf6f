import * as DispatcherConnection from "@backup-tree/io/dispatcher/DispatcherConnection"
import { ConnectionLost, DispatcherError, UnreadableReply } from "@backup-tree/io/dispatcher/DispatcherError"
import * as DispatcherTransport from "@backup-tree/io/dispatcher/DispatcherTransport"
import * as Handshake from "@backup-tree/io/protocol/Handshake"
import * as LoginReply from "@backup-tree/io/protocol/LoginReply"
import * as Package from "@backup-tree/io/protocol/Package"
import * as PackageParser from "@backup-tree/io/protocol/PackageParser"
import * as PackageType from "@backup-tree/io/protocol/PackageType"
import type { MessageError } from "@backup-tree/io/protocol/ProtocolError"
import * as Reply from "@backup-tree/io/protocol/Reply"
import * as RoutingTable from "@backup-tree/io/protocol/RoutingTable"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Option, Result } from "effect"
import { TestClock } from "effect/testing"
import * as fixtures from "../protocol/fixtures.ts"
import { turn } from "../support/leaks.ts"
import * as peers from "../support/peers.ts"
import { withUuids } from "../support/uuids.ts"
import * as virtual from "../support/virtual.ts"

/** A recorded exchange: the requests of the client, and the reply of the server to each. */
interface Exchange {
  readonly name: string
  readonly client: Handshake.ClientPart
  readonly requests: ReadonlyArray<Package.Package>
  /** The server's handshake, then the packages up to each reply. */
  readonly parts: ReadonlyArray<Uint8Array>
}

const packagesOf = (bytes: Uint8Array): ReadonlyArray<Package.Package> => {
  const parser = PackageParser.makeParser()
  parser.push(bytes)
  const packages: Array<Package.Package> = []
  for (let next = parser.next(); Result.isSuccess(next) && Option.isSome(next.success); next = parser.next()) {
    packages.push(next.success.value)
  }
  return packages
}

const lengthOf = (one: Package.Package): number =>
  Package.headerBytes + one.buffers.reduce((sum, { bytes }) => sum + Package.tableEntryBytes + bytes.length, 0)

const exchanges: ReadonlyArray<Exchange> = fixtures.names("transcripts", ".jsonl").flatMap((name) =>
  fixtures.transcript(name).map((connection, index): Exchange => {
    const reader = Handshake.makeClientPartReader()
    const client = Option.getOrThrow(Result.getOrThrow(reader.push(connection.c2s.handshake))).value
    const requests = packagesOf(connection.c2s.packages).filter(({ type }) => type >= 2000)
    const parts = [connection.s2c.handshake]
    let [start, end] = [0, 0]
    for (const reply of packagesOf(connection.s2c.packages)) {
      end += lengthOf(reply)
      if (!requests.some(({ uuid }) => uuid === reply.parentUuid)) continue
      parts.push(connection.s2c.packages.subarray(start, end))
      start = end
    }
    return { name: `${name} ${index + 1}`, client, requests, parts }
  })
)

/** How a connection ends. */
type Ending = "FIN" | "RST" | "silence" | "garbage"

/** A server that answers as recorded, up to a byte, and then ends. */
const serverOf = ({ parts, requests }: Exchange, cut: number, ending: Ending) =>
  virtual.dial((peer) =>
    Effect.gen(function*() {
      let left = cut
      const send = (part: Uint8Array) => {
        const bytes = part.subarray(0, left)
        left -= bytes.length
        return bytes.length === 0 ? Effect.void : peer.write(bytes)
      }
      yield* peer.read
      yield* send(parts[0]!)
      if (left > 0) {
        yield* peer.secured
        const receive = peers.makeReceive(peer)
        for (const index of requests.keys()) {
          yield* receive
          yield* send(parts[index + 1] ?? new Uint8Array(0))
          if (left === 0) break
        }
      }
      const lost = (detail: string) => peer.end(new ConnectionLost({ stage: "reply", detail }))
      if (ending === "FIN") return yield* lost("the peer closed it")
      if (ending === "RST") return yield* lost("ECONNRESET")
      if (ending === "garbage") yield* peer.write(new Uint8Array(200).fill(0xa5))
      return yield* Effect.never
    })
  )

/** Sends the recorded requests in order, with the recorded uuids. */
const converse = ({ client, requests }: Exchange) => {
  const uuids = [client.header.uuid, ...requests.map(({ uuid }) => uuid)]
  let used = 0
  return Effect.scoped(Effect.gen(function*() {
    const securityLevel = Option.getOrThrow(RoutingTable.levelOf(client.table))
    const connection = yield* DispatcherConnection.connect(virtual.endpoint, { securityLevel })
    for (const { buffers, type } of requests) {
      const job = yield* connection.request({ type, payload: buffers[0]!.bytes })
      const reply = yield* job.await
      const read = Result.flatMap(
        Package.payload(reply),
        (payload): Result.Result<unknown, MessageError> =>
          reply.type === PackageType.DspWsBinaryResponse
            ? LoginReply.decode(payload, type)
            : Reply.decode(payload, type)
      )
      if (Result.isFailure(read)) {
        const reason = new UnreadableReply({ command: String(type), why: read.failure })
        return yield* Effect.fail(new DispatcherError({ endpoint: connection.endpoint, reason }))
      }
    }
  })).pipe(withUuids(() => uuids[used++] ?? client.header.uuid))
}

const run = (exchange: Exchange, cut: number, ending: Ending) =>
  Effect.gen(function*() {
    const conversation = yield* Effect.forkChild(converse(exchange), { startImmediately: true })
    // A minute for the handshake, half of one for silence: nothing waits for longer.
    for (let waits = 0; waits < 6 && conversation.pollUnsafe() === undefined; waits++) {
      yield* Effect.andThen(turn, TestClock.adjust("10 seconds"))
    }
    if (conversation.pollUnsafe() === undefined) return yield* Effect.die(new Error(`it waits on: ${cut}, ${ending}`))
    return yield* Fiber.await(conversation)
  }).pipe(
    Effect.provideService(DispatcherTransport.Dial, serverOf(exchange, cut, ending)),
    Effect.provide(TestClock.layer())
  )

// Every byte is a matter of minutes: `npm run assure:cuts` takes them all.
const stride = Number(process.env["BACKUP_TREE_CUT_STRIDE"] ?? 211)

const inHandshake = ["HandshakeClosed", "HandshakeError", "TimedOut"]
const behindIt = ["ConnectionLost", "ConnectionSilent", "StreamError", "UnreadableReply"]

describe.each(exchanges)("the recorded exchange $name", (exchange) => {
  const total = exchange.parts.reduce((sum, { length }) => sum + length, 0)

  it.live("is understood as it was", () =>
    Effect.gen(function*() {
      const exit = yield* run(exchange, total, "silence")
      assert.isTrue(Exit.isSuccess(exit) || exchange.parts.length <= exchange.requests.length, "understood")
    }))

  it.live.each<Ending>(["FIN", "RST", "silence", "garbage"])(
    "ends with an error of its own wherever it is cut: %s",
    (ending) =>
      Effect.gen(function*() {
        for (let cut = 0; cut < total; cut += stride) {
          const exit = yield* run(exchange, cut, ending)
          assert.isTrue(Exit.isFailure(exit), `cut at ${cut}`)
          const error = Exit.isFailure(exit)
            ? exit.cause.reasons.find((reason) => reason._tag === "Fail")?.error
            : undefined
          if (!(error instanceof DispatcherError)) return assert.fail(`cut at ${cut}: ${JSON.stringify(exit)}`)
          assert.include(error.message, "virtual:1")
          const isEarly = cut < exchange.parts[0]!.length
          assert.include(isEarly ? inHandshake : behindIt, error.reason._tag, `cut at ${cut}`)
          if (error.reason._tag === "TimedOut") assert.strictEqual(error.reason.stage, "handshake")
        }
      })
  )
})
