import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as ReturnCode from "@backup-tree/core/sdk/ReturnCode"
import * as BackupSource from "@backup-tree/io/BackupSource"
import * as DispatcherClient from "@backup-tree/io/dispatcher/DispatcherClient"
import { ConnectionLost } from "@backup-tree/io/dispatcher/DispatcherError"
import * as DispatcherTransport from "@backup-tree/io/dispatcher/DispatcherTransport"
import type * as Job from "@backup-tree/io/dispatcher/Job"
import * as Command from "@backup-tree/io/protocol/Command"
import * as Event from "@backup-tree/io/protocol/Event"
import type * as Package from "@backup-tree/io/protocol/Package"
import * as PackageType from "@backup-tree/io/protocol/PackageType"
import * as Reply from "@backup-tree/io/protocol/Reply"
import { assert, describe, it } from "@effect/vitest"
import {
  Arbitrary,
  Cause,
  Deferred,
  Duration,
  Effect,
  Exit,
  Fiber,
  Queue,
  Redacted,
  Result,
  Schema,
  Scope,
  Stream
} from "effect"
import { TestClock } from "effect/testing"
import { turn } from "../support/leaks.ts"
import * as peers from "../support/peers.ts"
import * as virtual from "../support/virtual.ts"

const { codes } = ReturnCode
const parameters = BackupTreeRequest.toParameters(BackupTreeRequest.everything)
const options: DispatcherClient.Options = {
  endpoint: virtual.endpoint,
  credentials: DispatcherClient.password("root", Redacted.make("secret"))
}

const treeOf = (id: string): Reply.Reply =>
  Reply.success(PackageType.DspCmdGetBackupTree, [Event.text(Reply.ResultName.backupTree, `<BackupTree id="${id}"/>`)])

/** A server that accepts every login, and leaves the rest to a test. */
interface Server {
  /** Every request for a tree, by its id. */
  readonly requests: Map<string, Package.Package>
  /** The ids to cancel, and the commands that named them, in order. */
  readonly cancels: Array<{ readonly id: string; readonly command: Package.Package }>
  readonly arrived: Queue.Queue<Command.Command>
  readonly reply: (to: Package.Package, reply: Reply.Reply) => Effect.Effect<void>
  readonly lose: Effect.Effect<void>
}

const withServer = <A, E, R>(use: (server: Server) => Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const ready = yield* Deferred.make<virtual.Peer>()
    const requests: Server["requests"] = new Map()
    const cancels: Server["cancels"] = []
    const arrived = yield* Queue.unbounded<Command.Command>()
    const dial = virtual.dial((peer) =>
      Effect.gen(function*() {
        const client = yield* virtual.accept(peer)
        const receive = peers.makeReceive(peer)
        yield* peer.write(peers.encodeLoginReply(yield* receive, client))
        yield* Deferred.succeed(ready, peer)
        while (true) {
          const received = yield* receive
          const command = Result.getOrThrow(Command.decode(received))
          if (command._tag === "GetBackupTree") requests.set(received.uuid, received)
          if (command._tag === "Cancel") cancels.push({ id: command.requestUuid, command: received })
          if (command._tag === "Logoff") yield* peer.write(peers.encodeReply(received, Reply.success(received.type)))
          yield* Queue.offer(arrived, command)
        }
      })
    )
    const peer = Deferred.await(ready)
    return yield* use({
      requests,
      cancels,
      arrived,
      reply: (to, reply) => Effect.flatMap(peer, (peer) => peer.write(peers.encodeReply(to, reply))),
      lose: Effect.flatMap(peer, (peer) => peer.end(new ConnectionLost({ stage: "reply", detail: "reset" })))
    }).pipe(Effect.provideService(DispatcherTransport.Dial, dial))
  })

const settle = Effect.repeat(turn, { times: 8 })

describe("cancelling", () => {
  it.effect("is sent once, and keeps the connection if the server ends the job in time", () =>
    withServer((server) =>
      Effect.gen(function*() {
        const client = yield* DispatcherClient.connect(options)
        const running = yield* Effect.forkChild(
          Effect.scoped(Effect.flatMap(client.getBackupTree(parameters), (job) => job.await)),
          { startImmediately: true }
        )
        yield* Queue.take(server.arrived)
        const [request] = server.requests.values()
        const interrupting = yield* Effect.forkChild(Fiber.interrupt(running), { startImmediately: true })
        assert.strictEqual((yield* Queue.take(server.arrived))._tag, "Cancel")
        assert.deepStrictEqual(server.cancels.map(({ id }) => id), [request!.uuid])
        yield* server.reply(server.cancels[0]!.command, Reply.success(PackageType.DspCmdUserCancelOperation))
        yield* server.reply(request!, Reply.failure(request!.type, codes.PRL_ERR_OPERATION_WAS_CANCELED))
        yield* Fiber.join(interrupting)
        // The connection goes on.
        const job = yield* client.getBackupTree(parameters)
        yield* Queue.take(server.arrived)
        yield* server.reply(server.requests.get(job.id)!, treeOf("next"))
        assert.strictEqual(yield* job.await, `<BackupTree id="next"/>`)
        assert.strictEqual(server.cancels.length, 1)
      })
    ).pipe(Effect.scoped))

  it.effect("is sent also if one scope owns the job and the connection, which logs off", () =>
    withServer((server) =>
      Effect.gen(function*() {
        const running = yield* Effect.forkChild(BackupSource.getBackupTree(BackupTreeRequest.everything), {
          startImmediately: true
        })
        yield* Queue.take(server.arrived)
        const [request] = server.requests.values()
        const interrupting = yield* Effect.forkChild(Fiber.interrupt(running), { startImmediately: true })
        yield* settle
        assert.deepStrictEqual(server.cancels.map(({ id }) => id), [request!.uuid])
        assert.strictEqual((yield* Queue.take(server.arrived))._tag, "Cancel")
        yield* server.reply(server.cancels[0]!.command, Reply.success(PackageType.DspCmdUserCancelOperation))
        yield* server.reply(request!, Reply.failure(request!.type, codes.PRL_ERR_OPERATION_WAS_CANCELED))
        assert.strictEqual((yield* Queue.take(server.arrived))._tag, "Logoff")
        yield* Fiber.join(interrupting)
      }).pipe(Effect.provide(BackupSource.layerClient(options)))
    ).pipe(Effect.scoped))

  it.effect("retires the connection of a job that does not end, when the others on it have ended", () =>
    withServer((server) =>
      Effect.gen(function*() {
        const client = yield* DispatcherClient.connect(options)
        const other = yield* client.getBackupTree(parameters)
        yield* Queue.take(server.arrived)
        const closing = yield* Effect.forkChild(Effect.scoped(client.getBackupTree(parameters)), {
          startImmediately: true
        })
        assert.deepStrictEqual(
          [(yield* Queue.take(server.arrived))._tag, (yield* Queue.take(server.arrived))._tag],
          ["GetBackupTree", "Cancel"]
        )
        yield* TestClock.adjust("2 seconds")
        yield* Fiber.join(closing)
        const refused = yield* Effect.flip(client.getBackupTree(parameters))
        assert.match(refused.message, /retired/)
        assert.isTrue(refused.isRetryable)
        yield* server.reply(server.requests.get(other.id)!, treeOf("other"))
        assert.strictEqual(yield* other.await, `<BackupTree id="other"/>`)
      })
    ).pipe(Effect.scoped))

  it.effect.each<readonly [code: number, outcome: Job.CancelOutcome]>([
    [codes.PRL_ERR_SUCCESS, "accepted"],
    [codes.PRL_ERR_TASK_NOT_FOUND, "not-running"],
    [codes.PRL_ERR_ACCESS_DENIED, "unknown"]
  ])("says what the server made of it: %i is %s", ([code, outcome]) =>
    withServer((server) =>
      Effect.gen(function*() {
        const client = yield* DispatcherClient.connect(options)
        const job = yield* client.getBackupTree(parameters)
        const both = yield* Effect.forkChild(Effect.all([job.cancel, job.cancel], { concurrency: 2 }), {
          startImmediately: true
        })
        yield* Queue.take(server.arrived)
        yield* Queue.take(server.arrived)
        assert.strictEqual((yield* job.status)._tag, "Cancelling")
        yield* server.reply(
          server.cancels[0]!.command,
          code === 0
            ? Reply.success(PackageType.DspCmdUserCancelOperation)
            : Reply.failure(PackageType.DspCmdUserCancelOperation, code)
        )
        assert.deepStrictEqual(yield* Fiber.join(both), [outcome, outcome])
        assert.strictEqual(server.cancels.length, 1)
        // The result may come sooner than the end that was asked for.
        yield* server.reply(server.requests.get(job.id)!, treeOf("late"))
        assert.strictEqual(yield* job.await, `<BackupTree id="late"/>`)
        assert.strictEqual(yield* job.cancel, outcome)
      })
    ).pipe(Effect.scoped))

  it.effect("is sent for every abandoned job, and waits only once for a server whose jobs hang", () =>
    withServer((server) =>
      Effect.gen(function*() {
        const client = yield* DispatcherClient.connect(options)
        const scope = yield* Scope.make()
        for (let job = 0; job < 6; job++) yield* Scope.provide(client.getBackupTree(parameters), scope)
        const later = yield* Scope.make()
        const last = yield* Scope.provide(client.getBackupTree(parameters), later)
        const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void), { startImmediately: true })
        yield* TestClock.adjust("2 seconds")
        yield* Fiber.join(closing)
        assert.strictEqual(server.cancels.length, 6)
        // The connection is retired by now, and what is left on it is cancelled all the same.
        yield* Scope.close(later, Exit.void)
        yield* settle
        assert.deepStrictEqual(server.cancels.map(({ id }) => id).at(-1), last.id)
      })
    ).pipe(Effect.scoped))

  it.effect("ends the job of a scope that closes before anything was done", () =>
    withServer(() =>
      Effect.gen(function*() {
        const client = yield* DispatcherClient.connect({ ...options, limits: { cancelTimeout: Duration.zero } })
        const job = yield* Effect.scoped(client.getBackupTree(parameters))
        assert.isTrue(Exit.hasInterrupts(yield* Effect.exit(job.await)))
        assert.strictEqual((yield* Stream.runCollect(job.changes)).at(-1)?._tag, "Finished")
      })
    ).pipe(Effect.scoped))

  it.effect("cancels a stalled job, and passes its permit to the next", () =>
    withServer((server) =>
      Effect.gen(function*() {
        const limits = { maxOutstanding: 1, stallAfter: Duration.seconds(20), silenceTimeout: Duration.hours(1) }
        const client = yield* DispatcherClient.connect({ ...options, limits })
        const job = yield* client.getBackupTree(parameters)
        const next = yield* Effect.forkChild(client.getBackupTree(parameters), { startImmediately: true })
        yield* settle
        yield* TestClock.adjust("20 seconds")
        const error = yield* Effect.flip(job.await)
        assert.strictEqual(error.reason._tag, "Stalled")
        yield* settle
        assert.deepStrictEqual(server.cancels.map(({ id }) => id), [job.id])
        yield* server.reply(
          server.requests.get(job.id)!,
          Reply.failure(PackageType.DspCmdGetBackupTree, codes.PRL_ERR_OPERATION_WAS_CANCELED)
        )
        const second = yield* Fiber.join(next)
        yield* settle
        yield* server.reply(server.requests.get(second.id)!, treeOf("next"))
        assert.strictEqual(yield* second.await, `<BackupTree id="next"/>`)
      })
    ).pipe(Effect.scoped))

  it.effect("has an unknown outcome if the connection ends before the reply", () =>
    withServer((server) =>
      Effect.gen(function*() {
        const client = yield* DispatcherClient.connect(options)
        const job = yield* client.getBackupTree(parameters)
        const cancelling = yield* Effect.forkChild(job.cancel, { startImmediately: true })
        yield* settle
        yield* server.lose
        assert.strictEqual(yield* Fiber.join(cancelling), "unknown")
        assert.strictEqual(yield* job.cancel, "unknown")
      })
    ).pipe(Effect.scoped))

  it.effect("releases permits for requests that wait for one", () =>
    withServer((server) =>
      Effect.gen(function*() {
        const client = yield* DispatcherClient.connect({ ...options, limits: { maxOutstanding: 1 } })
        const job = yield* client.getBackupTree(parameters)
        const waiting = yield* Effect.forkChild(client.getBackupTree(parameters), { startImmediately: true })
        yield* settle
        assert.strictEqual(server.requests.size, 1)
        yield* server.reply(server.requests.get(job.id)!, treeOf("first"))
        const next = yield* Fiber.join(waiting)
        yield* settle
        yield* server.reply(server.requests.get(next.id)!, treeOf("second"))
        assert.strictEqual(yield* next.await, `<BackupTree id="second"/>`)
      })
    ).pipe(Effect.scoped))

  it.effect("has one permit at least", () =>
    withServer((server) =>
      Effect.gen(function*() {
        const client = yield* DispatcherClient.connect({ ...options, limits: { maxOutstanding: 0 } })
        const requesting = yield* Effect.forkChild(client.getBackupTree(parameters), { startImmediately: true })
        yield* settle
        assert.strictEqual(server.requests.size, 1)
        const job = yield* Fiber.join(requesting)
        yield* server.reply(server.requests.get(job.id)!, treeOf("only"))
        assert.strictEqual(yield* job.await, `<BackupTree id="only"/>`)
      })
    ).pipe(Effect.scoped))

  it.effect("leaves permits on a retired connection, which refuses every further request at once", () =>
    withServer((server) =>
      Effect.gen(function*() {
        const client = yield* DispatcherClient.connect({ ...options, limits: { maxOutstanding: 2 } })
        const other = yield* client.getBackupTree(parameters)
        const given = yield* Effect.forkChild(Effect.scoped(client.getBackupTree(parameters)))
        yield* settle
        yield* TestClock.adjust("2 seconds")
        yield* Fiber.join(given)
        for (let requests = 0; requests < 3; requests++) {
          const refused = yield* Effect.forkChild(Effect.flip(client.getBackupTree(parameters)))
          yield* settle
          assert.isDefined(refused.pollUnsafe())
          assert.include((yield* Fiber.join(refused)).message, "it is retired")
        }
        yield* server.reply(server.requests.get(other.id)!, treeOf("other"))
        assert.strictEqual(yield* other.await, `<BackupTree id="other"/>`)
      })
    ).pipe(Effect.scoped))

  it.effect("is not sent for a job that has ended", () =>
    withServer((server) =>
      Effect.gen(function*() {
        const client = yield* DispatcherClient.connect(options)
        const job = yield* client.getBackupTree(parameters)
        yield* Queue.take(server.arrived)
        yield* server.reply(server.requests.get(job.id)!, treeOf("done"))
        yield* job.await
        assert.strictEqual(yield* job.cancel, "not-running")
        assert.deepStrictEqual(server.cancels, [])
      })
    ).pipe(Effect.scoped))
})

type Step = {
  readonly op: "request" | "interrupt" | "reply" | "reply-to-cancel" | "end" | "time" | "lose"
  readonly which: number
}

const steps = Arbitrary.array(
  Arbitrary.schema(
    Schema.Struct({
      // Requests are the most likely, so that there is something to mix.
      op: Schema.Literals([
        "request",
        "request",
        "request",
        "interrupt",
        "reply",
        "reply-to-cancel",
        "end",
        "time",
        "lose"
      ]),
      which: Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 19 })))
    })
  ),
  { minLength: 30, maxLength: 60 }
)

interface Requested {
  readonly id: string | undefined
  readonly fiber: Fiber.Fiber<string, unknown>
  isInterrupted: boolean
  isReplied: boolean
}

/** Requests that are sent, interrupted, replied to and cancelled in any order. */
class Conversation {
  readonly requested: Array<Requested> = []
  isLost = false
  readonly #server: Server
  readonly #client: DispatcherClient.DispatcherClient

  constructor(server: Server, client: DispatcherClient.DispatcherClient) {
    this.#server = server
    this.#client = client
  }

  step({ op, which }: Step): Effect.Effect<unknown> {
    const { cancels, lose, requests, reply } = this.#server
    const one = this.requested[which % Math.max(1, this.requested.length)]
    const cancel = cancels[which % Math.max(1, cancels.length)]
    switch (op) {
      case "request":
        return this.requested.length < 20 ? this.#query : Effect.void
      case "time":
        return TestClock.adjust("700 millis")
      case "lose":
        // Rarely, or nothing else would ever be reached.
        if (which > 1) return Effect.void
        this.isLost = true
        return lose
      case "reply-to-cancel":
        return cancel === undefined
          ? Effect.void
          : reply(cancel.command, Reply.success(PackageType.DspCmdUserCancelOperation))
      case "end":
        return cancel === undefined ? Effect.void : reply(
          requests.get(cancel.id)!,
          Reply.failure(PackageType.DspCmdGetBackupTree, codes.PRL_ERR_OPERATION_WAS_CANCELED)
        )
      case "interrupt":
        if (one?.id === undefined) return Effect.void
        one.isInterrupted ||= !one.isReplied
        return Effect.forkDetach(Fiber.interrupt(one.fiber), { startImmediately: true })
      case "reply":
        if (one?.id === undefined) return Effect.void
        one.isReplied = true
        return reply(requests.get(one.id)!, treeOf(one.id))
    }
  }

  get #query(): Effect.Effect<void> {
    return Effect.gen({ self: this }, function*() {
      const before = new Set(this.#server.requests.keys())
      const fiber = yield* Effect.forkDetach(
        Effect.scoped(Effect.flatMap(this.#client.getBackupTree(parameters), (job) => job.await)),
        { startImmediately: true }
      )
      yield* settle
      const id = [...this.#server.requests.keys()].find((id) => !before.has(id))
      this.requested.push({ id, fiber, isInterrupted: false, isReplied: false })
    })
  }
}

describe("laws of cancelling", () => {
  it.effect.prop(
    "each cancel is for the job of an interrupted request, sent once; every other request gets its reply, or the loss",
    [steps],
    ([drawn]) =>
      withServer((server) =>
        Effect.gen(function*() {
          const conversation = yield* Effect.scoped(Effect.gen(function*() {
            const conversation = new Conversation(server, yield* DispatcherClient.connect(options))
            for (const step of drawn) yield* Effect.andThen(conversation.step(step), settle)
            // The end of the connection's own scope cancels the rest. Until then, no other job may be cancelled.
            const cancelled = server.cancels.map(({ id }) => id)
            const interrupted = conversation.requested.flatMap(({ id, isInterrupted }) => isInterrupted ? [id] : [])
            assert.strictEqual(new Set(cancelled).size, cancelled.length, "each once")
            for (const id of cancelled) assert.include(interrupted, id, "a foreign job")
            if (!conversation.isLost) assert.strictEqual(cancelled.length, interrupted.length, "each interrupted one")
            return conversation
          }))
          yield* TestClock.adjust("1 minute")
          // No request waits for ever, or gets the reply to another one.
          for (const { fiber, id, isReplied, isInterrupted } of conversation.requested) {
            const exit = yield* Fiber.await(fiber)
            if (Exit.isSuccess(exit)) assert.strictEqual(exit.value, `<BackupTree id="${id}"/>`)
            else if (!isInterrupted) {
              assert.isFalse(Cause.hasInterruptsOnly(exit.cause), "no other job is interrupted")
              assert.isTrue(conversation.isLost || !isReplied, "a reply was lost")
            }
          }
        })
      )
  )
})
