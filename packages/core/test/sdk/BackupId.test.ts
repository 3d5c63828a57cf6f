import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as BackupId from "../../src/sdk/BackupId.ts"
import * as Uuid from "../../src/sdk/Uuid.ts"
import { chainX, chainY } from "../support/treeLiterals.ts"

const bare = chainX.slice(1, -1)
const parse = (text: string) => Result.getOrThrow(BackupId.parse(text))
const failure = (text: string): BackupId.BackupIdError => {
  const result = BackupId.parse(text)
  return Result.isFailure(result) ? result.failure : assert.fail(`${text} was read`)
}

describe("reading", () => {
  it("reads a uuid as the first item of its chain", () => {
    assert.deepStrictEqual(parse(chainX), { text: chainX, chain: chainX, number: 1 })
    assert.deepStrictEqual(parse(bare), { text: bare, chain: bare, number: 1 })
  })

  it.each([
    [".1", 1],
    [".3", 3],
    [".+2", 2],
    [".02", 2],
    [". 2", 2],
    [".2 ", 2],
    [".\t+02\n", 2],
    [".4294967295", 4_294_967_295]
  ])("reads %j behind a uuid as a number, as the server does", (suffix, number) => {
    assert.deepStrictEqual(parse(chainX + suffix), { text: chainX + suffix, chain: chainX, number })
  })

  it.each([
    ".",
    ".-0",
    ".-2",
    ".0x2",
    ".2.3",
    ".abc",
    ".2a",
    ".+",
    ".++2",
    ".+ 2",
    ".2e3",
    ".4294967296",
    ".99999999999999999999",
    ".٣"
  ])(
    "finds no number in %j",
    (suffix) => assert.strictEqual(failure(chainX + suffix).why, "the part after the dot is not a number")
  )

  it("finds no item number 0", () => {
    assert.strictEqual(failure(`${chainX}.0`).why, "backup numbers start at 1")
  })

  it("reads 38 characters as a uuid without checking the first and the last, and 36 unchanged", () => {
    for (const text of [chainX, bare, `(${bare})`, `}${bare}{`, chainX.toUpperCase(), `x${bare}y`]) {
      assert.isTrue(BackupId.isServerUuid(text))
      assert.strictEqual(parse(`${text}.2`).chain, text)
    }
  })

  it.each([
    "",
    ".",
    ".2",
    "web01",
    `{${bare}`,
    `${bare}}`,
    ` ${chainX}`,
    bare.slice(1),
    `${bare.slice(0, -1)}g`,
    `{{${bare}}}`,
    `${bare}  `.slice(1)
  ])(
    "finds no uuid in %j",
    (text) => {
      assert.isFalse(BackupId.isServerUuid(text))
      assert.strictEqual(failure(text).why, "the part before the dot is not a uuid")
    }
  )

  it("reports what is wrong and what to write", () => {
    assert.strictEqual(
      failure("web01").message,
      "\"web01\" is not a backup id: the part before the dot is not a uuid. Copy the id from a listing: {uuid} or {uuid}.N."
    )
  })

  it.prop("reads every text or reports why not", [Schema.String], ([text]) => {
    const result = BackupId.parse(text)
    if (Result.isSuccess(result)) assert.strictEqual(result.success.text, text)
    else assert.strictEqual(result.failure.text, text)
  })
})

describe("laws", () => {
  it.prop("printing what was read returns the same text", [Arbitraries.backupId], ([id]) => {
    assert.deepStrictEqual(parse(BackupId.print(id)), id)
  })

  it.prop("what was made is read as it was made", [Arbitraries.backupId], ([{ chain, number }]) => {
    const id = BackupId.make(chain, number)
    assert.deepStrictEqual(parse(id.text), id)
    assert.isTrue(number !== 1 || id.text === chain)
  })

  it.prop("the bare id and number 1 are equal, other numbers and chains are not", [
    Arbitraries.backupId,
    Arbitraries.uuid
  ], ([id, other]) => {
    const bare = parse(id.chain)
    assert.isTrue(BackupId.equals(bare, parse(`${id.chain}.1`)))
    assert.strictEqual(BackupId.equals(bare, id), id.number === 1)
    assert.strictEqual(BackupId.equals(BackupId.make(other, id.number), id), Uuid.equals(other, id.chain))
  })

  it.prop("equality ignores case, braces and the spelling of the number, and the text is kept", [
    Arbitraries.uuid,
    Arbitraries.backupId
  ], ([uuid, { number }]) => {
    const [, ...spelled] = [uuid, uuid, uuid.toUpperCase(), uuid.slice(1, -1)].map((chain) => `${chain}.0${number}`)
    for (const text of spelled) {
      const id = parse(text)
      assert.isTrue(BackupId.equals(id, BackupId.make(uuid, number)))
      assert.strictEqual(BackupId.key(text), BackupId.key(BackupId.make(uuid, number).text))
      assert.strictEqual(BackupId.normalise(text), BackupId.make(uuid, number).text)
      assert.strictEqual(id.text, text)
    }
  })

  it.prop(
    "two ids have one key if and only if they are equal",
    [Arbitraries.backupId, Arbitraries.backupId],
    ([one, two]) => {
      assert.strictEqual(BackupId.key(one.text) === BackupId.key(two.text), BackupId.equals(one, two))
      assert.strictEqual(BackupId.Order(one, two) === 0, BackupId.equals(one, two))
      assert.strictEqual(BackupId.Order(one, two) + BackupId.Order(two, one), 0)
    }
  )

  it.prop(
    "a text that is no id keeps its text, and equals no id",
    [Arbitraries.malformedId, Arbitraries.backupId],
    ([text, id]) => {
      assert.strictEqual(BackupId.normalise(text), text)
      assert.notStrictEqual(BackupId.key(text), BackupId.key(id.text))
    }
  )
})

describe("order", () => {
  it("goes by chain, then by number", () => {
    const ids = [`${chainY}.2`, `${chainX}.10`, `${chainX}.9`, chainY, chainX.toUpperCase()].map(parse)
    assert.deepStrictEqual(ids.toSorted(BackupId.Order).map(BackupId.print), [
      chainX.toUpperCase(),
      `${chainX}.9`,
      `${chainX}.10`,
      chainY,
      `${chainY}.2`
    ])
  })
})

describe("an id split at its first dot", () => {
  it.each([
    [chainX, chainX, undefined, 1],
    [`${chainX}.3`, chainX, "3", 3],
    [`${chainX}. +3`, chainX, " +3", 3],
    [`${chainX}.0`, chainX, "0", undefined],
    [`${chainX}.`, chainX, "", undefined],
    [`${chainX}.2.3`, chainX, "2.3", undefined],
    ["web01", "web01", undefined, 1],
    [".3", "", "3", 3],
    ["", "", undefined, 1]
  ])("gives the parts of %j", (id, chain, suffix, number) => {
    assert.deepStrictEqual(BackupId.split(id), { chain, suffix })
    assert.deepStrictEqual(BackupId.address(id), { chain, number })
  })
})

describe("headNumber", () => {
  it("is 1 for the chain's own uuid, else the number after the dot", () => {
    assert.strictEqual(BackupId.headNumber(chainX, chainX), 1)
    assert.strictEqual(BackupId.headNumber(chainX, bare.toUpperCase()), 1)
    assert.strictEqual(BackupId.headNumber(chainX, `${chainX}.1`), 1)
    assert.strictEqual(BackupId.headNumber(chainX, `${chainX.toUpperCase()}.3`), 3)
  })

  it("is unknown where the id does not fit the chain", () => {
    for (const id of [chainY, `${chainY}.3`, `${chainX}.0`, `${chainX}.abc`, `${chainX}.2.3`, `${chainX}.`, "", ".3"]) {
      assert.isUndefined(BackupId.headNumber(chainX, id))
    }
  })
})
