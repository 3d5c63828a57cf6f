import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as DispatcherClient from "@backup-tree/io/dispatcher/DispatcherClient"
import * as DispatcherConnection from "@backup-tree/io/dispatcher/DispatcherConnection"
import * as DispatcherEvent from "@backup-tree/io/dispatcher/DispatcherEvent"
import * as DispatcherTransport from "@backup-tree/io/dispatcher/DispatcherTransport"
import * as Event from "@backup-tree/io/protocol/Event"
import * as Package from "@backup-tree/io/protocol/Package"
import * as PackageParser from "@backup-tree/io/protocol/PackageParser"
import * as PackageType from "@backup-tree/io/protocol/PackageType"
import * as Payload from "@backup-tree/io/protocol/Payload"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Option, Queue, Redacted, Result, Stream } from "effect"
import { TestClock } from "effect/testing"
import { turn } from "../support/leaks.ts"
import * as peers from "../support/peers.ts"
import * as virtual from "../support/virtual.ts"

const ping = { type: PackageType.DspCmdUserPing, payload: new Uint8Array([0x3c, 0]) }

/** Runs a client against a server in memory that has shaken hands. */
const withPeer = <A, E, R>(
  script: (peer: virtual.Peer) => Effect.Effect<unknown, unknown>,
  client: Effect.Effect<A, E, R>
) =>
  Effect.provideService(
    Effect.scoped(client),
    DispatcherTransport.Dial,
    virtual.dial((peer) => Effect.andThen(virtual.accept(peer), script(peer)))
  )

const firstPackage = (bytes: Uint8Array): Package.Package => {
  const parser = PackageParser.makeParser()
  parser.push(bytes)
  return Option.getOrThrow(Result.getOrThrow(parser.next()))
}

describe("a security level", () => {
  it.effect.each(
    [
      ["high", "tls", "tls"],
      ["normal", "tls", "plain"],
      ["low", "plain", "plain"]
    ] as const
  )(
    "sends by its routes: %s sends commands by %s and heartbeats by %s",
    ([securityLevel, commands, heartbeats]) =>
      Effect.gen(function*() {
        const routes = yield* Queue.unbounded<readonly [number, DispatcherTransport.Route]>()
        yield* withPeer(
          (peer) =>
            Effect.forever(
              Effect.flatMap(peer.readRouted, ({ bytes, route }) =>
                Queue.offer(routes, [firstPackage(bytes).type, route]))
            ),
          Effect.gen(function*() {
            const connection = yield* DispatcherConnection.connect(virtual.endpoint, { securityLevel })
            yield* connection.request(ping)
            assert.deepStrictEqual(yield* Queue.take(routes), [PackageType.DspCmdUserPing, commands])
            yield* TestClock.adjust("10 seconds")
            assert.deepStrictEqual(yield* Queue.take(routes), [PackageType.Heartbeat, heartbeats])
          })
        )
      })
  )

  it.effect.each(
    [["normal", "plain", false], ["normal", "tls", true], ["low", "plain", true], ["low", "tls", true]] as const
  )("at %s a reply by %s is taken: %s", ([securityLevel, route, isTaken]) =>
    withPeer(
      (peer) =>
        Effect.gen(function*() {
          // A heartbeat may come in a plain frame at either level.
          yield* peer.write(Package.heartbeat, "plain")
          const request = firstPackage((yield* peer.readRouted).bytes)
          yield* peer.write(peers.encodeTextReply(request, "answer"), route)
          return yield* Effect.never
        }),
      Effect.gen(function*() {
        const connection = yield* DispatcherConnection.connect(virtual.endpoint, { securityLevel })
        const job = yield* connection.request(ping)
        const answered = yield* Effect.result(job.await)
        assert.strictEqual(Result.isSuccess(answered), isTaken)
        if (Result.isFailure(answered)) {
          const { reason } = answered.failure
          assert.strictEqual(reason._tag === "StreamError" && reason.reason, "refused-type")
        }
      })
    ))

  it.effect("high that falls silent at the login fails there", () =>
    withPeer(
      () => Effect.never,
      Effect.gen(function*() {
        const connecting = yield* Effect.forkChild(
          Effect.flip(DispatcherClient.connect({
            endpoint: virtual.endpoint,
            credentials: DispatcherClient.password("root", Redacted.make("secret"))
          })),
          { startImmediately: true }
        )
        yield* Effect.repeat(turn, { times: 8 })
        yield* TestClock.adjust("30 seconds")
        const error = yield* Fiber.join(connecting)
        assert.strictEqual(error.reason._tag === "TimedOut" && error.reason.stage, "login")
        assert.strictEqual(error.returnCodeName, "PRL_ERR_CANT_CONNECT_TO_DISPATCHER")
      })
    ))

  it.effect("low carries no session id", () =>
    withPeer(
      (peer) =>
        Effect.gen(function*() {
          const login = firstPackage((yield* peer.readRouted).bytes)
          yield* peer.write(peers.encodeReply(login, { operation: login.type, code: -1, results: [] }), "plain")
        }),
      Effect.gen(function*() {
        const error = yield* Effect.flip(DispatcherClient.connect({
          endpoint: virtual.endpoint,
          credentials: DispatcherClient.password("root", Redacted.make("secret")),
          securityLevel: "low"
        }))
        assert.strictEqual(error.reason._tag, "LoginRefused")
      })
    ))

  it.effect("low is no road for the session of another server", () =>
    Effect.gen(function*() {
      const ready = yield* Deferred.make<void>()
      const dial = virtual.dial((peer) =>
        Effect.gen(function*() {
          const client = yield* virtual.accept(peer)
          const login = firstPackage((yield* peer.readRouted).bytes)
          yield* peer.write(peers.encodeLoginReply(login, client), "plain")
          const next = firstPackage((yield* peer.readRouted).bytes)
          assert.strictEqual(next.type, PackageType.DspCmdUserLogoff)
          yield* Deferred.succeed(ready, undefined)
          yield* peer.write(peers.encodeReply(next, { operation: next.type, code: 0, results: [] }), "plain")
        })
      )
      const error = yield* Effect.gen(function*() {
        const client = yield* DispatcherClient.connect({
          endpoint: virtual.endpoint,
          credentials: DispatcherClient.password("root", Redacted.make("secret")),
          securityLevel: "low"
        })
        const target = { _tag: "TargetServer" as const, host: "other", port: 64_000, session: Redacted.make("{s}") }
        return yield* Effect.flip(client.getBackupTree(
          BackupTreeRequest.toParameters(BackupTreeRequest.everything, {
            ...BackupTreeRequest.defaultCallOptions,
            target
          })
        ))
      }).pipe(Effect.scoped, Effect.provideService(DispatcherTransport.Dial, dial))
      assert.strictEqual(error.reason._tag, "SessionWithheld")
      yield* Deferred.await(ready)
    }))
})

describe("events", () => {
  const eventPackage = (text: string): Uint8Array =>
    Result.getOrThrow(Package.encode(Package.request({
      uuid: peers.serverUuid,
      senderUuid: peers.serverUuid,
      type: PackageType.DspVmEvent,
      payload: Result.getOrThrow(Payload.encode(text))
    })))
  const event = (type: number): string =>
    Result.getOrThrow(Event.print({
      ...Event.make({ issuerId: peers.serverUuid, initialRequestId: peers.serverUuid }, 0, [
        Event.uint("progress_changed", 7)
      ]),
      type
    }))

  it.effect("are emitted to subscribers; those that cannot be read, or are too long, are dropped", () =>
    Effect.gen(function*() {
      const go = yield* Deferred.make<void>()
      yield* withPeer(
        (peer) =>
          Effect.gen(function*() {
            yield* Deferred.await(go)
            yield* peer.write(eventPackage("<nonsense/>"))
            yield* peer.write(eventPackage(`${event(100_050)}${" ".repeat(4000)}`))
            yield* peer.write(eventPackage(event(DispatcherEvent.numbers.backupProgress)))
            return yield* Effect.never
          }),
        Effect.gen(function*() {
          const connection = yield* DispatcherConnection.connect(virtual.endpoint, { limits: { maxEventBytes: 2500 } })
          const first = yield* Effect.forkChild(Stream.runHead(connection.events), { startImmediately: true })
          yield* turn
          yield* Deferred.succeed(go, undefined)
          assert.deepStrictEqual(
            yield* Fiber.join(first),
            Option.some({
              number: DispatcherEvent.numbers.backupProgress,
              code: 0,
              issuerId: peers.serverUuid,
              parameters: [{ name: "progress_changed", values: ["7"] }]
            })
          )
        })
      )
    }))

  it.effect("end with the connection", () =>
    Effect.gen(function*() {
      const listening = yield* withPeer(
        () => Effect.never,
        Effect.gen(function*() {
          const connection = yield* DispatcherConnection.connect(virtual.endpoint)
          const listening = yield* Effect.forkDetach(Stream.runDrain(connection.events), { startImmediately: true })
          return listening
        })
      )
      const error = yield* Effect.flip(Fiber.join(listening))
      assert.strictEqual(error.reason._tag, "ConnectionLost")
    }))
})
