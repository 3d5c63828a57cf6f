import type { BinaryParameter } from "@backup-tree/io/protocol/BinaryEvent"
import * as BinaryEvent from "@backup-tree/io/protocol/BinaryEvent"
import * as LoginReply from "@backup-tree/io/protocol/LoginReply"
import type { MessageError } from "@backup-tree/io/protocol/ProtocolError"
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { wirePackage } from "./fixtures.ts"
import { bytes, hex, int32, join, mutate, mutations, toHex, uint32, xmlText } from "./support.ts"

const base = { name: xmlText, type: Arbitrary.schema(uint32), value: xmlText, cdata: xmlText }
const parameter: Arbitrary.Arbitrary<BinaryParameter> = Arbitrary.flatMap(
  Arbitrary.schema(Schema.Literals(["Plain", "List", "Binary"])),
  (tag): Arbitrary.Arbitrary<BinaryParameter> => {
    switch (tag) {
      case "Plain":
        return Arbitrary.all({ _tag: Arbitrary.Constant(tag), ...base })
      case "List":
        return Arbitrary.all({
          _tag: Arbitrary.Constant(tag),
          ...base,
          items: Arbitrary.array(xmlText, { maxLength: 4 })
        })
      case "Binary":
        return Arbitrary.all({ _tag: Arbitrary.Constant(tag), ...base, bytes: bytes() })
    }
  }
)

const number = Arbitrary.schema(uint32)
const events: Arbitrary.Arbitrary<BinaryEvent.BinaryEvent> = Arbitrary.all({
  type: number,
  level: number,
  code: Arbitrary.schema(int32),
  needResponse: number,
  issuerType: number,
  issuerId: xmlText,
  source: xmlText,
  initialRequestId: xmlText,
  parameters: Arbitrary.array(parameter, { maxLength: 6 })
})

const optional = Arbitrary.flatMap(
  Arbitrary.schema(Schema.Boolean),
  (isAbsent): Arbitrary.Arbitrary<string | undefined> => isAbsent ? Arbitrary.Constant(undefined) : xmlText
)
const envelopes = Arbitrary.all({ issuerId: xmlText, initialRequestId: xmlText })

const replies: Arbitrary.Arbitrary<LoginReply.LoginReply> = Arbitrary.all({
  operation: Arbitrary.schema(Schema.Literals([2039, 2186])),
  code: Arbitrary.schema(Schema.Literals([0, 1, 2147483647])),
  replyEnvelope: envelopes,
  loginEnvelope: envelopes,
  trailingBytes: Arbitrary.Constant(0),
  info: Arbitrary.all({
    session: Arbitrary.map(optional, (text) => text === undefined ? undefined : Redacted.make(text)),
    osVersion: optional,
    serverUuid: optional,
    productVersion: optional,
    confirmationMode: optional,
    appExecuteMode: optional,
    startTime: optional,
    startTimeMonotonic: optional,
    isLaunchdMode: optional,
    others: Arbitrary.map(
      Arbitrary.array(parameter, { maxLength: 3 }),
      (list) => list.map((parameter) => ({ ...parameter, name: `x${parameter.name}` }))
    )
  })
})

// Redacted values are opaque to a deep comparison.
const shown = (reply: LoginReply.LoginReply) => ({
  ...reply,
  info: { ...reply.info, session: reply.info.session === undefined ? undefined : Redacted.value(reply.info.session) }
})

const encoded = (event: BinaryEvent.BinaryEvent): Uint8Array => Result.getOrThrow(BinaryEvent.encode(event))

const failure = (result: Result.Result<unknown, MessageError>): MessageError => {
  assert.isTrue(Result.isFailure(result))
  return (result as Result.Failure<never, MessageError>).failure
}

const recorded = (): Uint8Array => wirePackage("response-login-ok").payload!

const head: Omit<BinaryEvent.BinaryEvent, "parameters"> = {
  type: 100_000,
  level: 0,
  code: 0,
  needResponse: 0,
  issuerType: 0,
  issuerId: "",
  source: "",
  initialRequestId: ""
}

// The bytes of an event up to its count of parameters, then what is given.
const eventWith = (tail: string): Uint8Array => join(encoded({ ...head, parameters: [] }).subarray(0, -4), hex(tail))

const reply = (operation: string, code = 0): Uint8Array =>
  encoded({ ...head, code, parameters: [BinaryEvent.plain("proto_request_op_code", 0, operation)] })

describe("BinaryEvent", () => {
  it.prop(
    "reads what it writes, and leaves alone what follows",
    [events, bytes(), bytes()],
    ([event, before, behind]) => {
      const data = encoded(event)
      assert.deepStrictEqual(
        BinaryEvent.decode(join(before, data, behind), before.length),
        Result.succeed({ event, end: before.length + data.length })
      )
    }
  )

  it.prop("fails on every beginning of an event", [events], ([event]) => {
    const data = encoded(event)
    for (let length = 0; length < data.length; length += 1 + Math.floor(data.length / 50)) {
      assert.strictEqual(failure(BinaryEvent.decode(data.subarray(0, length))).reason, "not-an-event")
    }
  })

  it.prop("never throws on changed bytes", [events, mutations], ([event, changes]) => {
    BinaryEvent.decode(mutate(encoded(event), changes))
  })

  it.prop("never throws on any bytes", [bytes(200)], ([data]) => {
    BinaryEvent.decode(data)
  })

  it("refuses counts, lengths and classes that cannot be", () => {
    const parameter = "00000000 00000001 00000000 00000000 00000000"
    const rows: ReadonlyArray<string> = [
      "ffffffff",
      "80000000",
      "00002711",
      "7fffffff",
      "00000001",
      `00000001 00000003 ${parameter.slice(9)}`,
      `00000001 ffffffff ${parameter.slice(9)}`,
      "00000001 00000000 00000001 ffffffff 00000000 00000000",
      "00000001 00000000 00000001 00000001 00000000 00000000",
      `00000001 00000001 ${parameter.slice(9)} ffffffff`,
      `00000001 00000001 ${parameter.slice(9)} 00002711`,
      `00000001 00000001 ${parameter.slice(9)} 00000001`,
      `00000001 00000002 ${parameter.slice(9)} ffffffff`,
      `00000001 00000002 ${parameter.slice(9)} 80000000`,
      `00000001 00000002 ${parameter.slice(9)} 00000001`,
      `00000001 00000002 ${parameter.slice(9)}`,
      "00000001 00000000 00000001 00000001 ff 00000000 00000000"
    ]
    for (const tail of rows) {
      assert.strictEqual(failure(BinaryEvent.decode(eventWith(tail))).reason, "not-an-event", tail)
    }
    const many = BinaryEvent.decode(eventWith(`00002710 ${parameter.repeat(10_000)}`))
    assert.strictEqual(Result.getOrThrow(many).event.parameters.length, 10_000)
    const tooMany = BinaryEvent.decode(eventWith(`00002711 ${parameter.repeat(10_001)}`))
    assert.include(failure(tooMany).detail, "10001 parameters")
    const list = `00000001 00000001 ${parameter.slice(9)}`
    assert.isTrue(Result.isSuccess(BinaryEvent.decode(eventWith(`${list} 00002710 ${"00000000".repeat(10_000)}`))))
    assert.isTrue(Result.isFailure(BinaryEvent.decode(eventWith(`${list} 00002711 ${"00000000".repeat(10_001)}`))))
  })

  it("returns a copy in its own memory", () => {
    const data = encoded({ ...head, parameters: [BinaryEvent.binary("a", hex("0102"))] })
    const { event } = Result.getOrThrow(BinaryEvent.decode(data))
    data.fill(0xff)
    assert.deepStrictEqual(event.parameters, [BinaryEvent.binary("a", hex("0102"))])
  })

  it("allocates nothing for a length before it has checked the bytes", () => {
    const error = failure(
      BinaryEvent.decode(eventWith("00000001 00000002 00000000 00000000 00000000 00000000 7fffffff"))
    )
    assert.include(error.detail, "2147483647 bytes")
  })

  it("writes nothing that it would not read", () => {
    const wrong: ReadonlyArray<Partial<BinaryEvent.BinaryEvent>> = [
      { type: -1 },
      { type: 2 ** 32 },
      { level: 0.5 },
      { code: 2 ** 31 },
      { code: -(2 ** 31) - 1 },
      { needResponse: Number.NaN },
      { source: "\ud800" },
      { parameters: [BinaryEvent.plain("a", -1, "")] },
      { parameters: Array.from({ length: 10_001 }, () => BinaryEvent.plain("", 0, "")) },
      {
        parameters: [{
          _tag: "List",
          name: "",
          type: 0,
          value: "",
          cdata: "",
          items: Array.from({ length: 10_001 }, () => "")
        }]
      }
    ]
    const many = { parameters: Array.from({ length: 10_000 }, () => BinaryEvent.plain("", 0, "")) }
    assert.isTrue(Result.isSuccess(BinaryEvent.encode({ ...head, ...many })))
    for (const fields of wrong) {
      const result = BinaryEvent.encode({ ...head, parameters: [], ...fields })
      assert.strictEqual(failure(result).reason, "cannot-be-sent")
    }
  })
})

describe("LoginReply", () => {
  it("reads the recorded reply and writes it again", () => {
    const reply = Result.getOrThrow(LoginReply.decode(recorded(), 2039))
    assert.deepStrictEqual(shown(reply), {
      operation: 2039,
      code: 0,
      replyEnvelope: {
        issuerId: "{00000000-0000-0000-0000-0000000000a1}",
        initialRequestId: "{00000000-0000-0000-0000-0000000000a2}"
      },
      loginEnvelope: {
        issuerId: "{00000000-0000-0000-0000-0000000000a1}",
        initialRequestId: "{00000000-0000-0000-0000-0000000000a2}"
      },
      trailingBytes: 0,
      info: {
        session: "{81860768-d205-49c7-b4b8-90c114d56a75}",
        osVersion: "Linux 3.10",
        serverUuid: "{0f0e0d0c-0b0a-0908-0706-050403020100}",
        productVersion: "Virtuozzo 9.0.41",
        confirmationMode: "0",
        appExecuteMode: "0",
        startTime: "1714125600000",
        startTimeMonotonic: "123456",
        isLaunchdMode: "0",
        others: []
      }
    })
    assert.strictEqual(recorded().length, 901)
    assert.strictEqual(toHex(Result.getOrThrow(LoginReply.encode(reply))), toHex(recorded()))
  })

  it.prop("reads what it writes", [replies], ([reply]) => {
    const read = LoginReply.decode(Result.getOrThrow(LoginReply.encode(reply)), reply.operation)
    assert.deepStrictEqual(Result.map(read, shown), Result.succeed(shown(reply)))
  })

  it.prop("counts trailing bytes, and ignores them", [replies, bytes()], ([reply, tail]) => {
    const read = LoginReply.decode(join(Result.getOrThrow(LoginReply.encode(reply)), tail), reply.operation)
    assert.deepStrictEqual(Result.map(read, shown), Result.succeed({ ...shown(reply), trailingBytes: tail.length }))
  })

  it.prop("never throws on changed bytes", [mutations], ([changes]) => {
    LoginReply.decode(mutate(recorded(), changes), 2039)
  })

  it("fails on a command that is no login, on another operation and on none", () => {
    assert.strictEqual(failure(LoginReply.decode(recorded(), 2117)).reason, "not-a-login-reply")
    assert.strictEqual(failure(LoginReply.decode(recorded(), 2186)).reason, "wrong-operation")
    const none = encoded({ ...head, parameters: [] })
    assert.strictEqual(failure(LoginReply.decode(join(none, none), 2039)).reason, "wrong-operation")
    assert.strictEqual(failure(LoginReply.decode(join(reply("junk"), none), 2039)).reason, "wrong-operation")
  })

  it("fails where the second event is missing, unless the login failed", () => {
    assert.strictEqual(failure(LoginReply.decode(reply("2039"), 2039)).reason, "not-an-event")
    const failed = Result.getOrThrow(LoginReply.decode(reply("2039", -2147482832), 2039))
    assert.strictEqual(failed.code, -2147482832)
    assert.deepStrictEqual(failed.info, LoginReply.emptyInfo)
  })

  it("uses the first of two session ids and exposes neither as plain text", () => {
    const login = encoded({
      ...head,
      parameters: ["{first}", "{second}"].map((id) => BinaryEvent.plain("response_login_cmd_session_uuid", 1, id))
    })
    const decoded = Result.getOrThrow(LoginReply.decode(join(reply("2039"), login), 2039))
    assert.strictEqual(shown(decoded).info.session, "{first}")
    assert.notMatch(JSON.stringify(decoded), /first|second/)
  })
})
