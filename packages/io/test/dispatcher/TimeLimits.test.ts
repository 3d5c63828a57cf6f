import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as DispatcherClient from "@backup-tree/io/dispatcher/DispatcherClient"
import type { DispatcherError, Stage } from "@backup-tree/io/dispatcher/DispatcherError"
import * as DispatcherTransport from "@backup-tree/io/dispatcher/DispatcherTransport"
import * as Limits from "@backup-tree/io/dispatcher/Limits"
import * as Package from "@backup-tree/io/protocol/Package"
import * as PackageType from "@backup-tree/io/protocol/PackageType"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Exit, Fiber, Redacted } from "effect"
import { TestClock } from "effect/testing"
import { leavesNothing, turn } from "../support/leaks.ts"
import * as peers from "../support/peers.ts"
import * as virtual from "../support/virtual.ts"

type Dial = typeof DispatcherTransport.Dial.Service

const parameters = BackupTreeRequest.toParameters(BackupTreeRequest.everything)
const settle = Effect.repeat(turn, { times: 8 })

/** Requests a tree, and returns the error and the time after which it occurred, to a second. */
const failureOf = (
  dial: Dial,
  options: Partial<DispatcherClient.Options> = {}
): Effect.Effect<{ readonly error: DispatcherError; readonly seconds: number }> =>
  Effect.gen(function*() {
    const credentials = DispatcherClient.password("root", Redacted.make("secret"))
    const failed: Array<DispatcherError> = []
    const asking = yield* DispatcherClient.connect({ endpoint: virtual.endpoint, credentials, ...options }).pipe(
      Effect.flatMap((client) => client.getBackupTree(parameters)),
      Effect.flatMap((job) => job.await),
      Effect.tapError((error) => Effect.sync(() => failed.push(error))),
      Effect.scoped,
      Effect.provideService(DispatcherTransport.Dial, dial),
      Effect.forkChild({ startImmediately: true })
    )
    let seconds = 0
    yield* settle
    for (; failed.length === 0 && seconds < 4000; seconds++) {
      yield* TestClock.adjust("1 second")
      yield* turn
    }
    // A job that is abandoned is cancelled, and the session logs off.
    yield* TestClock.adjust("1 minute")
    assert.isTrue(Exit.isFailure(yield* Fiber.await(asking)))
    assert.strictEqual(failed.length, 1)
    return { error: failed[0]!, seconds }
  })

const test = (
  title: string,
  dial: Dial,
  expected: { readonly stage: Stage; readonly seconds: number; readonly message: string },
  options: Partial<DispatcherClient.Options> = {}
) =>
  it.effect(title, () =>
    leavesNothing(Effect.gen(function*() {
      const { error, seconds } = yield* failureOf(dial, options)
      assert.strictEqual(error.reason._tag === "TimedOut" && error.reason.stage, expected.stage, error.message)
      assert.strictEqual(seconds, expected.seconds)
      assert.include(error.message, `${expected.message}. Check that a dispatcher listens there, or raise the time`)
    })))

const acceptCommand = Effect.fnUntraced(function*(peer: virtual.Peer) {
  const client = yield* virtual.accept(peer)
  const receive = peers.makeReceive(peer)
  yield* peer.write(peers.encodeLoginReply(yield* receive, client))
  return yield* receive
})

/** Sends heartbeats at the interval of the protocol. */
const beat = (peer: virtual.Peer) =>
  Effect.forever(Effect.andThen(Effect.sleep(Limits.heartbeatInterval), peer.write(Package.heartbeat)))

describe("a time limit names its stage", () => {
  test("connecting", () => Effect.never, {
    stage: "connect",
    seconds: 60,
    message: "connecting did not finish within 60 s"
  })

  test("the PRLT handshake", virtual.dial((peer) => peer.gone), {
    stage: "handshake",
    seconds: 7,
    message: "the PRLT handshake did not finish within 7 s"
  }, { limits: { connectTimeout: "7 seconds" } })

  test(
    "the TLS handshake",
    (endpoint) =>
      Effect.map(virtual.dial(virtual.accept)(endpoint), (transport) => ({
        ...transport,
        secure: () => Effect.never
      })),
    { stage: "tls", seconds: 60, message: "the TLS handshake did not finish within 60 s" }
  )

  test(
    "the login",
    virtual.dial((peer) => Effect.andThen(virtual.accept(peer), beat(peer))),
    { stage: "login", seconds: 8, message: "the login did not finish within 8 s" },
    { limits: { loginTimeout: "8 seconds" } }
  )

  test(
    "the login, if the server is silent",
    virtual.dial((peer) => Effect.andThen(virtual.accept(peer), peer.gone)),
    { stage: "login", seconds: 30, message: "the login did not finish within 30 s" }
  )

  test(
    "the login, if the server only sends heartbeats",
    virtual.dial((peer) => Effect.andThen(virtual.accept(peer), beat(peer))),
    { stage: "login", seconds: 40, message: "the login did not finish within 40 s" },
    { limits: { stallAfter: "40 seconds" } }
  )

  test(
    "a reply, whose package has a limit although bytes arrive",
    virtual.dial((peer) =>
      Effect.gen(function*() {
        const reply = peers.encodeTextReply(yield* acceptCommand(peer), "x".repeat(10_000))
        for (const byte of reply) {
          yield* peer.write(Uint8Array.of(byte))
          yield* Effect.sleep("1 second")
        }
      })
    ),
    { stage: "reply", seconds: 90, message: "a reply did not finish within 90 s" },
    { limits: { packageTimeout: "90 seconds" } }
  )
})

describe("silence", () => {
  it.effect("of the server ends the connection", () =>
    Effect.gen(function*() {
      const { error, seconds } = yield* failureOf(
        virtual.dial((peer) => Effect.andThen(acceptCommand(peer), peer.gone))
      )
      assert.strictEqual(error.reason._tag, "ConnectionSilent")
      assert.strictEqual(seconds, 30)
    }))

  const limits = { stallAfter: Duration.minutes(2) }

  it.effect("about a job ends it, although heartbeats arrive", () =>
    Effect.gen(function*() {
      const { error, seconds } = yield* failureOf(
        virtual.dial((peer) => Effect.andThen(acceptCommand(peer), beat(peer))),
        { limits }
      )
      assert.strictEqual(error.reason._tag, "Stalled")
      assert.strictEqual(seconds, 120)
    }))

  it.effect("about a job ends it, although events with its uuid arrive", () =>
    Effect.gen(function*() {
      const { error, seconds } = yield* failureOf(
        virtual.dial((peer) =>
          Effect.gen(function*() {
            const command = yield* acceptCommand(peer)
            const event = peers.reply(command, PackageType.DspVmEvent, new Uint8Array(1000))
            // Each arrives in two pieces, so that it is in flight for a while.
            return yield* Effect.forever(Effect.gen(function*() {
              yield* peer.write(event.subarray(0, 500))
              yield* Effect.sleep("5 seconds")
              yield* peer.write(event.subarray(500))
            }))
          })
        ),
        { limits }
      )
      assert.strictEqual(error.reason._tag, "Stalled")
      assert.strictEqual(seconds, 120)
    }))
})
