import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import * as BackupCatalog from "../../src/check/BackupCatalog.ts"
import * as Baseline from "../../src/check/Baseline.ts"
import * as Check from "../../src/check/Check.ts"
import type { Severity } from "../../src/check/Rule.ts"
import * as Verdict from "../../src/check/Verdict.ts"
import type { DirectoryReading, ReadChain } from "../../src/directory/DirectoryReading.ts"
import type { BackupListing } from "../../src/listing/BackupListing.ts"
import * as TreeMerge from "../../src/listing/TreeMerge.ts"
import type * as BackupTreeRequest from "../../src/sdk/BackupTreeRequest.ts"
import type * as BackupTree from "../../src/tree/BackupTree.ts"
import { answer } from "../support/findings.ts"
import { anyMerged, byDefault, day, latest, merged, mnt, old } from "../support/merges.ts"
import { hostileReading } from "../support/readingArbitraries.ts"
import {
  directoryListing,
  inChainX,
  readChain,
  readEnvironment,
  reading,
  readingOf,
  skip,
  unconfigured,
  undescribed,
  withFiles,
  withItem
} from "../support/readings.ts"
import {
  chain,
  chainX,
  chainY,
  datedChain,
  environment,
  incremental,
  listing,
  stranger,
  tree,
  web
} from "../support/treeLiterals.ts"

describe("the worst", () => {
  const worst = (...severities: ReadonlyArray<Severity>) =>
    Verdict.worst(Verdict.count(severities.map((severity) => ({ severity }))))

  it("of some findings is the most severe of them", () => {
    assert.isUndefined(worst())
    assert.strictEqual(worst("info"), "info")
    assert.strictEqual(worst("info", "warning"), "warning")
    assert.strictEqual(worst("warning", "error", "info"), "error")
  })

  it.prop("is an upper bound that one finding reaches", [Schema.Array(Schema.Literals(["error", "warning", "info"]))], (
    [severities]
  ) => {
    const ranks = ["info", "warning", "error"]
    const bound = worst(...severities)
    assert.strictEqual(bound === undefined, severities.length === 0)
    if (bound === undefined) return
    assert.include(severities, bound)
    for (const severity of severities) assert.isAtMost(ranks.indexOf(severity), ranks.indexOf(bound))
  })
})

const chainsOf = (listing: BackupListing) => Check.run(listing).verdict.chains

describe("chains", () => {
  const broken = chain(chainX, [1], { incrementals: [incremental(chainX, 2, { id: `${chainX}.20` })] })

  it("are sound unless an error names them, or their whole environment", () => {
    const sound = environment(web, [broken, chain(chainY, [1, 2])])
    assert.deepStrictEqual(chainsOf(listing(tree(sound))), { total: 2, sound: 1, hidden: 0, missing: 0 })
    const unknown = environment(stranger, sound.chains, { vmType: 9 })
    assert.deepStrictEqual(chainsOf(listing(tree(unknown))), { total: 2, sound: 0, hidden: 0, missing: 0 })
    // A warning, and an error about the answer, break no chain.
    const asked = answer({ _tag: "Backup", id: `${chainY}.9` }, tree(environment(web, [chain(chainY, [1])])))
    assert.deepStrictEqual(chainsOf(asked), { total: 1, sound: 1, hidden: 0, missing: 0 })
  })

  it("with damaged images are not sound, although what came before them may be", () => {
    const gone = readingOf(withFiles(readChain(), { "a.hdd.3.qcow2": undefined }))
    assert.deepStrictEqual(chainsOf(directoryListing(gone)), { total: 1, sound: 0, hidden: 0, missing: 0 })
  })
})

describe("missing chains", () => {
  const known = tree(environment(web, [datedChain(chainX, [day(1)]), datedChain(chainY, [day(2)])]))
  const now = DateTime.makeUnsafe("2024-03-05T00:00:00Z")
  const missingFrom = (chains: ReadonlyArray<BackupTree.BackupChain>, checks = 1) => {
    let baseline = Baseline.update(Baseline.empty, listing(known), now)
    for (let check = 0; check < checks; check++) {
      baseline = Baseline.update(baseline, listing(tree(environment(web, chains))), now)
    }
    return Check.run(listing(tree(environment(web, chains))), { baseline }).verdict.chains
  }

  it("are those that were there at the previous check, or have the newest backup", () => {
    const [x, y] = known.environments[0]!.chains
    assert.deepStrictEqual(missingFrom([x!, y!]), { total: 2, sound: 2, hidden: 0, missing: 0 })
    assert.deepStrictEqual(missingFrom([x!]), { total: 1, sound: 1, hidden: 0, missing: 1 })
    assert.strictEqual(missingFrom([y!]).missing, 1)
    // An old chain that is gone for longer went by retention.
    assert.strictEqual(missingFrom([y!], 3).missing, 0)
    assert.strictEqual(missingFrom([x!], 3).missing, 1)
  })
})

describe("hidden copies", () => {
  const metadata = { uuid: web, name: "web01", vmType: 0, version: 5, kept: [] }
  const hiddenIn = (...copies: ReadonlyArray<ReadChain>) =>
    chainsOf(directoryListing(reading([
      readEnvironment([readChain()]),
      ...copies.map((copy) => readEnvironment([copy], { directory: `${web}.old`, metadata }))
    ]))).hidden

  it("are those that a server does not list, unless they are a copy of what it lists", () => {
    assert.strictEqual(hiddenIn(), 0)
    assert.strictEqual(hiddenIn(readChain()), 0)
    assert.strictEqual(hiddenIn(readChain({ uuid: chainY })), 1)
  })
})

describe("a chain that a merge kept", () => {
  it("is sound although another one has its uuid, which is an error", () => {
    const grown = datedChain(chainX, [day(1), day(2), day(4)])
    const whole = merged([byDefault, tree(environment(web, [old, latest]))], [
      mnt("a"),
      tree(environment(web, [grown]))
    ])
    assert.lengthOf(whole.conflicts, 1)
    const { chains, counts, worst } = Check.run(listing(whole.tree), { merged: whole }).verdict
    assert.deepStrictEqual(chains, { total: 2, sound: 2, hidden: 0, missing: 0 })
    assert.deepStrictEqual([counts.error, worst], [1, "error"])
  })
})

describe("hidden chains", () => {
  const sound = readChain({ uuid: chainY })
  const headless = withItem(readChain(), 1, undescribed)
  const of = (chains: ReadonlyArray<ReadChain>, ...skips: DirectoryReading["skips"]) =>
    reading([readEnvironment(chains)], skips)
  const hidden = { total: 2, sound: 1, hidden: 1, missing: 0 }

  it.each([
    ["without a full backup that can be read", of([sound, headless], skip(inChainX("base"), "head-invalid"))],
    [
      "without metadata, where later backups say that it was stored",
      of(
        [sound, headless],
        skip(inChainX("base"), "base-without-metadata")
      )
    ],
    ["without the configuration of the full backup", of([sound, withItem(readChain(), 1, unconfigured)])],
    ["that may not be listed", of([sound, { ...readChain(), items: [], readable: false }])],
    ["under another name", of([sound, { ...readChain(), directory: "old" }], skip(`${web}/old`, "not-uuid"))]
  ])("are counted, and not sound: %s", (_, directory) => {
    assert.deepStrictEqual(chainsOf(directoryListing(directory)), hidden)
  })

  it("are those of an environment that is hidden as a whole, too", () => {
    const lost = { ...readEnvironment([readChain()]), directory: stranger, metadata: undefined }
    const directory = reading([readEnvironment([sound]), lost])
    assert.deepStrictEqual(chainsOf(directoryListing(directory)), hidden)
  })

  it("are no chains where nothing was ever stored, or where it is stored twice", () => {
    const [head] = headless.items
    const running = { ...headless, items: [head!], files: new Map() }
    const copy = { ...readChain({ uuid: chainY }), directory: "copy" }
    for (
      const directory of [
        of([sound, running], skip(inChainX("base"), "base-without-metadata")),
        of([sound, { ...readChain(), items: [], files: new Map() }]),
        of([sound, copy])
      ]
    ) assert.deepStrictEqual(chainsOf(directoryListing(directory)), { total: 1, sound: 1, hidden: 0, missing: 0 })
  })

  it("count only if they were requested", () => {
    const directory = of([sound, headless], skip(inChainX("base"), "head-invalid"))
    const about = (subject: BackupTreeRequest.Subject, kinds: BackupTreeRequest.Kinds = "vm+ct") => ({
      ...answer(subject, directoryListing(directory).tree, kinds),
      directory
    })
    assert.strictEqual(chainsOf(about({ _tag: "Environment", uuid: web })).hidden, 1)
    assert.strictEqual(chainsOf(about({ _tag: "Environment", uuid: stranger })).hidden, 0)
    assert.strictEqual(chainsOf(about({ _tag: "Chain", id: chainX })).hidden, 1)
    assert.strictEqual(chainsOf(about({ _tag: "Chain", id: chainY })).hidden, 0)
    assert.strictEqual(chainsOf(about({ _tag: "Everything" }, "ct")).hidden, 0)
  })
})

const listedIn = ({ tree }: BackupListing): number =>
  tree.environments.reduce((sum, { chains }) => sum + chains.length, 0)

/** The chains that the catalog of a listing quarantines. */
const quarantined = (listing: BackupListing): ReadonlySet<BackupTree.BackupChain> =>
  new Set(BackupCatalog.fromListing(listing).quarantined.map(({ chain }) => chain))

/** The chains of a listing that are not sound, found without the help of the verdict. */
const unsound = (listing: BackupListing): number => {
  const broken = new Set(quarantined(listing))
  for (const { place, rule, severity } of Check.run(listing).findings) {
    const chain = listing.tree.environments[place.environment ?? -1]?.chains[place.chain ?? -1]
    if (severity === "error" && (rule.id === "I36" || rule.id === "I37") && chain !== undefined) broken.add(chain)
  }
  return broken.size
}

const assertVerdict = (listing: BackupListing): void => {
  const { findings, verdict } = Check.run(listing)
  const { chains, counts } = verdict
  assert.isTrue(Schema.is(Verdict.Verdict)(verdict))
  assert.strictEqual(counts.error + counts.warning + counts.info, findings.length)
  assert.strictEqual(verdict.worst, Verdict.worst(counts))
  const listed = listedIn(listing)
  assert.deepStrictEqual(chains, {
    total: listed + chains.hidden,
    sound: listed - unsound(listing),
    hidden: chains.hidden,
    missing: 0
  })
}

describe("laws", () => {
  it.prop("a verdict counts the findings, and the chains that a catalog trusts", [Arbitraries.listing], ([listing]) => {
    assertVerdict(listing)
    assert.strictEqual(chainsOf(listing).hidden, 0)
  })

  it.prop(
    "of a directory it also counts those whose images are whole",
    [hostileReading],
    ([reading]) => assertVerdict(directoryListing(reading))
  )

  it.prop(
    "without a directory, a chain is sound if and only if the catalog lists it",
    [Arbitraries.listing],
    ([any]) => {
      const { sound } = chainsOf(any)
      assert.strictEqual(sound, listedIn(any) - quarantined(any).size)
      assert.strictEqual(sound, BackupCatalog.fromListing(any).environments.flatMap(({ chains }) => chains).length)
    }
  )

  it.prop("a conflict of a merge is an error, but does not break what the merge kept", [anyMerged], ([answers]) => {
    const merged = TreeMerge.toTree(answers)
    const whole = Arbitraries.completeListing(merged.tree)
    const { chains, counts } = Check.run(whole, { merged }).verdict
    const alone = Check.run(whole).verdict
    assert.deepStrictEqual(chains, alone.chains)
    assert.strictEqual(chains.sound, listedIn(whole) - quarantined(whole).size)
    assert.strictEqual(counts.error, alone.counts.error + merged.conflicts.length)
  })

  it.prop("a chain that the catalog quarantines is not sound", [hostileReading], ([reading]) => {
    const whole = directoryListing(reading)
    assert.isAtMost(chainsOf(whole).sound, listedIn(whole) - quarantined(whole).size)
  })
})
