import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as DispatcherClient from "@backup-tree/io/dispatcher/DispatcherClient"
import * as DispatcherConnection from "@backup-tree/io/dispatcher/DispatcherConnection"
import * as DispatcherTransport from "@backup-tree/io/dispatcher/DispatcherTransport"
import * as Package from "@backup-tree/io/protocol/Package"
import * as PackageType from "@backup-tree/io/protocol/PackageType"
import * as Reply from "@backup-tree/io/protocol/Reply"
import { assert, describe, it } from "@effect/vitest"
import {
  Deferred,
  Duration,
  Effect,
  Exit,
  Fiber,
  Logger,
  Queue,
  Redacted,
  References,
  Result,
  Scope,
  Stream
} from "effect"
import { TestClock } from "effect/testing"
import { leavesNothing, turn } from "../support/leaks.ts"
import * as peers from "../support/peers.ts"
import * as virtual from "../support/virtual.ts"

const credentials = DispatcherClient.password("root", Redacted.make("secret"))
const parameters = BackupTreeRequest.toParameters(BackupTreeRequest.everything)
const ping = { type: PackageType.DspCmdUserPing, payload: new Uint8Array([0x3c, 0]) }

const turns = (count: number) => Effect.forEach(Array.from({ length: count }), () => turn, { discard: true })

describe("DispatcherConnection", () => {
  it.live("matches replies to requests in any order", () =>
    Effect.gen(function*() {
      const endpoint = yield* peers.listen((peer) =>
        Effect.gen(function*() {
          yield* peers.accept(peer)
          const receive = peers.makeReceive(peer)
          const requests = [yield* receive, yield* receive, yield* receive]
          for (const request of requests.toReversed()) yield* peer.write(peers.encodeTextReply(request, request.uuid))
          yield* peer.gone
        })
      )
      const connection = yield* DispatcherConnection.connect(endpoint)
      const jobs = yield* Effect.all([connection.request(ping), connection.request(ping), connection.request(ping)])
      for (const job of jobs) {
        const reply = yield* job.await
        assert.strictEqual(reply.parentUuid, job.id)
        assert.strictEqual(Buffer.from(reply.buffers[0]!.bytes).toString(), `${job.id}\0`)
      }
    }).pipe(Effect.scoped, leavesNothing))

  it.live("ends the jobs of other scopes when its own closes", () =>
    Effect.gen(function*() {
      const endpoint = yield* peers.listen((peer) => Effect.andThen(peers.accept(peer), peer.gone))
      const own = yield* Scope.make()
      const connection = yield* Scope.provide(DispatcherConnection.connect(endpoint), own)
      const job = yield* connection.request(ping)
      yield* Scope.close(own, Exit.void)
      const { reason } = yield* Effect.flip(job.await)
      assert.strictEqual(reason._tag === "ConnectionLost" && reason.detail, "this side closed it")
      assert.isFalse(yield* connection.isOpen)
    }).pipe(Effect.scoped, leavesNothing))

  it.live("accepts no request after its end", () =>
    Effect.gen(function*() {
      const endpoint = yield* peers.listen((peer) => Effect.andThen(peers.accept(peer), peer.read))
      const connection = yield* DispatcherConnection.connect(endpoint)
      yield* Effect.flip(Effect.flatMap(connection.request(ping), (job) => job.await))
      assert.isFalse(yield* connection.isOpen)
      const error = yield* Effect.flip(connection.request(ping))
      assert.strictEqual(error.reason._tag, "ConnectionLost")
    }).pipe(Effect.scoped, leavesNothing))

  it.live("accepts a reply that names other ends, and logs it without their uuids", () =>
    Effect.gen(function*() {
      const lines: Array<string> = []
      const logger = Logger.make(({ message }) => void lines.push(String(message)))
      const stranger = "{deadbeef-0000-4000-8000-000000000000}"
      const endpoint = yield* peers.listen((peer) =>
        Effect.gen(function*() {
          yield* peers.accept(peer)
          const receive = peers.makeReceive(peer)
          const request = yield* receive
          yield* peer.write(peers.encodeTextReply(request, "as it should be"))
          const other = yield* receive
          const reply = { uuid: stranger, type: PackageType.DspWsResponse, numericId: 1n, payload: new Uint8Array(1) }
          const strange = Package.reply({ ...reply, senderUuid: stranger, to: { ...other, senderUuid: stranger } })
          yield* peer.write(Result.getOrThrow(Package.encode(strange)))
          yield* peer.gone
        })
      )
      yield* Effect.gen(function*() {
        const connection = yield* DispatcherConnection.connect(endpoint)
        yield* Effect.flatMap(connection.request(ping), (job) => job.await)
        assert.deepStrictEqual(lines, [])
        const reply = yield* Effect.flatMap(connection.request(ping), (job) => job.await)
        assert.strictEqual(reply.uuid, stranger)
      }).pipe(
        Effect.scoped,
        Effect.provide(Logger.layer([logger])),
        Effect.provideService(References.MinimumLogLevel, "Debug")
      )
      assert.deepStrictEqual(lines, [
        "a package of type 5001 names a sender that is not the server",
        "a reply names a receiver that is not this connection"
      ])
    }).pipe(Effect.scoped, leavesNothing))

  // Sockets are real, and only time is not: it passes once the peer is up, as fast as the loop turns.
  const passing = Effect.forever(Effect.andThen(TestClock.adjust("1 second"), turn))
  const refusedWhileTimePasses = (connection: DispatcherConnection.DispatcherConnection) =>
    Effect.raceFirst(
      Effect.flip(connection.request({ ...ping, payload: new Uint8Array(32 * 2 ** 20) })),
      passing
    )

  it.effect("abandons a request that a peer does not read", () =>
    Effect.gen(function*() {
      const endpoint = yield* peers.listen((peer) =>
        Effect.andThen(Effect.andThen(peers.accept(peer), peer.pause), peer.gone)
      )
      const connection = yield* DispatcherConnection.connect(endpoint)
      const error = yield* refusedWhileTimePasses(connection)
      assert.strictEqual(error.reason._tag, "ConnectionSilent")
    }).pipe(Effect.scoped, leavesNothing))

  it.effect("abandons a request that a peer does not read, even if it sends heartbeats", () =>
    Effect.gen(function*() {
      const endpoint = yield* peers.listen((peer) =>
        Effect.gen(function*() {
          yield* peers.accept(peer)
          yield* peer.pause
          return yield* Effect.forever(Effect.andThen(peer.write(Package.heartbeat), Effect.sleep("5 millis")))
        })
      )
      const connection = yield* DispatcherConnection.connect(endpoint, {
        // How many heartbeats arrive in a second of the test's clock is not known.
        limits: { stallAfter: Duration.minutes(1), silenceTimeout: Duration.hours(1) }
      })
      const error = yield* refusedWhileTimePasses(connection)
      assert.strictEqual(error.reason._tag, "Stalled")
    }).pipe(Effect.scoped, leavesNothing))

  it.live("ends its jobs and itself if a defect stops the reading", () =>
    Effect.gen(function*() {
      const endpoint = yield* peers.listen((peer) =>
        Effect.gen(function*() {
          yield* peers.accept(peer)
          yield* peer.write(peers.encodeTextReply(yield* peers.makeReceive(peer), "a reply"))
          yield* peer.gone
        })
      )
      const connection = yield* DispatcherConnection.connect(endpoint)
      const push = () => {
        throw new Error("planted")
      }
      const broken = yield* connection.request({ ...ping, sink: { push, pending: () => undefined } })
      const exit = yield* Effect.exit(broken.await)
      assert.isTrue(Exit.hasDies(exit))
      assert.include(String(exit), "planted")
      // The job ends first.
      const { message, reason } = yield* Effect.flip(Stream.runDrain(connection.events))
      assert.isFalse(yield* connection.isOpen)
      assert.strictEqual(reason._tag, "ConnectionLost")
      assert.include(message, "a defect of this program stopped the reading")
    }).pipe(Effect.scoped, leavesNothing))

  it.live("drops one late reply to an abandoned job, and counts what follows as stray", () =>
    Effect.gen(function*() {
      const given = yield* Deferred.make<void>()
      const endpoint = yield* peers.listen((peer) =>
        Effect.gen(function*() {
          yield* peers.accept(peer)
          const receive = peers.makeReceive(peer)
          const request = yield* receive
          yield* Deferred.await(given)
          for (let index = 0; index < 101; index++) yield* peer.write(peers.encodeTextReply(request, "late"))
          yield* peer.write(peers.encodeTextReply(yield* receive, "in time"))
          yield* peer.write(peers.encodeTextReply(request, "one too many"))
          yield* peer.gone
        })
      )
      const connection = yield* DispatcherConnection.connect(endpoint)
      yield* Effect.scoped(connection.request(ping))
      const [inTime, tooLate] = yield* Effect.all([connection.request(ping), connection.request(ping)])
      yield* Deferred.succeed(given, undefined)
      yield* inTime.await
      const error = yield* Effect.flip(tooLate.await)
      assert.strictEqual(error.reason._tag === "StreamError" && error.reason.reason, "stray-replies")
    }).pipe(Effect.scoped, leavesNothing))

  it.effect("has a separate time limit for each package", () =>
    Effect.gen(function*() {
      const steps = yield* Queue.make<void>()
      const dial = virtual.dial((peer) =>
        Effect.gen(function*() {
          yield* virtual.accept(peer)
          const receive = peers.makeReceive(peer)
          const first = peers.encodeTextReply(yield* receive, "x".repeat(1000))
          const second = peers.encodeTextReply(yield* receive, "y".repeat(1000))
          yield* peer.write(first.subarray(0, 500))
          yield* Queue.take(steps)
          yield* peer.write(Buffer.concat([first.subarray(500), second.subarray(0, 500)]))
          yield* Queue.take(steps)
          yield* peer.write(second.subarray(500))
          yield* peer.gone
        })
      )
      const connection = yield* DispatcherConnection.connect(virtual.endpoint, {
        limits: {
          silenceTimeout: Duration.hours(1),
          stallAfter: Duration.hours(1),
          packageTimeout: Duration.minutes(10)
        }
      }).pipe(Effect.provideService(DispatcherTransport.Dial, dial))
      const jobs = yield* Effect.all([connection.request(ping), connection.request(ping)])
      for (const _ of jobs) {
        yield* turns(20)
        yield* TestClock.adjust("6 minutes")
        yield* Queue.offer(steps, undefined)
      }
      for (const job of jobs) assert.strictEqual((yield* job.await).buffers[0]!.bytes.length, 1001)
    }).pipe(Effect.scoped))

  it.live("keeps bytes right after the end of the TLS handshake apart from it", () =>
    Effect.gen(function*() {
      const endpoint = yield* peers.listen((peer) =>
        // A plain frame in the same breath as the server's Finished is no part of the handshake, and is refused as such.
        Effect.andThen(peers.accept(peer, Uint8Array.from([0xff, 3, 0, 0, 1, 0])), peer.gone)
      )
      const connection = yield* DispatcherConnection.connect(endpoint)
      const error = yield* Effect.flip(Effect.flatMap(connection.request(ping), (job) => job.await))
      assert.strictEqual(error.reason._tag === "StreamError" && error.reason.reason, "refused-type")
    }).pipe(Effect.scoped, leavesNothing))

  it.live("reads no more than it can use", () =>
    Effect.gen(function*() {
      const total = 64 * 2 ** 20
      let sent = 0
      const endpoint = yield* peers.listen((peer) =>
        Effect.gen(function*() {
          for (; sent < total; sent += 2 ** 20) yield* peer.write(new Uint8Array(2 ** 20))
          yield* peer.gone
        })
      )
      const transport = yield* DispatcherTransport.connect(endpoint)
      yield* turns(2000)
      assert.isBelow(sent, total / 2)
      let received = 0
      while (received < total) received += (yield* transport.read).bytes.length
      assert.strictEqual(received, total)
    }).pipe(Effect.scoped, leavesNothing))
})

describe("DispatcherClient", () => {
  it.live("closes the connection with an abandoned job", () =>
    Effect.gen(function*() {
      const closed = yield* Deferred.make<void>()
      const endpoint = yield* peers.listen((peer) =>
        Effect.gen(function*() {
          yield* peers.acceptCommand(peer)
          yield* peer.gone
          yield* Deferred.succeed(closed, undefined)
        })
      )
      const client = yield* DispatcherClient.connect({ endpoint, credentials })
      const listening = yield* Effect.forkChild(Effect.flip(Stream.runDrain(client.events)), {
        startImmediately: true
      })
      yield* Effect.scoped(client.getBackupTree(parameters))
      yield* Deferred.await(closed)
      const lost = (yield* Fiber.join(listening)).reason
      assert.strictEqual(
        lost._tag === "ConnectionLost" && lost.detail,
        "it was retired, because a job did not end"
      )
      const { reason } = yield* Effect.flip(client.getBackupTree(parameters))
      assert.strictEqual(
        reason._tag === "ConnectionLost" && reason.detail,
        "it is retired, and accepts no more commands"
      )
    }).pipe(Effect.scoped, leavesNothing))

  it.live("does not close it with a job that has ended", () =>
    Effect.gen(function*() {
      const endpoint = yield* peers.listen((peer) =>
        Effect.gen(function*() {
          const { command, receive } = yield* peers.acceptCommand(peer)
          const tree = { _tag: "Text" as const, name: Reply.ResultName.backupTree, type: 1, value: "<BackupTree/>" }
          yield* peer.write(peers.encodeReply(command, Reply.success(command.type, [tree])))
          yield* peer.write(peers.encodeReply(yield* receive, Reply.success(command.type, [tree])))
          yield* peers.acceptLogoff(peer, receive)
        })
      )
      const client = yield* DispatcherClient.connect({ endpoint, credentials })
      for (let requested = 0; requested < 2; requested++) {
        const text = yield* Effect.scoped(Effect.flatMap(client.getBackupTree(parameters), (job) => job.await))
        assert.strictEqual(text, "<BackupTree/>")
      }
    }).pipe(Effect.scoped, leavesNothing))

  it.effect("waits five seconds for the reply to its logoff, no longer", () =>
    Effect.gen(function*() {
      const requested = yield* Deferred.make<void>()
      const endpoint = yield* peers.listen((peer) =>
        Effect.gen(function*() {
          const { command } = yield* peers.acceptCommand(peer)
          assert.strictEqual(command.type, PackageType.DspCmdUserLogoff)
          yield* Deferred.succeed(requested, undefined)
          yield* peer.gone
        })
      )
      const scope = yield* Scope.make()
      yield* Scope.provide(DispatcherClient.connect({ endpoint, credentials }), scope)
      const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void), { startImmediately: true })
      yield* Deferred.await(requested)
      yield* TestClock.adjust("4 seconds")
      assert.isUndefined(closing.pollUnsafe())
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(closing)
    }).pipe(Effect.scoped))

  it.live("reports that a server names another session, without the id", () =>
    Effect.gen(function*() {
      const lines: Array<string> = []
      const logger = Logger.make(({ message }) => void lines.push(String(message)))
      const endpoint = yield* peers.listen((peer) =>
        Effect.gen(function*() {
          const client = yield* peers.accept(peer)
          const receive = peers.makeReceive(peer)
          const other = { ...client, header: { ...client.header, uuid: peers.serverUuid } }
          yield* peer.write(peers.encodeLoginReply(yield* receive, other))
          yield* peers.acceptLogoff(peer, receive)
        })
      )
      yield* Effect.scoped(DispatcherClient.connect({ endpoint, credentials })).pipe(
        Effect.provide(Logger.layer([logger]))
      )
      assert.strictEqual(lines.length, 1)
      assert.match(lines[0]!, /the session id from the server differs from the uuid of this connection/)
      assert.notMatch(lines[0]!, /[0-9a-f]{8}-/)
    }).pipe(Effect.scoped))
})
