import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Baseline from "../../src/check/Baseline.ts"
import * as Check from "../../src/check/Check.ts"
import * as Finding from "../../src/check/Finding.ts"
import * as RuleTable from "../../src/check/RuleTable.ts"
import * as PrintableText from "../../src/text/PrintableText.ts"
import { hostileReading } from "../support/readingArbitraries.ts"
import { directoryListing } from "../support/readings.ts"
import { chain, chainX, environment, fetchedAt, listing, tree, web } from "../support/treeLiterals.ts"

const [finding] = Check.run(listing(tree(environment(web, [chain(chainX, [1, 2, 3], { lastNumber: 2 })])))).findings

const inventory = [{ uuid: undefined, name: "forgotten", kind: undefined, place: "line 1" }]

/** Undefined is not written, and so is not there when it is read again. */
const written = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

/** Asserts that findings are written as their schema says, and are the same when they are read again. */
const assertWritten = (findings: ReadonlyArray<Finding.Finding>): void => {
  for (const finding of findings) {
    const json = Finding.encode(finding)
    assert.isTrue(Schema.is(Finding.FindingJson)(json))
    assert.isTrue(Schema.is(Finding.Finding)(finding))
    assert.deepStrictEqual(Schema.encodeSync(Finding.Finding)(finding), json)
    const read = Schema.decodeUnknownSync(Finding.Finding)(written(json))
    assert.strictEqual(read.rule, finding.rule)
    assert.deepStrictEqual(written(read), written(finding))
  }
}

const reportJson = Schema.fromJsonString(Schema.toCodecJson(Check.CheckReport))

/** Appends a text to every text of a tree, except its kept elements, whose names are those of XML. */
const appended = <A>(value: A, text: string): A =>
  (typeof value === "string"
    ? value + text
    : Array.isArray(value)
    ? value.map((one) => appended(one, text))
    : typeof value === "object" && value !== null
    ? Object.fromEntries(
      Object.entries(value).map(([key, one]) => [key, key === "_tag" || key === "kept" ? one : appended(one, text)])
    )
    : value) as A

/** Asserts that the texts of findings that people read have nothing that a terminal could interpret. */
const assertPrintable = (findings: ReadonlyArray<Finding.Finding>): void => {
  for (const { message, path, rule } of findings) {
    const { advice, id, meaning, name, statement } = rule
    for (const text of [message, path, id, name, statement, meaning, advice]) {
      assert.strictEqual(PrintableText.escape(text), text)
    }
  }
}

describe("a finding", () => {
  it("has the texts of its rule", () => {
    assert.strictEqual(finding!.rule, Option.getOrThrow(RuleTable.find("I09")))
    assert.isAbove(finding!.rule.advice.length, 20)
  })

  it("is written with the id of its rule, and without its place", () => {
    assert.strictEqual(
      JSON.stringify(Finding.encode(finding!)),
      `{"rule":"I09","severity":"warning","path":"VmItem[1]/BackupItem[1]","message":"LastNumber is 2, but the greatest `
        + `number of this newest chain is 3","subject":{"environment":"${web}","name":"web01","chain":"${chainX}","backup":"${chainX}"}}`
    )
  })

  it("of an unknown rule is refused", () => {
    const json = { ...Finding.encode(finding!), rule: "I99" }
    assert.isTrue(Option.isNone(Schema.decodeUnknownOption(Finding.Finding)(json)))
  })

  it.prop(
    "about a tree is the same when it is written and read",
    [Arbitraries.tree, Arbitraries.tree],
    ([told, before]) => {
      const listing = Arbitraries.completeListing(told)
      const baseline = Baseline.update({ ...Baseline.empty, tree: before }, listing, fetchedAt)
      const facts = { now: fetchedAt, maxChainLength: 1, maxAge: Duration.days(1), baseline }
      assertWritten(Check.run(listing, facts).findings)
      assertWritten(Check.run(listing, { ...facts, inventory }).findings)
    }
  )

  it.prop(
    "and the whole report is the same when it is written and read, with a coverage and without",
    [Arbitraries.listing, hostileReading],
    ([listing, reading]) => {
      const facts = { now: fetchedAt, maxAge: Duration.days(1) }
      for (
        const report of [
          Check.run(listing, { ...facts, inventory }),
          Check.run(directoryListing(reading), { ...facts, inventory }),
          Check.run(listing)
        ]
      ) {
        assert.isTrue(Schema.is(Check.CheckReport)(report))
        const json = Schema.encodeSync(reportJson)(report)
        assert.strictEqual(Schema.encodeSync(reportJson)(Schema.decodeSync(reportJson)(json)), json)
      }
    }
  )

  it.prop("about a text is too", [Arbitraries.listing], ([listing]) => assertWritten(Check.run(listing).findings))

  it.prop(
    "about a directory is too",
    [hostileReading],
    ([reading]) => assertWritten(Check.run(directoryListing(reading)).findings)
  )

  it.prop(
    "about a tree is printable, whatever its names, ids and dates are",
    [Arbitraries.tree, Arbitraries.tree, Arbitraries.text],
    ([one, other, text]) => {
      const listing = Arbitraries.completeListing(appended(one, text))
      const baseline = Baseline.update({ ...Baseline.empty, tree: appended(other, text) }, listing, fetchedAt)
      const facts = { now: fetchedAt, maxChainLength: 1, maxAge: Duration.days(1), baseline }
      assertPrintable(Check.run(listing, facts).findings)
      const names = listing.tree.environments.map(({ name }) => name)
      const wanted = [text, ...names, ...names].map((name) => ({ ...inventory[0]!, name, place: text }))
      assertPrintable(Check.run(listing, { ...facts, inventory: wanted }).findings)
    }
  )

  it.prop(
    "about a text is printable too",
    [Arbitraries.listing],
    ([listing]) => assertPrintable(Check.run(listing).findings)
  )

  it.prop(
    "about a directory is printable too",
    [hostileReading, Arbitraries.text],
    ([reading, text]) => {
      assertPrintable(Check.run(directoryListing(reading)).findings)
      const renamed = {
        ...reading,
        environments: reading.environments.map((environment) => ({
          ...environment,
          directory: environment.directory + text,
          chains: environment.chains.map((chain) => ({
            ...chain,
            directory: chain.directory + text,
            items: chain.items.map((item) => ({ ...item, directory: item.directory + text }))
          }))
        })),
        skips: reading.skips.map((skip) => ({ ...skip, path: skip.path + text, detail: text }))
      }
      assertPrintable(Check.run(directoryListing(renamed)).findings)
    }
  )
})
