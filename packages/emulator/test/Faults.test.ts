import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import type { SecurityLevel } from "@backup-tree/core/sdk/SecurityLevel"
import * as BackupStore from "@backup-tree/core/server/BackupStore"
import * as BackupTreeXml from "@backup-tree/core/tree/BackupTreeXml"
import * as DispatcherEmulator from "@backup-tree/emulator/DispatcherEmulator"
import * as Faults from "@backup-tree/emulator/Faults"
import * as DispatcherClient from "@backup-tree/io/dispatcher/DispatcherClient"
import type { DispatcherError } from "@backup-tree/io/dispatcher/DispatcherError"
import * as Endpoint from "@backup-tree/io/dispatcher/Endpoint"
import * as Command from "@backup-tree/io/protocol/Command"
import * as PackageType from "@backup-tree/io/protocol/PackageType"
import * as Reply from "@backup-tree/io/protocol/Reply"
import * as RoutingTable from "@backup-tree/io/protocol/RoutingTable"
import { assert, describe, it } from "@effect/vitest"
import {
  Cause,
  Clock,
  Deferred,
  Duration,
  Effect,
  Exit,
  Fiber,
  Option,
  Redacted,
  Result,
  Schedule,
  type Scope
} from "effect"
import { TestClock } from "effect/testing"
import * as fs from "node:fs"
import { leavesNothing, turn } from "../../io/test/support/leaks.ts"
import * as rawClient from "./support/rawClient.ts"
import { socketPath } from "./support/socketPath.ts"
import { onTestClock } from "./support/virtualTime.ts"

const tree = Result.getOrThrow(
  BackupTreeXml.decode(
    fs.readFileSync(new URL("../../core/test/fixtures/05-two-chains.xml", import.meta.url), "utf8"),
    { mode: "strict" }
  )
).tree
const text = BackupTreeXml.encode(tree)
const secret = "correct horse battery staple"
const accounts = [{ userName: "root", password: Redacted.make(secret) }]
const credentials = DispatcherClient.password("root", Redacted.make(secret))
const parameters = BackupTreeRequest.toParameters(BackupTreeRequest.everything)

const limits: DispatcherClient.Options["limits"] = {
  connectTimeout: Duration.seconds(4),
  loginTimeout: Duration.seconds(5),
  silenceTimeout: Duration.seconds(25),
  stallAfter: Duration.seconds(40),
  cancelTimeout: Duration.seconds(2),
  logoffTimeout: Duration.seconds(3)
}

const make = (faults: ReadonlyArray<Faults.Fault>, options: Partial<DispatcherEmulator.Options> = {}) =>
  DispatcherEmulator.make({ store: BackupStore.fromTree(tree), accounts, faults, ...options })

const connect = (
  { endpoint }: DispatcherEmulator.DispatcherEmulator,
  securityLevel: SecurityLevel = "high",
  more: DispatcherClient.Options["limits"] = {}
) => DispatcherClient.connect({ endpoint, credentials, securityLevel, limits: { ...limits, ...more } })

const query = (client: DispatcherClient.DispatcherClient) =>
  Effect.flatMap(client.getBackupTree(parameters), (job) => job.await)

/** What a client makes of a server: the tree, or the reason of its error with what tells it from others. */
const outcome = (emulator: DispatcherEmulator.DispatcherEmulator, level?: SecurityLevel): Effect.Effect<string> =>
  Effect.flatMap(connect(emulator, level), query).pipe(
    Effect.exit,
    Effect.tap((exit) =>
      Effect.map(
        Clock.currentTimeMillis,
        (now) => assert.isAtMost(now, 1000 * (Exit.isSuccess(exit) ? 3 : limitOf(exit)), "within its limit")
      )
    ),
    Effect.flatten,
    Effect.scoped,
    Effect.match({
      onSuccess: (reply) => reply === text ? "the tree" : "another tree",
      onFailure: (error) => {
        assert.include(error.message, Endpoint.print(emulator.endpoint))
        assert.notInclude(JSON.stringify(error) + error.message, secret)
        return nameOf(error)
      }
    })
  )

/** The seconds after which a client gives up, by its error. What the server reports is known at once. */
const limitOf = (exit: Exit.Failure<unknown, DispatcherError>): number => {
  const { reason } = Result.getOrThrow(Cause.findError(exit.cause))
  switch (reason._tag) {
    case "TimedOut":
      return reason.stage === "login" ? 5 : 4
    case "ConnectionSilent":
      return 25 + 3
    case "Stalled":
      return 40
    default:
      return 3
  }
}

const nameOf = ({ reason }: DispatcherError): string => {
  const more = "stage" in reason && reason._tag !== "StreamError"
    ? reason.stage
    : "reason" in reason
    ? reason.reason
    : "why" in reason
    ? reason.why.reason
    : undefined
  return more === undefined ? reason._tag : `${reason._tag} ${more}`
}

const roads = [["TCP", Effect.succeed(Endpoint.tcp("127.0.0.1", 0))], ["a unix socket", socketPath]] as const

const run = (
  endpoint: Effect.Effect<Endpoint.Endpoint, never, Scope.Scope>,
  fault: Faults.Fault,
  level?: SecurityLevel
): Effect.Effect<string> =>
  Effect.gen(function*() {
    const emulator = yield* Effect.orDie(make([fault], { endpoint: yield* endpoint }))
    return yield* onTestClock(outcome(emulator, level))
  }).pipe(Effect.scoped, leavesNothing, Effect.provide(TestClock.layer()))

type Outcomes = { readonly [S in Faults.Stage]?: string }

/** A fault, what becomes of the client at each stage where it can strike, and what else may become of it over TCP. */
type Row = readonly [
  fault: string,
  make: (stage: Faults.Stage) => Faults.Fault,
  outcomes: Outcomes,
  byTcp?: { readonly [S in Faults.Stage]?: ReadonlyArray<string> }
]

const replying = (make: (stage: Faults.ReplyStage) => Faults.Fault) => (stage: Faults.Stage) =>
  make(stage as Faults.ReplyStage)

/** Where the connection ends. The client logs off in any case, so the reply to that does not matter. */
const ended: Outcomes = {
  connect: "HandshakeClosed",
  version: "HandshakeClosed",
  header: "HandshakeClosed",
  table: "HandshakeClosed",
  tls: "TlsFailed",
  login: "ConnectionLost login",
  request: "ConnectionLost reply",
  "mid-reply": "ConnectionLost reply",
  logoff: "the tree"
}

const silent: Outcomes = {
  connect: "TimedOut handshake",
  version: "TimedOut handshake",
  header: "TimedOut handshake",
  table: "TimedOut handshake",
  tls: "TimedOut tls",
  login: "TimedOut login",
  request: "ConnectionSilent",
  "mid-reply": "ConnectionSilent",
  logoff: "the tree"
}

// With a connection alone no byte is sent, so that none can be cut off or changed: those rows have no `connect`.
const { connect: _, ...endedBehindConnect } = ended

const unharmed: Outcomes = Object.fromEntries(Object.keys(ended).map((stage) => [stage, "the tree"]))

// Before the login there is nothing to answer, and half a tree answers nothing by itself. An answer out of order needs
// another one to come behind; a login and a single question have none, and wait for it in vain.
const matrix: ReadonlyArray<Row> = [
  ["drop", Faults.drop, ended],
  // A reset can overtake what was sent before it, and the connection itself.
  ["reset", Faults.reset, ended, {
    connect: ["ConnectFailed"],
    version: ["ConnectFailed"],
    header: ["ConnectFailed"],
    tls: ["HandshakeClosed"]
  }],
  ["stall", Faults.stall, silent],
  // Heartbeats begin behind TLS, and have no place within a package that goes by the same route.
  ["stall with heartbeats", (stage) => Faults.stall(stage, { heartbeats: true }), { ...silent, request: "Stalled" }],
  ["cut", (stage) => Faults.cut(stage, 4), endedBehindConnect],
  ["corrupt, a record's type", (stage) => Faults.corrupt(stage, 0), {
    version: "HandshakeError wrong-magic",
    header: "HandshakeError wrong-sender-type",
    table: "HandshakeError malformed-table",
    tls: "TlsFailed",
    login: "StreamError record-type",
    request: "StreamError record-type",
    "mid-reply": "StreamError record-type",
    logoff: "the tree"
  }],
  // A byte of the description and one of the server's uuid are as good as any other.
  ["corrupt, a record's data", (stage) => Faults.corrupt(stage, 8), {
    ...endedBehindConnect,
    version: "the tree",
    header: "the tree",
    table: "HandshakeError malformed-table"
  }],
  // Half a package has no header.
  ["corrupt, a checksum", (stage) => Faults.corrupt(stage, 80, { layer: "package" }), {
    login: "StreamError wrong-checksum",
    request: "StreamError wrong-checksum",
    logoff: "the tree"
  }],
  ["corrupt, a message", (stage) => Faults.corrupt(stage, 98, { layer: "package" }), {
    login: "UnreadableReply not-an-event",
    request: "UnreadableReply not-utf8",
    "mid-reply": "UnreadableReply not-utf8",
    logoff: "the tree"
  }],
  ["late", (stage) => Faults.late(stage, Effect.sleep("1 second")), unharmed],
  ["twice", replying(Faults.twice), { login: "the tree", request: "the tree", logoff: "the tree" }],
  ["out of order", replying(Faults.outOfOrder), { login: "TimedOut login", request: "Stalled", logoff: "the tree" }],
  ["misaddressed", replying(Faults.misaddressed), {
    login: "TimedOut login",
    request: "Stalled",
    logoff: "the tree"
  }],
  ["flood", replying(Faults.flood), { login: "the tree", request: "the tree", logoff: "the tree" }],
  // What the server has to say it still says.
  ["slow reader", Faults.slowReader, {
    ...silent,
    table: "TimedOut tls",
    login: "Stalled",
    request: "the tree",
    "mid-reply": "the tree"
  }],
  ["restart", (stage) => Faults.times(Faults.restart(stage), 1), ended]
]

describe("the fault matrix", () => {
  for (const [road, endpoint] of roads) {
    for (const [fault, make, outcomes, byTcp = {}] of matrix) {
      for (const [stage, expected] of Object.entries(outcomes) as ReadonlyArray<[Faults.Stage, string]>) {
        it.effect(`${fault} at ${stage} over ${road}: ${expected}`, () =>
          Effect.map(
            run(endpoint, make(stage)),
            (seen) => assert.include(road === "TCP" ? [expected, ...byTcp[stage] ?? []] : [expected], seen)
          ))
      }
    }
  }

  // Below high there are plain frames: at low for everything, at normal for heartbeats alone.
  for (const level of ["low", "normal"] as const) {
    const rows: ReadonlyArray<readonly [Faults.Fault, string]> = [
      [Faults.drop("login"), "ConnectionLost login"],
      [Faults.cut("mid-reply", 4), "ConnectionLost reply"],
      [Faults.stall("request"), "ConnectionSilent"],
      [Faults.stall("request", { heartbeats: true }), "Stalled"],
      [Faults.stall("mid-reply", { heartbeats: true }), level === "low" ? "ConnectionSilent" : "Stalled"],
      [Faults.corrupt("request", 0), "StreamError record-type"],
      [Faults.corrupt("request", 80, { layer: "package" }), "StreamError wrong-checksum"],
      [Faults.flood("login"), "the tree"],
      [Faults.restart("mid-reply"), "ConnectionLost reply"]
    ]
    for (const [fault, expected] of rows) {
      it.effect(`${fault._tag} at ${fault.stage} at level ${level}: ${expected}`, () =>
        Effect.map(
          run(Effect.succeed(Endpoint.tcp("127.0.0.1", 0)), fault, level),
          (seen) => assert.strictEqual(seen, expected)
        ))
    }
  }
})

describe("a fault", () => {
  const live = (title: string, test: Effect.Effect<unknown, unknown, Scope.Scope>) =>
    it.live(title, () => leavesNothing(Effect.scoped(test)))

  live(
    "strikes as often as it says, counted over all connections",
    Effect.gen(function*() {
      const emulator = yield* make([Faults.times(Faults.drop("mid-reply"), 2)])
      const requested = Effect.scoped(Effect.flatMap(connect(emulator), query))
      for (let time = 0; time < 2; time++) {
        assert.strictEqual((yield* Effect.flip(requested)).reason._tag, "ConnectionLost")
      }
      assert.strictEqual(yield* requested, text)
      assert.strictEqual((yield* emulator.commands).get(PackageType.DspCmdGetBackupTree), 3)
    })
  )

  live(
    "out of order lets each reply find its request",
    Effect.gen(function*() {
      const client = yield* Effect.flatMap(make([Faults.outOfOrder("request")]), (emulator) => connect(emulator))
      const first = yield* client.getBackupTree(parameters)
      const second = yield* client.getBackupTree({ ...parameters, uuid: "{00000000-0000-4000-8000-000000000001}" })
      const ended: Array<string> = []
      const [whole, empty] = yield* Effect.all([
        Effect.tap(first.await, () => Effect.sync(() => ended.push("first"))),
        Effect.tap(second.await, () => Effect.sync(() => ended.push("second")))
      ], { concurrency: "unbounded" })
      assert.deepStrictEqual(ended, ["second", "first"])
      assert.strictEqual(whole, text)
      assert.notStrictEqual(empty, text)
    })
  )

  live(
    "holds a reply back until a test releases it",
    Effect.gen(function*() {
      const latch = yield* Deferred.make<void>()
      const emulator = yield* make([Faults.late("request", Deferred.await(latch))])
      const client = yield* connect(emulator)
      const job = yield* client.getBackupTree(parameters)
      for (let turns = 0; turns < 20; turns++) yield* turn
      assert.strictEqual((yield* job.status)._tag, "Sent")
      yield* Deferred.succeed(latch, undefined)
      assert.strictEqual(yield* job.await, text)
    })
  )

  it.effect("can make a running task late, and everything else goes on", () =>
    Effect.gen(function*() {
      const emulator = yield* make([Faults.times(Faults.lateTask(Effect.sleep("25 seconds")), 1)])
      const client = yield* rawClient.connect(emulator.endpoint)
      const login = Result.getOrThrow(Command.login({ userName: "root", password: Redacted.make(secret) }))
      yield* client.send(Command.typeOf(login), rawClient.payload(login))
      yield* client.receive
      const treeCommand = Command.getBackupTree(parameters)
      yield* client.send(PackageType.DspCmdGetBackupTree, rawClient.payload(treeCommand))
      while ((yield* emulator.tasks).length === 0) yield* turn
      const types: Array<number> = []
      for (const seconds of [10, 10]) {
        const next = yield* Effect.forkChild(client.receive, { startImmediately: true })
        yield* TestClock.adjust(`${seconds} seconds`)
        types.push((yield* Fiber.join(next)).type)
      }
      yield* emulator.publish({ number: 100_047, parameters: [] })
      types.push((yield* client.receive).type)
      assert.deepStrictEqual(types, [PackageType.Heartbeat, PackageType.Heartbeat, PackageType.DspVmEvent])
      assert.strictEqual((yield* rawClient.replyTo(client, Command.getUserProfile)).code, 0)
      assert.strictEqual((yield* emulator.tasks).length, 1)
      yield* TestClock.adjust("5 seconds")
      const reply = rawClient.readReply(yield* client.receive, PackageType.DspCmdGetBackupTree)
      assert.strictEqual(Option.getOrThrow(Reply.backupTree(reply)), text)
      // Only the first task is late.
      assert.strictEqual((yield* rawClient.replyTo(client, treeCommand)).code, 0)
    }).pipe(Effect.scoped, leavesNothing))

  live(
    "lets a late task be cancelled",
    Effect.gen(function*() {
      const emulator = yield* make([Faults.lateTask(Effect.never)])
      const client = yield* connect(emulator)
      const job = yield* client.getBackupTree(parameters)
      while ((yield* emulator.tasks).length === 0) yield* turn
      assert.strictEqual(yield* job.cancel, "accepted")
      assert.strictEqual(nameOf(yield* Effect.flip(job.await)), "CommandFailed")
      assert.deepStrictEqual(yield* emulator.tasks, [])
    })
  )

  it.effect("can leave a cancel without a reply", () =>
    Effect.gen(function*() {
      const emulator = yield* make([Faults.misaddressed("cancel")], { beforeTree: Effect.never })
      const client = yield* connect(emulator)
      const job = yield* client.getBackupTree(parameters)
      assert.strictEqual(yield* onTestClock(job.cancel), "unknown")
      assert.strictEqual(nameOf(yield* Effect.flip(job.await)), "CommandFailed")
    }).pipe(Effect.scoped, leavesNothing))

  live(
    "restarts the server, which is there again for the next one",
    Effect.gen(function*() {
      for (const [, wanted] of roads) {
        const emulator = yield* make([Faults.times(Faults.restart("request"), 1)], { endpoint: yield* wanted })
        const requested = Effect.scoped(Effect.flatMap(connect(emulator), query))
        assert.strictEqual((yield* Effect.flip(requested)).reason._tag, "ConnectionLost")
        assert.strictEqual(yield* Effect.retry(requested, { times: 6000, schedule: Schedule.spaced("5 millis") }), text)
      }
    })
  )

  live(
    "replies with another table",
    Effect.gen(function*() {
      for (
        const [table, expected] of [[RoutingTable.nullTable, "null-table"], [
          RoutingTable.forLevel("low"),
          "changed-table"
        ]] as const
      ) {
        const emulator = yield* make([Faults.routingTable(table)])
        assert.strictEqual(nameOf(yield* Effect.flip(Effect.scoped(connect(emulator)))), `HandshakeError ${expected}`)
      }
    })
  )
})
