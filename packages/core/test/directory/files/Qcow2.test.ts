import * as Qcow2 from "@backup-tree/core/directory/files/Qcow2"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

const headerOf = (image: Qcow2.Image): Uint8Array => Result.getOrThrow(Qcow2.encode(image)).parts[0].bytes

const plain = headerOf({ virtualSize: 1n, backingFile: undefined })
const linked = headerOf({ virtualSize: 68_719_476_736n, backingFile: utf8("harddisk.hdd.qcow2") })

/** Copies a header, one of its numbers changed. */
const changed = (header: Uint8Array, change: (view: DataView) => void): Uint8Array => {
  const copy = header.slice()
  change(new DataView(copy.buffer))
  return copy
}

const reasonOf = (bytes: Uint8Array): string | undefined =>
  Result.match(Qcow2.decode(bytes), { onFailure: ({ reason }) => reason, onSuccess: () => undefined })

const Size = Schema.BigInt.pipe(Schema.check(Schema.isBetweenBigInt({ minimum: 0n, maximum: 2n ** 64n - 1n })))
const Name = Schema.String.pipe(Schema.check(Schema.isMaxLength(255)))
const Byte = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 255 })))
const Bytes = Schema.Array(Byte).pipe(Schema.check(Schema.isMaxLength(200)))
const Place = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 4, maximum: 71 })))

describe("a qcow2 header", () => {
  it("is read from the bytes that the format defines", () => {
    // Version 2 of 10 GiB on "base", with clusters of 64 KiB: big endian, field by field.
    const bytes = Uint8Array.from(Buffer.concat([
      Buffer.from(
        "514649fb" + "00000002" + "0000000000000048" + "00000004" + "00000010" + "0000000280000000" + "00000000"
          + "00000014" + "0000000000030000" + "0000000000010000" + "00000001" + "00000000" + "0000000000000000",
        "hex"
      ),
      Buffer.from("base")
    ]))
    assert.deepStrictEqual(
      Qcow2.decode(bytes),
      Result.succeed({
        version: 2,
        virtualSize: 10_737_418_240n,
        backingFile: { offset: 72, length: 4 },
        tableEnd: 196_768n
      })
    )
    assert.deepStrictEqual(Qcow2.decode(bytes.subarray(0, Qcow2.headerBytes)), Qcow2.decode(bytes))
  })

  it.prop("reads what was written", [Size, Name], ([virtualSize, name]) => {
    const text = name.toWellFormed()
    const bytes = headerOf({ virtualSize, backingFile: utf8(text) })
    const { backingFile, tableEnd, ...rest } = Result.getOrThrow(Qcow2.decode(bytes.subarray(0, Qcow2.headerBytes)))
    assert.deepStrictEqual(rest, { version: 3, virtualSize })
    assert.isAtMost(Number(tableEnd), Result.getOrThrow(Qcow2.encode({ virtualSize, backingFile: utf8(text) })).length)
    const { length, offset } = backingFile ?? { offset: 0, length: 0 }
    assert.strictEqual(
      new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(offset, offset + length)),
      text
    )
    assert.strictEqual(backingFile === undefined, text === "")
  })

  it("without a backing file names none", () => {
    assert.deepStrictEqual(
      Qcow2.decode(plain),
      Result.succeed({ version: 3, virtualSize: 1n, backingFile: undefined, tableEnd: 196_616n })
    )
  })

  it.prop("is refused or read, for any bytes", [Bytes], ([bytes]) => {
    assert.isTrue(Result.isResult(Qcow2.decode(Uint8Array.from(bytes))))
  })

  it.prop("is refused or read after a change of any byte, and names a place that can be read", [Place, Byte], (
    [place, byte]
  ) => {
    const header = Qcow2.decode(changed(linked, (view) => view.setUint8(place, byte)))
    if (Result.isFailure(header) || header.success.backingFile === undefined) return
    const { length, offset } = header.success.backingFile
    assert.isAtMost(length, Qcow2.maxNameBytes)
    assert.isTrue(Number.isSafeInteger(offset) && offset >= Qcow2.headerBytes && offset + length <= 2 ** 21)
  })

  it("is refused if it ends too early", () => {
    for (let length = 0; length < Qcow2.headerBytes; length++) {
      assert.strictEqual(reasonOf(linked.subarray(0, length)), "truncated", String(length))
    }
    assert.isUndefined(reasonOf(linked.subarray(0, Qcow2.headerBytes)))
  })

  it("may have the longest name, up to the end of the first cluster, and the greatest cluster", () => {
    const placed = (offset: bigint, length: number, bits = 16) =>
      reasonOf(changed(plain, (view) => {
        view.setUint32(20, bits)
        view.setBigUint64(8, offset)
        view.setUint32(16, length)
      }))
    assert.isUndefined(placed(72n, 1023))
    assert.isUndefined(placed(65_536n - 1023n, 1023))
    assert.strictEqual(placed(65_536n - 1022n, 1023), "backing-file")
    assert.isUndefined(placed(2n ** 21n - 1n, 1, 21))
    assert.isUndefined(placed(511n, 1, 9))
  })

  it("is refused if it is impossible", () => {
    assert.strictEqual(reasonOf(changed(plain, (view) => view.setUint8(3, 0xfa))), "magic")
    assert.strictEqual(reasonOf(new Uint8Array(100)), "magic")
    for (const version of [0, 1, 4]) {
      assert.strictEqual(reasonOf(changed(plain, (view) => view.setUint32(4, version))), "version")
    }
    for (const bits of [0, 8, 22, 2 ** 32 - 1]) {
      assert.strictEqual(reasonOf(changed(plain, (view) => view.setUint32(20, bits))), "cluster-size")
    }
    const places: ReadonlyArray<readonly [offset: bigint, length: number]> = [
      [112n, 1024],
      [71n, 1],
      [65_536n, 1],
      [65_535n, 2],
      [2n ** 64n - 1n, 1023]
    ]
    for (const [offset, length] of places) {
      const bytes = changed(plain, (view) => {
        view.setBigUint64(8, offset)
        view.setUint32(16, length)
      })
      assert.strictEqual(reasonOf(bytes), "backing-file", `${offset} ${length}`)
    }
  })
})

describe("a written image", () => {
  it("has a reference count of one for each of its clusters", () => {
    // 1 TiB has 2048 entries of 512 MiB in its first table, which fit a cluster; 8 TiB have two clusters of them.
    for (const [virtualSize, clusters] of [[0n, 4], [2n ** 40n, 4], [2n ** 43n, 5], [2n ** 42n, 4]] as const) {
      const { length, parts } = Result.getOrThrow(Qcow2.encode({ virtualSize, backingFile: undefined }))
      const [header, table, counts] = parts.map(({ bytes }) => new DataView(bytes.buffer))
      assert.strictEqual(length, clusters * 65_536)
      assert.strictEqual(header!.getUint32(36), Number((virtualSize + 2n ** 29n - 1n) / 2n ** 29n))
      assert.deepStrictEqual(parts.map(({ offset }) => offset), [0, Number(header!.getBigUint64(48)), 131_072])
      assert.strictEqual(table!.getBigUint64(0), 131_072n)
      assert.strictEqual(header!.getBigUint64(40), 196_608n)
      assert.strictEqual(counts!.byteLength, 2 * clusters)
      for (let cluster = 0; cluster < clusters; cluster++) assert.strictEqual(counts!.getUint16(2 * cluster), 1)
    }
  })

  it("has no backing file whose name is too long", () => {
    assert.isTrue(Result.isSuccess(Qcow2.encode({ virtualSize: 0n, backingFile: utf8("x".repeat(1023)) })))
    const refused = Qcow2.encode({ virtualSize: 0n, backingFile: utf8("ü".repeat(512)) })
    assert.strictEqual(Result.isFailure(refused) && refused.failure.reason, "backing-file")
  })
})
