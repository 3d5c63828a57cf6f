import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Result from "effect/Result"
import * as BackupCatalog from "../../src/check/BackupCatalog.ts"
import * as BackupSchedule from "../../src/plan/BackupSchedule.ts"
import * as RetentionPlan from "../../src/plan/RetentionPlan.ts"
import * as RetentionPolicy from "../../src/plan/RetentionPolicy.ts"
import * as RetentionSimulation from "../../src/plan/RetentionSimulation.ts"
import * as Uuid from "../../src/sdk/Uuid.ts"
import * as BackupTree from "../../src/tree/BackupTree.ts"
import { failureOf } from "../support/plans.ts"
import { listing } from "../support/treeLiterals.ts"

const policy = (input: Partial<RetentionPolicy.Input>) =>
  Result.getOrThrow(RetentionPolicy.make({ zone: "UTC", ...input }))
const schedule = (text: string) => Result.getOrThrow(BackupSchedule.parse(text))

/** A Monday. */
const monday = DateTime.makeUnsafe("2024-01-01T00:00:00Z")

const outcome = (
  text: string,
  duration: Duration.Input,
  rules: Partial<RetentionPolicy.Input>,
  more: Partial<RetentionSimulation.Input> = {}
) =>
  RetentionSimulation.simulate({
    policy: policy(rules),
    schedule: schedule(text),
    start: monday,
    duration: Duration.fromInputUnsafe(duration),
    ...more
  })

const simulate = (...args: Parameters<typeof outcome>) => Result.getOrThrow(outcome(...args))

const held = ({ tree }: RetentionSimulation.RetentionSimulation) =>
  tree.environments.flatMap(({ chains }) =>
    chains.map((chain) => BackupTree.backups(chain).map(({ dateTime }) => dateTime))
  )

describe("a schedule", () => {
  it("is read and written", () => {
    const text = "daily incremental, weekly full"
    assert.deepStrictEqual(schedule(text), [
      { period: "daily", type: "incremental" },
      { period: "weekly", type: "full" }
    ])
    assert.strictEqual(BackupSchedule.print(schedule("  daily   incremental ,weekly full")), text)
  })

  it.each(["", "daily", "full daily", "daily full,", "fortnightly full", "daily full weekly full", "daily \u001bfull"])(
    "is not %j, and the error names the part",
    (text) => {
      const { message } = failureOf(BackupSchedule.parse(text))
      assert.match(message, /^"[ -~]*" in the schedule "[ -~]*" is not a period and a type\./)
    }
  )
})

describe("a simulation", () => {
  it("of daily full backups that keeps seven days holds seven", () => {
    const { created, months, peak, tree } = simulate("daily full", "30 days", { daily: 7 })
    assert.strictEqual(created, 30)
    assert.lengthOf(tree.environments[0]!.chains, 7)
    assert.deepStrictEqual([peak.backups, peak.fulls, peak.bytes], [8, 8, undefined])
    assert.strictEqual(DateTime.formatIso(peak.at), "2024-01-08T00:00:00.000Z")
    assert.deepStrictEqual(months.map(({ backups }) => backups), [7])
  })

  it("of weekly full backups with daily incrementals keeps what seven days need", () => {
    const simulation = simulate("daily incremental, weekly full", "17 days", { daily: 7 })
    // The 17th is a Wednesday: of the second week, Thursday to Sunday are kept for themselves, the rest for them.
    assert.deepStrictEqual(held(simulation), [
      [8, 9, 10, 11, 12, 13, 14].map((day) => `2024-01-${String(day).padStart(2, "0")} 00:00:00`),
      [15, 16, 17].map((day) => `2024-01-${day} 00:00:00`)
    ])
  })

  it("merges with keep-chain, and counts the most bytes that a merge can need", () => {
    const sizes = { full: 1000n, incremental: 10n }
    const merging = simulate("daily incremental", "10 days", { last: 2, daily: 1, monthly: 3 }, {
      sizes,
      keepChain: true
    })
    // The head was merged into its successors; the last two are left.
    assert.deepStrictEqual(held(merging), [["2024-01-09 00:00:00", "2024-01-10 00:00:00"]])
    assert.deepStrictEqual(merging.months.at(-1)!.bytes, 1010n)
    assert.strictEqual(merging.peak.bytes, 1020n)
    const incrementals = simulate("daily incremental", "33 days", { last: 1, monthly: 2 }, { sizes, keepChain: true })
    // 2 February took over 1 February.
    assert.deepStrictEqual(held(incrementals), [["2024-01-31 00:00:00", "2024-02-02 00:00:00"]])
    assert.strictEqual(incrementals.months.at(-1)!.bytes, 1020n)
    assert.deepStrictEqual(incrementals.months.map(({ backups }) => backups), [1, 2])
  })

  it("counts sizes before the removals for the peak, and after them for the months", () => {
    const sizes = { full: 100n, incremental: 1n }
    const { months, peak } = simulate("daily incremental, weekly full", "60 days", { weekly: 2 }, { sizes })
    assert.deepStrictEqual(months.map(({ at }) => DateTime.formatIsoDateUtc(at)), ["2024-01-31", "2024-02-29"])
    assert.strictEqual(peak.bytes, 312n)
    assert.isTrue(months.every(({ bytes }) => bytes! < 212n))
  })

  it("makes backups by the wall clock of the zone: in a spring night, one hour is missing", () => {
    const start = DateTime.makeUnsafe("2024-03-30T23:00:00Z")
    const hours = (zone: string) => simulate("hourly full", "1 day", { daily: 99, zone }, { start }).created
    assert.deepStrictEqual([hours("UTC"), hours("Europe/London")], [24, 24])
    const daily = simulate("daily full", "3 days", { daily: 9, zone: "Europe/London" }, { start })
    assert.deepStrictEqual(held(daily), [
      ["2024-03-30 23:00:00"],
      ["2024-03-31 00:00:00"],
      ["2024-03-31 23:00:00"],
      ["2024-04-01 23:00:00"]
    ])
  })

  it("begins with a full backup, whatever is due, and lasts at least until it", () => {
    const { created, tree } = simulate("yearly incremental", "1 second", { last: 1 })
    assert.deepStrictEqual([created, tree.environments[0]!.chains[0]!.head._tag], [1, "FullBackup"])
  })

  it("has a tree whose uuids are well-formed, each once", () => {
    const { tree } = simulate("daily full", "5 days", { daily: 9 })
    const uuids = tree.environments[0]!.chains.map(({ uuid }) => uuid)
    assert.strictEqual(new Set(uuids).size, 5)
    assert.isTrue(uuids.every(Uuid.isBraced))
  })

  it("is refused if it is too long", () => {
    assert.strictEqual(failureOf(outcome("yearly full", "36600 days", { last: 1 }))._tag, "SimulationTooLong")
    assert.strictEqual(simulate("yearly full", "36524 days", { last: 1 }).created, 100)
    assert.strictEqual(failureOf(outcome("yearly full", "36525 days", { last: 1 }))._tag, "SimulationTooLong")
    assert.strictEqual(failureOf(outcome("hourly full", "900 days", { last: 1 }))._tag, "SimulationTooLong")
    assert.strictEqual(simulate("hourly full", "833 days", { last: 1 }).created, 19_992)
  })
})

const rules = [{ last: 3 }, { daily: 5, weekly: 2 }, { weekly: 3, monthly: 2 }, { within: "9 days" as const }]
const texts = ["daily incremental, weekly full", "daily incremental, monthly full", "daily incremental", "weekly full"]

describe("a simulation and a plan", () => {
  it.each(
    rules.flatMap((rule) => texts.flatMap((text) => [false, true].map((keepChain) => ({ keepChain, rule, text }))))
  )(
    "agree day by day: $rule, $text, keepChain $keepChain",
    ({ keepChain, rule, text }) => {
      let before: ReadonlyArray<string> = []
      for (let days = 1; days <= 50; days++) {
        const { tree } = simulate(text, { days }, rule, { keepChain })
        const plan = Result.getOrThrow(
          RetentionPlan.make(BackupCatalog.fromListing(listing(tree)), policy(rule), { keepChain })
        )
        // Nothing is left to remove, and nothing comes back.
        assert.deepStrictEqual(plan.environments.flatMap(({ removed }) => removed), [])
        const now = held({ tree } as RetentionSimulation.RetentionSimulation).flat()
        const today = DateTime.formatIsoDateUtc(DateTime.add(monday, { days: days - 1 }))
        assert.deepStrictEqual(now.filter((date) => !before.includes(date) && !date.startsWith(today)), [])
        before = now
      }
    }
  )
})
