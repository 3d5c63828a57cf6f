import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as ReturnCode from "@backup-tree/core/sdk/ReturnCode"
import * as BackupStore from "@backup-tree/core/server/BackupStore"
import * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as BackupTreeXml from "@backup-tree/core/tree/BackupTreeXml"
import * as DispatcherEmulator from "@backup-tree/emulator/DispatcherEmulator"
import * as DispatcherTransport from "@backup-tree/io/dispatcher/DispatcherTransport"
import * as Command from "@backup-tree/io/protocol/Command"
import * as Event from "@backup-tree/io/protocol/Event"
import * as Handshake from "@backup-tree/io/protocol/Handshake"
import * as LoginReply from "@backup-tree/io/protocol/LoginReply"
import * as Package from "@backup-tree/io/protocol/Package"
import * as PackageType from "@backup-tree/io/protocol/PackageType"
import * as Password from "@backup-tree/io/protocol/Password"
import * as Reply from "@backup-tree/io/protocol/Reply"
import * as RoutingTable from "@backup-tree/io/protocol/RoutingTable"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Option, Redacted, Result } from "effect"
import { TestClock } from "effect/testing"
import * as fs from "node:fs"
import * as rawClient from "./support/rawClient.ts"

const tree = Result.getOrThrow(
  BackupTreeXml.decode(
    fs.readFileSync(new URL("../../core/test/fixtures/05-two-chains.xml", import.meta.url), "utf8"),
    { mode: "strict" }
  )
).tree

const { clientPart, clientUuid, codeOf, isClosed, payload, readPart, replyTo, rootLogin } = rawClient
const { codes } = ReturnCode

const emulator = DispatcherEmulator.make({
  minimumLevel: "high",
  store: BackupStore.fromTree(tree),
  accounts: [{ userName: "root", password: Redacted.make("secret") }]
})

const connect = Effect.gen(function*() {
  const { endpoint } = yield* emulator
  return { endpoint, transport: yield* DispatcherTransport.connect(endpoint) }
})

const shakeHands = Effect.flatMap(emulator, ({ endpoint }) => rawClient.connect(endpoint))
const loggedIn = Effect.flatMap(emulator, ({ endpoint }) => rawClient.login(endpoint))

describe("DispatcherEmulator", () => {
  it.live("replies to a login as the protocol defines", () =>
    Effect.gen(function*() {
      const { reply: received } = yield* loggedIn
      assert.strictEqual(received.type, PackageType.DspWsBinaryResponse)
      assert.strictEqual(received.numericId, 1n)
      assert.strictEqual(received.receiverUuid, "{00000000-0000-0000-0000-000000000000}")
      const reply = Result.getOrThrow(
        LoginReply.decode(Result.getOrThrow(Package.payload(received)), PackageType.DspCmdUserLogin)
      )
      assert.strictEqual(Redacted.value(reply.info.session!), clientUuid)
      assert.strictEqual(reply.trailingBytes, 0)
    }).pipe(Effect.scoped))

  it.live("replies to what the product's command requests first, as recorded", () =>
    Effect.gen(function*() {
      const client = yield* loggedIn
      const interactive = yield* replyTo(client, Command.setNonInteractiveSession(true))
      assert.deepStrictEqual(Reply.standardResults(interactive), ["1"])
      const host = yield* replyTo(client, Command.getHostCommonInfo)
      const profile = yield* replyTo(client, Command.getUserProfile)
      const recorded = recordedTexts()
      // The recorded server's minimum level is low; this one speaks high alone.
      assert.deepStrictEqual(textsOf(host), [
        recorded.common.replace("<MinimalSecurityLevel>0<", "<MinimalSecurityLevel>2<"),
        recorded.network
      ])
      const withoutUuid = (text: string) => text.replace(/<Uuid>[^<]*/, "<Uuid>")
      assert.deepStrictEqual(textsOf(profile).map(withoutUuid), [withoutUuid(recorded.profile)])
      const requested = yield* replyTo(
        client,
        Command.getBackupTree(BackupTreeRequest.toParameters(BackupTreeRequest.everything))
      )
      assert.strictEqual(Option.getOrThrow(Reply.backupTree(requested)), BackupTreeXml.encode(tree))
    }).pipe(Effect.scoped))

  it.live("replies to a logoff, and closes", () =>
    Effect.gen(function*() {
      const client = yield* loggedIn
      assert.strictEqual((yield* replyTo(client, Command.logoff)).code, 0)
      yield* isClosed(client.transport)
    }).pipe(Effect.scoped))

  it.live("serves nothing before login, and looks at no text", () =>
    Effect.gen(function*() {
      const client = yield* shakeHands
      for (const type of [2117, 2042, 2053, 2999]) {
        assert.strictEqual(
          yield* codeOf(client, type, new Uint8Array([1, 2, 3])),
          codes.PRL_ERR_USER_OPERATION_NOT_AUTHORISED
        )
      }
    }).pipe(Effect.scoped))

  it.live("replies to a bad command with the code for it, and goes on", () =>
    Effect.gen(function*() {
      const client = yield* shakeHands
      const junk = new TextEncoder().encode("<ParallelsEvent/>\0")
      assert.strictEqual(yield* codeOf(client, 2039, junk), codes.PRL_ERR_FAILURE)
      yield* client.send(Command.typeOf(rootLogin), payload(rootLogin))
      yield* client.receive
      assert.strictEqual(yield* codeOf(client, 2039, payload(rootLogin)), codes.PRL_ERR_USER_IS_ALREADY_LOGGED)
      assert.strictEqual(yield* codeOf(client, 2117, junk), codes.PRL_ERR_UNRECOGNIZED_REQUEST)
      assert.strictEqual(yield* codeOf(client, 2117, new Uint8Array([0x3c])), codes.PRL_ERR_UNRECOGNIZED_REQUEST)
      assert.strictEqual(
        yield* codeOf(client, 2117, payload(Command.logoff)),
        codes.PRL_ERR_BACKUP_INTERNAL_PROTO_ERROR
      )
      assert.strictEqual(yield* codeOf(client, 2125, payload(Command.logoff)), codes.PRL_ERR_UNRECOGNIZED_REQUEST)
      assert.strictEqual(yield* codeOf(client, 2052, payload(Command.logoff)), codes.PRL_ERR_UNIMPLEMENTED)
      assert.strictEqual(yield* codeOf(client, 2042, payload(Command.logoff)), 0)
    }).pipe(Effect.scoped))

  it.live("refuses parameters as a server does, with an error event", () =>
    Effect.gen(function*() {
      const client = yield* loggedIn
      const parameters = BackupTreeRequest.toParameters(BackupTreeRequest.everything)
      for (const backupFlags of [0x80000, 0x100000]) {
        const reply = yield* replyTo(client, Command.getBackupTree({ ...parameters, backupFlags }))
        assert.strictEqual(reply.code, codes.PRL_ERR_INVALID_PARAM)
        const event = Option.getOrThrow(Result.getOrThrow(Reply.errorEvent(reply)))
        assert.strictEqual(event.code, codes.PRL_ERR_INVALID_PARAM)
      }
      const unknown = yield* replyTo(
        client,
        Command.getBackupTree({ ...parameters, uuid: "{00000000-0000-4000-8000-000000000009}", backupFlags: 0x80000 })
      )
      assert.strictEqual(Option.getOrThrow(Reply.backupTree(unknown)), BackupTreeXml.encode(BackupTree.empty))
    }).pipe(Effect.scoped))

  it.live("closes after five failed logins", () =>
    Effect.gen(function*() {
      const client = yield* shakeHands
      const wrong = Result.getOrThrow(Command.login({ userName: "root", password: Redacted.make("wrong") }))
      for (let index = 0; index < 5; index++) {
        assert.strictEqual(yield* codeOf(client, 2039, payload(wrong)), codes.PRL_ERR_AUTHENTICATION_FAILED)
      }
      yield* isClosed(client.transport)
    }).pipe(Effect.scoped))

  it.live("counts logins that it cannot read as failed ones", () =>
    Effect.gen(function*() {
      const client = yield* shakeHands
      const junk = new TextEncoder().encode("<ParallelsEvent/>\0")
      for (let index = 0; index < 5; index++) {
        assert.strictEqual(yield* codeOf(client, 2039, junk), codes.PRL_ERR_FAILURE)
      }
      yield* isClosed(client.transport)
    }).pipe(Effect.scoped))

  it.live("replies to a password that is too long with an error event", () =>
    Effect.gen(function*() {
      const client = yield* shakeHands
      const encodedPassword = Redacted.make(Buffer.from("x".repeat(Password.maxDecodedLength + 1)).toString("base64"))
      assert(rootLogin._tag === "Login")
      const reply = yield* replyTo(client, { ...rootLogin, encodedPassword })
      assert.strictEqual(reply.code, codes.PRL_ERR_INVALID_ARG)
      const event = Option.getOrThrow(Result.getOrThrow(Reply.errorEvent(reply)))
      assert.strictEqual(event.code, codes.PRL_ERR_INVALID_ARG)
    }).pipe(Effect.scoped))

  it.live("does not reply to the login of a sender that is not a client", () =>
    Effect.gen(function*() {
      const { endpoint } = yield* emulator
      const client = yield* rawClient.connect(endpoint, { senderType: Handshake.SenderType.virtualMachine })
      yield* client.send(Command.typeOf(rootLogin), payload(rootLogin))
      // The first answer is that to the second command.
      assert.strictEqual(
        yield* codeOf(client, 2042, payload(Command.logoff)),
        codes.PRL_ERR_USER_OPERATION_NOT_AUTHORISED
      )
    }).pipe(Effect.scoped))

  it.live.each<[string, Uint8Array]>([
    ["wrong magic", new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n")],
    ["another major version", clientPart(RoutingTable.forLevel("high")).map((byte, index) => index === 4 ? 7 : byte)],
    ["a null uuid", clientPart(RoutingTable.forLevel("high")).fill(0, 76, 92)],
    ["level low, below its minimum", clientPart(RoutingTable.forLevel("low"))],
    ["level normal, below its minimum", clientPart(RoutingTable.forLevel("normal"))],
    ["bytes that are no TLS", Buffer.concat([clientPart(RoutingTable.forLevel("high")), new Uint8Array(100)])],
    [
      "a plain frame in place of TLS",
      Buffer.concat([clientPart(RoutingTable.forLevel("high")), Buffer.from("ff03000001aa", "hex")])
    ]
  ])("closes without a word on %s", ([, bytes]) =>
    Effect.gen(function*() {
      const { transport } = yield* connect
      yield* transport.write(bytes)
      yield* isClosed(transport)
    }).pipe(Effect.scoped))

  it.effect("closes on a client that does not finish its handshake within a minute", () =>
    Effect.gen(function*() {
      const { transport } = yield* connect
      yield* readPart(transport, Handshake.makeServerOpeningReader())
      yield* transport.write(clientPart(RoutingTable.forLevel("high")).subarray(0, 50))
      const closed = yield* Effect.forkChild(isClosed(transport), { startImmediately: true })
      yield* TestClock.adjust("59 seconds")
      assert.isUndefined(closed.pollUnsafe())
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(closed)
    }).pipe(Effect.scoped))

  it.live("closes on a package that breaks the protocol", () =>
    Effect.gen(function*() {
      for (const bytes of [new Uint8Array(82).fill(1), managementPackage(9), managementPackage(7)]) {
        const client = yield* loggedIn
        yield* client.transport.write(bytes)
        yield* isClosed(client.transport)
      }
    }).pipe(Effect.scoped))
})

const managementPackage = (type: number): Uint8Array =>
  Result.getOrThrow(Package.encode({
    uuid: clientUuid,
    parentUuid: clientUuid,
    senderUuid: clientUuid,
    receiverUuid: clientUuid,
    type,
    numericId: 0n,
    buffers: []
  }))

const textsOf = (reply: Reply.Reply): ReadonlyArray<string> =>
  reply.results.flatMap((result) => result._tag === "Text" ? [result.value] : [])

/** Reads the documents with which the recorded server answered 2048 and 2045. */
const recordedTexts = () => {
  const lines = fs.readFileSync(new URL("fixtures/prlctl_backup_list.jsonl", import.meta.url), "utf8").trim().split(
    "\n"
  )
  const replies = lines.map((line) => JSON.parse(line) as { readonly n?: number; readonly hex?: string })
    .filter(({ n }) => n === 9209 || n === 2608)
    .map(({ hex }) => Buffer.from(hex!, "hex").toString("utf8").slice(0, -1))
    .map((text) => Result.getOrThrow(Event.parse(text)))
  const value = (event: Event.Event, name: string) => Event.find(event, name, Event.ParameterType.string)!
  return {
    common: value(replies[0]!, Reply.ResultName.hostCommonInfo),
    network: value(replies[0]!, Reply.ResultName.networkConfig),
    profile: value(replies[1]!, Reply.ResultName.userProfile)
  }
}
