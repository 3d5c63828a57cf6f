import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as Uuid from "../../src/sdk/Uuid.ts"

const braced = "{4f6a1c2e-8f0b-4a44-9a53-2f1d7f3c9b10}"
const bare = "4f6a1c2e-8f0b-4a44-9a53-2f1d7f3c9b10"

describe("Uuid", () => {
  it("recognises a uuid with or without braces, in any case", () => {
    for (const text of [braced, bare, braced.toUpperCase(), bare.toUpperCase()]) assert.isTrue(Uuid.isUuid(text))
  })

  it("rejects what is no uuid", () => {
    const none = [
      "",
      "{}",
      "web01",
      `${bare} `,
      ` ${bare}`,
      `{${bare}`,
      `${bare}}`,
      `(${bare})`,
      bare.slice(1),
      `${bare}0`
    ]
    for (const text of [...none, bare.replaceAll("-", ""), bare.replace("4", "g"), `${bare}\n`]) {
      assert.isFalse(Uuid.isUuid(text), JSON.stringify(text))
    }
  })

  it("requires braces where the product stores ids", () => {
    assert.isTrue(Uuid.isBraced(braced) && Uuid.isBraced(braced.toUpperCase()))
    assert.isFalse(Uuid.isBraced(bare) || Uuid.isBraced(`(${bare})`) || Uuid.isBraced(""))
  })

  it("maps all spellings of a uuid to one key, and each other text to its own", () => {
    assert.deepStrictEqual([braced, bare, braced.toUpperCase()].map(Uuid.key), [bare, bare, bare])
    assert.deepStrictEqual(["", "JUNK", "{junk}"].map(Uuid.key), ["", "junk", "{junk}"])
  })

  it("normalises uuids and leaves other texts alone", () => {
    assert.deepStrictEqual([bare.toUpperCase(), braced, "JUNK"].map(Uuid.normalise), [braced, braced, "JUNK"])
  })

  it("reads and writes sixteen bytes in the order of the text", () => {
    const bytes = Uint8Array.from([
      0x4f,
      0x6a,
      0x1c,
      0x2e,
      0x8f,
      0x0b,
      0x4a,
      0x44,
      0x9a,
      0x53,
      0x2f,
      0x1d,
      0x7f,
      0x3c,
      0x9b,
      0x10
    ])
    assert.deepStrictEqual(Uuid.toBytes(braced), bytes)
    assert.deepStrictEqual(Uuid.toBytes(bare.toUpperCase()), bytes)
    assert.strictEqual(Uuid.fromBytes(bytes), braced)
    assert.strictEqual(Uuid.fromBytes(Uint8Array.from([9, ...bytes]), 1), braced)
    assert.isUndefined(Uuid.toBytes("junk"))
  })

  it("reads missing bytes as zero", () => {
    assert.strictEqual(Uuid.fromBytes(new Uint8Array(0)), Uuid.nil)
  })

  it.prop("survives a journey through bytes", [Arbitraries.uuid], ([uuid]) => {
    assert.strictEqual(Uuid.fromBytes(Uuid.toBytes(uuid)!), uuid)
  })

  it.prop("compares without case and braces", [Arbitraries.uuid, Arbitraries.uuid], ([uuid, other]) => {
    for (const spelling of [uuid, uuid.toUpperCase(), uuid.slice(1, -1)]) {
      assert.isTrue(Uuid.equals(spelling, uuid))
      assert.strictEqual(Uuid.normalise(spelling), uuid)
      assert.strictEqual(Uuid.equals(spelling, other), uuid === other)
    }
  })

  it.prop("has a key for every text, and keys of keys are keys", [Schema.String], ([text]) => {
    assert.strictEqual(Uuid.key(Uuid.key(text)), Uuid.key(text))
    assert.isTrue(Uuid.equals(text, text))
  })
})
