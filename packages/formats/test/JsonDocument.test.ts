import * as BackupCatalog from "@backup-tree/core/check/BackupCatalog"
import * as Check from "@backup-tree/core/check/Check"
import * as RuleTable from "@backup-tree/core/check/RuleTable"
import * as TreeDiff from "@backup-tree/core/compare/TreeDiff"
import * as JsonReader from "@backup-tree/core/json/JsonReader"
import * as RemovalPlan from "@backup-tree/core/plan/RemovalPlan"
import * as RestorePlan from "@backup-tree/core/plan/RestorePlan"
import * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as JsonDocument from "@backup-tree/formats/json/JsonDocument"
import * as JsonText from "@backup-tree/formats/json/JsonText"
import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { example, listingOf } from "./support/listings.ts"

const decode = Schema.decodeUnknownSync(JsonDocument.JsonDocument, { onExcessProperty: "error" })

/** Asserts that a document is the same after it was written and read, and has no field that its schema lacks. */
const assertWritten = (document: JsonDocument.JsonDocument): void => {
  const text = [...JsonText.pieces(document)].join("")
  const value = Result.getOrThrow(JsonReader.read(text))
  assert.deepStrictEqual(decode(value), Result.getOrThrow(JsonDocument.read(text)))
  assert.deepStrictEqual([...JsonText.pieces(decode(value))].join(""), text)
}

const listing = listingOf(example("05-two-chains.xml"))
const facts = { now: DateTime.makeUnsafe("2024-03-10T00:00:00Z") }
const inventory = [{ uuid: undefined, name: "forgotten", kind: undefined, place: "line 1" }]

describe("JsonDocument", () => {
  it.prop("of a listing and of its check are the same when they are written and read", [Arbitraries.listing], (
    [listing]
  ) => {
    assertWritten(JsonDocument.listing(listing))
    const document = JsonDocument.check(listing, Check.run(listing, { ...facts, inventory }))
    assertWritten(document)
  })

  it("of a listing or a check is made in steps, each for an environment", () => {
    const environments = Array.from({ length: 1000 }, () => listing.tree.environments[0]!)
    const many = listingOf({ environments, kept: [] })
    assert.isAtLeast([...JsonDocument.listingInSteps(many)].length, 1000)
    assert.isAtLeast([...JsonDocument.checkInSteps(many, Check.run(listing))].length, 1000)
  })

  it.prop("of a plan is the same when it is written and read", [Arbitraries.healthyListing], ([listing]) => {
    const catalog = BackupCatalog.fromListing(listing)
    for (const { id } of listing.tree.environments.flatMap(({ chains }) => chains.flatMap(BackupTree.backups))) {
      const restore = RestorePlan.forBackup(catalog, id)
      if (Result.isSuccess(restore)) assertWritten(JsonDocument.restorePlan(listing, restore.success))
      const removal = RemovalPlan.preview(catalog, { id, keepChain: false })
      if (Result.isSuccess(removal)) assertWritten(JsonDocument.removalPlan(listing, removal.success))
    }
  })

  it.prop("of a diff is the same when it is written and read", [Arbitraries.listing, Arbitraries.listing], (
    [one, other]
  ) => {
    const diff = TreeDiff.make(Arbitraries.completeListing(one.tree), Arbitraries.completeListing(other.tree))
    assertWritten(JsonDocument.diff(Result.getOrThrow(diff)))
  })

  it("of a check has the verdict and the number of findings of each rule", () => {
    const { rules, verdict } = JsonDocument.check(listing, Check.run(listing))
    assert.deepStrictEqual(verdict, {
      worst: null,
      counts: { error: 0, warning: 0, info: 0 },
      chains: { total: 2, sound: 2, hidden: 0, missing: 0 }
    })
    const { advice, id, meaning, name } = RuleTable.all.find(({ id }) => id === "I05")!
    assert.deepStrictEqual(rules.find(({ rule }) => rule === "I05"), {
      rule: id,
      name,
      severity: "error",
      count: 0,
      meaning,
      advice
    })
  })

  it("of a check has null for machines that cannot be compared, and a finding with the reason", () => {
    const partial = { ...listing, completeness: "partial" as const, request: Option.none() }
    const { findings, machines } = JsonDocument.check(partial, Check.run(partial, { ...facts, inventory }))
    assert.isNull(machines)
    assert.match(findings.map(({ message }) => message).join("\n"), /inventory cannot be compared/)
    assert.isUndefined(JsonDocument.check(listing, Check.run(listing)).machines)
  })
})
