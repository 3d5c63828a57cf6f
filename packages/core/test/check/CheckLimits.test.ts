import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as BackupCatalog from "../../src/check/BackupCatalog.ts"
import * as BackupFindings from "../../src/check/BackupFindings.ts"
import * as Baseline from "../../src/check/Baseline.ts"
import * as Check from "../../src/check/Check.ts"
import * as toFinding from "../../src/check/internal/toFinding.ts"
import type { Facts, Violation } from "../../src/check/Rule.ts"
import type { BackupListing } from "../../src/listing/BackupListing.ts"
import * as TreePath from "../../src/tree/TreePath.ts"
import { hostileReading } from "../support/readingArbitraries.ts"
import { directoryListing } from "../support/readings.ts"
import { chain, chainX, environment, fetchedAt, listing, tree, web } from "../support/treeLiterals.ts"
import { integer } from "../support/xmlArbitraries.ts"

/** A chain whose full backup names one image many times. */
const repeating = (times: number): BackupListing => {
  const made = chain(chainX, [1])
  const images = Array.from({ length: times }, () => "a.hdd.qcow2")
  return listing(tree(environment(web, [{ ...made, head: { ...made.head, images, disks: undefined } }])))
}

const inventory = [{ uuid: undefined, name: "forgotten", kind: undefined, place: "line 1" }]

const facts: Facts = { now: fetchedAt, maxAge: Duration.days(1), maxChainLength: 1, inventory }

const none = { findings: Infinity, findingsPerRule: Infinity }

/** Asserts that a bounded check counts as an unbounded one does, and keeps the first findings of each rule. */
const assertBounded = (listing: BackupListing, limits: number, perRule: number): void => {
  const whole = Check.run(listing, facts, none)
  const bounded = Check.run(listing, facts, { findings: limits, findingsPerRule: perRule })
  assert.deepStrictEqual(bounded.verdict, whole.verdict)
  assert.deepStrictEqual(bounded.rules, whole.rules)
  assert.strictEqual(whole.omitted, 0)
  assert.strictEqual(bounded.findings.length + bounded.omitted, whole.findings.length)
  assert.isAtMost(bounded.findings.length, limits)
  const wholeByRule = Map.groupBy(whole.findings, ({ rule }) => rule)
  for (const [rule, findings] of Map.groupBy(bounded.findings, ({ rule }) => rule)) {
    assert.isAtMost(findings.length, perRule)
    assert.deepStrictEqual(findings, wholeByRule.get(rule)?.slice(0, findings.length))
  }
  if (whole.findings.length <= Math.min(limits, perRule)) assert.deepStrictEqual(bounded, whole)
}

describe("the findings of a check", () => {
  it("are counted exactly, but only the first thousand of a rule are kept", () => {
    const { findings, omitted, rules, verdict } = Check.run(repeating(100_000))
    assert.strictEqual(findings.length, 1000)
    assert.strictEqual(omitted, 98_999)
    assert.strictEqual(rules.find(({ rule }) => rule.id === "I24")?.count, 99_999)
    assert.strictEqual(verdict.counts.error, 99_999)
    assert.deepStrictEqual(verdict.chains, { total: 1, sound: 0, hidden: 0, missing: 0 })
  })

  it("are all kept if there are few", () => {
    assert.strictEqual(Check.run(repeating(1001)).omitted, 0)
    assert.strictEqual(Check.run(repeating(1002)).omitted, 1)
  })

  it("are shared among the rules if there are too many as a whole", () => {
    const made = chain(chainX, [1, 2, 3], { lastNumber: 2 })
    const images = Array.from({ length: 10 }, () => "a.hdd.3.qcow2")
    const several = listing(tree(environment(web, [{ ...made, head: { ...made.head, images, disks: undefined } }])))
    const kept = (findings: number) =>
      [...Map.groupBy(Check.run(several, {}, { ...none, findings }).findings, ({ rule }) => rule.id)]
        .map(([id, { length }]) => `${id} ${length}`).join(", ")
    assert.strictEqual(kept(100), "I09 1, I10 1, I23 10, I24 9")
    assert.strictEqual(kept(21), "I09 1, I10 1, I23 10, I24 9")
    assert.strictEqual(kept(20), "I09 1, I10 1, I23 9, I24 9")
    assert.strictEqual(kept(12), "I09 1, I10 1, I23 5, I24 5")
    assert.strictEqual(kept(4), "I09 1, I10 1, I23 1, I24 1")
    assert.strictEqual(kept(3), "")
  })

  it("have limits of 10,000 as a whole and 1000 per rule by default", () => {
    assert.deepStrictEqual(Check.defaultLimits, { findings: 10_000, findingsPerRule: 1000 })
  })

  it.prop(
    "are bounded and counted exactly for any listing",
    [Arbitraries.listing, integer(0, 12), integer(0, 4)],
    ([listing, findings, perRule]) => assertBounded(listing, findings, perRule)
  )

  it.prop(
    "are bounded and counted exactly for any directory",
    [hostileReading, integer(0, 12), integer(0, 4)],
    ([reading, findings, perRule]) => assertBounded(directoryListing(reading), findings, perRule)
  )

  it("do not keep a catalog from leaving out a broken chain, which has its first ten errors", () => {
    const { environments, quarantined } = BackupCatalog.fromListing(repeating(100_000))
    assert.deepStrictEqual(environments.map(({ chains }) => chains.length), [0])
    assert.deepStrictEqual(quarantined.map(({ findings }) => findings.length), [10])
  })
})

describe("the texts of findings", () => {
  it("are cut, however long the texts of the listing are", () => {
    const long = "x".repeat(100_000)
    const made = chain(chainX, [1, 2], { lastNumber: 2 })
    const [link] = made.incrementals
    const several = listing(
      tree(environment(long, [{ ...made, uuid: long, incrementals: [{ ...link!, id: long }] }], { name: long }))
    )
    const { findings } = Check.run(several, facts)
    assert.isAbove(findings.length, 3)
    for (const finding of findings) assert.isBelow(JSON.stringify({ ...finding, rule: "" }).length, 12_000)
  })

  /** The finding about a tree, made of a violation. */
  const findingOf = (violation: Omit<Violation, "place">) =>
    toFinding.make([], undefined).findingOf({
      rule: { ...Check.run(repeating(2)).rules[0]!.rule },
      violation: { place: {}, ...violation }
    })

  it("are cut after 2000 characters, and those of 2000 are not", () => {
    const [whole, longer, cut] = ["x".repeat(2000), "x".repeat(2001), `${"x".repeat(2000)}…`]
    const texts = (text: string) => {
      const subject = { environment: text, name: text, chain: text, backup: text }
      const finding = findingOf({ message: text, path: text, subject })
      return [finding.message, finding.path, ...Object.values(finding.subject)]
    }
    assert.deepStrictEqual(texts(whole), Array.from({ length: 6 }, () => whole))
    assert.deepStrictEqual(texts(longer), Array.from({ length: 6 }, () => cut))
    // One text of a subject that is too long does not change the others.
    assert.deepStrictEqual(findingOf({ message: "", subject: { name: longer, chain: whole } }).subject, {
      environment: undefined,
      name: cut,
      chain: whole,
      backup: undefined
    })
  })
})

describe("a check in steps", () => {
  it.prop("has the report of a check at once", [Arbitraries.listing], ([listing]) => {
    const steps = Check.steps(listing, facts)
    let step = steps.next()
    while (step.done !== true) step = steps.next()
    assert.deepStrictEqual(step.value, Check.run(listing, facts))
  })

  it("pauses within an environment, and while it reports", () => {
    const numbers = Array.from({ length: 10_000 }, (_, index) => index + 1)
    const pauses = (listing: BackupListing): number => [...Check.steps(listing)].length
    const base = pauses(listing(tree(environment(web, [chain(chainX, [1])]))))
    assert.isAtLeast(pauses(listing(tree(environment(web, [chain(chainX, numbers)])))) - base, 39)
    const chains = numbers.map(() => chain(chainX, [1]))
    assert.isAtLeast(pauses(listing(tree(environment(web, chains)))) - base, 39 + 78)
  })
})

describe("a check of many environments", () => {
  const count = 2000
  const many = listing(tree(...Array.from({ length: count }, (_, index) => environment(`{${index}}`, []))))

  it("pauses after each", () => {
    assert.isAtLeast([...Check.steps(many)].length, count)
    assert.isAtLeast([...BackupCatalog.steps(many)].length, count)
    assert.isAtLeast([...BackupFindings.steps(many)].length, count)
  })

  it("pauses after each missing backup", () => {
    const chains = Array.from({ length: count }, (_, index) => chain(`{${index}}`, [1]))
    const earlier = { ...Baseline.empty, tree: tree(environment(web, chains)) }
    const now = listing(tree(environment(web, [])))
    const baseline = Baseline.update(earlier, now, fetchedAt)
    assert.lengthOf(baseline.missing, count)
    assert.isAtLeast([...Check.steps(now, { baseline })].length, count)
  })
})

describe("a visit in steps", () => {
  it.prop("visits the parts that a visit at once does", [Arbitraries.tree], ([tree]) => {
    const paths = (visit: (visitor: TreePath.PartVisitor) => void): ReadonlyArray<string> => {
      const met: Array<string> = []
      const add = ({ place }: { readonly place: TreePath.Place }) => void met.push(TreePath.printPlace(place))
      visit({ environment: add, chain: add, backup: add })
      return met
    }
    assert.deepStrictEqual(
      paths((visitor) => tree.environments.forEach((one, e) => void [...TreePath.visitInSteps(one, e, visitor)])),
      paths((visitor) => TreePath.visitParts(tree, visitor))
    )
  })
})
