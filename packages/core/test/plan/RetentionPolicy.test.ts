import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration, Result } from "effect"
import * as RetentionPolicy from "../../src/plan/RetentionPolicy.ts"
import { failureOf } from "../support/plans.ts"
import { assertStored } from "../support/stored.ts"

describe("RetentionPolicy", () => {
  it("keeps what it is told, and nothing by the rules that are not named", () => {
    const policy = Result.getOrThrow(RetentionPolicy.make({ daily: 7, within: "2 days", zone: "Europe/London" }))
    const { within, zone, ...counts } = policy
    assert.deepStrictEqual({ ...counts }, { last: 0, hourly: 0, daily: 7, weekly: 0, monthly: 0, yearly: 0 })
    assert.deepStrictEqual(within, Duration.days(2))
    assert.strictEqual(DateTime.zoneToString(zone), "Europe/London")
    assertStored(RetentionPolicy.RetentionPolicy, policy)
  })

  it.each<readonly [RetentionPolicy.Input, RetentionPolicy.RetentionPolicyError["reason"], RegExp]>([
    [{ zone: "UTC" }, "nothing-kept", /keeps no backup/],
    [{ last: 0, daily: 0, zone: "UTC" }, "nothing-kept", /keeps no backup/],
    [{ daily: -1, zone: "UTC" }, "count", /-1 backups \(daily\)/],
    [{ weekly: 1.5, zone: "UTC" }, "count", /1\.5 backups \(weekly\)/],
    [{ last: Number.NaN, zone: "UTC" }, "count", /NaN/],
    [{ last: 2 ** 60, zone: "UTC" }, "count", /last/],
    [{ within: 0, zone: "UTC" }, "within", /not positive/],
    [{ within: "-1 days", zone: "UTC" }, "within", /not positive/],
    [{ within: "soon" as "1 day", zone: "UTC" }, "within", /not positive/],
    [{ last: 1, zone: "Europe/Londinium" }, "zone", /"Europe\/Londinium"/],
    [{ last: 1, zone: "\u001b[2J" }, "zone", /"\\e\[2J"/],
    [{ last: 1, zone: "" }, "zone", /no time zone ""/]
  ])("refuses what cannot be meant: %j", (input, reason, message) => {
    const error = failureOf(RetentionPolicy.make(input))
    assert.strictEqual(error.reason, reason)
    assert.match(error.message, message)
    assert.match(error.message, /\. .*\.$/)
  })
})
