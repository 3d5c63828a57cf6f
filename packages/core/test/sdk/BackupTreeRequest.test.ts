import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import * as Equal from "effect/Equal"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as BackupFlags from "../../src/sdk/BackupFlags.ts"
import * as BackupTreeRequest from "../../src/sdk/BackupTreeRequest.ts"
import * as ServerModel from "../../src/server/ServerModel.ts"
import * as BackupTree from "../../src/tree/BackupTree.ts"
import { chainX, storedChain, storedEnvironment, web } from "../support/treeLiterals.ts"

const { fromParameters, toParameters } = BackupTreeRequest

const nothing: BackupTreeRequest.Parameters = {
  uuid: "",
  targetHost: "",
  targetPort: 0,
  targetSessionId: Redacted.make(""),
  backupDirectory: "",
  backupFlags: 0,
  reservedFlags: 0,
  force: true
}

const meaning = (parameters: Partial<BackupTreeRequest.Parameters>) => fromParameters({ ...nothing, ...parameters })
const read = (parameters: Partial<BackupTreeRequest.Parameters>) => Result.getOrThrow(meaning(parameters))
const refusal = (parameters: Partial<BackupTreeRequest.Parameters>) => {
  const result = meaning(parameters)
  return Result.isFailure(result) ? result.failure : assert.fail("the parameters make a request")
}

// Two redacted values are deeply equal whatever they hide: sessions are compared apart.
const sameOptions = (one: BackupTreeRequest.CallOptions, two: BackupTreeRequest.CallOptions): void => {
  const session = ({ target }: BackupTreeRequest.CallOptions) =>
    target._tag === "TargetServer" ? target.session : undefined
  assert.isTrue(Equal.equals(session(one), session(two)))
  assert.deepStrictEqual(one, two)
}

const sameParameters = (one: BackupTreeRequest.Parameters, two: BackupTreeRequest.Parameters): void => {
  assert.isTrue(Equal.equals(one.targetSessionId, two.targetSessionId))
  assert.deepStrictEqual(one, two)
}

describe("writing parameters", () => {
  it("requests every virtual machine, like the default of the SDK", () => {
    const flags = ["PACF_NON_INTERACTIVE_MODE", "PACF_CANCEL_TASK_ON_END_SESSION"] as const
    sameParameters(toParameters(BackupTreeRequest.sdkDefault), {
      ...nothing,
      backupFlags: BackupFlags.of("PBT_VM", ...flags)
    })
    assert.deepStrictEqual(read({ backupFlags: BackupFlags.of(...flags) }).request, BackupTreeRequest.sdkDefault)
  })

  it("requests every virtual machine and every container", () => {
    sameParameters(toParameters(BackupTreeRequest.everything), {
      ...nothing,
      backupFlags: BackupFlags.of("PBT_VM", "PBT_CT", "PACF_NON_INTERACTIVE_MODE", "PACF_CANCEL_TASK_ON_END_SESSION")
    })
  })

  it("requests a chain in a directory of another server", () => {
    const request: BackupTreeRequest.BackupTreeRequest = {
      subject: { _tag: "Chain", id: `${chainX}.3` },
      kinds: "vm+ct",
      directory: Option.some("/backups")
    }
    const parameters = toParameters(request, {
      target: { _tag: "TargetServer", host: "backup", port: 64_000, session: Redacted.make("s") },
      hopLevel: "high",
      force: false,
      nonInteractive: false,
      cancelOnEndOfSession: false
    })
    sameParameters(parameters, {
      uuid: `${chainX}.3`,
      targetHost: "backup",
      targetPort: 64_000,
      targetSessionId: Redacted.make("s"),
      backupDirectory: "/backups",
      backupFlags: (BackupFlags.of("PBT_VM", "PBT_CT", "PBT_CHAIN") | 2) >>> 0,
      reservedFlags: 0,
      force: false
    })
  })

  it.prop("and reading them returns the same request, with nothing ignored", [
    Arbitraries.request,
    Arbitraries.callOptions
  ], ([request, options]) => {
    const { ignored, options: readOptions, request: readRequest } = Result.getOrThrow(
      fromParameters(toParameters(request, options))
    )
    assert.deepStrictEqual(readRequest, request)
    sameOptions(readOptions, options)
    assert.deepStrictEqual(ignored, [])
  })
})

describe("reading parameters", () => {
  const rewritten = (parameters: BackupTreeRequest.Parameters): Option.Option<BackupTreeRequest.Parameters> =>
    Option.map(Result.getSuccess(fromParameters(parameters)), ({ options, request }) => toParameters(request, options))

  it.prop(
    "and writing them is stable after one turn, with the same response of every server",
    [Arbitraries.parameters],
    ([parameters]) => {
      const once = rewritten(parameters)
      if (Option.isNone(once)) return
      sameParameters(Option.getOrThrow(rewritten(once.value)), once.value)
      assert.strictEqual(once.value.uuid, parameters.uuid)
      assert.strictEqual(
        BackupTreeRequest.kindsOf(once.value.backupFlags),
        BackupTreeRequest.kindsOf(parameters.backupFlags)
      )
    }
  )

  it.prop("selects from a store what the parameters select", [Arbitraries.storeWithQuery], ([{ query, store }]) => {
    const written = rewritten({ ...nothing, uuid: query.uuid, backupFlags: query.flags })
    if (Option.isNone(written)) return
    const asked = { uuid: written.value.uuid, flags: written.value.backupFlags }
    assert.deepStrictEqual(ServerModel.selectByFlags(store, asked), ServerModel.selectByFlags(store, query))
  })

  it.prop("fails as the server does, but for texts that cannot be sent", [Arbitraries.parameters], ([parameters]) => {
    const byServer = ServerModel.selectByFlags({ environments: [] }, {
      uuid: parameters.uuid,
      flags: parameters.backupFlags
    })
    const result = fromParameters(parameters)
    const refused = Result.isFailure(result) && result.failure._tag === "InvalidParam"
    assert.strictEqual(refused, Result.isFailure(byServer))
  })

  it.prop("reports requests that never match", [Arbitraries.storeWithQuery], ([{ query, store }]) => {
    const result = meaning({ uuid: query.uuid, backupFlags: query.flags })
    if (Result.isSuccess(result) || result.failure._tag !== "NeverMatches") return
    assert.deepStrictEqual(ServerModel.selectByFlags(store, query), Result.succeed(BackupTree.empty))
  })

  it("reads no kind as virtual machines", () => {
    const kinds = [[], ["PBT_VM"], ["PBT_CT"], ["PBT_VM", "PBT_CT"]] as const
    assert.deepStrictEqual(kinds.map((names) => read({ backupFlags: BackupFlags.of(...names) }).request.kinds), [
      "vm",
      "vm",
      "ct",
      "vm+ct"
    ])
  })

  it.each(
    [
      [[], "", { _tag: "Everything" }],
      [[], web, { _tag: "Environment", uuid: web }],
      [[], web.toUpperCase(), { _tag: "Environment", uuid: web.toUpperCase() }],
      [["PBT_BACKUP_ID"], chainX, { _tag: "Backup", id: chainX }],
      [["PBT_BACKUP_ID"], `${chainX}.+2`, { _tag: "Backup", id: `${chainX}.+2` }],
      [["PBT_CHAIN"], `${chainX}.3`, { _tag: "Chain", id: `${chainX}.3` }]
    ] as const
  )("takes %j and %j for a subject, the text as it stands", (flags, uuid, subject) => {
    assert.deepStrictEqual(read({ uuid, backupFlags: BackupFlags.of(...flags) }).request.subject, subject)
  })

  it("refuses a backup id flag without an id, and both of them", () => {
    assert.strictEqual(
      refusal({ backupFlags: BackupFlags.of("PBT_BACKUP_ID") }).message,
      "PRL_ERR_INVALID_PARAM: PBT_BACKUP_ID needs a backup id. Copy it from a listing."
    )
    assert.strictEqual(
      refusal({ backupFlags: BackupFlags.of("PBT_CHAIN") }).message,
      "PRL_ERR_INVALID_PARAM: PBT_CHAIN needs a backup id. Copy it from a listing."
    )
    for (const uuid of ["", chainX, "junk"]) {
      assert.strictEqual(
        refusal({ uuid, backupFlags: BackupFlags.of("PBT_BACKUP_ID", "PBT_CHAIN") })._tag,
        "InvalidParam"
      )
    }
  })

  const malformed = [`${chainX}.0`, `${chainX}.abc`, `${chainX}.2.3`, "web01", " ", `${chainX}.`]

  it.each(malformed)("reports that the backup id %j matches nothing", (uuid) => {
    for (const flag of ["PBT_BACKUP_ID", "PBT_CHAIN"] as const) {
      const failure = refusal({ uuid, backupFlags: BackupFlags.of(flag) })
      assert.strictEqual(failure._tag, "NeverMatches")
      assert.match(failure.message, /can never match a backup: .*\. Copy the id from a listing\.$/)
      const store = { environments: [storedEnvironment(web, [storedChain(chainX, [1, 2, 3])])] }
      assert.deepStrictEqual(
        ServerModel.selectByFlags(store, { uuid, flags: BackupFlags.of(flag) }),
        Result.succeed(BackupTree.empty)
      )
    }
  })

  it("reports that an environment is requested by a uuid", () => {
    for (const uuid of ["web01", `${web}.1`, "\u0001"]) assert.strictEqual(refusal({ uuid })._tag, "NeverMatches")
  })

  it("refuses a host and a directory that cannot be sent", () => {
    for (const parameters of [{ targetHost: "a\u0000" }, { backupDirectory: "/a\ud800" }]) {
      assert.match(
        refusal(parameters).message,
        /^PRL_ERR_INVALID_PARAM: .* contains characters that cannot be sent\. Remove them\.$/
      )
    }
  })

  it("lists what has no effect, and explains it", () => {
    const { ignored, options } = read({
      backupFlags: (BackupFlags.of("PBT_VM", "PBT_FULL", "PBT_KEEP_CHAIN") | 0x2000_0003) >>> 0,
      targetHost: "backup",
      targetPort: 64_000,
      reservedFlags: 7
    })
    assert.deepStrictEqual(ignored, [
      { _tag: "IgnoredFlags", flags: ["PBT_FULL", "PBT_KEEP_CHAIN"] },
      { _tag: "UnknownBits", bits: 0x2000_0000 },
      { _tag: "BothSecurityBits" },
      { _tag: "TargetWithoutSession", host: "backup", port: 64_000 },
      { _tag: "ReservedFlags", value: 7 }
    ])
    assert.deepStrictEqual([options.target._tag, options.hopLevel], ["ConfiguredTarget", "high"])
    assert.deepStrictEqual(ignored.map(BackupTreeRequest.printIgnored), [
      "PBT_FULL, PBT_KEEP_CHAIN: ignored by this call",
      "0x20000000: unknown bits, ignored by servers",
      "both security bits are set: the level is high",
      "target backup:64000: ignored by the server without a session id",
      "reserved flags 7: ignored by the server"
    ])
  })
})

describe("the schema of requests", () => {
  const is = Schema.is(BackupTreeRequest.BackupTreeRequest)
  const { everything } = BackupTreeRequest

  it("holds no request that a server cannot understand", () => {
    assert.isTrue(is(everything))
    assert.isFalse(is({ ...everything, subject: { _tag: "Backup", id: "" } }))
    assert.isFalse(is({ ...everything, subject: { _tag: "Backup", id: `${chainX}.0` } }))
    assert.isFalse(is({ ...everything, subject: { _tag: "Chain", id: "web01" } }))
    assert.isFalse(is({ ...everything, subject: { _tag: "Environment", uuid: "web01" } }))
    assert.isFalse(is({ ...everything, directory: Option.some("") }))
    assert.isFalse(is({ ...everything, directory: Option.some("/a\u0000") }))
    assert.isFalse(is({ ...everything, kinds: "all" }))
  })

  it.prop("holds what its JSON holds", [Arbitraries.request], ([request]) => {
    const codec = Schema.toCodecJson(BackupTreeRequest.BackupTreeRequest)
    const json = JSON.parse(JSON.stringify(Schema.encodeSync(codec)(request))) as typeof codec.Encoded
    assert.deepStrictEqual(Schema.decodeSync(codec)(json), request)
  })

  it.prop(
    "has a text for the subject of any request, which is empty only for everything",
    [Arbitraries.request],
    ([request]) => {
      const text = BackupTreeRequest.subjectText(request.subject)
      assert.isTrue(is(request))
      assert.strictEqual(text === "", request.subject._tag === "Everything")
      assert.strictEqual(toParameters(request).uuid, text)
    }
  )
})
