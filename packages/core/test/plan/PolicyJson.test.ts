import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Result from "effect/Result"
import { encodePolicy } from "../../src/plan/internal/policyJson.ts"
import * as RetentionPolicy from "../../src/plan/RetentionPolicy.ts"

describe("a policy as JSON", () => {
  it("has every rule, and null for no period", () => {
    const policy = (more: Partial<RetentionPolicy.Input>) =>
      encodePolicy(Result.getOrThrow(RetentionPolicy.make({ daily: 7, zone: "UTC", ...more })))
    const none = { last: 0, hourly: 0, daily: 7, weekly: 0, monthly: 0, yearly: 0, zone: "UTC" }
    assert.deepStrictEqual(policy({}), { ...none, withinSeconds: null })
    assert.deepStrictEqual(policy({ within: Duration.days(2), last: 1 }), { ...none, last: 1, withinSeconds: 172_800 })
  })
})
