import * as BackupCatalog from "@backup-tree/core/check/BackupCatalog"
import * as RetentionPlan from "@backup-tree/core/plan/RetentionPlan"
import * as RetentionPolicy from "@backup-tree/core/plan/RetentionPolicy"
import * as RetentionText from "@backup-tree/formats/RetentionText"
import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { example, listingOf } from "./support/listings.ts"

const policy = (input: Omit<RetentionPolicy.Input, "zone">) =>
  Result.getOrThrow(RetentionPolicy.make({ ...input, zone: "Europe/London" }))

const listing = { ...listingOf(example("05-two-chains.xml")), completeness: "complete" as const }

const planOf = (input: Omit<RetentionPolicy.Input, "zone">, options?: RetentionPlan.Options) =>
  Result.getOrThrow(RetentionPlan.make(BackupCatalog.fromListing(listing), policy(input), options))

describe("a retention plan in words", () => {
  it("shows a calendar of what stays, what goes, and the commands", () => {
    assert.strictEqual(
      RetentionText.lines(planOf({ daily: 2, monthly: 1 }, { protect: ["{a3d92c74-5b11-4f0e-a6a0-0d6b3c1e9f02}"] }))
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
    const text = RetentionText.lines(planOf({ last: 1 })).join("\n")
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
