import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as BackupSource from "@backup-tree/io/BackupSource"
import { ConnectFailed, DispatcherError } from "@backup-tree/io/dispatcher/DispatcherError"
import * as DispatcherTransport from "@backup-tree/io/dispatcher/DispatcherTransport"
import * as Event from "@backup-tree/io/protocol/Event"
import * as Package from "@backup-tree/io/protocol/Package"
import * as PackageType from "@backup-tree/io/protocol/PackageType"
import * as Reply from "@backup-tree/io/protocol/Reply"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Redacted } from "effect"
import { TestClock } from "effect/testing"
import { turn } from "../support/leaks.ts"
import * as peers from "../support/peers.ts"
import * as virtual from "../support/virtual.ts"

type Dial = typeof DispatcherTransport.Dial.Service

const { everything } = BackupTreeRequest
const settle = Effect.repeat(turn, { times: 8 })

const layer = BackupSource.layerDispatcher({
  host: "virtual",
  userName: "root",
  password: Redacted.make("secret"),
  maxConcurrent: 1,
  limits: { stallAfter: "1 minute" }
})

/** Dials connections one after the other, by one way each. */
const inTurn = (...ways: ReadonlyArray<Dial>): Dial => {
  let dialled = 0
  return (endpoint) => Effect.suspend(() => ways[Math.min(dialled++, ways.length - 1)]!(endpoint))
}

const refusing: Dial = () =>
  Effect.fail(new DispatcherError({ endpoint: "virtual:64000", reason: new ConnectFailed({ code: "ECONNREFUSED" }) }))

const hangingUp = virtual.dial((peer) => peer.write(new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n")))

const answering = virtual.dial((peer) =>
  Effect.gen(function*() {
    const client = yield* virtual.accept(peer)
    const receive = peers.makeReceive(peer)
    yield* peer.write(peers.encodeLoginReply(yield* receive, client))
    while (true) {
      const command = yield* receive
      const parameters = command.type === PackageType.DspCmdGetBackupTree
        ? [Event.text(Reply.ResultName.backupTree, "<BackupTree/>")]
        : []
      yield* peer.write(peers.encodeReply(command, Reply.success(command.type, parameters)))
    }
  })
)

/** Accepts a login, and then only sends heartbeats: its jobs stall, and none is cancelled in time. */
const stalling = virtual.dial((peer) =>
  Effect.gen(function*() {
    const client = yield* virtual.accept(peer)
    const receive = peers.makeReceive(peer)
    yield* peer.write(peers.encodeLoginReply(yield* receive, client))
    return yield* Effect.forever(Effect.andThen(Effect.sleep("10 seconds"), peer.write(Package.heartbeat)))
  })
)

/** Submits one request after the other in a scope that lasts, with the permit of one. Returns their ends. */
const endsOf = (dial: Dial, requests: number) =>
  Effect.gen(function*() {
    const running = yield* Effect.forEach(
      Array.from({ length: requests }),
      () => Effect.exit(Effect.flatMap(BackupSource.submit(everything), (job) => job.await))
    ).pipe(
      Effect.scoped,
      Effect.provide(layer),
      Effect.provideService(DispatcherTransport.Dial, dial),
      Effect.forkChild({ startImmediately: true })
    )
    for (let steps = 0; steps < 30; steps++) {
      yield* settle
      yield* TestClock.adjust("10 seconds")
    }
    const exit = running.pollUnsafe()
    if (exit === undefined) assert.fail("a request waits for a permit")
    const ends = yield* Fiber.join(running)
    return ends.map((end) => Exit.match(end, { onSuccess: () => "read", onFailure: (cause) => String(cause) }))
  })

describe("the permit of a request", () => {
  it.effect("is released if the connection fails", () =>
    Effect.gen(function*() {
      const [refused, hungUp, read] = yield* endsOf(inTurn(refusing, hangingUp, answering), 3)
      assert.include(refused, "ECONNREFUSED")
      assert.include(hungUp, "handshake")
      assert.strictEqual(read, "read")
    }))

  it.effect("is released if the connection is retired, because a job does not end", () =>
    Effect.gen(function*() {
      const [stalled, read] = yield* endsOf(inTurn(stalling, answering), 2)
      assert.include(stalled, "no byte of the reply has arrived for 60 s")
      assert.strictEqual(read, "read")
    }))

  it.effect("is released with each job that ends, although the scope lasts", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* endsOf(answering, 3), ["read", "read", "read"])
    }))
})
