import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Result from "effect/Result"
import * as Check from "../../src/check/Check.ts"
import * as Ignore from "../../src/check/Ignore.ts"
import { chainX, chainY, datedChain, environment, listing, stranger, tree, web } from "../support/treeLiterals.ts"

const now = DateTime.makeUnsafe("2026-01-05T06:00:00Z")
const facts = { now, maxAge: Duration.hours(1) }
const stale = listing(tree(
  environment(web, [datedChain(chainX, ["2026-01-01 02:00:00"])], { name: "web01" }),
  environment(stranger, [datedChain(chainY, ["2026-01-01 02:00:00"])], { name: "db01" })
))

describe("what is ignored", () => {
  it.each<readonly [text: string, expected: unknown]>([
    ["I11", { rule: "I11" }],
    ["i11:web*", { rule: "I11", machine: "web*" }],
    ["I11:a:b", { rule: "I11", machine: "a:b" }],
    ["STALE-BACKUP", { rule: "stale-backup" }]
  ])("is read from %j", (text, expected) => {
    const parsed = Ignore.parse(text)
    assert.deepStrictEqual(Result.getOrThrow(parsed), expected)
    assert.deepStrictEqual(Ignore.parse(Ignore.print(Result.getOrThrow(parsed))), parsed)
  })

  it.each([
    ["", "there is no rule \"\""],
    ["I99", "there is no rule \"I99\". Did you mean I09 or I19 or I29?"],
    ["xyzzyxyzzy", "there is no rule \"xyzzyxyzzy\""],
    [":web01", "there is no rule \"\""],
    ["I11:", "\"I11:\" names no machine"]
  ])("cannot be read from %j", (text, why) => {
    const parsed = Ignore.parse(text)
    assert.strictEqual(Result.isFailure(parsed) ? parsed.failure : "", why)
  })

  it("is counted by entry, and neither reported nor part of the verdict", () => {
    const check = (...ignored: ReadonlyArray<{ readonly rule: string; readonly machine?: string }>) => {
      const { findings, ignored: counted, rules, verdict } = Check.run(stale, { ...facts, ignored })
      return {
        left: findings.map(({ subject }) => subject.name),
        counted: counted.map(({ count }) => count),
        warnings: [verdict.counts.warning, rules.find(({ rule }) => rule.id === "I40")?.count]
      }
    }
    assert.deepStrictEqual(check(), { left: ["web01", "db01"], counted: [], warnings: [2, 2] })
    assert.deepStrictEqual(check({ rule: "I40" }), { left: [], counted: [2], warnings: [0, 0] })
    assert.deepStrictEqual(check({ rule: "I40", machine: "web*" }), { left: ["db01"], counted: [1], warnings: [1, 1] })
    assert.deepStrictEqual(check({ rule: "I40", machine: web.toUpperCase() }), {
      left: ["db01"],
      counted: [1],
      warnings: [1, 1]
    })
    // The first entry that covers a finding has it.
    assert.deepStrictEqual(check({ rule: "I40", machine: "db01" }, { rule: "I40" }, { rule: "I05" }), {
      left: [],
      counted: [1, 1, 0],
      warnings: [0, 0]
    })
  })

  it.prop("stays broken: as many chains are sound as without it", [Arbitraries.unusualListing], ([any]) => {
    const whole = Check.run(any)
    const ignored = [...new Set(whole.findings.map(({ rule }) => rule.id))].map((rule) => ({ rule }))
    const report = Check.run(any, { ignored })
    assert.deepStrictEqual(report.findings, [])
    assert.deepStrictEqual(report.verdict.chains, whole.verdict.chains)
    assert.strictEqual(
      report.ignored.reduce((sum, { count }) => sum + count, 0),
      whole.rules.reduce((sum, { count }) => sum + count, 0)
    )
  })
})
