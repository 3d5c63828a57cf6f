import * as Check from "@backup-tree/core/check/Check"
import type { Finding } from "@backup-tree/core/check/Finding"
import type { Severity } from "@backup-tree/core/check/Rule"
import * as RuleTable from "@backup-tree/core/check/RuleTable"
import * as ShortIds from "@backup-tree/core/listing/ShortIds"
import * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as FindingsText from "@backup-tree/formats/FindingsText"
import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { exampleText, listingOf, treeOf } from "./support/listings.ts"

const render = (
  tree: BackupTree.BackupTree,
  options?: FindingsText.FindingsTextOptions
): ReadonlyArray<string> => {
  const listing = listingOf(tree)
  return FindingsText.lines(listing, Check.run(listing), options)
}

const broken = treeOf(exampleText("03-vm-full-2inc.xml").replace("7a01}.3</Id>", "7a01}.4</Id>"))

/** A finding of a rule about a machine that is not listed. */
const finding = (id: string, severity: Severity, name: string, message = "it is broken"): Finding => ({
  rule: Option.getOrThrow(RuleTable.find(id)),
  severity,
  path: "BackupTree",
  place: {},
  subject: name === "" ? {} : { name },
  message
})

/** The text of findings without a listing. */
const textOf = (findings: ReadonlyArray<Finding>, options?: FindingsText.FindingsTextOptions) =>
  FindingsText.lines(listingOf(BackupTree.empty), { findings, omitted: 0, rules: [] }, options)

describe("FindingsText", () => {
  it("writes each finding below its machine, with the date and the id, and then explains the rule", () => {
    assert.deepStrictEqual(render(broken, { width: 80 }), [
      "web01  {4f6a1c2e-8f0b-4a44-9a53-2f1d7f3c9b10}",
      "  ERROR   I05 2024-03-04T02:00:06Z {0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}.4:",
      "          incremental 3 of chain {0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01} has id",
      "          \"{0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}.4\", which does not match",
      "",
      "I05  incremental ids match their numbers",
      "  Meaning: Virtuozzo will look in the wrong directory, so a restore fails or",
      "  reads another backup.",
      "  Fix: Compare Id and Number in the incremental's .metadata with its directory",
      "  name, and correct the file by hand."
    ])
  })

  it("shortens ids, and marks those in messages", () => {
    assert.deepStrictEqual(render(broken, { width: 80, shorten: ShortIds.shortener(broken) }).slice(0, 3), [
      "web01  4f6a1c2e",
      "  ERROR   I05 2024-03-04T02:00:06Z 0b8f6d1e.4: incremental 3 of chain",
      "          {0b8f6d1e…} has id \"{0b8f6d1e…}.4\", which does not match"
    ])
  })

  it("can write the paths of the elements", () => {
    assert.strictEqual(
      render(broken, { paths: true, height: 3 })[4],
      "          at VmItem[1]/BackupItem[1]/PartialBackupItem[2]"
    )
  })

  it("names the listing where a finding is about no environment", () => {
    assert.strictEqual(render(BackupTree.empty)[0], "the listing as a whole")
  })

  it("puts machines with errors first, and errors before warnings before the rest", () => {
    const found = [
      finding("I11", "info", "a"),
      finding("I40", "warning", "a"),
      finding("I11", "info", "b"),
      finding("I05", "error", "b"),
      finding("I39", "warning", ""),
      finding("I36", "error", "c")
    ]
    assert.deepStrictEqual(
      textOf(found).slice(0, 12).map((line) => line.replace(": it is broken", "")),
      [
        "b",
        "  ERROR   I05",
        "  INFO    I11",
        "",
        "c",
        "  ERROR   I36",
        "",
        "the listing as a whole",
        "  WARNING I39",
        "",
        "a",
        "  WARNING I40"
      ]
    )
  })

  it("explains each rule once, those of errors first", () => {
    const found = [finding("I40", "warning", "a"), finding("I36", "error", "b"), finding("I36", "error", "c")]
    assert.deepStrictEqual(
      textOf(found).filter((line) => /^I\d/.test(line)),
      ["I36  every image exists", "I40  every environment has a recent backup"]
    )
  })

  it("shows only findings of the wanted rules, and those that are severe enough", () => {
    const found = [finding("I11", "info", "a"), finding("I40", "warning", "a"), finding("I36", "error", "b")]
    const shown = (options: FindingsText.FindingsTextOptions) =>
      textOf(found, options).flatMap((line) => /^ {2}[A-Z]+ +(I\d+)/.exec(line)?.[1] ?? [])
    assert.deepStrictEqual(shown({}), ["I36", "I40", "I11"])
    assert.deepStrictEqual(shown({ severity: "warning" }), ["I36", "I40"])
    assert.deepStrictEqual(shown({ severity: "error" }), ["I36"])
    assert.deepStrictEqual(shown({ rules: ["I11", "I36"] }), ["I36", "I11"])
    assert.deepStrictEqual(textOf(found, { rules: ["I01"] }), [])
  })

  it("fits on a screen: a line for each error and warning of a machine, and the number of what is left out", () => {
    const long = "it is broken, as far as anything can be seen from here, and further than that"
    const found = ["a", "b", "c"].flatMap((name) => [
      finding("I36", "error", name, long),
      finding("I36", "error", name, long),
      finding("I40", "warning", name, long),
      finding("I11", "info", name),
      finding("I11", "info", name),
      finding("I38", "info", name)
    ])
    const more = "Use --full."
    const of = (name: string) => [
      name,
      "  ERROR   I36 (2): it is broken, as far as anything can …",
      "  WARNING I40: it is broken, as far as anything can be s…",
      "  INFO    I11 (2), I38"
    ]
    assert.deepStrictEqual(textOf(found, { width: 57, height: 15, more }), [
      ...["a", "b", "c"].flatMap(of),
      "",
      "Left out: 4 explanations. Use --full."
    ])
    assert.deepStrictEqual(textOf(found, { width: 57, height: 11, more }), [
      ...["a", "b"].flatMap(of),
      "",
      "Left out: 1 more machine, 4 explanations. Use --full."
    ])
    assert.deepStrictEqual(textOf(found, { width: 57, height: 1 }), [
      ...of("a"),
      "",
      "Left out: 2 more machines, 4 explanations."
    ])
    assert.deepStrictEqual(textOf(found, { width: 57, height: 23, more }).slice(12), [
      "",
      "I36  every image exists",
      "  Meaning: This backup and all later ones of its chain",
      "  cannot be restored, although the server lists them as",
      "  if they were healthy.",
      "  Fix: Look for the image elsewhere, such as in a copy of",
      "  the store, and create a full backup now.",
      "",
      "Left out: 3 explanations. Use --full."
    ])
  })

  it.prop("never exceeds the screen, if the worst machine fits", [
    Arbitraries.unusualTree,
    Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 80, maximum: 200 }))),
    Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 60, maximum: 100 })))
  ], ([tree, width, height]) => {
    assert.isAtMost(render(tree, { width, height }).length, height)
  })

  it("keeps environments apart whose long names begin alike", () => {
    const name = "n".repeat(300)
    const lines = textOf(["1", "2", "1"].map((last) => finding("I05", "error", `${name}${last}`, last)))
    const heading = `${"n".repeat(99)}…`
    assert.deepStrictEqual(
      lines.flatMap((line) => line === heading ? ["heading"] : line.includes("ERROR") ? [line.at(-1)!] : []),
      ["heading", "1", "1", "heading", "2"]
    )
  })

  it("counts what the report omits, by rule", () => {
    const rule = Option.getOrThrow(RuleTable.find("I36"))
    const counted = {
      findings: [finding("I36", "error", "a")],
      omitted: 4,
      rules: [{ rule, severity: "error", count: 5 }]
    } as const
    const lines = FindingsText.lines(listingOf(BackupTree.empty), counted)
    assert.deepStrictEqual(lines.slice(-3), ["", "Further findings, which are only counted:", "  ERROR   I36: 4 of 5"])
    assert.deepStrictEqual(FindingsText.lines(listingOf(BackupTree.empty), counted, { rules: ["I05"] }), [])
  })

  it("explains a rule", () => {
    assert.deepStrictEqual(FindingsText.explanation(Option.getOrThrow(RuleTable.find("I36")), { width: 80 }), [
      "I36  every image exists",
      "  Every image that a backup names is a file in its chain directory, not empty,",
      "  and not truncated at its start.",
      "  Meaning: This backup and all later ones of its chain cannot be restored,",
      "  although the server lists them as if they were healthy.",
      "  Fix: Look for the image elsewhere, such as in a copy of the store, and create",
      "  a full backup now.",
      "  Example: image \"harddisk.hdd.qcow2\" of backup",
      "  {0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01} is missing from",
      "  \"{4f6a1c2e-8f0b-4a44-9a53-2f1d7f3c9b10}/{0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}\"",
      "  Severity: error"
    ])
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
    for (const line of textOf([finding])) {
      assert.notMatch(line, /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/u)
    }
  })

  it.prop("lets nothing of a tree reach the terminal unescaped", [Arbitraries.tree], ([tree]) => {
    for (const line of render(tree)) {
      assert.notMatch(line, /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/u)
    }
  })
})
