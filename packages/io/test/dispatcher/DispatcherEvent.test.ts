import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as Uuid from "@backup-tree/core/sdk/Uuid"
import * as DispatcherClient from "@backup-tree/io/dispatcher/DispatcherClient"
import * as DispatcherEvent from "@backup-tree/io/dispatcher/DispatcherEvent"
import * as DispatcherTransport from "@backup-tree/io/dispatcher/DispatcherTransport"
import type { LimitsInput } from "@backup-tree/io/dispatcher/Limits"
import * as BinaryEvent from "@backup-tree/io/protocol/BinaryEvent"
import * as Event from "@backup-tree/io/protocol/Event"
import * as Package from "@backup-tree/io/protocol/Package"
import * as PackageType from "@backup-tree/io/protocol/PackageType"
import * as Payload from "@backup-tree/io/protocol/Payload"
import * as Reply from "@backup-tree/io/protocol/Reply"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Logger, Redacted, References, Result, type Scope, Stream } from "effect"
import { turn } from "../support/leaks.ts"
import * as peers from "../support/peers.ts"
import * as virtual from "../support/virtual.ts"

const parameters = BackupTreeRequest.toParameters(BackupTreeRequest.everything)
const settle = Effect.repeat(turn, { times: 8 })

/** A connected client, and the server's side. */
interface Session {
  readonly client: DispatcherClient.DispatcherClient
  readonly peer: virtual.Peer
  /** Waits for the next command. */
  readonly receive: Effect.Effect<Package.Package>
}

const withSession = <A, E>(
  use: (session: Session) => Effect.Effect<A, E, Scope.Scope>,
  limits: LimitsInput = {}
) =>
  Effect.gen(function*() {
    const ready = yield* Deferred.make<Pick<Session, "peer" | "receive">>()
    const dial = virtual.dial((peer) =>
      Effect.gen(function*() {
        const accepted = yield* virtual.accept(peer)
        const receive = peers.makeReceive(peer)
        yield* peer.write(peers.encodeLoginReply(yield* receive, accepted))
        yield* Deferred.succeed(ready, { peer, receive: Effect.orDie(receive) })
        yield* peer.gone
      })
    )
    const client = yield* DispatcherClient.connect({
      endpoint: virtual.endpoint,
      credentials: DispatcherClient.password("root", Redacted.make("secret")),
      // The server replies to no logoff.
      limits: { logoffTimeout: 0, cancelTimeout: 0, ...limits }
    }).pipe(Effect.provideService(DispatcherTransport.Dial, dial))
    return yield* use({ client, ...yield* Deferred.await(ready) })
  }).pipe(Effect.scoped)

const head = {
  type: DispatcherEvent.numbers.backupProgress,
  issuerType: 1,
  issuerId: "{issuer}",
  level: 0,
  code: -5,
  needResponse: 0,
  source: "",
  initialRequestId: ""
}

const binaryEvent = Result.getOrThrow(BinaryEvent.encode({
  ...head,
  parameters: [
    BinaryEvent.plain("progress", 1, "42"),
    BinaryEvent.binary("blob", Uint8Array.of(1, 2)),
    { _tag: "List", name: "disks", type: 1, value: "unused", cdata: "", items: ["a", "b"] }
  ]
}))

const fields = { uuid: peers.serverUuid, senderUuid: peers.serverUuid, numericId: 1n }

/** Encodes the package of an event that belongs to no request. */
const unasked = (type: number, payload: Uint8Array): Uint8Array =>
  Result.getOrThrow(Package.encode({
    ...fields,
    parentUuid: Uuid.nil,
    receiverUuid: Uuid.nil,
    type,
    buffers: [{ encoding: 0, bytes: payload }]
  }))

const textEvent = (type: number): Uint8Array =>
  Result.getOrThrow(Payload.encode(Result.getOrThrow(Event.print({ ...head, type, parameters: [] }))))

const listen = (client: DispatcherClient.DispatcherClient, count: number) =>
  Effect.forkChild(Stream.runCollect(Stream.take(client.events, count)), { startImmediately: true })

const tree = "<BackupTree/>"
const replyTo = (command: Package.Package): Uint8Array =>
  peers.encodeReply(command, Reply.success(command.type, [Event.text(Reply.ResultName.backupTree, tree)]))

describe("the events of a client", () => {
  it.effect("include binary ones, without their binary parameters", () =>
    withSession(({ client, peer }) =>
      Effect.gen(function*() {
        const events = yield* listen(client, 1)
        yield* settle
        yield* peer.write(unasked(PackageType.DspVmBinaryEvent, binaryEvent))
        assert.deepStrictEqual(yield* Fiber.join(events), [{
          number: 100_050,
          code: -5,
          issuerId: "{issuer}",
          parameters: [{ name: "progress", values: ["42"] }, { name: "disks", values: ["a", "b"] }]
        }])
      })
    ))

  it.effect("are read by their package type, and skipped if they cannot be read", () =>
    withSession(({ client, peer }) =>
      Effect.gen(function*() {
        const events = yield* listen(client, 2)
        yield* settle
        yield* peer.write(unasked(PackageType.DspVmEvent, binaryEvent))
        yield* peer.write(unasked(PackageType.DspVmBinaryEvent, textEvent(7)))
        yield* peer.write(unasked(PackageType.DspVmEvent, textEvent(8)))
        yield* peer.write(unasked(PackageType.DspVmBinaryEvent, binaryEvent))
        assert.deepStrictEqual((yield* Fiber.join(events)).map(({ number }) => number), [8, 100_050])
      })
    ))

  for (const type of [PackageType.DspVmEvent, PackageType.DspVmBinaryEvent]) {
    it.effect(`are no reply to a job, even with its uuid (type ${type})`, () =>
      withSession(({ client, peer, receive }) =>
        Effect.gen(function*() {
          const events = yield* listen(client, 2)
          const job = yield* client.getBackupTree(parameters)
          const command = yield* receive
          const payload = type === PackageType.DspVmEvent ? textEvent(9) : binaryEvent
          const asParent = peers.reply(command, type, payload)
          const asOwn = Result.getOrThrow(Package.encode({
            ...Package.reply({ ...fields, to: command, type, payload }),
            uuid: command.uuid
          }))
          // It is in flight for a while, which is no progress of the job.
          yield* peer.write(asParent.subarray(0, 100))
          yield* settle
          assert.strictEqual((yield* job.status)._tag, "Sent")
          yield* peer.write(asParent.subarray(100))
          yield* peer.write(asOwn)
          assert.strictEqual((yield* Fiber.join(events)).length, 2)
          assert.strictEqual((yield* job.status)._tag, "Sent")
          yield* peer.write(replyTo(command))
          assert.strictEqual(yield* job.await, tree)
        })
      ))

    it.effect(`do not reach the environments of a job with their uuid (type ${type})`, () =>
      withSession(({ client, peer, receive }) =>
        Effect.gen(function*() {
          const seen: Array<string> = []
          const job = yield* client.streamBackupTree(parameters, (some) =>
            Effect.sync(() => seen.push(...some.map(({ uuid }) => uuid))))
          const command = yield* receive
          const item = "<BackupTree><VmItem><Uuid>{1}</Uuid></VmItem></BackupTree>"
          const reply = Reply.success(command.type, [Event.text(Reply.ResultName.backupTree, item)])
          const payload = Result.getOrThrow(
            Reply.encode(reply, { issuerId: peers.serverUuid, initialRequestId: peers.serverUuid })
          )
          yield* peer.write(peers.reply(command, type, payload))
          yield* settle
          assert.deepStrictEqual(seen, [])
          yield* peer.write(peers.encodeReply(command, reply))
          yield* job.await
          assert.deepStrictEqual(seen, ["{1}"])
        })
      ))
  }

  it.effect("are dropped beyond the maximum length, header and table included, which is logged", () => {
    const lines: Array<string> = []
    const longest = unasked(PackageType.DspVmEvent, textEvent(1)).length
    return withSession(({ client, peer }) =>
      Effect.gen(function*() {
        const events = yield* listen(client, 2)
        yield* settle
        // A number with one more digit makes the event one byte longer.
        for (const type of [1, 10, 2]) yield* peer.write(unasked(PackageType.DspVmEvent, textEvent(type)))
        assert.strictEqual(unasked(PackageType.DspVmEvent, textEvent(10)).length, longest + 1)
        assert.deepStrictEqual((yield* Fiber.join(events)).map(({ number }) => number), [1, 2])
        assert.deepStrictEqual(lines, [`dropped an event that is empty, or has more than ${longest} bytes`])
      }), { maxEventBytes: longest }).pipe(
        Effect.provide(Logger.layer([Logger.make(({ message }) => void lines.push(String(message)))])),
        Effect.provideService(References.MinimumLogLevel, "Debug")
      )
  })

  it.effect("wait for a slow subscriber up to the maximum number, of which the oldest are dropped", () =>
    withSession(({ client, peer }) =>
      Effect.gen(function*() {
        const first = yield* Deferred.make<void>()
        const go = yield* Deferred.make<void>()
        const slow = yield* Effect.forkChild(
          client.events.pipe(
            Stream.rechunk(1),
            Stream.tap(() => Effect.andThen(Deferred.succeed(first, undefined), Deferred.await(go))),
            Stream.takeUntil(({ number }) => number === 20),
            Stream.runCollect
          ),
          { startImmediately: true }
        )
        yield* settle
        yield* peer.write(unasked(PackageType.DspVmEvent, textEvent(1)))
        yield* Deferred.await(first)
        for (let type = 2; type <= 20; type++) yield* peer.write(unasked(PackageType.DspVmEvent, textEvent(type)))
        yield* settle
        yield* Deferred.succeed(go, undefined)
        const numbers = (yield* Fiber.join(slow)).map(({ number }) => number)
        assert.deepStrictEqual(numbers.slice(-4), [17, 18, 19, 20])
        assert.notInclude(numbers, 16)
      }), { maxWaitingEvents: 4 }))
})

describe("replies to no request", () => {
  const stray = (peer: virtual.Peer, command: Package.Package) =>
    peer.write(peers.encodeTextReply({ ...command, uuid: "{11111111-1111-4111-8111-111111111111}" }, "stray"))

  it.effect("end the connection only beyond their maximum", () =>
    withSession(({ client, peer, receive }) =>
      Effect.gen(function*() {
        const job = yield* client.getBackupTree(parameters)
        const command = yield* receive
        yield* Effect.repeat(stray(peer, command), { times: 2 })
        yield* settle
        assert.strictEqual((yield* job.status)._tag, "Sent")
        yield* stray(peer, command)
        const exit = yield* Effect.exit(job.await)
        assert.isTrue(Exit.isFailure(exit))
        assert.include(String(exit), "more than 3 replies match no request")
      }), { maxStrayReplies: 3 }))
})
