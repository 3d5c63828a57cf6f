import * as Check from "@backup-tree/core/check/Check"
import * as RuleTable from "@backup-tree/core/check/RuleTable"
import * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as FindingsText from "@backup-tree/formats/FindingsText"
import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import * as Option from "effect/Option"
import { exampleText, listingOf, treeOf } from "./support/listings.ts"

const render = (tree: BackupTree.BackupTree, width?: number): ReadonlyArray<string> => {
  const listing = listingOf(tree)
  return FindingsText.lines(listing, Check.run(listing), { width })
}

const broken = treeOf(exampleText("03-vm-full-2inc.xml").replace("7a01}.3</Id>", "7a01}.4</Id>"))

describe("FindingsText", () => {
  it("writes each finding below its environment, with its meaning and its fix", () => {
    assert.deepStrictEqual(render(broken, 80), [
      "web01  {4f6a1c2e-8f0b-4a44-9a53-2f1d7f3c9b10}",
      "  ERROR I05  incremental 3 of chain {0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01} has id "
      + "\"{0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}.4\", which does not match",
      "    at VmItem[1]/BackupItem[1]/PartialBackupItem[2]",
      "    Meaning: Virtuozzo will look in the wrong directory, so a restore fails or",
      "    reads another backup.",
      "    Fix: Compare Id and Number in the incremental's .metadata with its directory",
      "    name, and correct the file by hand."
    ])
  })

  it("names the listing where a finding is about no environment", () => {
    assert.strictEqual(render(BackupTree.empty)[0], "the listing as a whole")
  })

  it("explains findings about coverage too", () => {
    const message = "\"new\" (line 1 of the inventory) has no backup in this listing"
    const finding = {
      rule: Option.getOrThrow(RuleTable.find("never-backed-up")),
      severity: "error",
      path: "BackupTree",
      place: {},
      subject: {},
      message
    } as const
    assert.deepStrictEqual(
      FindingsText.lines(listingOf(BackupTree.empty), { findings: [finding], omitted: 0, rules: [] }).slice(0, 4),
      [
        "the listing as a whole",
        `  ERROR never-backed-up  ${message}`,
        "    at BackupTree",
        "    Meaning: This machine cannot be restored from here."
      ]
    )
  })

  it("keeps environments apart whose long names begin alike", () => {
    const name = "n".repeat(300)
    const findings = ["1", "2", "1"].map((last) => ({
      rule: Option.getOrThrow(RuleTable.find("never-backed-up")),
      severity: "error",
      path: "BackupTree",
      place: {},
      subject: { name: `${name}${last}` },
      message: last
    } as const))
    const lines = FindingsText.lines(listingOf(BackupTree.empty), { findings, omitted: 0, rules: [] })
    const heading = `${"n".repeat(200)}…`
    assert.deepStrictEqual(
      lines.flatMap((line) => line === heading ? ["heading"] : line.includes("ERROR") ? [line.at(-1)!] : []),
      ["heading", "1", "1", "heading", "2"]
    )
  })

  it("counts by severity", () => {
    const listing = listingOf(broken)
    assert.strictEqual(FindingsText.summary(Check.run(listing).verdict.counts), "1 error")
    assert.strictEqual(FindingsText.summary({ error: 0, warning: 0, info: 0 }), "no findings")
    assert.strictEqual(FindingsText.summary({ error: 2, warning: 1, info: 3 }), "2 errors, 1 warning, 3 info")
  })

  it("writes a verdict, with the number of hidden chains", () => {
    const { verdict } = Check.run(listingOf(broken))
    const listed = "1 environment, 1 chain, 3 backups, 4.5 GiB"
    assert.strictEqual(FindingsText.verdict(verdict, broken), `1 error; 0 of 1 chain sound (${listed})`)
    const chains = { total: 3, sound: 1, hidden: 2, missing: 0 }
    assert.strictEqual(
      FindingsText.verdict({ ...verdict, chains }, broken),
      `1 error; 1 of 3 chains sound (listed: ${listed}; hidden: 2 chains)`
    )
  })

  it.prop("escapes the place and the subject of a finding", [Arbitraries.text, Arbitraries.text], ([path, text]) => {
    const finding = {
      rule: Option.getOrThrow(RuleTable.find("unknown-element")),
      severity: "info",
      path,
      place: {},
      subject: { environment: text, name: text, chain: text, backup: text },
      message: text
    } as const
    for (
      const line of FindingsText.lines(listingOf(BackupTree.empty), { findings: [finding], omitted: 0, rules: [] })
    ) {
      assert.notMatch(line, /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/u)
    }
  })

  it.prop("lets nothing of a tree reach the terminal unescaped", [Arbitraries.tree], ([tree]) => {
    for (const line of render(tree)) {
      assert.notMatch(line, /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/u)
    }
  })
})
