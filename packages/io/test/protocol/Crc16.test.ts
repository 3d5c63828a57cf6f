import * as Crc16 from "@backup-tree/io/protocol/Crc16"
import { assert, describe, it } from "@effect/vitest"
import { names, wirePackage } from "./fixtures.ts"
import { bytes, int } from "./support.ts"

const bitwise = (data: Uint8Array): number => {
  let value = 0xffff
  for (const byte of data) {
    value ^= byte
    for (let bit = 0; bit < 8; bit++) value = (value & 1) === 1 ? (value >> 1) ^ 0x8408 : value >> 1
  }
  return value ^ 0xffff
}

describe("Crc16", () => {
  it("returns the check value of CRC-16/X-25", () => {
    assert.strictEqual(Crc16.compute(new TextEncoder().encode("123456789")), 0x906e)
    assert.strictEqual(Crc16.compute(new Uint8Array(0)), 0)
  })

  it("returns the checksum of every recorded header", () => {
    const headers = names("wire-examples", ".package.hex").map((name) => wirePackage(name).header)
    assert.isAbove(headers.length, 10)
    for (const header of headers) {
      assert.strictEqual(Crc16.compute(header, 0, 80), header[80]! | header[81]! << 8)
    }
  })

  it.prop("equals the bitwise definition", [bytes(200)], ([data]) => {
    assert.strictEqual(Crc16.compute(data), bitwise(data))
  })

  it.prop("finds every change of one byte", [bytes(90), int(0, 999), int(1, 255)], ([data, place, change]) => {
    if (data.length === 0) return
    const changed = data.slice()
    changed[place % data.length]! ^= change
    assert.notStrictEqual(Crc16.compute(changed), Crc16.compute(data))
  })
})
