import * as Check from "@backup-tree/core/check/Check"
import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import type * as BackupStore from "@backup-tree/core/server/BackupStore"
import * as ServerModel from "@backup-tree/core/server/ServerModel"
import * as BackupDate from "@backup-tree/core/tree/BackupDate"
import * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as ChainVersion from "@backup-tree/core/tree/ChainVersion"
import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import * as StoreGenerator from "@backup-tree/testing/StoreGenerator"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import * as Examples from "./examples/StoreGenerator.ts"

const listingOf = (store: BackupStore.BackupStore): BackupTree.BackupTree =>
  ServerModel.exactSelect(store, BackupTreeRequest.everything)

const chainsOf = (tree: BackupTree.BackupTree) => tree.environments.flatMap(({ chains }) => chains)

const Seed = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: -1_000_000, maximum: 1_000_000 })))
const Count = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 1, maximum: 12 })))
const Days = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 40 })))

describe("StoreGenerator", () => {
  it("generates environments of each kind, with realistic names", () => {
    const { environments } = listingOf(StoreGenerator.generate({ seed: 1 }))
    assert.deepStrictEqual(environments.map(({ name }) => name).toSorted(), [
      "build-ct",
      "db-primary",
      "dns-ct",
      "erp-2008",
      "files",
      "ldap",
      "mail-gateway",
      "web01"
    ])
    assert.deepStrictEqual(new Set(environments.map(BackupTree.kindName)), new Set(["vm", "ct-ploop"]))
  })

  it("generates nightly backups up to the given time", () => {
    const now = DateTime.makeUnsafe("2026-01-07T06:00:00Z")
    const web = listingOf(StoreGenerator.generate({ seed: 1, now })).environments.find(({ name }) => name === "web01")!
    assert.deepStrictEqual(
      web.chains.map((chain) => BackupTree.backups(chain).map(({ dateTime }) => dateTime.slice(0, 10))),
      [
        ["2025-12-21", "2025-12-22", "2025-12-23", "2025-12-24", "2025-12-25", "2025-12-26", "2025-12-27"],
        ["2025-12-28", "2025-12-29", "2025-12-30", "2025-12-31", "2026-01-01", "2026-01-02", "2026-01-03"],
        ["2026-01-04", "2026-01-05", "2026-01-06", "2026-01-07"]
      ]
    )
  })

  it("has a promoted head with gaps, and a chain of an older product", () => {
    const { environments } = listingOf(StoreGenerator.generate({ seed: 1 }))
    const promoted = environments.find(({ name }) => name === "db-primary")!.chains[0]!
    assert.deepStrictEqual(BackupTree.backups(promoted).map((item) => BackupTree.number(promoted, item)), [3, 4, 6, 7])
    assert.deepStrictEqual([promoted.lastNumber, promoted.head.flags, promoted.head.type], [7, 2048, "f"])
    assert.deepStrictEqual(promoted.head.images, ["harddisk.hdd.3.qcow2", "harddisk1.hdd.3.qcow2"])
    const old = environments.find(({ name }) => name === "erp-2008")!
    assert.strictEqual(old.version, 5)
    assert.deepStrictEqual(old.chains.map((chain) => ChainVersion.of(old, chain)), [3, 5, 5, 5])
    assert.deepStrictEqual(old.chains[0]!.incrementals.map(({ images }) => images), [
      ["harddisk.hdd2.tib"],
      ["harddisk.hdd3.tib"],
      ["harddisk.hdd4.tib"]
    ])
  })

  it.prop("is healthy by default", [Seed, Count, Days], ([seed, environments, days]) => {
    const now = DateTime.add(StoreGenerator.defaultNow, { days })
    const tree = listingOf(StoreGenerator.generate({ seed, environments, now }))
    const { findings } = Check.run(Arbitraries.completeListing(tree), { now, maxAge: Duration.hours(26) })
    // The gap of the chain from which backups were removed with keep-chain is reported as info, and no more.
    assert.deepStrictEqual(findings.map(({ rule }) => rule.id), ["I11"])
  })

  it.prop(
    "breaks one chain with a wrong id on request, and nothing else",
    [Seed, Count, Days],
    ([seed, environments, days]) => {
      const now = DateTime.add(StoreGenerator.defaultNow, { days })
      const tree = listingOf(StoreGenerator.generate({ seed, environments, now, wrongId: true }))
      const { findings } = Check.run(Arbitraries.completeListing(tree))
      // The gap of the chain from which backups were removed with keep-chain is reported as info, and no more.
      assert.deepStrictEqual(findings.map(({ rule }) => rule.id), ["I05", "I11"])
      assert.match(findings[0]!.message, /^incremental 4 of chain .* has id ".*\.40", which does not match$/)
      assert.isAtLeast(tree.environments[findings[0]!.place.environment!]!.chains.length, 3)
      assert.strictEqual(tree.environments.length, environments)
    }
  )

  it.prop(
    "makes no backup after the given time, and a fresh one of each environment",
    [Seed, Count, Days],
    ([seed, environments, days]) => {
      const now = DateTime.add(StoreGenerator.defaultNow, { days, hours: days })
      for (const { chains } of listingOf(StoreGenerator.generate({ seed, environments, now })).environments) {
        const times = chains.flatMap(BackupTree.backups).map((item) => BackupDate.createdAt(item)!.epochMilliseconds)
        const newest = Math.max(...times)
        assert.isAtMost(newest, now.epochMilliseconds)
        assert.isAbove(newest, now.epochMilliseconds - 25 * 3_600_000)
        assert.deepStrictEqual(times, times.toSorted((a, b) => a - b))
      }
    }
  )

  it.prop("keeps LastNumber, flags and sizes as the product does", [Seed, Count], ([seed, environments]) => {
    for (const chain of chainsOf(listingOf(StoreGenerator.generate({ seed, environments })))) {
      const legacy = chain.head.images.some((image) => image.endsWith(".tib"))
      const highest = Math.max(...BackupTree.backups(chain).map((item) => BackupTree.number(chain, item) ?? 0))
      assert.strictEqual(chain.lastNumber, legacy || highest === 1 ? 0 : highest)
      assert.strictEqual(chain.head.flags, legacy ? 0 : 2048)
      for (const { flags } of chain.incrementals) assert.strictEqual(flags, legacy ? 0 : 4096)
      for (const { disks, images, size } of BackupTree.backups(chain)) {
        assert.isTrue(size > 0n && size % 512n === 0n)
        assert.deepStrictEqual(disks!.list.map(({ name }) => name), images)
      }
    }
  })

  it("runs its examples", () => {
    assert.lengthOf(Examples.large.environments, 1_000)
    const newest = chainsOf(listingOf(Examples.old)).flatMap(BackupTree.backups).map(({ dateTime }) => dateTime).sort()
    assert.match(newest.at(-1)!, /^2026-01-05 /)
  })

  it.prop("is a function of its options", [Seed, Count], ([seed, environments]) => {
    assert.deepStrictEqual(
      StoreGenerator.generate({ seed, environments }),
      StoreGenerator.generate({ seed, environments })
    )
    assert.notDeepEqual(
      StoreGenerator.generate({ seed, environments }),
      StoreGenerator.generate({ seed: seed + 1, environments })
    )
  })

  it("generates stores of any size, with unique uuids", () => {
    assert.deepStrictEqual(StoreGenerator.generate({ seed: 1, environments: 0 }), { environments: [] })
    const { environments } = StoreGenerator.generate({ seed: 1, environments: 10_000 })
    const uuids = new Set(
      environments.flatMap(({ chains, directory }) => [directory, ...chains.map((chain) => chain.directory)])
    )
    assert.strictEqual(environments.length, 10_000)
    assert.strictEqual(uuids.size, 40_001)
  })
})
