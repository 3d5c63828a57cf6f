import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as ReturnCode from "@backup-tree/core/sdk/ReturnCode"
import { levels, type SecurityLevel } from "@backup-tree/core/sdk/SecurityLevel"
import type * as BackupStore from "@backup-tree/core/server/BackupStore"
import * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as BackupTreeXml from "@backup-tree/core/tree/BackupTreeXml"
import * as DispatcherEmulator from "@backup-tree/emulator/DispatcherEmulator"
import * as Faults from "@backup-tree/emulator/Faults"
import type * as ServerLimits from "@backup-tree/emulator/ServerLimits"
import * as DispatcherClient from "@backup-tree/io/dispatcher/DispatcherClient"
import type { DispatcherEvent } from "@backup-tree/io/dispatcher/DispatcherEvent"
import * as DispatcherTransport from "@backup-tree/io/dispatcher/DispatcherTransport"
import * as Endpoint from "@backup-tree/io/dispatcher/Endpoint"
import * as Command from "@backup-tree/io/protocol/Command"
import * as LoginReply from "@backup-tree/io/protocol/LoginReply"
import * as Package from "@backup-tree/io/protocol/Package"
import * as PackageType from "@backup-tree/io/protocol/PackageType"
import * as Reply from "@backup-tree/io/protocol/Reply"
import * as RoutingTable from "@backup-tree/io/protocol/RoutingTable"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Duration, Effect, Exit, Fiber, Option, Redacted, Result, type Scope, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { leavesNothing, turn } from "../../io/test/support/leaks.ts"
import * as rawClient from "./support/rawClient.ts"
import { onTestClock, until } from "./support/virtualTime.ts"

const { codes } = ReturnCode
const { payload, replyTo } = rawClient
const chain = "{11111111-0000-4000-8000-000000000001}"

/** A store of one machine, identified by its name. */
const storeOf = (name: string, uuid = "{aaaaaaaa-0000-4000-8000-000000000001}"): BackupStore.BackupStore =>
  Result.getOrThrow(DispatcherEmulator.storeFromXml(
    `<BackupTree><VmItem><Uuid>${uuid}</Uuid><Name>${name}</Name><BackupItem><Uuid>${chain}</Uuid><Id>${chain}</Id>`
      + "<Host>h</Host><ServerUuid>{22222222-0000-4000-8000-000000000001}</ServerUuid>"
      + "<DateTime>2026-01-01 00:00:00</DateTime><Creator>root</Creator><Size>1</Size><Type>f</Type>"
      + "<Description></Description></BackupItem></VmItem></BackupTree>"
  ))

const accounts = [{ userName: "root", password: Redacted.make("secret") }]
const credentials = DispatcherClient.password("root", Redacted.make("secret"))
const parameters = BackupTreeRequest.toParameters(BackupTreeRequest.everything)
const getTree = Command.getBackupTree(parameters)

const make = (options: Partial<DispatcherEmulator.Options> = {}) =>
  DispatcherEmulator.make({ store: storeOf("default"), accounts, ...options })

const live = (title: string, test: Effect.Effect<unknown, unknown, Scope.Scope>) =>
  it.live(title, () => leavesNothing(Effect.scoped(test)))

const namesOf = (reply: Reply.Reply): ReadonlyArray<string> =>
  Result.getOrThrow(BackupTreeXml.decode(Option.getOrThrow(Reply.backupTree(reply)), { mode: "strict" }))
    .tree.environments.map(({ name }) => name)

const detailsOf = (reply: Reply.Reply): ReadonlyArray<string> =>
  Option.getOrThrow(Result.getOrThrow(Reply.errorEvent(reply))).parameters.flatMap((parameter) =>
    parameter._tag === "Text" ? [parameter.value] : []
  )

describe("the levels of a dispatcher", () => {
  const accepted: { readonly [M in SecurityLevel]: ReadonlyArray<SecurityLevel> } = {
    low: ["low", "normal", "high"],
    normal: ["normal"],
    high: ["high"]
  }
  for (const minimumLevel of levels) {
    for (const level of levels) {
      const isAccepted = accepted[minimumLevel].includes(level)
      live(
        `${isAccepted ? "accept" : "refuse"} ${level} where the minimum is ${minimumLevel}`,
        Effect.gen(function*() {
          const { endpoint } = yield* make({ minimumLevel })
          if (isAccepted) {
            const client = yield* rawClient.login(endpoint, { level })
            assert.strictEqual(client.reply.route, level === "low" ? "plain" : "tls")
            const host = yield* replyTo(client, Command.getHostCommonInfo)
            const text = host.results[0]?._tag === "Text" ? host.results[0].value : ""
            assert.include(text, `<MinimalSecurityLevel>${levels.indexOf(minimumLevel)}<`)
          } else {
            const transport = yield* DispatcherTransport.connect(endpoint)
            yield* transport.write(rawClient.clientPart(RoutingTable.forLevel(level)))
            yield* rawClient.isClosed(transport)
          }
        })
      )
    }
  }

  live(
    "close on a plain frame that may not come, and take TLS at every level",
    Effect.gen(function*() {
      const { endpoint } = yield* make()
      for (const level of ["normal", "high"] as const) {
        const client = yield* rawClient.login(endpoint, { level })
        yield* client.send(PackageType.DspCmdGetBackupTree, payload(getTree), undefined, "plain")
        yield* rawClient.isClosed(client.transport)
      }
      const client = yield* rawClient.login(endpoint, { level: "low" })
      yield* client.send(PackageType.DspCmdGetBackupTree, payload(getTree), undefined, "tls")
      assert.strictEqual((yield* client.receive).route, "plain")
    })
  )

  for (const level of levels) {
    it.effect(`send heartbeats by the default route at ${level}`, () =>
      Effect.gen(function*() {
        const { endpoint } = yield* make()
        const client = yield* rawClient.login(endpoint, { level })
        const beat = yield* Effect.forkChild(client.receive, { startImmediately: true })
        yield* TestClock.adjust("10 seconds")
        const { route, type } = yield* Fiber.join(beat)
        assert.deepStrictEqual({ route, type }, { route: level === "high" ? "tls" : "plain", type: 10 })
      }).pipe(Effect.scoped))
  }
})

describe("a cancel", () => {
  const cancelOf = (requestUuid: string) => Command.cancel(requestUuid)

  live(
    "ends its task, whose request gets a reply of its own",
    Effect.gen(function*() {
      const emulator = yield* make({ beforeTree: Effect.never })
      const client = yield* rawClient.login(emulator.endpoint)
      yield* client.send(PackageType.DspCmdGetBackupTree, payload(getTree))
      yield* until(emulator.tasks, (tasks) => tasks.length === 1)
      assert.deepStrictEqual(yield* emulator.tasks, [
        { id: rawClient.requestUuid, command: PackageType.DspCmdGetBackupTree, isCancelled: false }
      ])
      const cancelled = yield* replyTo(client, cancelOf(rawClient.requestUuid), chain)
      assert.strictEqual(cancelled.code, 0)
      const received = yield* client.receive
      assert.strictEqual(received.parentUuid, rawClient.requestUuid)
      const reply = rawClient.readReply(received, PackageType.DspCmdGetBackupTree)
      assert.strictEqual(reply.code, codes.PRL_ERR_OPERATION_WAS_CANCELED)
      assert.strictEqual(
        Option.getOrThrow(Result.getOrThrow(Reply.errorEvent(reply))).code,
        codes.PRL_ERR_OPERATION_WAS_CANCELED
      )
      assert.deepStrictEqual(yield* emulator.tasks, [])
      const again = yield* replyTo(client, cancelOf(rawClient.requestUuid), chain)
      assert.strictEqual(again.code, codes.PRL_ERR_TASK_NOT_FOUND)
      assert.strictEqual((yield* emulator.commands).get(PackageType.DspCmdUserCancelOperation), 2)
    })
  )

  live(
    "is refused for what it cannot cancel",
    Effect.gen(function*() {
      const emulator = yield* make({ beforeTree: Effect.never })
      const other = yield* rawClient.login(emulator.endpoint, { uuid: chain })
      const client = yield* rawClient.login(emulator.endpoint)
      const uuid = "{abcdef00-0000-4000-8000-000000000009}"
      yield* other.send(PackageType.DspCmdGetBackupTree, payload(getTree), uuid)
      yield* until(emulator.tasks, (tasks) => tasks.length === 1)
      assert.strictEqual((yield* replyTo(client, cancelOf(uuid))).code, codes.PRL_ERR_ACCESS_DENIED)
      for (const text of [uuid.toUpperCase(), uuid.slice(1, -1), "", rawClient.requestUuid]) {
        assert.strictEqual((yield* replyTo(other, cancelOf(text))).code, codes.PRL_ERR_TASK_NOT_FOUND)
      }
      assert.strictEqual(
        yield* rawClient.codeOf(client, PackageType.DspCmdUserCancelOperation, payload(Command.logoff)),
        codes.PRL_ERR_UNRECOGNIZED_REQUEST
      )
      assert.strictEqual((yield* emulator.tasks).length, 1)
    })
  )

  live(
    "comes by itself at the end of a session for the tasks that say so",
    Effect.gen(function*() {
      const emulator = yield* make({ beforeTree: Effect.never })
      yield* Effect.scoped(Effect.gen(function*() {
        const client = yield* rawClient.login(emulator.endpoint)
        yield* client.send(PackageType.DspCmdGetBackupTree, payload(getTree), "{00000000-0000-4000-8000-00000000000a}")
        const lasting = Command.getBackupTree({ ...parameters, backupFlags: parameters.backupFlags & ~8 })
        yield* client.send(PackageType.DspCmdGetBackupTree, payload(lasting), "{00000000-0000-4000-8000-00000000000b}")
        yield* until(emulator.tasks, (tasks) => tasks.length === 2)
      }))
      yield* until(emulator.connections, (count) => count === 0)
      const tasks = yield* until(emulator.tasks, (tasks) => tasks.length < 2)
      assert.deepStrictEqual(tasks.map(({ id }) => id), ["{00000000-0000-4000-8000-00000000000b}"])
    })
  )
})

describe("the limits of a dispatcher", () => {
  const limited = (limits: Partial<ServerLimits.ServerLimits>, options: Partial<DispatcherEmulator.Options> = {}) =>
    make({ limits, ...options })

  const isRefused = (endpoint: Endpoint.Endpoint) =>
    Effect.flatMap(DispatcherTransport.connect(endpoint), rawClient.isClosed)

  live(
    "refuse the uuid of a live connection, behind TLS",
    Effect.gen(function*() {
      const emulator = yield* make()
      const first = yield* rawClient.login(emulator.endpoint)
      // The close may overtake what the client's TLS still has to do.
      const error = yield* Effect.flip(Effect.andThen(
        Effect.flatMap(rawClient.connect(emulator.endpoint), ({ transport }) => rawClient.isClosed(transport)),
        Effect.fail({ reason: { _tag: "Closed" } })
      ))
      assert.include(["Closed", "TlsFailed"], (error as { readonly reason: { readonly _tag: string } }).reason._tag)
      assert.strictEqual((yield* replyTo(first, Command.logoff)).code, 0)
      yield* until(emulator.connections, (count) => count === 0)
      yield* rawClient.login(emulator.endpoint)
    })
  )

  for (
    const limits of [{ maxConnections: 1 }, { maxConnectionsPerAddress: 1 }] satisfies ReadonlyArray<
      Partial<ServerLimits.ServerLimits>
    >
  ) {
    live(
      `hold for ${Object.keys(limits).join()}`,
      Effect.gen(function*() {
        const { endpoint } = yield* limited(limits)
        yield* rawClient.login(endpoint)
        yield* isRefused(endpoint)
      })
    )
  }

  live(
    "hold for connections in handshake, and for those alone",
    Effect.gen(function*() {
      const emulator = yield* limited({ maxHandshakes: 1 })
      yield* rawClient.login(emulator.endpoint)
      yield* DispatcherTransport.connect(emulator.endpoint)
      yield* until(emulator.connections, (count) => count === 2)
      yield* isRefused(emulator.endpoint)
    })
  )

  live(
    "hold for logins in progress",
    Effect.gen(function*() {
      const latch = yield* Deferred.make<void>()
      const emulator = yield* limited({ maxLogins: 1 }, {
        faults: [Faults.times(Faults.late("login", Deferred.await(latch)), 1)]
      })
      const waiting = yield* Effect.forkChild(rawClient.login(emulator.endpoint))
      yield* until(emulator.commands, (commands) => commands.get(PackageType.DspCmdUserLogin) === 1)
      const client = yield* rawClient.connect(emulator.endpoint, { uuid: chain })
      assert.strictEqual(
        (yield* replyTo(client, rawClient.rootLogin)).code,
        codes.PRL_ERR_DISP_LOGON_ACTIONS_REACHED_UP_LIMIT
      )
      yield* Deferred.succeed(latch, undefined)
      assert.strictEqual((yield* Fiber.join(waiting)).reply.type, PackageType.DspWsBinaryResponse)
      yield* client.send(Command.typeOf(rawClient.rootLogin), payload(rawClient.rootLogin))
      assert.strictEqual((yield* client.receive).type, PackageType.DspWsBinaryResponse)
    })
  )

  live(
    "hold for the tasks of a session",
    Effect.gen(function*() {
      const emulator = yield* limited({ maxTasks: 1 }, { beforeTree: Effect.never })
      const client = yield* rawClient.login(emulator.endpoint)
      const other = yield* rawClient.login(emulator.endpoint, { uuid: chain })
      for (const each of [client, other]) yield* each.send(PackageType.DspCmdGetBackupTree, payload(getTree))
      yield* until(emulator.tasks, (tasks) => tasks.length === 2)
      assert.strictEqual((yield* replyTo(client, getTree)).code, codes.PRL_ERR_TRY_AGAIN)
    })
  )

  live(
    "end a client that does not read",
    Effect.gen(function*() {
      const emulator = yield* limited({ maxQueuedPackages: 10 })
      const client = yield* rawClient.login(emulator.endpoint)
      const event = { number: 1, parameters: [{ name: "big", values: ["x".repeat(500_000)] }] }
      // This client reads nothing: only what the sockets and the queue hold can be sent.
      yield* Effect.andThen(emulator.publish(event), turn).pipe(
        Effect.andThen(emulator.connections),
        Effect.repeat({ until: (count) => count === 0 })
      )
      assert.strictEqual(client.reply.type, PackageType.DspWsBinaryResponse)
    })
  )

  it.effect("end a client that sends requests and does not read", () =>
    Effect.gen(function*() {
      // Long replies soon fill what the sockets hold.
      const emulator = yield* limited({ sendTimeout: Duration.seconds(5) }, { store: storeOf("x".repeat(200_000)) })
      const client = yield* rawClient.login(emulator.endpoint)
      const running = Result.getOrThrow(Package.encode(Package.request({
        uuid: chain,
        senderUuid: chain,
        type: PackageType.DspCmdGetBackupTree,
        payload: payload(getTree)
      })))
      // Its answers stand in line behind what it does not read.
      yield* Effect.forkScoped(Effect.forever(Effect.andThen(Effect.ignore(client.transport.write(running)), turn)))
      yield* onTestClock(until(emulator.connections, (count) => count === 0))
    }).pipe(Effect.scoped, leavesNothing))

  it.effect("end a client that does not log in, and one whose command does not come to its end", () =>
    Effect.gen(function*() {
      const emulator = yield* limited({ loginTimeout: Duration.seconds(5), packageTimeout: Duration.seconds(3) })
      const idle = yield* rawClient.connect(emulator.endpoint)
      const slow = yield* rawClient.login(emulator.endpoint, { uuid: chain })
      const command = Result.getOrThrow(Package.encode(Package.request({
        uuid: chain,
        senderUuid: chain,
        type: PackageType.DspCmdGetBackupTree,
        payload: payload(getTree)
      })))
      yield* slow.transport.write(command.subarray(0, 100))
      for (let turns = 0; turns < 50; turns++) yield* turn
      yield* TestClock.adjust("3 seconds")
      yield* rawClient.isClosed(slow.transport)
      assert.strictEqual(yield* until(emulator.connections, (count) => count < 2), 1)
      yield* TestClock.adjust("2 seconds")
      yield* rawClient.isClosed(idle.transport)
    }).pipe(Effect.scoped))

  live(
    "hold for the length of a command, and the number of its buffers",
    Effect.gen(function*() {
      const emulator = yield* limited({ maxPackageBytes: 5000, maxBuffers: 2 })
      const long = yield* rawClient.login(emulator.endpoint)
      yield* long.send(PackageType.DspCmdGetBackupTree, new Uint8Array(6000))
      yield* rawClient.isClosed(long.transport)
      const many = yield* rawClient.login(emulator.endpoint, { uuid: chain })
      const buffers = Array.from({ length: 3 }, () => ({ encoding: 0, bytes: new Uint8Array(1) }))
      const type = PackageType.DspCmdGetBackupTree
      const request = Package.request({ uuid: chain, senderUuid: chain, type, payload: new Uint8Array(1) })
      yield* many.transport.write(Result.getOrThrow(Package.encode({ ...request, buffers })))
      yield* rawClient.isClosed(many.transport)
    })
  )
})

describe("the store that is meant", () => {
  const machine = "{aaaaaaaa-0000-4000-8000-000000000002}"
  const query = (client: rawClient.Client, change: Partial<BackupTreeRequest.Parameters>) =>
    replyTo(client, Command.getBackupTree({ ...parameters, ...change }))

  live(
    "is that of the directory, or of the machine's own, or the default one",
    Effect.gen(function*() {
      const { endpoint } = yield* make({
        directories: new Map([["/mnt/extra", storeOf("extra")], ["/mnt/own", storeOf("own", machine)]]),
        ownDirectories: new Map([[machine, "/mnt/own"]])
      })
      const client = yield* rawClient.login(endpoint)
      assert.deepStrictEqual(namesOf(yield* query(client, {})), ["default"])
      assert.deepStrictEqual(namesOf(yield* query(client, { uuid: machine })), ["own"])
      assert.deepStrictEqual(namesOf(yield* query(client, { backupDirectory: "/mnt/extra" })), ["extra"])
      // The directory that is named wins, where there is none of that machine.
      assert.deepStrictEqual(namesOf(yield* query(client, { uuid: machine, backupDirectory: "/mnt/extra" })), [])
      // An id is no machine's uuid, so its own directory is not read (SEMANTICS 2.2).
      assert.deepStrictEqual(namesOf(yield* query(client, { uuid: chain, backupFlags: 0xa0000 })), ["default"])
      const unknown = yield* query(client, { backupDirectory: "/nowhere" })
      assert.strictEqual(Option.getOrThrow(Reply.backupTree(unknown)), BackupTreeXml.encode(BackupTree.empty))
    })
  )

  live(
    "is that of a target server, for a session that is live there",
    Effect.gen(function*() {
      const storage = yield* make({ store: storeOf("storage"), directories: new Map([["/mnt", storeOf("there")]]) })
      const { endpoint } = yield* make({
        hostName: "node1.example",
        targets: new Map([["storage.example:64000", storage.target], ["127.0.0.1:1234", storage.target]])
      })
      const client = yield* rawClient.login(endpoint)
      const target = { targetHost: "storage.example", targetSessionId: Redacted.make(chain) }
      const unknown = yield* query(client, target)
      assert.strictEqual(unknown.code, codes.PRL_ERR_DISP2DISP_WRONG_USER_SESSION_UUID)
      assert.deepStrictEqual(detailsOf(unknown), [])
      yield* Effect.scoped(Effect.gen(function*() {
        const there = yield* rawClient.connect(storage.endpoint, { uuid: chain })
        assert.strictEqual((yield* query(client, target)).code, codes.PRL_ERR_DISP2DISP_WRONG_USER_SESSION_UUID)
        yield* there.send(Command.typeOf(rawClient.rootLogin), payload(rawClient.rootLogin))
        const reply = Result.getOrThrow(Package.payload(yield* there.receive))
        const { info } = Result.getOrThrow(LoginReply.decode(reply, PackageType.DspCmdUserLogin))
        const targetSessionId = info.session!
        assert.deepStrictEqual(namesOf(yield* query(client, { ...target, targetSessionId })), ["storage"])
        assert.deepStrictEqual(
          namesOf(yield* query(client, { targetPort: 1234, targetSessionId, backupDirectory: "/mnt" })),
          ["there"]
        )
      }))
      yield* until(storage.connections, (count) => count === 0)
      assert.strictEqual((yield* query(client, target)).code, codes.PRL_ERR_DISP2DISP_WRONG_USER_SESSION_UUID)
      const unreachable = yield* query(client, { ...target, targetHost: "nowhere.example" })
      assert.strictEqual(unreachable.code, codes.PRL_ERR_CANT_CONNECT_TO_DISPATCHER_ITERATIVELY)
      assert.deepStrictEqual(detailsOf(unreachable), ["nowhere.example", "node1.example"])
      // Without a session host and port have no meaning.
      assert.deepStrictEqual(namesOf(yield* query(client, { targetHost: "nowhere.example" })), ["default"])
    })
  )
})

describe("an event", () => {
  const event: DispatcherEvent = {
    number: 100_047,
    code: 0,
    issuerId: chain,
    parameters: [{ name: "progress_changed", values: ["7"] }, { name: "several", values: ["a", "b"] }]
  }

  for (const form of ["text", "binary"] as const) {
    live(
      `goes to every session as ${form}, and to no other connection`,
      Effect.gen(function*() {
        const emulator = yield* make()
        yield* rawClient.connect(emulator.endpoint)
        const clients = yield* Effect.forEach(
          levels,
          (securityLevel) => DispatcherClient.connect({ endpoint: emulator.endpoint, credentials, securityLevel })
        )
        const received = yield* Effect.forEach(
          clients,
          ({ events }) => Effect.forkChild(Stream.runHead(events), { startImmediately: true })
        )
        yield* emulator.publish(event, form)
        for (const fiber of received) assert.deepStrictEqual(Option.getOrThrow(yield* Fiber.join(fiber)), event)
      })
    )
  }
})

describe("a restart", () => {
  live(
    "ends sessions and tasks, and leaves the endpoint",
    Effect.gen(function*() {
      const emulator = yield* make({ beforeTree: Effect.never })
      const client = yield* rawClient.login(emulator.endpoint)
      yield* client.send(PackageType.DspCmdGetBackupTree, payload(getTree))
      yield* until(emulator.tasks, (tasks) => tasks.length === 1)
      yield* emulator.restart
      yield* rawClient.isClosed(client.transport)
      assert.deepStrictEqual(yield* emulator.tasks, [])
      const again = yield* rawClient.login(emulator.endpoint)
      assert.notStrictEqual(again.reply.senderUuid, client.reply.senderUuid)
      assert.strictEqual(yield* emulator.connections, 1)
    })
  )

  live(
    "that cannot listen again fails",
    Effect.gen(function*() {
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "backup-tree-"))),
        (made) => Effect.sync(() => fs.rmSync(made, { recursive: true, force: true }))
      )
      const emulator = yield* make({ endpoint: Endpoint.unix(path.join(folder, "socket")) })
      yield* Effect.sync(() => fs.rmSync(folder, { recursive: true }))
      const exit = yield* Effect.exit(emulator.restart)
      assert.isTrue(Exit.hasDies(exit))
    })
  )
})
