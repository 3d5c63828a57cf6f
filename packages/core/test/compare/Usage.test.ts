import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Usage from "../../src/compare/Usage.ts"
import * as BackupId from "../../src/sdk/BackupId.ts"
import * as Uuid from "../../src/sdk/Uuid.ts"
import type * as BackupTree from "../../src/tree/BackupTree.ts"
import { chain, chainX, chainY, environment, full, incremental, tree, web } from "../support/treeLiterals.ts"

const mail = "{c5d0e2a4-77b1-4b7e-8a52-1e0f3d9c6b11}"

const x = chain(chainX, [1], {
  head: full(chainX, { size: 100n, host: "a" }),
  incrementals: [incremental(chainX, 2, { size: 5n, host: "b" })]
})
const y = chain(chainY, [1], { head: full(chainY, { size: 50n, host: "b" }) })
const both = tree(environment(web, [x]), environment(mail, [y], { name: "mail", vmType: 2 }))

describe("usage", () => {
  it("is counted by each group, the greatest first", () => {
    const shares = (grouping: Usage.Grouping) =>
      Usage.by(both, grouping).map(({ backups, bytes, key, name }) => [key, name, backups, bytes])
    assert.deepStrictEqual(shares("environment"), [[web, "web01", 2, 105n], [mail, "mail", 1, 50n]])
    assert.deepStrictEqual(shares("host"), [["a", "a", 1, 100n], ["b", "b", 2, 55n]])
    assert.deepStrictEqual(shares("kind"), [["vm", "vm", 2, 105n], ["ct-ploop", "ct-ploop", 1, 50n]])
    assert.deepStrictEqual(shares("chain"), [[chainX, "web01", 2, 105n], [chainY, "mail", 1, 50n]])
    assert.deepStrictEqual(shares("backup"), [
      [chainX, "web01", 1, 100n],
      [chainY, "mail", 1, 50n],
      [`${chainX}.2`, "web01", 1, 5n]
    ])
    assert.deepStrictEqual(Usage.total(both), { backups: 3, bytes: 155n })
  })

  it("counts two spellings of a uuid as one", () => {
    const twice = tree(environment(web, [x]), environment(web.toUpperCase(), [y]))
    assert.deepStrictEqual(Usage.by(twice, "environment").map(({ bytes, key }) => [key, bytes]), [[web, 155n]])
  })
})

const at = (text: string) => DateTime.makeUnsafe(text)
const holding = (bytes: bigint) => tree(environment(web, [chain(chainX, [1], { head: full(chainX, { size: bytes }) })]))

describe("growth", () => {
  const grown = (before: bigint, after: bigint, days: number, hours = 0) =>
    Usage.growth({ tree: holding(before), fetchedAt: at("2024-03-01T00:00:00Z") }, {
      tree: holding(after),
      fetchedAt: DateTime.add(at("2024-03-01T00:00:00Z"), { days, hours })
    })

  it.each<readonly [before: bigint, after: bigint, days: number, perDay: bigint]>([
    [100n, 200n, 10, 10n],
    [100n, 205n, 10, 10n],
    [200n, 100n, 10, -10n],
    [205n, 100n, 10, -10n],
    [100n, 100n, 1, 0n]
  ])("from %d to %d bytes in %d days is %d bytes a day", (before, after, days, perDay) => {
    assert.strictEqual(grown(before, after, days)!.bytesPerDay, perDay)
  })

  it("has no rate of a day if less than a day has passed", () => {
    const growth = grown(100n, 200n, 0, 23)!
    assert.deepStrictEqual([growth.bytesPerDay, Usage.fullAt(growth, 300n)], [undefined, undefined])
    assert.strictEqual(Usage.fullAt(growth, 200n), growth.until)
  })

  it("needs a later listing", () => {
    assert.strictEqual(grown(1n, 2n, 0), undefined)
    assert.strictEqual(grown(1n, 2n, -1), undefined)
  })

  it.each<readonly [capacity: bigint, day: string | undefined]>([
    [300n, "2024-03-21"],
    [305n, "2024-03-21"],
    [200n, "2024-03-11"],
    [1n, "2024-03-11"],
    [200n + 365_000n, "2124-02-16"],
    [200n + 365_010n, undefined]
  ])("fills a disk of %d bytes on %s", (capacity, day) => {
    const full = Usage.fullAt(grown(100n, 200n, 10)!, capacity)
    assert.strictEqual(full && DateTime.formatIsoDateUtc(full), day)
  })

  it("does not fill a disk if there is none", () => {
    assert.strictEqual(Usage.fullAt(grown(200n, 100n, 10)!, 101n), undefined)
    assert.strictEqual(Usage.fullAt(grown(100n, 100n, 10)!, 101n), undefined)
  })
})

const groupings = Usage.Grouping.literals

/** Two spellings of a uuid or an id are one group; hosts and kinds are texts. */
const keyOf = (grouping: Usage.Grouping, key: string): string =>
  grouping === "backup" ? BackupId.key(key) : grouping === "host" || grouping === "kind" ? key : Uuid.key(key)

describe("any usage", () => {
  it.prop("is additive: what two trees hold together is the sum of what each holds", [
    Arbitraries.tree,
    Arbitraries.tree
  ], ([one, other]) => {
    const together: BackupTree.BackupTree = { environments: [...one.environments, ...other.environments], kept: [] }
    assert.deepStrictEqual(Usage.total(together), Usage.add(Usage.total(one), Usage.total(other)))
    for (const grouping of groupings) {
      const sums = new Map<string, Usage.Space>()
      for (const { key, ...space } of [...Usage.by(one, grouping), ...Usage.by(other, grouping)]) {
        const group = keyOf(grouping, key)
        sums.set(group, Usage.add(sums.get(group) ?? Usage.none, space))
      }
      const shares = Usage.by(together, grouping)
      assert.deepStrictEqual(
        new Map(shares.map(({ backups, bytes, key }) => [keyOf(grouping, key), { backups, bytes }])),
        sums
      )
    }
  })

  it.prop("is the same in total by any group, and in order", [Arbitraries.tree], ([any]) => {
    for (const grouping of groupings) {
      const shares = Usage.by(any, grouping)
      assert.deepStrictEqual(
        shares.map(({ backups, bytes }) => ({ backups, bytes })).reduce(Usage.add, Usage.none),
        Usage.total(any)
      )
      shares.slice(1).forEach(({ bytes }, index) => assert.isTrue(bytes <= shares[index]!.bytes))
    }
  })
})
