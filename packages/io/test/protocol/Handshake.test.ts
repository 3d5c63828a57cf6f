import * as ReturnCode from "@backup-tree/core/sdk/ReturnCode"
import * as Uuid from "@backup-tree/core/sdk/Uuid"
import * as Handshake from "@backup-tree/io/protocol/Handshake"
import type { HandshakeError, HandshakeReason } from "@backup-tree/io/protocol/ProtocolError"
import * as RoutingTable from "@backup-tree/io/protocol/RoutingTable"
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { handshake } from "./fixtures.ts"
import { bytes, cut, cuts, feedings, hex, int, join, mutate, mutations, toHex, uuid, xmlText } from "./support.ts"

type Outcome<A> =
  | { readonly _tag: "Read"; readonly value: A; readonly rest: Uint8Array }
  | { readonly _tag: "Waiting" }
  | { readonly _tag: "Refused"; readonly error: HandshakeError }

const feed = <A>(reader: Handshake.Reader<A>, chunks: ReadonlyArray<Uint8Array>): Outcome<A> => {
  for (const [index, chunk] of chunks.entries()) {
    const result = reader.push(chunk)
    if (Result.isFailure(result)) return { _tag: "Refused", error: result.failure }
    if (Option.isNone(result.success)) continue
    const { rest, value } = result.success.value
    return { _tag: "Read", value, rest: join(rest, ...chunks.slice(index + 1)) }
  }
  return { _tag: "Waiting" }
}

const refusal = <A>(reader: Handshake.Reader<A>, data: Uint8Array): HandshakeError => {
  const outcome = feed(reader, [data])
  assert.strictEqual(outcome._tag, "Refused")
  return (outcome as { readonly error: HandshakeError }).error
}

const part = (level: "low" | "normal" | "high" = "high"): Handshake.ClientPart => ({
  version: Handshake.ownVersion,
  header: { senderType: Handshake.SenderType.client, uuid: "{00112233-4455-6677-8899-aabbccddeeff}" },
  table: RoutingTable.forLevel(level)
})

const encoded = (level: "low" | "normal" | "high" = "high"): Uint8Array =>
  Result.getOrThrow(Handshake.encodeClientPart(part(level)))

const changed = (at: number, value: string): Uint8Array => {
  const data = encoded()
  data.set(hex(value), at)
  return data
}

// At most 64 bytes, as whole characters.
const descriptions = Arbitrary.map(xmlText, (text) => {
  let description = ""
  for (const character of text) if (Buffer.byteLength(description + character) <= 64) description += character
  return description
})

const parts = Arbitrary.map(
  Arbitrary.all([
    Arbitrary.schema(int(10, 0xffff)),
    descriptions,
    Arbitrary.schema(int(1, 10)),
    Arbitrary.filter(uuid, (text) => text !== Uuid.nil),
    Arbitrary.schema(Schema.Literals(["low", "normal", "high"]))
  ]),
  ([minor, description, senderType, uuid, level]): Handshake.ClientPart => ({
    version: { major: 6, minor, description },
    header: { senderType, uuid },
    table: RoutingTable.forLevel(level)
  })
)

describe("Handshake", () => {
  for (const [name, chunksOf] of feedings) {
    it(`reads and writes the recorded handshake, fed ${name}`, () => {
      const { client, server } = handshake()
      const read = feed(Handshake.makeClientPartReader(), chunksOf(client))
      assert.strictEqual(read._tag, "Read")
      if (read._tag !== "Read") return
      assert.deepStrictEqual(read.value.version, {
        major: 6,
        minor: 10,
        description: "6.0.0 (Fri, 06 Jun 2014 17:53:59)"
      })
      assert.deepStrictEqual(read.value.header, { senderType: 3, uuid: "{81860768-d205-49c7-b4b8-90c114d56a75}" })
      assert.deepStrictEqual(RoutingTable.levelOf(read.value.table), Option.some("high"))
      assert.strictEqual(toHex(Result.getOrThrow(Handshake.encodeClientPart(read.value))), toHex(client))

      const opening = feed(Handshake.makeServerOpeningReader(), chunksOf(server))
      assert.strictEqual(opening._tag, "Read")
      if (opening._tag !== "Read") return
      const accepted = feed(Handshake.makeTableReader(), chunksOf(opening.rest))
      assert.strictEqual(accepted._tag, "Read")
      if (accepted._tag !== "Read") return
      assert.strictEqual(accepted.rest.length, 0)
      assert.isTrue(Result.isSuccess(RoutingTable.confirm(read.value.table, accepted.value)))
      const reply = join(
        Result.getOrThrow(Handshake.encodeServerOpening(opening.value)),
        Result.getOrThrow(RoutingTable.encode(accepted.value))
      )
      assert.strictEqual(toHex(reply), toHex(server))
    })
  }

  it.prop(
    "reads what it writes, cut anywhere, and hands back what follows",
    [parts, bytes(), cuts],
    ([part, tail, lengths]) => {
      const whole = Result.getOrThrow(Handshake.encodeClientPart(part))
      const chunks = cut(join(whole, tail), lengths)
      assert.deepStrictEqual(feed(Handshake.makeClientPartReader(), chunks), { _tag: "Read", value: part, rest: tail })
      const opening = feed(Handshake.makeServerOpeningReader(), chunks)
      assert.deepStrictEqual(opening, {
        _tag: "Read",
        value: { version: part.version, header: part.header },
        rest: join(whole.subarray(92), tail)
      })
    }
  )

  it.prop("waits for the last byte", [parts, int(0, 260)], ([part, length]) => {
    const whole = Result.getOrThrow(Handshake.encodeClientPart(part))
    const some = whole.subarray(0, Math.min(length, whole.length - 1))
    assert.strictEqual(feed(Handshake.makeClientPartReader(), [some])._tag, "Waiting")
  })

  it.prop(
    "never throws on changed bytes, and returns the same for every cut",
    [mutations, cuts],
    ([changes, lengths]) => {
      const data = mutate(encoded("normal"), changes)
      const whole = feed(Handshake.makeClientPartReader(), [data])
      const pieces = feed(Handshake.makeClientPartReader(), cut(data, lengths))
      if (whole._tag === "Refused" && pieces._tag === "Refused") {
        assert.strictEqual(pieces.error.message, whole.error.message)
      } else assert.deepStrictEqual(pieces, whole)
    }
  )

  it("has 101 bytes at low and high, 261 at normal", () => {
    assert.deepStrictEqual((["low", "normal", "high"] as const).map((level) => encoded(level).length), [101, 261, 101])
  })

  it("cuts the description at its first NUL and accepts 64 bytes without one", () => {
    const read = (description: Uint8Array): string => {
      const data = encoded()
      data.fill(0x78, 8, 72)
      data.set(description, 8)
      const outcome = feed(Handshake.makeClientPartReader(), [data])
      return outcome._tag === "Read" ? outcome.value.version.description : outcome._tag
    }
    assert.strictEqual(read(new TextEncoder().encode("a\0b")), "a")
    assert.strictEqual(read(hex("00")), "")
    assert.strictEqual(read(hex("")), "x".repeat(64))
    assert.strictEqual(read(hex("ff00")), "\ufffd")
  })

  it("writes no half character of a long description", () => {
    const written = Result.getOrThrow(Handshake.encodeVersion({ major: 6, minor: 10, description: "ä".repeat(40) }))
    assert.strictEqual(written.length, 72)
    const odd = Result.getOrThrow(Handshake.encodeVersion({ major: 6, minor: 10, description: `x${"ä".repeat(40)}` }))
    assert.strictEqual(odd[71], 0)
  })

  it("refuses what PROTOCOL 2.5 lists, with the code of the SDK", () => {
    const refused: ReadonlyArray<readonly [HandshakeReason, Uint8Array, keyof typeof ReturnCode.codes]> = [
      ["wrong-magic", changed(0, "48"), "PRL_ERR_HANDSHAKE_FAILED"],
      ["wrong-magic", changed(3, "00"), "PRL_ERR_HANDSHAKE_FAILED"],
      ["wrong-major", changed(4, "0700"), "PRL_ERR_WRONG_PROTOCOL_VERSION"],
      ["wrong-major", changed(4, "0500"), "PRL_ERR_WRONG_PROTOCOL_VERSION"],
      ["wrong-major", changed(4, "0601"), "PRL_ERR_WRONG_PROTOCOL_VERSION"],
      ["old-minor", changed(6, "0900"), "PRL_ERR_WRONG_PROTOCOL_VERSION"],
      ["old-minor", changed(6, "0000"), "PRL_ERR_WRONG_PROTOCOL_VERSION"],
      ["wrong-sender-type", changed(72, "00000000"), "PRL_ERR_HANDSHAKE_FAILED"],
      ["wrong-sender-type", changed(72, "0b000000"), "PRL_ERR_HANDSHAKE_FAILED"],
      ["wrong-sender-type", changed(72, "03000001"), "PRL_ERR_HANDSHAKE_FAILED"],
      ["wrong-sender-type", changed(72, "ffffffff"), "PRL_ERR_HANDSHAKE_FAILED"],
      ["null-uuid", changed(76, "00".repeat(16)), "PRL_ERR_HANDSHAKE_FAILED"],
      ["malformed-table", changed(100, "15"), "PRL_ERR_HANDSHAKE_FAILED"],
      ["malformed-table", changed(92, "03"), "PRL_ERR_HANDSHAKE_FAILED"]
    ]
    for (const [reason, data, code] of refused) {
      const error = refusal(Handshake.makeClientPartReader(), data)
      assert.strictEqual(error.reason, reason)
      assert.strictEqual(error.returnCode, ReturnCode.codes[code])
    }
    const nullTable = RoutingTable.confirm(RoutingTable.forLevel("low"), RoutingTable.nullTable)
    assert.strictEqual(
      Result.isFailure(nullTable) && nullTable.failure.returnCode,
      ReturnCode.codes.PRL_ERR_WRONG_CONNECTION_SECURITY_LEVEL
    )
  })

  it("accepts every minor from 10 on and every known sender type", () => {
    for (const minor of ["0a00", "0b00", "6300", "ffff"]) {
      assert.strictEqual(feed(Handshake.makeClientPartReader(), [changed(6, minor)])._tag, "Read")
    }
    for (let type = 1; type <= 10; type++) {
      const data = changed(72, type.toString(16).padStart(2, "0"))
      assert.strictEqual(feed(Handshake.makeClientPartReader(), [data])._tag, "Read")
    }
  })

  it("recognises another protocol by its first byte", () => {
    const error = refusal(Handshake.makeServerOpeningReader(), new TextEncoder().encode("H"))
    assert.strictEqual(error.reason, "wrong-magic")
    assert.include(error.message, "check host and port")
  })

  it("keeps the text of the peer out of its message and in a field of its own", () => {
    const error = refusal(Handshake.makeClientPartReader(), changed(4, "0700"))
    assert.strictEqual(error.peerDescription, "backup-tree")
    assert.notInclude(error.message, "backup-tree")
    assert.include(error.message, "7.10")
    const table = refusal(Handshake.makeClientPartReader(), changed(100, "15"))
    assert.strictEqual(table.peerDescription, "backup-tree")
  })

  it("is dead after a refusal", () => {
    const reader = Handshake.makeClientPartReader()
    refusal(reader, hex("00"))
    assert.strictEqual(feed(reader, [encoded()])._tag, "Refused")
  })

  it("writes nothing that a peer refuses", () => {
    const wrong: ReadonlyArray<readonly [HandshakeReason, Partial<Handshake.ClientPart>]> = [
      ["null-uuid", { header: { senderType: 3, uuid: Uuid.nil } }],
      ["null-uuid", { header: { senderType: 3, uuid: "no uuid" } }],
      ["wrong-sender-type", { header: { senderType: -1, uuid: part().header.uuid } }],
      ["wrong-sender-type", { header: { senderType: 11, uuid: part().header.uuid } }],
      ["wrong-sender-type", { header: { senderType: 2 ** 32 + 3, uuid: part().header.uuid } }],
      ["wrong-major", { version: { major: 65_542, minor: 10, description: "" } }],
      ["old-minor", { version: { major: 6, minor: -1, description: "" } }],
      ["old-minor", { version: { major: 6, minor: 65_536, description: "" } }],
      ["malformed-table", {
        table: {
          ...RoutingTable.forLevel("low"),
          routes: [...RoutingTable.forLevel("normal").routes, ...RoutingTable.forLevel("normal").routes]
        }
      }]
    ]
    for (const [reason, fields] of wrong) {
      const result = Handshake.encodeClientPart({ ...part(), ...fields })
      assert.strictEqual(Result.isFailure(result) && result.failure.reason, reason)
    }
  })
})
