import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import * as BackupTree from "../../src/tree/BackupTree.ts"
import { chain, chainX, chainY, environment, full, incremental, tree, web } from "../support/treeLiterals.ts"

const iso = (text: string): string | null => {
  const time = BackupTree.parseDateTime(text)
  return time === null ? null : DateTime.formatIso(time)
}

describe("dates", () => {
  it.each([
    ["2024-03-02 02:00:07", "2024-03-02T02:00:07.000Z"],
    ["2024-02-29 23:59:59", "2024-02-29T23:59:59.000Z"],
    ["2020-03-29 02:30:00", "2020-03-29T02:30:00.000Z"],
    ["0001-01-01 00:00:00", "0001-01-01T00:00:00.000Z"],
    ["0050-06-15 12:00:00", "0050-06-15T12:00:00.000Z"],
    ["9999-12-31 23:59:59", "9999-12-31T23:59:59.000Z"]
  ])(
    "in the product's own form, such as %j, are read as UTC",
    (text, expected) => assert.strictEqual(iso(text), expected)
  )

  it.each([
    ["2024-03-02T02:00:07", "2024-03-02T02:00:07.000Z"],
    ["2024-03-02T02:00:07Z", "2024-03-02T02:00:07.000Z"],
    ["2024-03-02T02:00:07.5", "2024-03-02T02:00:07.500Z"],
    ["2024-03-02T02:00:07.123456Z", "2024-03-02T02:00:07.123Z"],
    ["2024-03-02T02:00:07+01:00", "2024-03-02T01:00:07.000Z"],
    ["2024-03-02T00:00:07-0330", "2024-03-02T03:30:07.000Z"],
    ["2024-01-01T00:00:00+14:00", "2023-12-31T10:00:00.000Z"],
    ["2024-03-02T02:00:07-00:00", "2024-03-02T02:00:07.000Z"]
  ])("of ISO 8601, such as %j, are read too", (text, expected) => assert.strictEqual(iso(text), expected))

  it.each([
    "",
    " ",
    "yesterday",
    "2023-02-29 00:00:00",
    "2024-02-30 00:00:00",
    "2024-04-31 00:00:00",
    "2024-13-01 00:00:00",
    "2024-00-01 00:00:00",
    "2024-01-00 00:00:00",
    "2024-03-02 24:00:00",
    "2024-03-02 23:60:00",
    "2024-03-02 23:59:60",
    "0000-01-01 00:00:00",
    "2024-3-2 2:00:07",
    "2024-03-02",
    "2024-03-02 02:00",
    " 2024-03-02 02:00:07",
    "2024-03-02 02:00:07\n",
    "2024-03-02  02:00:07",
    "02024-03-02 02:00:07",
    "2024-03-02T02:00:07+24:00",
    "2024-03-02T02:00:07+01:60",
    "2024-03-02T02:00:07.Z",
    "-2024-03-02 02:00:07",
    "٢٠٢٤-03-02 02:00:07"
  ])("are none in %j", (text) => assert.isNull(iso(text)))

  const Moment = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: -62_135_596_800, maximum: 253_402_300_799 })))

  it.prop("name the moment that they were written for, to the second", [Moment], ([second]) => {
    const written = DateTime.formatIso(DateTime.makeUnsafe(second * 1000))
    const text = written.slice(0, 19).replace("T", " ")
    if (!/^\d/.test(text)) return
    assert.strictEqual(BackupTree.parseDateTime(text)?.epochMilliseconds, second * 1000)
    assert.strictEqual(
      BackupTree.createdAt({ dateTime: `${text.replace(" ", "T")}Z` })?.epochMilliseconds,
      second * 1000
    )
  })

  it.prop("are read from any text or not at all", [Schema.String, Arbitraries.text], (texts) => {
    for (const text of texts) {
      assert.isTrue(BackupTree.parseDateTime(text) === null || DateTime.isDateTime(BackupTree.parseDateTime(text)))
    }
  })
})

describe("numbers", () => {
  it("of incrementals are what they say, of heads what their ids say", () => {
    const promoted = chain(chainX, [3, 4, 6])
    assert.deepStrictEqual(BackupTree.backups(promoted).map((item) => BackupTree.number(promoted, item)), [3, 4, 6])
    const original = chain(chainX, [1, 2])
    assert.deepStrictEqual(BackupTree.backups(original).map((item) => BackupTree.number(original, item)), [1, 2])
  })

  it("are kept as written, even where they cannot be", () => {
    const odd = chain(chainX, [1], { incrementals: [incremental(chainX, 0), incremental(chainX, 1)] })
    assert.deepStrictEqual(odd.incrementals.map((item) => BackupTree.number(odd, item)), [0, 1])
  })

  it("of heads whose id does not fit the chain are unknown", () => {
    for (const id of [chainY, `${chainY}.3`, `${chainX}.0`, `${chainX}.x`]) {
      const odd = chain(chainX, [1, 2], { head: full(id) })
      assert.isNull(BackupTree.number(odd, odd.head))
    }
  })
})

describe("kinds", () => {
  it("are those of the product, and unknown numbers are kept", () => {
    const kinds = [0, 1, 2, 3, 4, 0xffff_ffff].map((vmType) => environment(web, [], { vmType }))
    assert.deepStrictEqual(kinds.map(BackupTree.kind), [
      { _tag: "Vm" },
      { _tag: "Container", layout: "vzfs" },
      { _tag: "Container", layout: "ploop" },
      { _tag: "Container", layout: "vzwin" },
      { _tag: "Unknown", vmType: 4 },
      { _tag: "Unknown", vmType: 0xffff_ffff }
    ])
    assert.deepStrictEqual(kinds.map(BackupTree.kindName), [
      "vm",
      "ct-vzfs",
      "ct-ploop",
      "ct-vzwin",
      "unknown-4",
      "unknown-4294967295"
    ])
  })
})

describe("the version of a chain", () => {
  const withImages = (...images: ReadonlyArray<string>) => chain(chainX, [1, 2], { head: full(chainX, { images }) })

  it("is that of its environment, and 3 where that says none", () => {
    const versions = [0, 1, 2, 3, 4, 5].map((version) => environment(web, [], { version }))
    assert.deepStrictEqual(versions.map((vm) => BackupTree.chainVersion(vm, withImages("a.qcow2"))), [3, 1, 2, 3, 4, 5])
    assert.strictEqual(BackupTree.chainVersion(versions[5]!, withImages()), 5)
  })

  it("is 3 where any image of the head is a .tib", () => {
    const upgraded = environment(web, [], { version: 5 })
    assert.strictEqual(BackupTree.chainVersion(upgraded, withImages("a.qcow2", "b.tib")), 3)
    assert.strictEqual(BackupTree.chainVersion(upgraded, withImages("a.tib.qcow2")), 5)
    const later = chain(chainX, [1], { incrementals: [incremental(chainX, 2, { images: ["a.tib"] })] })
    assert.strictEqual(BackupTree.chainVersion(upgraded, later), 5)
  })
})

describe("the schema", () => {
  const is = Schema.is(BackupTree.BackupTree)

  it("holds every tree that a server can say", () => {
    assert.isTrue(is(BackupTree.empty))
    assert.isTrue(is(tree(environment(web, [chain(chainX, [1, 2]), chain(chainY, [3, 4, 6])]))))
    assert.isTrue(is(tree(environment("", [chain("junk", [1], { head: full("", { disks: null, dateTime: "?" }) })]))))
  })

  it("holds no number beyond its size", () => {
    const whole = (head: Partial<BackupTree.FullBackup>) =>
      is(tree(environment(web, [chain(chainX, [1], { head: full(chainX, head) })])))
    assert.isTrue(whole({ size: 2n ** 64n - 1n, flags: 0xffff_ffff }))
    assert.isFalse(whole({ size: 2n ** 64n }))
    assert.isFalse(whole({ size: -1n }))
    assert.isFalse(whole({ flags: 2 ** 32 }))
    assert.isFalse(whole({ bundlePermissions: 0.5 }))
    assert.isFalse(is(tree(environment(web, [], { vmType: -1 }))))
  })

  it.prop("holds chains whose first backup is the head", [Arbitraries.tree], ([tree]) => {
    assert.isTrue(is(tree))
    for (const one of tree.environments.flatMap(({ chains }) => chains)) {
      assert.deepStrictEqual(BackupTree.backups(one), [one.head, ...one.incrementals])
    }
  })
})
