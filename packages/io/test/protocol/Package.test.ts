import * as Uuid from "@backup-tree/core/sdk/Uuid"
import * as Crc16 from "@backup-tree/io/protocol/Crc16"
import * as Package from "@backup-tree/io/protocol/Package"
import * as PackageParser from "@backup-tree/io/protocol/PackageParser"
import * as PackageType from "@backup-tree/io/protocol/PackageType"
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { somePackage, wirePackage } from "./fixtures.ts"
import { bytes, cut, cuts, hex, join, mutate, mutations, parseAll, toHex, uint32, uuid } from "./support.ts"

const uint64 = Schema.BigInt.pipe(Schema.check(Schema.isBetweenBigInt({ minimum: 0n, maximum: 2n ** 64n - 1n })))
const uuids = Arbitrary.flatMap(
  Arbitrary.schema(Schema.Boolean),
  (isNil) => isNil ? Arbitrary.Constant(Uuid.nil) : uuid
)

const packages: Arbitrary.Arbitrary<Package.Package> = Arbitrary.all({
  uuid: uuids,
  parentUuid: uuids,
  senderUuid: uuids,
  receiverUuid: uuids,
  type: Arbitrary.schema(uint32),
  numericId: Arbitrary.schema(Schema.Union([Schema.Literals([0n, 1n, 2n ** 63n, 2n ** 64n - 1n]), uint64])),
  buffers: Arbitrary.array(Arbitrary.all({ encoding: Arbitrary.schema(uint32), bytes: bytes(300) }), { maxLength: 16 })
})

const encoded = (self: Package.Package): Uint8Array => Result.getOrThrow(Package.encode(self))

// A header of our own making, checksum included, so that it can lie about the rest.
const header = (fields: { readonly type?: number; readonly buffers: number }): Uint8Array => {
  const data = encoded(somePackage({ type: fields.type ?? 2117, buffers: [] }))
  const view = new DataView(data.buffer)
  view.setUint32(76, fields.buffers, true)
  view.setUint16(80, Crc16.compute(data, 0, 80), true)
  return data
}

const table = (...sizes: ReadonlyArray<number>): Uint8Array => {
  const view = new DataView(new ArrayBuffer(8 * sizes.length))
  sizes.forEach((size, index) => view.setUint32(8 * index + 4, size, true))
  return new Uint8Array(view.buffer)
}

const failureOf = (data: Uint8Array, options: PackageParser.ParserOptions = {}): string | undefined =>
  parseAll(PackageParser.makeParser(options), [data]).failure?.reason

describe("Package", () => {
  it("writes the constant heartbeat", () => {
    assert.strictEqual(toHex(Package.heartbeat), toHex(wirePackage("heartbeat").whole))
    assert.strictEqual(toHex(Package.heartbeat), "00".repeat(64) + "0a000000" + "00".repeat(12) + "b61c")
  })

  it("makes requests and replies with the ids that belong to each", () => {
    const request = Package.request({ uuid: "{r}", senderUuid: "{c}", type: 2117, payload: hex("00") })
    assert.deepStrictEqual(request, {
      uuid: "{r}",
      parentUuid: Uuid.nil,
      senderUuid: "{c}",
      receiverUuid: Uuid.nil,
      type: 2117,
      numericId: 0n,
      buffers: [{ encoding: 0, bytes: hex("00") }]
    })
    const reply = (type: number) =>
      Package.reply({ uuid: "{a}", senderUuid: "{s}", to: request, type, numericId: 7n, payload: hex("00") })
    assert.deepStrictEqual(reply(PackageType.DspWsResponse), {
      ...request,
      uuid: "{a}",
      parentUuid: "{r}",
      senderUuid: "{s}",
      receiverUuid: "{c}",
      type: 5001,
      numericId: 7n
    })
    assert.strictEqual(reply(PackageType.DspWsBinaryResponse).receiverUuid, Uuid.nil)
  })

  it("has its message in the first buffer", () => {
    const two = somePackage({ buffers: [{ encoding: 8, bytes: hex("01") }, { encoding: 0, bytes: hex("02") }] })
    assert.deepStrictEqual(Package.payload(two), Result.succeed(hex("01")))
    const empty = Package.payload(somePackage({ buffers: [] }))
    assert.strictEqual(Result.isFailure(empty) && empty.failure.reason, "no-buffer")
  })

  it("writes nothing that a peer refuses", () => {
    const wrong: ReadonlyArray<Partial<Package.Package>> = [
      { type: -1 },
      { type: 2 ** 32 },
      { type: 0.5 },
      { numericId: -1n },
      { numericId: 2n ** 64n },
      { uuid: "no uuid" },
      { receiverUuid: "" },
      { buffers: [{ encoding: -1, bytes: hex("") }] },
      { buffers: [{ encoding: 2 ** 32, bytes: hex("") }] },
      { buffers: Array.from({ length: 1025 }, () => ({ encoding: 0, bytes: hex("") })) },
      { buffers: Array.from({ length: 1024 }, () => ({ encoding: 0, bytes: new Uint8Array(2 ** 20) })) }
    ]
    for (const fields of wrong) {
      const result = Package.encode(somePackage(fields))
      assert.strictEqual(Result.isFailure(result) && result.failure.reason, "cannot-be-sent")
    }
  })
})

describe("PackageParser", () => {
  it.prop(
    "reads what is written, for every cut of the bytes",
    [Arbitrary.array(packages, { maxLength: 4 }), cuts],
    ([sent, lengths]) => {
      const whole = join(...sent.map(encoded))
      for (const chunks of [[whole], cut(whole, lengths), cut(whole, [1])]) {
        assert.deepStrictEqual(parseAll(PackageParser.makeParser(), chunks), { packages: sent, failure: undefined })
      }
    }
  )

  it.prop(
    "never throws on changed bytes, and returns the same for every cut",
    [packages, mutations, cuts],
    ([sent, changes, lengths]) => {
      const data = join(Package.heartbeat, mutate(encoded(sent), changes), encoded(sent))
      const whole = parseAll(PackageParser.makeParser(), [data])
      assert.deepStrictEqual(parseAll(PackageParser.makeParser(), cut(data, lengths)), whole)
      assert.isAbove(whole.packages.length, 0)
    }
  )

  it.prop("returns nothing before the last byte", [packages], ([sent]) => {
    const data = encoded(sent)
    assert.deepStrictEqual(parseAll(PackageParser.makeParser(), [data.subarray(0, -1)]), {
      packages: [],
      failure: undefined
    })
  })

  it("returns a copy in its own memory", () => {
    const data = encoded(somePackage())
    const { packages } = parseAll(PackageParser.makeParser(), [data])
    data.fill(0xff)
    assert.deepStrictEqual(packages, [somePackage()])
    assert.strictEqual(packages[0]!.buffers[0]!.bytes.buffer.byteLength, 5)
  })

  it("refuses a wrong checksum, whichever byte of the header is wrong", () => {
    for (let at = 0; at < Package.headerBytes; at++) {
      const data = encoded(somePackage())
      data[at]! ^= 1
      assert.strictEqual(failureOf(data.subarray(0, Package.headerBytes)), "wrong-checksum")
    }
  })

  it("takes a checksum of zero like any other", () => {
    const crc = (data: Uint8Array) => Crc16.compute(data, 0, 80)
    const wrong = header({ buffers: 0 })
    assert.notStrictEqual(crc(wrong), 0)
    wrong.fill(0, 80, 82)
    assert.strictEqual(failureOf(wrong), "wrong-checksum")
    const zero = wrong.slice()
    for (let type = 0; crc(zero) !== 0; type++) new DataView(zero.buffer).setUint32(64, type, true)
    assert.isUndefined(failureOf(zero))
    assert.strictEqual(parseAll(PackageParser.makeParser(), [zero]).packages.length, 1)
  })

  it("writes packages of at most 1 GiB, header and table included", () => {
    const mebibyte = { encoding: 0, bytes: new Uint8Array(2 ** 20) }
    const messageOf = (length: number) => {
      const last = length - 2 ** 20 * 1022 - Package.headerBytes - 8 * 1023
      const buffers = [...Array.from({ length: 1022 }, () => mebibyte), { encoding: 0, bytes: new Uint8Array(last) }]
      // The wrong uuid is found before the buffers are copied.
      const result = Package.encode({ ...somePackage({ buffers }), uuid: "none" })
      return Result.isFailure(result) ? result.failure.message : "encoded"
    }
    assert.include(messageOf(Package.maxPackageBytes), "a uuid")
    assert.include(messageOf(Package.maxPackageBytes + 1), `is ${Package.maxPackageBytes + 1} bytes long`)
  })

  it("limits the number of buffers to 1024, even with a higher limit", () => {
    assert.isUndefined(failureOf(header({ buffers: 16 })))
    assert.strictEqual(failureOf(header({ buffers: 17 })), "too-many-buffers")
    for (const buffers of [1025, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff]) {
      assert.strictEqual(failureOf(header({ buffers })), "too-many-buffers")
      assert.strictEqual(failureOf(header({ buffers }), { maxBuffers: 2 ** 40 }), "too-many-buffers")
    }
    assert.isUndefined(failureOf(header({ buffers: 1024 }), { maxBuffers: 1024 }))
    const many = somePackage({
      buffers: Array.from({ length: 1024 }, (_, n) => ({ encoding: n, bytes: Uint8Array.of(n) }))
    })
    const parsed = parseAll(PackageParser.makeParser({ maxBuffers: 1024 }), [encoded(many)])
    assert.deepStrictEqual(parsed, { packages: [many], failure: undefined })
  })

  it("bounds the length, header and table included", () => {
    const limited = { maxPackageBytes: 1000 }
    const announce = (...sizes: ReadonlyArray<number>) => join(header({ buffers: sizes.length }), table(...sizes))
    assert.isUndefined(failureOf(announce(1000 - 90), limited))
    assert.strictEqual(failureOf(announce(1000 - 89), limited), "package-too-large")
    assert.strictEqual(failureOf(announce(500, 500), limited), "package-too-large")
    assert.isUndefined(failureOf(announce(2 ** 28 - 90)))
    assert.strictEqual(failureOf(announce(2 ** 28 - 89)), "package-too-large")
    const generous = { maxPackageBytes: Number.MAX_SAFE_INTEGER, maxBuffers: 1024 }
    assert.isUndefined(failureOf(announce(2 ** 30 - 90), generous))
    assert.strictEqual(failureOf(announce(2 ** 30 - 89), generous), "package-too-large")
    assert.strictEqual(failureOf(announce(0xffff_ffff), generous), "package-too-large")
    // In 32 bits these sums are small.
    assert.strictEqual(failureOf(announce(0xffff_ffff, 1), generous), "package-too-large")
    const sizes = Array.from({ length: 1024 }, () => 0xffff_ffff)
    assert.strictEqual(failureOf(announce(...sizes), generous), "package-too-large")
  })

  it("allocates for bytes that have come, not for lengths that were announced", () => {
    const parsers = Array.from({ length: 2000 }, () => PackageParser.makeParser({ maxPackageBytes: 2 ** 30 }))
    const before = process.memoryUsage()
    const start = join(header({ buffers: 1 }), table(2 ** 30 - 90), hex("3c"))
    for (const parser of parsers) assert.deepStrictEqual(parseAll(parser, [start]).packages, [])
    const after = process.memoryUsage()
    assert.isBelow(after.arrayBuffers - before.arrayBuffers, 64 * 2 ** 20)
    assert.strictEqual(Option.getOrThrow(parsers[0]!.progress()).total, 2 ** 30)
  })

  it.prop(
    "emits the content of packages while it arrives, for every cut, and returns the packages without it",
    [Arbitrary.array(packages, { maxLength: 4 }), cuts],
    ([sent, lengths]) => {
      const isTaken = (type: number) => type % 2 === 0
      const taken = new Map<number, Array<number>>()
      const parser = PackageParser.makeParser({
        sinkOf: ({ numericId, type }, total) => {
          if (!isTaken(type)) return undefined
          const given: Array<number> = []
          const at = taken.size
          taken.set(at, given)
          assert.strictEqual(encoded(sent.filter(({ type }) => isTaken(type))[at]!).length, total)
          assert.strictEqual(sent.filter(({ type }) => isTaken(type))[at]!.numericId, numericId)
          return (bytes) => given.push(...bytes)
        }
      })
      const { failure, packages } = parseAll(parser, cut(join(...sent.map(encoded)), lengths))
      assert.isUndefined(failure)
      const empty = new Uint8Array(0)
      assert.deepStrictEqual(
        packages,
        sent.map((one) =>
          isTaken(one.type) ? { ...one, buffers: one.buffers.map(({ encoding }) => ({ encoding, bytes: empty })) } : one
        )
      )
      assert.deepStrictEqual(
        [...taken.values()],
        sent.filter(({ type }) => isTaken(type)).map(({ buffers }) => buffers.flatMap(({ bytes }) => [...bytes]))
      )
    }
  )

  it("refuses a type that may not come by its stream, by the header alone", () => {
    const allows = (type: number) => type === PackageType.Heartbeat
    assert.strictEqual(failureOf(header({ type: 2117, buffers: 1 }), { allows }), "refused-type")
    assert.isUndefined(failureOf(Package.heartbeat, { allows }))
  })

  it("returns what came before a failure, then only the failure", () => {
    const parser = PackageParser.makeParser()
    const good = encoded(somePackage())
    const bad = good.slice()
    bad[0]! ^= 1
    const { failure, packages } = parseAll(parser, [join(good, bad, good)])
    assert.deepStrictEqual(packages, [somePackage()])
    assert.strictEqual(failure?.reason, "wrong-checksum")
    assert.deepStrictEqual(parseAll(parser, [good]), { packages: [], failure })
  })

  it("reports the progress of the current package", () => {
    const payload = new Uint8Array(100)
    const data = encoded(Package.reply({
      uuid: "{00000000-0000-0000-0000-0000000000f1}",
      senderUuid: "{00000000-0000-0000-0000-0000000000aa}",
      to: { uuid: "{00000000-0000-0000-0000-000000000001}", senderUuid: "{00000000-0000-0000-0000-0000000000c1}" },
      type: 5001,
      numericId: 1n,
      payload
    }))
    const parser = PackageParser.makeParser()
    const seen: Array<readonly [number, number | undefined]> = []
    for (const byte of cut(data, [1])) {
      assert.isUndefined(parseAll(parser, [byte]).failure)
      seen.push([parser.received(), Option.getOrUndefined(parser.progress())?.received])
    }
    assert.deepStrictEqual(seen[0], [1, undefined])
    assert.deepStrictEqual(seen[88], [89, undefined])
    assert.deepStrictEqual(seen[89], [90, 90])
    assert.deepStrictEqual(seen[188], [189, 189])
    assert.deepStrictEqual(seen[189], [0, undefined])
    parseAll(parser, [data.subarray(0, 150)])
    assert.deepStrictEqual(
      parser.progress(),
      Option.some({
        uuid: "{00000000-0000-0000-0000-0000000000f1}",
        parentUuid: "{00000000-0000-0000-0000-000000000001}",
        type: 5001,
        received: 150,
        total: 190
      })
    )
  })

  it("reads empty buffers, and packages without one", () => {
    const sent = [
      somePackage({ buffers: [] }),
      somePackage({
        buffers: [{ encoding: 0, bytes: hex("") }, { encoding: 8, bytes: hex("01") }, { encoding: 0, bytes: hex("") }]
      })
    ]
    assert.deepStrictEqual(parseAll(PackageParser.makeParser(), [join(...sent.map(encoded))]), {
      packages: sent,
      failure: undefined
    })
  })

  it.prop("never throws on any bytes", [bytes(400), cuts], ([data, lengths]) => {
    parseAll(PackageParser.makeParser(), cut(data, lengths))
  })
})

describe("PackageType", () => {
  it("defines the handling of every management package", () => {
    const handlings = Array.from({ length: 12 }, (_, index) => PackageType.handling(index + 1))
    const expected = Array.from({ length: 12 }, () => "ignore")
    for (const type of [7, 8, 9, 11]) expected[type - 1] = "disconnect"
    expected[9] = "heartbeat"
    assert.deepStrictEqual(handlings, expected)
  })

  it("finishes jobs only by replies, and ignores unknown packages", () => {
    const by = (handling: PackageType.Handling) =>
      Array.from({ length: 10_000 }, (_, type) => type).filter((type) => PackageType.handling(type) === handling)
    assert.deepStrictEqual(by("reply"), [5001, 5003])
    assert.deepStrictEqual(by("event"), [3003, 3008])
    assert.deepStrictEqual([by("command")[0], by("command").at(-1)], [2000, 2999])
    assert.strictEqual(PackageType.handling(0xffff_ffff), "ignore")
    assert.strictEqual(PackageType.handling(3009), "ignore")
  })

  it("recognises the two logins", () => {
    assert.isTrue(PackageType.isLogin(2039))
    assert.isTrue(PackageType.isLogin(2186))
    assert.isFalse(PackageType.isLogin(2042))
  })
})
