import * as ReturnCode from "@backup-tree/core/sdk/ReturnCode"
import * as DispatcherEmulator from "@backup-tree/emulator/DispatcherEmulator"
import * as DispatcherTransport from "@backup-tree/io/dispatcher/DispatcherTransport"
import * as Command from "@backup-tree/io/protocol/Command"
import * as Handshake from "@backup-tree/io/protocol/Handshake"
import * as Package from "@backup-tree/io/protocol/Package"
import * as PackageParser from "@backup-tree/io/protocol/PackageParser"
import * as PackageType from "@backup-tree/io/protocol/PackageType"
import * as Payload from "@backup-tree/io/protocol/Payload"
import * as Reply from "@backup-tree/io/protocol/Reply"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Redacted, Result } from "effect"
import { leavesNothing } from "../../io/test/support/leaks.ts"
import { readText } from "./support/documents.ts"
import * as rawClient from "./support/rawClient.ts"

const accounts = [{ userName: "root", password: Redacted.make("secret") }]
const { codes } = ReturnCode

interface Recorded {
  readonly dir: "c2s" | "s2c"
  readonly tls: boolean
  readonly hex: string
}

const recordingOf = (name: string): ReadonlyArray<Recorded> =>
  readText(`docs/specification/transcripts/${name}.jsonl`).trim().split("\n")
    .map((line) => JSON.parse(line) as Partial<Recorded>)
    .filter((line): line is Recorded => line.hex !== undefined)

/** Joins the bytes of one side, before TLS or in it. */
const bytesOf = (recording: ReadonlyArray<Recorded>, dir: Recorded["dir"], tls: boolean): Uint8Array =>
  Buffer.concat(
    recording.filter((line) => line.dir === dir && line.tls === tls).map(({ hex }) => Buffer.from(hex, "hex"))
  )

const packagesOf = (bytes: Uint8Array): ReadonlyArray<Package.Package> => {
  const parser = PackageParser.makeParser()
  parser.push(bytes)
  const packages: Array<Package.Package> = []
  for (;;) {
    const next = Result.getOrThrow(parser.next())
    if (Option.isNone(next)) return packages
    packages.push(next.value)
  }
}

const textOf = (received: Package.Package): string =>
  Result.getOrThrow(Payload.decode(Result.getOrThrow(Package.payload(received))))

/** Blanks the ids that a server generates for each message, and the generated uuid of the user. */
const withoutIds = (text: string): string =>
  text.replace(/(<Event(?:IssuerId|InitialRequestId)>)[^<]*/g, "$1").replace(
    /(&lt;Uuid>)[^&]*(?=[^]*UserWorkspace)/,
    "$1"
  )

const treeOf = (replies: ReadonlyArray<Package.Package>, requests: ReadonlyArray<Package.Package>): string => {
  const at = requests.findIndex(({ type }) => type === PackageType.DspCmdGetBackupTree)
  return Option.getOrThrow(Reply.backupTree(rawClient.readReply(replies[at]!, PackageType.DspCmdGetBackupTree)))
}

describe.each(["name", "uuid"])("prlctl backup-list, by %s", (kind) => {
  const recording = recordingOf(`prlctl_backup_list_${kind}`)
  const requests = packagesOf(bytesOf(recording, "c2s", true))
  const recorded = packagesOf(bytesOf(recording, "s2c", true))
  const store = Result.getOrThrow(DispatcherEmulator.storeFromXml(treeOf(recorded, requests)))

  // The recorded server had a machine of the name, but none of the uuid.
  const machines = kind === "name" ? undefined : []

  it("was recorded with the request for a configuration", () => {
    const asked = requests.filter(({ type }) => type === PackageType.DspCmdGetVmConfigById)
    assert.deepStrictEqual(
      asked.map((each) => (Result.getOrThrow(Command.decode(each)) as { readonly flags: number }).flags),
      kind === "name" ? [6144] : [6144, 4096]
    )
  })

  it.live.each([["whole requests", Infinity], ["single bytes", 1]] as const)(
    "gets the recorded replies to %s",
    ([, length]) =>
      Effect.gen(function*() {
        const { endpoint } = yield* DispatcherEmulator.make({ store, accounts, machines })
        const transport = yield* DispatcherTransport.connect(endpoint)
        const send = (bytes: Uint8Array) =>
          Effect.gen(function*() {
            const step = Math.min(length, bytes.length)
            for (let at = 0; at < bytes.length; at += step) yield* transport.write(bytes.subarray(at, at + step))
          })
        yield* send(bytesOf(recording, "c2s", false))
        yield* rawClient.readPart(transport, Handshake.makeServerOpeningReader())
        yield* rawClient.readPart(transport, Handshake.makeTableReader())
        yield* transport.secure("client")
        const parser = PackageParser.makeParser()
        for (const [index, request] of requests.entries()) {
          yield* send(Result.getOrThrow(Package.encode(request)))
          let reply = yield* Effect.fromResult(parser.next())
          // On a busy machine heartbeats arrive in between.
          while (Option.isNone(reply) || reply.value.type === PackageType.Heartbeat) {
            if (Option.isNone(reply)) parser.push((yield* transport.read).bytes)
            reply = yield* Effect.fromResult(parser.next())
          }
          const { parentUuid, receiverUuid, type } = reply.value
          const expected = recorded[index]!
          assert.deepStrictEqual(
            { parentUuid, receiverUuid, type },
            { parentUuid: expected.parentUuid, receiverUuid: expected.receiverUuid, type: expected.type }
          )
          if (type === PackageType.DspWsResponse) {
            assert.strictEqual(withoutIds(textOf(reply.value)), withoutIds(textOf(expected)))
          }
        }
        yield* rawClient.isClosed(transport)
      }).pipe(Effect.scoped, leavesNothing),
    60_000
  )
})

describe("a request for the configuration of a machine", () => {
  const uuid = "{4f6a1c2e-8f0b-4a44-9a53-2f1d7f3c9b10}"
  const twin = "{4f6a1c2e-8f0b-4a44-9a53-2f1d7f3c9b11}"
  const far = "{4f6a1c2e-8f0b-4a44-9a53-2f1d7f3c9b12}"
  const item = (id: string, name: string) => `<VmItem><Uuid>${id}</Uuid><Name>${name}</Name></VmItem>`
  const storeOf = (...items: ReadonlyArray<string>) =>
    Result.getOrThrow(DispatcherEmulator.storeFromXml(`<BackupTree>${items.join("")}</BackupTree>`))

  // A machine may be named like another one's uuid.
  const emulator = DispatcherEmulator.make({
    store: storeOf(item(uuid, "a &lt;b&gt; &amp; c"), item(twin, uuid)),
    accounts,
    directories: new Map([["/mnt/far", storeOf(item(far, "far"), item(twin, "strange"))]]),
    ownDirectories: new Map([[far, "/mnt/far"]])
  })

  const resultOf = (reply: Reply.Reply) => {
    const [result] = reply.results
    if (result?._tag !== "Text") return reply.code
    assert.strictEqual(result.name, "ws_response_cmd_vm_config")
    return /<VmUuid>([^<]*)</.exec(result.value)![1]
  }

  it.live("is answered by uuid, then by name, as its flags say", () =>
    Effect.gen(function*() {
      const client = yield* rawClient.login((yield* emulator).endpoint)
      const missing = codes.PRL_ERR_VM_UUID_NOT_FOUND
      const rows: ReadonlyArray<readonly [string, number | undefined, string | number]> = [
        [uuid, undefined, uuid],
        [uuid, 2048, uuid],
        [uuid, 0, uuid],
        [uuid, 4096, twin],
        ["a <b> & c", undefined, uuid],
        ["a <b> & c", 4096 + 8192, uuid],
        ["a <b> & c", 2048, missing],
        ["a <b> & c", 0, missing],
        ["A <b> & c", 4096, missing],
        [uuid.toUpperCase(), undefined, missing],
        [uuid.slice(1, -1), undefined, missing],
        ["", undefined, missing],
        [far, undefined, far],
        ["far", undefined, far],
        ["strange", undefined, missing]
      ]
      for (const [machine, flags, expected] of rows) {
        const reply = yield* rawClient.replyTo(client, Command.getVmConfig(machine, flags))
        assert.strictEqual(resultOf(reply), expected, `${machine} ${flags}`)
        if (expected === missing) assert.deepStrictEqual(reply.results, [])
      }
      const without = yield* rawClient.codeOf(
        client,
        PackageType.DspCmdGetVmConfigById,
        rawClient.payload(Command.logoff)
      )
      assert.strictEqual(without, missing)
    }).pipe(Effect.scoped, leavesNothing))
})

describe("the types that a dispatcher does not know", () => {
  const others = [0, 1, 2, 3, 4, 5, 6, 12, 13, 999, 1999, 2000, 2999, 3000, 3003, 5001, 6001, 999_999, 0x7fff_ffff]

  it.live.each(["low", "normal", "high"] as const)(
    "get the code of their time, at %s",
    (level) =>
      Effect.gen(function*() {
        const emulator = yield* DispatcherEmulator.make({
          store: { environments: [] },
          accounts
        })
        const client = yield* rawClient.connect(emulator.endpoint, { level })
        const codesOf = Effect.forEach(others, (type) => rawClient.codeOf(client, type, new Uint8Array([1, 2, 3])))
        assert.deepStrictEqual([...new Set(yield* codesOf)], [codes.PRL_ERR_USER_OPERATION_NOT_AUTHORISED])
        // Nor does it matter that there is no text at all.
        const bare = Package.request({
          uuid: rawClient.requestUuid,
          senderUuid: rawClient.clientUuid,
          type: 13,
          payload: new Uint8Array(0)
        })
        yield* client.transport.write(
          Result.getOrThrow(Package.encode({ ...bare, buffers: [] })),
          level === "high" ? "tls" : "plain"
        )
        assert.strictEqual(
          rawClient.readReply(yield* client.receive, 13).code,
          codes.PRL_ERR_USER_OPERATION_NOT_AUTHORISED
        )
        yield* client.send(Command.typeOf(rawClient.rootLogin), rawClient.payload(rawClient.rootLogin))
        assert.strictEqual((yield* client.receive).type, PackageType.DspWsBinaryResponse)
        assert.deepStrictEqual([...new Set(yield* codesOf)], [codes.PRL_ERR_UNIMPLEMENTED])
        assert.deepStrictEqual([...(yield* emulator.commands)], [
          [DispatcherEmulator.otherCommands, 2 * others.length + 1],
          [PackageType.DspCmdUserLogin, 1]
        ])
      }).pipe(Effect.scoped, leavesNothing)
  )
})
