import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Coverage from "../../../src/check/Coverage.ts"
import type { InventoryEntry } from "../../../src/check/Inventory.ts"
import type { Facts } from "../../../src/check/Rule.ts"
import * as RuleTable from "../../../src/check/RuleTable.ts"
import * as BackupListing from "../../../src/listing/BackupListing.ts"
import type * as BackupTree from "../../../src/tree/BackupTree.ts"
import { findingsOf, type Told } from "../../support/findings.ts"
import { inventoried, options } from "../../support/inventoryArbitraries.ts"
import { chainX, datedChain, environment, fetchedAt, source, stranger, tree, web } from "../../support/treeLiterals.ts"

const mail = "{91b0c7d2-3e4f-4a5b-8c6d-7e8f90a1b2c3}"
const old = "{a2c1d8e3-4f50-4b6c-9d7e-8f90a1b2c3d4}"
const hostile = "\u001b[31m<script>\n\u202e=1+1"

const limit = { now: DateTime.makeUnsafe("2024-03-10T02:00:00Z"), maxAge: Duration.hours(26) }

const machine = (
  uuid: string,
  name: string,
  ...dateTimes: ReadonlyArray<string>
): BackupTree.VirtualEnvironment => environment(uuid, [datedChain(chainX, dateTimes)], { name })

const entries = (
  ...given: ReadonlyArray<readonly [string | undefined, string | undefined]>
): ReadonlyArray<InventoryEntry> =>
  given.map(([uuid, name], index) => ({ uuid, name, kind: undefined, place: `line ${index + 1}` }))

const check = (
  inventory: ReadonlyArray<InventoryEntry>,
  environments: ReadonlyArray<BackupTree.VirtualEnvironment>,
  complete = true
) => {
  const listing = BackupListing.fromDocument({ tree: tree(...environments), notes: [], source, fetchedAt, complete })
  return aboutMachines(listing, { ...limit, inventory })
}

const ids = [
  "never-backed-up",
  "stale-backup",
  "undated-backups",
  "ambiguous-name",
  "future-date",
  "duplicate-entry",
  "unlisted-environment",
  "empty-inventory",
  "unknown-completeness",
  "uncomparable-inventory"
]

/** What is found about the machines of an inventory. */
const aboutMachines = (listing: BackupListing.BackupListing, facts: Facts) =>
  findingsOf(listing, facts).filter(({ rule }) => ids.includes(rule))

const said = (findings: ReadonlyArray<Told>) =>
  findings.map(({ message, path, rule, severity }) => [severity, rule, path, message])

describe("findings about coverage", () => {
  it("say nothing about fresh machines", () => {
    assert.deepStrictEqual(check(entries([web, "web01"]), [machine(web, "web01", "2024-03-10 00:00:00")]), [])
  })

  it("name the machine, in the order of the inventory", () => {
    const findings = check(entries([stranger, "new"], [web, undefined], [undefined, "mail"], [undefined, hostile]), [
      machine(mail, "mail", "junk", ""),
      machine(web, "web01", "2024-03-06 22:30:00"),
      machine(old, "", "2013-01-01 00:00:00", "")
    ])
    assert.deepStrictEqual(said(findings), [
      [
        "error",
        "never-backed-up",
        "BackupTree",
        `"new" ${stranger} (line 1 of the inventory) has no backup in this listing`
      ],
      [
        "warning",
        "stale-backup",
        "VmItem[2]",
        `the newest backup of "web01" ${web} (2024-03-06T22:30:00Z) is 3 days 3 hours old; the limit is 1 day 2 hours`
      ],
      [
        "warning",
        "undated-backups",
        "VmItem[1]",
        `"mail" ${mail} has 2 backups, none with a plausible date`
      ],
      [
        "error",
        "never-backed-up",
        "BackupTree",
        "\"\\e[31m<script>\\n\\u{202e}=1+1\" (line 4 of the inventory) has no backup in this listing"
      ],
      ["info", "unlisted-environment", "VmItem[3]", `${old} is not in the inventory and has 2 backups`]
    ])
    assert.deepStrictEqual(findings.map(({ subject }) => subject), [
      { environment: stranger, name: "new" },
      { environment: web, name: "web01" },
      { environment: mail, name: "mail" },
      { environment: undefined, name: hostile },
      { environment: old, name: "" }
    ])
  })

  it("say which machines a name may mean", () => {
    const three = [machine(web, "a", "2024-03-10 00:00:00"), machine(mail, "a", ""), machine(old, "b", "")]
    assert.deepStrictEqual(
      said(check(entries([undefined, "a"], [old, "b"], [undefined, "b"]), three)).map((one) => one[3]),
      [
        `"a" (line 1 of the inventory) could be ${web} or ${mail}`,
        `"b" ${old} has 1 backup, none with a plausible date`,
        `"b" (line 3 of the inventory) could be ${old}; so could line 2`
      ]
    )
    const many = check(
      entries([undefined, "a"]),
      Array.from({ length: 7 }, (_, i) => machine(web.replace("4f6a", `000${i}`), "a"))
    )
    assert.match(many[0]!.message, /^"a" \(line 1 of the inventory\) could be (?:\{[-0-9a-f]+\},? ){4}or 3 more$/)
  })

  it("say how many more entries a name may stand for, and stay quick", () => {
    const one = [machine(web, "a", "2024-03-10 00:00:00")]
    const findings = check(entries(...Array.from({ length: 50_000 }, () => [undefined, "a"] as const)), one)
    assert.strictEqual(findings.length, 1000)
    for (const [index, others] of [[0, "2, line 3, line 4, line 5"], [4, "1, line 2, line 3, line 4"]] as const) {
      assert.strictEqual(
        findings[index]!.message,
        `"a" (line ${index + 1} of the inventory) could be ${web}; so could line ${others} and 49995 more`
      )
    }
  })

  it("say that a date lies in the future, however the machine is otherwise", () => {
    const findings = check(entries([web, "web01"]), [
      machine(web, "web01", "2031-01-01 00:00:00", "2024-03-10 00:00:00")
    ])
    assert.deepStrictEqual(said(findings), [[
      "warning",
      "future-date",
      "VmItem[1]",
      `a backup of "web01" ${web} is dated 2031-01-01T00:00:00Z, but the current time is 2024-03-10T02:00:00Z; its age is ignored`
    ]])
  })

  it("can be about an environment without uuid and name", () => {
    assert.deepStrictEqual(said(check(entries([web, "a"]), [machine("", "", "")])).at(-1), [
      "info",
      "unlisted-environment",
      "VmItem[1]",
      "a machine without uuid and name is not in the inventory and has 1 backup"
    ])
  })

  it("say that entries name one machine twice", () => {
    const findings = check(entries([web, "a"], [mail, undefined], [web.toUpperCase(), undefined]), [
      machine(mail, "mail", "2024-03-10 00:00:00"),
      machine(web, "web01", "2024-03-10 00:00:00")
    ])
    assert.deepStrictEqual(said(findings), [
      ["info", "duplicate-entry", "VmItem[2]", `line 1 and line 3 of the inventory name the same machine, "a" ${web}`]
    ])
  })

  it("never call an empty inventory green, nor a listing that may lack something", () => {
    assert.deepStrictEqual(said(check([], [], false)), [
      ["warning", "empty-inventory", "BackupTree", "the inventory names no machine"],
      ["warning", "unknown-completeness", "BackupTree", "this listing may be incomplete"]
    ])
  })

  it("have each a rule that explains it, in sentences", () => {
    for (const rule of ids.map((id) => Option.getOrThrow(RuleTable.find(id)))) {
      assert.match(rule.id, /^[a-z]+(?:-[a-z]+)+$/)
      for (const text of [rule.statement, rule.meaning, rule.advice]) assert.match(text, /^[A-Z].*\.$/)
    }
  })

  it.prop(
    "say of every machine that is not fresh what it is, once, and hold nothing that a terminal would interpret",
    [inventoried(Arbitraries.tree), options],
    ([drawn, given]) => {
      const listing = Arbitraries.completeListing(drawn.tree)
      const coverage = Result.getOrThrow(Coverage.make(drawn.inventory, listing, given))
      const findings = aboutMachines(listing, { ...given, inventory: drawn.inventory })
      const rules: { readonly [S in Coverage.State]: string | undefined } = {
        Fresh: undefined,
        Dated: undefined,
        Stale: "stale-backup",
        Undated: "undated-backups",
        Never: "never-backed-up",
        Ambiguous: "ambiguous-name"
      }
      const counts = Coverage.counts(coverage)
      for (const state of Coverage.states) {
        const about = findings.filter(({ rule }) => rule === rules[state])
        assert.strictEqual(about.length, rules[state] === undefined ? 0 : counts[state])
      }
      assert.strictEqual(
        findings.filter(({ rule }) => rule === "unlisted-environment").length,
        coverage.unlisted.length
      )
      for (const { message, place, rule, subject } of findings) {
        assert.notMatch(message, /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|undefined/u)
        if (place.environment !== undefined && rule !== "duplicate-entry") {
          assert.strictEqual(subject.environment, drawn.tree.environments[place.environment]!.uuid)
        }
      }
    }
  )
})
