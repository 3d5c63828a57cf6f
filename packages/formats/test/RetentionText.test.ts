import * as BackupCatalog from "@backup-tree/core/check/BackupCatalog"
import * as BackupSchedule from "@backup-tree/core/plan/BackupSchedule"
import * as RetentionPlan from "@backup-tree/core/plan/RetentionPlan"
import * as RetentionPolicy from "@backup-tree/core/plan/RetentionPolicy"
import * as RetentionSimulation from "@backup-tree/core/plan/RetentionSimulation"
import * as RetentionText from "@backup-tree/formats/RetentionText"
import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration, Result } from "effect"
import { example, listingOf } from "./support/listings.ts"

const policy = (input: Omit<RetentionPolicy.Input, "zone">) =>
  Result.getOrThrow(RetentionPolicy.make({ ...input, zone: "Europe/London" }))

const listing = { ...listingOf(example("05-two-chains.xml")), completeness: "complete" as const }

const planOf = (input: Omit<RetentionPolicy.Input, "zone">, options?: RetentionPlan.Options) =>
  Result.getOrThrow(RetentionPlan.make(BackupCatalog.fromListing(listing), policy(input), options))

describe("a retention plan in words", () => {
  it("shows a calendar of what stays, what goes, and the commands", () => {
    assert.strictEqual(
      [...RetentionText.lines(
        planOf({ daily: 2, monthly: 1 }, { protect: ["{a3d92c74-5b11-4f0e-a6a0-0d6b3c1e9f02}"] })
      )]
        .join("\n"),
      `Plan: keep 2 daily, 1 monthly (Europe/London)

web01 ({4f6a1c2e-8f0b-4a44-9a53-2f1d7f3c9b10})
           1   5    10   15   20   25   30
  2024-03   Fi
  2024-02                         F--
  keeps 3 backups, removes 2, 784.0 MiB
  next backup now: incremental {0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}.3; after the removals: incremental {0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}.3

Keeps 3 backups, removes 2 backups, 784.0 MiB.

Run the lines in this order. You may stop after any of them.

prlctl backup-delete -t '{a3d92c74-5b11-4f0e-a6a0-0d6b3c1e9f02}.3' --keep-chain
prlctl backup-delete -t '{a3d92c74-5b11-4f0e-a6a0-0d6b3c1e9f02}.2' --keep-chain`
    )
  })

  it("says how much is kept only because something needs it", () => {
    const text = [...RetentionText.lines(planOf({ last: 1 }))].join("\n")
    assert.match(text, /keeps 2 backups \(1 only because a later one needs it\)/)
  })

  it.prop("is printable, whatever the names", [Arbitraries.listing], ([any]) => {
    const catalog = BackupCatalog.fromListing({ ...any, completeness: "complete" })
    const plan = RetentionPlan.make(catalog, policy({ last: 1, within: "2 days" }))
    for (const line of RetentionText.lines(Result.getOrThrow(plan))) {
      assert.notMatch(line, /[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u)
    }
  })
})

describe("a simulation in words", () => {
  const simulate = (days: number, sizes?: RetentionSimulation.Sizes) =>
    RetentionText.simulation(Result.getOrThrow(RetentionSimulation.simulate({
      policy: policy({ daily: 3, monthly: 24 }),
      schedule: Result.getOrThrow(BackupSchedule.parse("daily incremental, weekly full")),
      start: DateTime.makeUnsafe("2024-01-01T00:00:00Z"),
      duration: Duration.days(days),
      sizes
    })))

  it("shows the months, the most that is held, and a calendar", () => {
    assert.strictEqual(
      simulate(40, { full: 100n << 30n, incremental: 5n << 30n }).join("\n"),
      `Simulation: daily incremental, weekly full, from 2024-01-01 to 2024-02-10
Keeps 3 daily, 24 monthly (Europe/London).

  newest      oldest      backups   full         size
  2024-01-31  2024-01-29        3      1    110.0 GiB
  2024-02-09  2024-01-29        8      2    230.0 GiB

Makes 40 backups. At most 10 backups, 240.0 GiB, at once, on 2024-01-10 before the removals.
Left at the end:
           1   5    10   15   20   25   30
  2024-02      Fiiii
  2024-01                              Fii`
    )
  })

  it("has no column of sizes without sizes, and shows every few months of a long one", () => {
    const lines = simulate(3000)
    assert.strictEqual(lines[3], "  newest      oldest      backups   full")
    const rows = lines.filter((line) => /^  \d{4}-\d\d-\d\d {2}/.test(line))
    assert.isAtMost(rows.length, 24)
    assert.match(rows.at(-1)!, /^  2032-03-18/)
    assert.match(lines.join("\n"), /At most \d+ backups at once, on/)
  })
})
