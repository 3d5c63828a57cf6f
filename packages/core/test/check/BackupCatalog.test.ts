import type { Note } from "@backup-tree/core/tree/Note"
import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as BackupCatalog from "../../src/check/BackupCatalog.ts"
import * as BackupId from "../../src/sdk/BackupId.ts"
import * as BackupTree from "../../src/tree/BackupTree.ts"
import { findingsOf, type Told } from "../support/findings.ts"
import {
  chain,
  chainX,
  chainY,
  environment,
  incremental,
  listing,
  stranger,
  tree,
  web
} from "../support/treeLiterals.ts"

const chainsOf = (environments: ReadonlyArray<BackupTree.VirtualEnvironment>) =>
  environments.flatMap(({ chains }) => chains)

// Errors that say nothing about the chains that are there.
const aboutTheAnswer = new Set(["I34", "empty-answer", "lost-environments"])

/** Whether an error finding names a chain: by its own path, by one below it, or by that of its environment. */
const isNamed = (findings: ReadonlyArray<Told>, e: number, c: number): boolean =>
  findings.some(({ path, rule, severity }) => {
    const [environment, chain] = path.split("/")
    return severity === "error" && !aboutTheAnswer.has(rule) && environment === `VmItem[${e + 1}]`
      && (chain === undefined || !chain.startsWith("BackupItem") || chain === `BackupItem[${c + 1}]`)
  })

describe("a listing with one broken chain", () => {
  const broken = chain(chainX, [1], {
    incrementals: [incremental(chainX, 2), incremental(chainX, 3, { id: `${chainX}.30` })]
  })
  const sound = chain(chainY, [3, 4, 6])
  const told = listing(tree(environment(web, [broken, sound])))
  const catalog = BackupCatalog.fromListing(told)
  const { quarantined } = catalog

  it("quarantines that chain with the findings that name it", () => {
    assert.strictEqual(quarantined.length, 1)
    assert.strictEqual(quarantined[0]!.chain, broken)
    assert.strictEqual(quarantined[0]!.environment, told.tree.environments[0])
    assert.deepStrictEqual(quarantined[0]!.findings.map(({ path, rule }) => [rule.id, path]), [
      ["I05", "VmItem[1]/BackupItem[1]/PartialBackupItem[2]"]
    ])
    for (const id of [chainX, `${chainX}.2`, `${chainX}.3`, `${chainX}.30`]) {
      assert.isTrue(Option.isNone(BackupCatalog.get(catalog, id)))
    }
  })

  it("proves the other one, with what a restore of each backup needs", () => {
    assert.deepStrictEqual(chainsOf(catalog.environments), [sound])
    assert.strictEqual(catalog.entries.size, 3)
    const entry = Option.getOrThrow(BackupCatalog.get(catalog, `${chainY}.6`))
    assert.strictEqual(entry.backup, sound.incrementals[1])
    assert.deepStrictEqual(entry.ancestors, BackupTree.backups(sound).slice(0, 2))
    assert.strictEqual(entry.chain, sound)
    assert.strictEqual(entry.environment.uuid, web)
    assert.isTrue(Option.isNone(BackupCatalog.get(catalog, chainY)))
    assert.isTrue(Option.isNone(BackupCatalog.get(catalog, "junk")))
  })

  it("keeps the listing that it was made of", () => {
    assert.strictEqual(catalog.listing, told)
  })
})

describe("errors", () => {
  const good = environment(web, [chain(chainX, [1, 2])])

  it("about an environment quarantine each of its chains, and no other's", () => {
    const unknown = environment("{c5d0e2a4-77b1-4b7e-8a52-1e0f3d9c6b11}", [chain(chainY, [1]), chain(stranger, [1])], {
      vmType: 9
    })
    const catalog = BackupCatalog.fromListing(listing(tree(good, unknown)))
    const { quarantined } = catalog
    assert.deepStrictEqual(quarantined.map(({ chain }) => chain), unknown.chains)
    assert.deepStrictEqual(catalog.environments.map(({ chains }) => chains.length), [1, 0])
  })

  it("of the reader quarantine what they are about", () => {
    const note = (rule: Note["rule"], path: string) =>
      BackupCatalog.fromListing(listing(tree(good), [{ rule, path, message: "" }])).quarantined.length
    assert.strictEqual(note("junk-number", "VmItem[1]/BackupItem[1]/PartialBackupItem[1]/Size"), 1)
    assert.strictEqual(note("missing-required", "VmItem[1]/Name"), 1)
    assert.strictEqual(note("bad-date", "VmItem[1]/BackupItem[1]/DateTime"), 0)
  })

  it("about the whole response quarantine nothing", () => {
    const catalog = BackupCatalog.fromListing(listing(BackupTree.empty))
    const { quarantined } = catalog
    assert.deepStrictEqual([catalog.environments, quarantined], [[], []])
  })
})

describe("laws", () => {
  it.prop(
    "a chain is quarantined if and only if an error about chains names it",
    [Arbitraries.listing],
    ([listing]) => {
      const findings = findingsOf(listing)
      const catalog = BackupCatalog.fromListing(listing)
      const { quarantined } = catalog
      listing.tree.environments.forEach(({ chains }, e) =>
        chains.forEach((chain, c) => {
          const named = isNamed(findings, e, c)
          assert.strictEqual(quarantined.some((one) => one.chain === chain), named)
          assert.strictEqual(catalog.environments[e]!.chains.includes(chain), !named)
        })
      )
      for (const { findings } of quarantined) {
        assert.isTrue(findings.length > 0 && findings.every(({ severity }) => severity === "error"))
      }
    }
  )

  it.prop("no chain is lost: each is proven or quarantined", [Arbitraries.listing], ([listing]) => {
    const catalog = BackupCatalog.fromListing(listing)
    const { quarantined } = catalog
    const all = [...chainsOf(catalog.environments), ...quarantined.map(({ chain }) => chain)]
    const told = chainsOf(listing.tree.environments)
    assert.strictEqual(all.length, told.length)
    assert.strictEqual(new Set([...all, ...told]).size, told.length)
  })

  it.prop("every incremental of a catalog resolves to its full backup", [Arbitraries.listing], ([listing]) => {
    const catalog = BackupCatalog.fromListing(listing)
    for (const { ancestors, backup, chain } of catalog.entries.values()) {
      assert.deepStrictEqual([...ancestors, backup], BackupTree.backups(chain).slice(0, ancestors.length + 1))
      assert.strictEqual([...ancestors, backup][0]!._tag, "FullBackup")
      assert.strictEqual(backup._tag === "IncrementalBackup", ancestors.length > 0)
    }
  })

  it.prop("every backup of a catalog is found by any spelling of its id", [Arbitraries.listing], ([listing]) => {
    const catalog = BackupCatalog.fromListing(listing)
    for (const chain of chainsOf(catalog.environments)) {
      for (const backup of BackupTree.backups(chain)) {
        const { number } = Result.getOrThrow(BackupId.parse(backup.id))
        const uuid = chain.uuid
        for (const spelling of [uuid, uuid.toUpperCase(), uuid.slice(1, -1), uuid.toLowerCase()]) {
          for (const digits of number === 1 ? ["", ".1", ".01"] : [`.${number}`, `.0${number}`, `.+${number}`]) {
            assert.strictEqual(Option.getOrThrow(BackupCatalog.get(catalog, spelling + digits)).backup, backup)
          }
        }
      }
    }
    assert.strictEqual(catalog.entries.size, chainsOf(catalog.environments).flatMap(BackupTree.backups).length)
  })

  it.prop("a healthy response is proven completely", [Arbitraries.healthyListing], ([listing]) => {
    const catalog = BackupCatalog.fromListing(listing)
    const { quarantined } = catalog
    assert.deepStrictEqual(quarantined, [])
    assert.deepStrictEqual(catalog.environments, listing.tree.environments)
  })

  const oneChain = Arbitraries.mutations.filter(({ change, rule }) =>
    ["I04", "I05", "I07", "I24", "I25"].includes(rule) || change === "a chain's uuid has lost its braces"
  )

  for (const mutation of oneChain) {
    it.prop(
      `one broken chain never blocks the others: ${mutation.change}`,
      [Arbitraries.mutated(mutation)],
      ([{ after, before }]) => {
        const catalog = BackupCatalog.fromListing(listing(after))
        const { quarantined } = catalog
        assert.strictEqual(quarantined.length, 1)
        const untouched = chainsOf(before.environments).filter((chain) => chainsOf(after.environments).includes(chain))
        assert.deepStrictEqual(chainsOf(catalog.environments), untouched)
      }
    )
  }
})
