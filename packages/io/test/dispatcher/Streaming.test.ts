import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as ReturnCode from "@backup-tree/core/sdk/ReturnCode"
import * as BackupSource from "@backup-tree/io/BackupSource"
import * as DispatcherClient from "@backup-tree/io/dispatcher/DispatcherClient"
import { ConnectionLost } from "@backup-tree/io/dispatcher/DispatcherError"
import * as DispatcherTransport from "@backup-tree/io/dispatcher/DispatcherTransport"
import * as Event from "@backup-tree/io/protocol/Event"
import * as Package from "@backup-tree/io/protocol/Package"
import * as PackageType from "@backup-tree/io/protocol/PackageType"
import * as Payload from "@backup-tree/io/protocol/Payload"
import * as Reply from "@backup-tree/io/protocol/Reply"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Option, Redacted, Result, Scope, Stream } from "effect"
import { TestClock } from "effect/testing"
import { cut } from "../protocol/support.ts"
import { leavesNothing, turn } from "../support/leaks.ts"
import * as peers from "../support/peers.ts"
import * as virtual from "../support/virtual.ts"

const { everything } = BackupTreeRequest
const parameters = BackupTreeRequest.toParameters(everything)
const options: DispatcherClient.Options = {
  endpoint: virtual.endpoint,
  credentials: DispatcherClient.password("root", Redacted.make("secret"))
}

const chainOf = (number: number) => `{${number}0000000-0000-4000-8000-000000000000}`
const item = (number: number) =>
  `<VmItem><Uuid>{${number}}</Uuid><Name>web-${number}</Name><BackupItem><Uuid>${chainOf(number)}</Uuid>`
  + `<Id>${chainOf(number)}</Id></BackupItem></VmItem>`
const uuids = ["{1}", "{2}", "{3}", "{4}", "{5}"]
const xml = `<BackupTree>${[1, 2, 3, 4, 5].map(item).join("")}<Quota/></BackupTree>`

const replyOf = (text: string, code = 0): Reply.Reply => ({
  ...Reply.success(PackageType.DspCmdGetBackupTree, [Event.text(Reply.ResultName.backupTree, text)]),
  code
})

const envelope = { issuerId: peers.serverUuid, initialRequestId: peers.serverUuid }

/** Accepts every login, hands over the request, and replies to cancels and the logoff. */
const serve = (script: (request: Package.Package, peer: virtual.Peer) => Effect.Effect<unknown, unknown>) =>
  virtual.dial((peer) =>
    Effect.gen(function*() {
      const client = yield* virtual.accept(peer)
      const receive = peers.makeReceive(peer)
      yield* peer.write(peers.encodeLoginReply(yield* receive, client))
      const request = yield* receive
      const replyToAll = Effect.forever(
        Effect.flatMap(receive, (command) => peer.write(peers.encodeReply(command, Reply.success(command.type))))
      )
      yield* Effect.all([script(request, peer), replyToAll], { concurrency: "unbounded" })
    })
  )

/** Where in a package the element of the n-th environment ends. */
const behindItem = (bytes: Uint8Array, number: number): number => {
  const text = new TextDecoder("latin1").decode(bytes)
  let at = 0
  for (let count = 0; count < number; count++) at = text.indexOf("/VmItem", at) + 1
  return text.indexOf(">", at) + 1
}

const settle = Effect.repeat(turn, { times: 8 })

/** Records what it gets, and then does something. */
const noting =
  (seen: Array<string>, then: Effect.Effect<void> = Effect.void): DispatcherClient.EnvironmentSink => (environments) =>
    Effect.suspend(() => {
      environments.forEach(({ uuid }) => seen.push(uuid))
      return environments.length === 0 ? Effect.void : then
    })

const test = (
  title: string,
  script: Parameters<typeof serve>[0],
  use: Effect.Effect<unknown, unknown, Scope.Scope>
) =>
  it.effect(
    title,
    () => leavesNothing(Effect.scoped(use).pipe(Effect.provideService(DispatcherTransport.Dial, serve(script))))
  )

describe("a backup tree that is read as it arrives", () => {
  for (const length of [1, 7, 100, 100_000]) {
    test(
      `is the whole of it, cut by ${length}`,
      (request, peer) =>
        Effect.forEach(cut(peers.encodeReply(request, replyOf(xml)), [length]), (bytes) => peer.write(bytes)),
      Effect.gen(function*() {
        const client = yield* DispatcherClient.connect(options)
        const seen: Array<string> = []
        let calls = 0
        const sink = noting(seen)
        const job = yield* client.streamBackupTree(parameters, (environments) => {
          calls++
          return sink(environments)
        })
        const { kept, notes } = yield* job.await
        // For each environment at most, and for the end.
        assert.isAtMost(calls, uuids.length + 1)
        assert.deepStrictEqual(seen, uuids)
        assert.deepStrictEqual(kept.map(({ element, position }) => [element.name, position]), [["Quota", 5]])
        assert.isNotEmpty(notes)
      })
    )
  }

  const go = Deferred.makeUnsafe<void>()
  test(
    "passes environments on before the rest is there",
    (request, peer) => {
      const bytes = peers.encodeReply(request, replyOf(xml))
      const at = behindItem(bytes, 2)
      return Effect.andThen(
        peer.write(bytes.subarray(0, at)),
        Effect.andThen(Deferred.await(go), peer.write(bytes.subarray(at)))
      )
    },
    Effect.gen(function*() {
      const client = yield* DispatcherClient.connect(options)
      const seen: Array<string> = []
      const job = yield* client.streamBackupTree(parameters, noting(seen))
      yield* settle
      assert.deepStrictEqual(seen, ["{1}", "{2}"])
      assert.strictEqual((yield* job.status)._tag, "Receiving")
      yield* Deferred.succeed(go, undefined)
      yield* job.await
      assert.deepStrictEqual(seen, uuids)
    })
  )

  test(
    "reports that a reply has come, though it comes at once",
    (request, peer) => peer.write(peers.encodeReply(request, replyOf(xml))),
    Effect.gen(function*() {
      const client = yield* DispatcherClient.connect(options)
      const job = yield* client.streamBackupTree(parameters, () => Effect.void)
      const tags = yield* Stream.runCollect(Stream.map(job.changes, ({ _tag }) => _tag))
      assert.deepStrictEqual(tags, ["Sent", "Receiving", "Finished"])
    })
  )

  for (
    const [what, text, code, expected] of [
      ["the command failed", xml, ReturnCode.codes.PRL_ERR_FAILURE, "CommandFailed"],
      ["the tree is refused", xml.replace("</BackupTree>", "</Nonsense>"), 0, "tag"],
      ["there are too many elements", xml.replace("<Quota/>", "<a/>".repeat(100)), 0, "elements"]
    ] as const
  ) {
    test(
      `fails at its end where ${what}`,
      (request, peer) =>
        Effect.forEach(cut(peers.encodeReply(request, replyOf(text, code)), [50]), (bytes) => peer.write(bytes)),
      Effect.gen(function*() {
        const client = yield* DispatcherClient.connect(options)
        const job = yield* client.streamBackupTree(parameters, noting([]), { maxElements: 100 })
        const error = yield* Effect.flip(job.await)
        assert.strictEqual(error._tag === "XmlError" ? error.reason : error.reason._tag, expected)
      })
    )
  }

  test(
    "is no text where the reply cannot be read",
    (request, peer) => peer.write(peers.encodeTextReply(request, "<ParallelsEvent>")),
    Effect.gen(function*() {
      const client = yield* DispatcherClient.connect(options)
      const job = yield* client.streamBackupTree(parameters, noting([]))
      const error = yield* Effect.flip(job.await)
      assert.strictEqual(error._tag === "DispatcherError" && error.reason._tag, "UnreadableReply")
    })
  )

  test(
    "ends with its connection, whatever has come",
    (request, peer) => {
      const bytes = peers.encodeReply(request, replyOf(xml))
      return Effect.andThen(
        peer.write(bytes.subarray(0, behindItem(bytes, 2))),
        peer.end(new ConnectionLost({ stage: "reply", detail: "reset" }))
      )
    },
    Effect.gen(function*() {
      const client = yield* DispatcherClient.connect(options)
      const seen: Array<string> = []
      const job = yield* client.streamBackupTree(parameters, noting(seen))
      const error = yield* Effect.flip(job.await)
      assert.strictEqual(error._tag === "DispatcherError" && error.reason._tag, "ConnectionLost")
      assert.deepStrictEqual(seen, ["{1}", "{2}"])
    })
  )
})

describe("a backup tree that is kept as a text", () => {
  test(
    "is refused for the first fault of its reply",
    (request, peer) => {
      const bytes = peers.reply(
        request,
        PackageType.DspWsResponse,
        Buffer.from(`</a>${" ".repeat(100)}\xff\0`, "latin1")
      )
      return Effect.forEach(cut(bytes, [1]), (byte) => peer.write(byte))
    },
    Effect.gen(function*() {
      const client = yield* DispatcherClient.connect(options)
      const { reason } = yield* Effect.flip(Effect.flatMap(client.getBackupTree(parameters), (job) => job.await))
      assert.strictEqual(reason._tag === "UnreadableReply" && reason.why.reason, "not-xml")
    })
  )

  test(
    "is no result if the command failed",
    (request, peer) => peer.write(peers.encodeReply(request, replyOf(xml, ReturnCode.codes.PRL_ERR_FAILURE))),
    Effect.gen(function*() {
      const client = yield* DispatcherClient.connect(options)
      const { reason } = yield* Effect.flip(Effect.flatMap(client.getBackupTree(parameters), (job) => job.await))
      assert.deepStrictEqual(
        reason._tag === "CommandFailed" && [reason.command, reason.code],
        ["GetBackupTree", ReturnCode.codes.PRL_ERR_FAILURE]
      )
    })
  )

  test(
    "is read from the first buffer of several",
    (request, peer) => {
      const text = Payload.encode(Event.print(Reply.toEvent(replyOf(xml), envelope)).pipe(Result.getOrThrow))
      return peer.write(Result.getOrThrow(Package.encode({
        ...Package.reply({
          uuid: peers.serverUuid,
          senderUuid: peers.serverUuid,
          to: request,
          type: PackageType.DspWsResponse,
          numericId: 1n,
          payload: new Uint8Array(0)
        }),
        buffers: [Result.getOrThrow(text), Uint8Array.of(1)].map((bytes) => ({ encoding: 0, bytes }))
      })))
    },
    Effect.gen(function*() {
      const client = yield* DispatcherClient.connect(options)
      const job = yield* client.getBackupTree(parameters)
      assert.strictEqual(yield* job.await, xml)
    })
  )

  const comment = new TextEncoder().encode(`<!--${"x".repeat(2 ** 20 - 7)}-->`)
  test(
    "may be in a document of more than 256 MiB if replies may be that long",
    (request, peer) => {
      const count = 256
      const bytes = peers.encodeReply(request, replyOf(xml))
      const length = new DataView(bytes.buffer, 86, 4)
      length.setUint32(0, length.getUint32(0, true) + count * comment.length, true)
      return Effect.gen(function*() {
        yield* peer.write(bytes.subarray(0, -1))
        for (let comments = 0; comments < count; comments++) yield* peer.write(comment)
        yield* peer.write(bytes.subarray(-1))
      })
    },
    Effect.gen(function*() {
      const client = yield* DispatcherClient.connect({ ...options, limits: { maxReplyBytes: 2 ** 29 } })
      const job = yield* client.getBackupTree(parameters)
      assert.strictEqual(yield* job.await, xml)
    })
  )
})

describe("a slow sink of environments", () => {
  const reply = (request: Package.Package) => {
    const bytes = peers.encodeReply(request, replyOf(xml))
    return [bytes.subarray(0, behindItem(bytes, 1)), ...cut(bytes.subarray(behindItem(bytes, 1)), [20])]
  }

  /** A client of a server, a job that waits for the first environment to be taken, and how much has been read. */
  const held = (some: Partial<DispatcherClient.Options> = {}) =>
    Effect.gen(function*() {
      let reads = 0
      const dial = yield* DispatcherTransport.Dial
      const counting: typeof dial = (endpoint) =>
        Effect.map(dial(endpoint), (transport) => ({
          ...transport,
          read: Effect.tap(transport.read, () => Effect.sync(() => reads++))
        }))
      const release = yield* Deferred.make<void>()
      const client = yield* DispatcherClient.connect({ ...options, ...some }).pipe(
        Effect.provideService(DispatcherTransport.Dial, counting)
      )
      const before = reads
      const seen: Array<string> = []
      const scope = yield* Scope.fork(yield* Effect.scope)
      const job = yield* client.streamBackupTree(parameters, noting(seen, Deferred.await(release))).pipe(
        Scope.provide(scope)
      )
      yield* settle
      assert.deepStrictEqual(seen, ["{1}"])
      return { client, job, release: Deferred.succeed(release, undefined), reads: () => reads - before, scope, seen }
    })

  test(
    "keeps the server waiting, as long as it may take",
    (request, peer) => Effect.forEach(reply(request), (bytes) => peer.write(bytes)),
    Effect.gen(function*() {
      const { job, reads, release, seen } = yield* held()
      assert.strictEqual(reads(), 1)
      yield* TestClock.adjust("1 hour")
      yield* settle
      assert.strictEqual(reads(), 1)
      assert.strictEqual((yield* job.status)._tag, "Sent")
      yield* release
      yield* job.await
      assert.deepStrictEqual(seen, uuids)
    })
  )

  test(
    "keeps other requests of the connection waiting too, and none of them stalls meanwhile",
    (request, peer) => Effect.forEach(reply(request), (bytes) => peer.write(bytes)),
    Effect.gen(function*() {
      const { client, job, release } = yield* held()
      const other = yield* client.getBackupTree(parameters)
      yield* settle
      yield* TestClock.adjust("1 hour")
      yield* settle
      assert.strictEqual((yield* other.status)._tag, "Sent")
      yield* release
      yield* job.await
      // The server has answered it, without a tree.
      assert.strictEqual((yield* Effect.flip(other.await)).reason._tag, "UnreadableReply")
    })
  )

  for (
    const [what, take] of [
      ["dies", () => Effect.die("a defect")],
      ["throws", () => {
        throw new Error("a defect")
      }],
      ["is interrupted", () => Effect.interrupt]
    ] as const
  ) {
    test(
      `that ${what} ends the job, and the connection goes on`,
      (request, peer) => Effect.forEach(reply(request), (bytes) => peer.write(bytes)),
      Effect.gen(function*() {
        // The rest of the reply does not count as a stray.
        const client = yield* DispatcherClient.connect({ ...options, limits: { maxStrayReplies: 0 } })
        const job = yield* client.streamBackupTree(parameters, take)
        const exit = yield* Effect.exit(job.await)
        assert.isTrue(Exit.isFailure(exit) && (what === "is interrupted" ? Exit.hasInterrupts : Exit.hasDies)(exit))
        assert.strictEqual((yield* job.status)._tag, "Finished")
        const other = yield* client.getBackupTree(parameters)
        assert.strictEqual((yield* Effect.flip(other.await)).reason._tag, "UnreadableReply")
      })
    )
  }

  test(
    "does not excuse a server that is silent afterwards",
    (request, peer) => Effect.forEach(reply(request).slice(0, 2), (bytes) => peer.write(bytes)),
    Effect.gen(function*() {
      const { job, release } = yield* held()
      yield* TestClock.adjust("1 hour")
      yield* release
      yield* settle
      yield* TestClock.adjust("29 seconds")
      assert.strictEqual((yield* job.status)._tag, "Receiving")
      yield* TestClock.adjust("1 second")
      const error = yield* Effect.flip(job.await)
      assert.strictEqual(error._tag === "DispatcherError" && error.reason._tag, "ConnectionSilent")
    })
  )

  test(
    "does not excuse a server that stalls afterwards",
    (request, peer) =>
      Effect.andThen(
        Effect.forEach(reply(request).slice(0, 2), (bytes) => peer.write(bytes)),
        Effect.forever(Effect.andThen(Effect.sleep("10 seconds"), peer.write(Package.heartbeat, "plain")))
      ),
    Effect.gen(function*() {
      const { job, release } = yield* held({
        // Heartbeats come between the bytes of a reply where they have a route of their own.
        securityLevel: "normal",
        limits: { stallAfter: "1 minute" }
      })
      yield* TestClock.adjust("1 hour")
      yield* release
      yield* settle
      for (let seconds = 0; seconds < 50; seconds += 10) {
        yield* TestClock.adjust("10 seconds")
        yield* settle
      }
      assert.strictEqual((yield* job.status)._tag, "Receiving")
      yield* TestClock.adjust("11 seconds")
      const error = yield* Effect.flip(job.await)
      assert.strictEqual(error._tag === "DispatcherError" && error.reason._tag, "Stalled")
    })
  )

  test(
    "is no longer awaited when the job is abandoned",
    (request, peer) => Effect.forEach(reply(request), (bytes) => peer.write(bytes)),
    Effect.gen(function*() {
      const { job, scope, seen } = yield* held()
      yield* Scope.close(scope, Exit.void)
      assert.isTrue(Exit.isFailure(yield* Effect.exit(job.await)))
      assert.deepStrictEqual(seen, ["{1}"])
    })
  )
})

describe("the environments of a source", () => {
  const layer = BackupSource.layerClient(options)
  const replying: Parameters<typeof serve>[0] = (request, peer) =>
    Effect.forEach(cut(peers.encodeReply(request, replyOf(xml)), [50]), (bytes) => peer.write(bytes))

  test(
    "are those of its listing",
    replying,
    Effect.gen(function*() {
      const environments = yield* Stream.runCollect(BackupSource.streamEnvironments(everything))
      const { tree } = yield* BackupSource.getBackupTree(everything)
      assert.deepStrictEqual(environments, tree.environments)
      assert.deepStrictEqual(environments.map(({ uuid }) => uuid), uuids)
    }).pipe(Effect.provide(layer))
  )

  test(
    "are filtered like its listing",
    replying,
    Effect.gen(function*() {
      const request = { ...everything, subject: { _tag: "Chain", id: chainOf(3) } } as const
      const environments = yield* Stream.runCollect(BackupSource.streamEnvironments(request))
      assert.deepStrictEqual(environments, (yield* BackupSource.getBackupTree(request)).tree.environments)
      assert.deepStrictEqual(environments.map(({ uuid }) => uuid), ["{3}"])
      const missing = { ...everything, subject: { _tag: "Chain", id: chainOf(9) } } as const
      const error = yield* Effect.flip(Stream.runDrain(BackupSource.streamEnvironments(missing)))
      assert.strictEqual(error.reason._tag, "RequestedBackupMissing")
    }).pipe(Effect.provide(layer))
  )

  test(
    "leave nothing open when the consumer stops early",
    (request, peer) => {
      const bytes = peers.encodeReply(request, replyOf(xml))
      return Effect.andThen(peer.write(bytes.subarray(0, behindItem(bytes, 2))), Effect.never)
    },
    Effect.gen(function*() {
      const taking = yield* Effect.forkChild(
        Stream.runHead(BackupSource.streamEnvironments(everything)),
        { startImmediately: true }
      )
      yield* settle
      // The server does not end its reply, and is waited for no longer than for other jobs.
      yield* TestClock.adjust("2 seconds")
      yield* settle
      assert.strictEqual(Option.getOrThrow(yield* Fiber.join(taking)).uuid, "{1}")
    }).pipe(Effect.provide(layer))
  )
})
