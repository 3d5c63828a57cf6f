import type { StreamError } from "@backup-tree/io/protocol/ProtocolError"
import type { TransportRecord } from "@backup-tree/io/protocol/RecordLayer"
import * as RecordLayer from "@backup-tree/io/protocol/RecordLayer"
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { bytes, cut, cutAll, cuts, hex, int, join, toHex } from "./support.ts"

const record = (type: number, version: number, length: number): Uint8Array =>
  join(Uint8Array.of(type, version >> 8, version & 0xff, length >> 8, length & 0xff), new Uint8Array(length).fill(type))

const upFramer = (): RecordLayer.Framer => {
  const framer = RecordLayer.makeFramer()
  framer.tlsUp()
  return framer
}

const outcome = (framer: RecordLayer.Framer, data: Uint8Array): string => {
  const { failure, records } = cutAll(framer, [data])
  return failure !== undefined ? `${failure.stage} ${failure.reason}` : records.map(({ kind }) => kind).join(" ")
}

// Records as they come after TLS is up, with what a framer makes of them.
const records = Arbitrary.array(
  Arbitrary.map(
    Arbitrary.all([Arbitrary.schema(Schema.Literals(["tls", "plain"])), bytes(300), Arbitrary.schema(int(0, 255))]),
    ([kind, some, byte]): { readonly wire: Uint8Array; readonly record: TransportRecord } => {
      const data = join(some, Uint8Array.of(byte))
      const head = Uint8Array.of(
        kind === "tls" ? 0x17 : 0xff,
        3,
        kind === "tls" ? 3 : 0,
        data.length >> 8,
        data.length & 0xff
      )
      const wire = join(head, data)
      return {
        wire,
        record: kind === "tls"
          ? { kind, type: RecordLayer.RecordType.applicationData, bytes: wire }
          : { kind, bytes: data }
      }
    }
  ),
  { maxLength: 12 }
)

describe("RecordLayer", () => {
  it("cuts by type as the table of PROTOCOL 2.7 describes", () => {
    const rows: ReadonlyArray<readonly [number, number, string, string]> = [
      [0x14, 0x0303, "tls", "records record-type"],
      [0x16, 0x0303, "tls", "records record-type"],
      [0x15, 0x0303, "tls", "disconnect"],
      [0x17, 0x0303, "tls", "tls"],
      [0xff, 0x0300, "tls-handshake record-type", "plain"]
    ]
    for (const [type, version, before, after] of rows) {
      assert.strictEqual(outcome(RecordLayer.makeFramer(), record(type, version, 3)), before)
      assert.strictEqual(outcome(upFramer(), record(type, version, 3)), after)
    }
    const known = new Set(rows.map(([type]) => type))
    for (let type = 0; type < 256; type++) {
      if (known.has(type)) continue
      assert.strictEqual(outcome(RecordLayer.makeFramer(), record(type, 0x0303, 3)), "tls-handshake record-type")
      assert.strictEqual(outcome(upFramer(), record(type, 0x0303, 3)), "records record-type")
    }
  })

  it("bounds the length of records, wider during the TLS handshake", () => {
    const rows: ReadonlyArray<readonly [number, string, string]> = [
      [0, "tls-handshake record-length", "records record-length"],
      [1, "tls", "tls"],
      [16384, "tls", "tls"],
      [16385, "tls", "records record-length"],
      [16384 + 2048, "tls", "records record-length"],
      [16384 + 2049, "tls-handshake record-length", "records record-length"],
      [65535, "tls-handshake record-length", "records record-length"]
    ]
    for (const [length, before, after] of rows) {
      assert.strictEqual(outcome(RecordLayer.makeFramer(), record(0x17, 0x0303, length)), before)
      assert.strictEqual(outcome(upFramer(), record(0x17, 0x0303, length)), after)
      assert.strictEqual(outcome(upFramer(), record(0xff, 0x0300, length)), after === "tls" ? "plain" : after)
    }
  })

  it("accepts only exact versions once TLS is up, and leaves them to TLS before", () => {
    for (const version of [0x0000, 0x0300, 0x0301, 0x0302, 0x0304, 0x0403, 0xffff]) {
      assert.strictEqual(outcome(upFramer(), record(0x17, version, 1)), "records record-version")
      assert.strictEqual(outcome(RecordLayer.makeFramer(), record(0x16, version, 1)), "tls")
    }
    for (const version of [0x0301, 0x0303, 0x0400]) {
      assert.strictEqual(outcome(upFramer(), record(0xff, version, 1)), "records record-version")
    }
  })

  it("refuses by the five header bytes, without waiting for the data", () => {
    assert.strictEqual(outcome(upFramer(), hex("17 0303 4001")), "records record-length")
    assert.strictEqual(outcome(upFramer(), hex("17 0303")), "")
  })

  it("keeps what follows a handshake record until its owner continues", () => {
    const framer = RecordLayer.makeFramer()
    const finished = record(0x16, 0x0303, 40)
    const plain = record(0xff, 0x0300, 7)
    framer.push(join(finished, plain))
    const first = Result.getOrThrow(framer.next())
    assert.deepStrictEqual(first, Result.getOrThrow(Result.succeedSome({ kind: "tls", type: 0x16, bytes: finished })))
    assert.strictEqual(framer.waiting(), plain.length)
    framer.tlsUp()
    assert.deepStrictEqual(framer.next(), Result.succeedSome({ kind: "plain", bytes: plain.subarray(5) }))
    assert.strictEqual(framer.waiting(), 0)
  })

  it("returns nothing after an alert", () => {
    const data = join(record(0x17, 0x0303, 2), record(0x15, 0x0303, 26), record(0x00, 0, 1))
    const framer = upFramer()
    assert.deepStrictEqual(cutAll(framer, [data]).records.map(({ kind }) => kind), ["tls", "disconnect"])
    assert.deepStrictEqual(cutAll(framer, [data]), { records: [], failure: undefined })
  })

  it("returns what came before a failure, then only the failure", () => {
    const framer = upFramer()
    const data = join(record(0xff, 0x0300, 2), record(0x16, 0x0303, 1))
    const first = cutAll(framer, [data])
    assert.strictEqual(first.records.length, 1)
    assert.strictEqual(first.failure?.reason, "record-type")
    assert.deepStrictEqual(cutAll(framer, [record(0xff, 0x0300, 2)]), { records: [], failure: first.failure })
  })

  it.prop("returns the same records for every cut of the bytes", [records, cuts], ([sent, lengths]) => {
    const whole = join(...sent.map(({ wire }) => wire))
    const expected = { records: sent.map(({ record }) => record), failure: undefined }
    assert.deepEqual(plainly(cutAll(upFramer(), [whole])), plainly(expected))
    assert.deepEqual(plainly(cutAll(upFramer(), cut(whole, lengths))), plainly(expected))
    assert.deepEqual(plainly(cutAll(upFramer(), cut(whole, [1]))), plainly(expected))
  })

  it.prop("never throws on any bytes", [bytes(200), cuts], ([data, lengths]) => {
    const whole = cutAll(RecordLayer.makeFramer(), [data])
    assert.deepEqual(plainly(cutAll(RecordLayer.makeFramer(), cut(data, lengths))), plainly(whole))
    cutAll(upFramer(), [data])
  })

  it.prop("keeps records as they were when more bytes come", [records], ([sent]) => {
    const whole = join(...sent.map(({ wire }) => wire))
    const { records } = cutAll(upFramer(), cut(whole, [3]))
    assert.strictEqual(
      toHex(join(...records.flatMap((record) => record.kind === "tls" ? [record.bytes] : []))),
      toHex(join(...sent.flatMap(({ record }) => record.kind === "tls" ? [record.bytes] : [])))
    )
  })

  it.prop("writes plain frames that it reads", [int(0, 40_000), int(0, 255)], ([length, seed]) => {
    const data = Uint8Array.from({ length }, (_, index) => (index * 31 + seed) & 0xff)
    const frames = RecordLayer.plainFrames(data)
    assert.strictEqual(frames.length, length + 5 * Math.ceil(length / 16384))
    const { failure, records } = cutAll(upFramer(), [frames])
    assert.isUndefined(failure)
    const read = join(...records.flatMap((record) => record.kind === "plain" ? [record.bytes] : []))
    assert.isTrue(Buffer.from(read).equals(data))
  })

  it("writes frames of at most 16384 bytes", () => {
    assert.strictEqual(RecordLayer.plainFrames(new Uint8Array(0)).length, 0)
    assert.strictEqual(toHex(RecordLayer.plainFrames(hex("abcd"))), "ff03000002abcd")
    const lengths = (length: number) =>
      cutAll(upFramer(), [RecordLayer.plainFrames(new Uint8Array(length))]).records
        .map((record) => record.kind === "plain" ? record.bytes.length : -1)
    assert.deepStrictEqual(lengths(16384), [16384])
    assert.deepStrictEqual(lengths(16385), [16384, 1])
    assert.deepStrictEqual(lengths(40_000), [16384, 16384, 7232])
  })
})

// Views of different memory are equal by their bytes.
const plainly = ({ failure, records }: {
  readonly records: ReadonlyArray<TransportRecord>
  readonly failure: StreamError | undefined
}) => ({
  failure: failure?.message,
  records: records.map((record) => record.kind === "disconnect" ? record : { ...record, bytes: toHex(record.bytes) })
})
