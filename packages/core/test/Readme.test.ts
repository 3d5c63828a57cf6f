import * as BackupCatalog from "@backup-tree/core/check/BackupCatalog"
import * as Baseline from "@backup-tree/core/check/Baseline"
import * as Usage from "@backup-tree/core/compare/Usage"
import * as BackupTree from "@backup-tree/core/tree/BackupTree"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Result } from "effect"
import * as fs from "node:fs"
import * as Questions from "./examples/Questions.ts"
import { readChain, readingOf, unconfigured, withItem } from "./support/readings.ts"

const read = (path: string): string => fs.readFileSync(new URL(path, import.meta.url), "utf8")

const web = "{4f6a1c2e-8f0b-4a44-9a53-2f1d7f3c9b10}"
const newest = "{0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}"
const older = "{a3d92c74-5b11-4f0e-a6a0-0d6b3c1e9f02}"

describe("the README of core", () => {
  it("shows code that is compiled and run", () => {
    const code = read("examples/Questions.ts")
    const blocks = [...read("../README.md").matchAll(/```ts\n([^`]*(?:`(?!``)[^`]*)*)```/g)].map(([, block]) => block!)
    assert.strictEqual(blocks.length, 19)
    for (const block of blocks) assert.include(code, block.trimEnd())
  })

  const now = DateTime.makeUnsafe("2024-03-03T12:00:00Z")
  const listing = Result.getOrThrow(Questions.listingOf(read("fixtures/05-two-chains.xml"), now))
  const catalog = BackupCatalog.fromListing(listing)

  it("has examples that do what the text states", () => {
    assert.deepStrictEqual(Questions.health(listing, now), [])
    assert.strictEqual(Questions.health(listing, DateTime.addDuration(now, "2 days")).length, 1)
    assert.deepStrictEqual(Questions.proven(listing).quarantined, [])
    assert.deepStrictEqual(Result.getOrThrow(Questions.restore(catalog, "web01")), [newest, `${newest}.2`])
    assert.deepStrictEqual(Result.getOrThrow(Questions.remove(catalog, `${older}.2`)), {
      scope: "backups",
      ids: [`${older}.2`, `${older}.3`]
    })
    assert.isTrue(Result.isFailure(Questions.remove(catalog, `${older}.9`)))
    const bytes = listing.tree.environments[0]!.chains.flatMap(BackupTree.backups).reduce(
      (sum, { size }) => sum + size,
      0n
    )
    assert.deepStrictEqual(Result.getOrThrow(Questions.removeAll(catalog, "web01")), {
      bytes,
      commands: [`prlctl backup-delete -t '${older}'`, `prlctl backup-delete -t '${newest}'`]
    })
    const simulated = Result.getOrThrow(Questions.simulate(now))
    assert.strictEqual(simulated.months.length, 13)
    assert.isTrue(simulated.months.every((backups) => backups <= simulated.peak))
    assert.deepStrictEqual(Questions.rhythm(listing, now), [{ interval: undefined, missed: [], unusual: [] }])
    assert.deepStrictEqual(Questions.next(listing), ["web01: Incremental"])
    assert.deepStrictEqual(Result.getOrThrow(Questions.uncovered(listing, `${web}\nforgotten\n`, now)), [
      "forgotten: Never"
    ])
    assert.deepStrictEqual(Result.getOrThrow(Questions.select(listing, "name=web* and latest=1", now)), [
      newest,
      `${newest}.2`
    ])
    const { baseline, messages } = Questions.missing(Baseline.empty, listing, now)
    assert.deepStrictEqual(messages, [])
    const empty = Result.getOrThrow(Questions.listingOf("<BackupTree/>", now))
    assert.deepStrictEqual(Questions.missing(baseline, empty, now).messages, [
      "the response contains no backups; an earlier listing contained an environment"
    ])
    assert.deepStrictEqual(Result.getOrThrow(Questions.changed(listing, listing)), { added: [], removed: [] })
    assert.deepStrictEqual(Result.getOrThrow(Questions.changed(listing, empty)), {
      added: [],
      removed: [`${web} possibly-locked`]
    })
    assert.deepStrictEqual(Result.getOrThrow(Questions.changed(empty, listing)), { added: [web], removed: [] })
    const earlier = { ...empty, fetchedAt: DateTime.subtractDuration(now, "1 day") }
    assert.deepStrictEqual(Questions.space(earlier, listing), {
      largest: [`web01: ${bytes}`],
      fullAt: Usage.fullAt(Usage.growth(earlier, listing)!, 10n * 2n ** 40n)
    })
    assert.isDefined(Questions.space(earlier, listing).fullAt)
    assert.deepStrictEqual(Questions.space(listing, listing).fullAt, undefined)
    const nameless = Questions.nameless(listing, (text) => text.length + 1)
    for (const text of ["web01", "hn1.example.com", newest]) assert.notInclude(nameless, text)
    assert.deepStrictEqual(Questions.union(empty, [[web, listing]]), { tree: listing.tree, messages: [] })
    assert.deepStrictEqual(Questions.byHand(readingOf(readChain())), [])
    const hidden = withItem(readChain({ disks: ["a.hdd"] }), 1, unconfigured)
    assert.deepStrictEqual(Questions.byHand(readingOf(hidden)).map((steps) => steps.slice(0, 3)), [[
      `head-configuration at ${web}/${newest}/base. All images, and with them the data of all disks.`,
      "OUT=~/backup-tree-salvage; mkdir -p \"$OUT\"",
      `cp -aT --no-clobber --reflink=auto '/mnt/backups/${web}/${newest}' "\${OUT:?}"/${
        `${web}__${newest}`.replaceAll(/[{}]/g, "")
      }`
    ]])
    assert.deepStrictEqual(Result.getOrThrow(Questions.meaning("PBT_CHAIN|PBT_CT|PBT_FULL", `${newest}.2`)), {
      subject: "Chain",
      kinds: "ct",
      ignored: ["PBT_FULL: ignored by this call"]
    })
  })
})
