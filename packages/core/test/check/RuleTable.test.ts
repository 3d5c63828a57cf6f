import { assert, describe, it } from "@effect/vitest"
import * as Option from "effect/Option"
import * as RuleTable from "../../src/check/RuleTable.ts"
import * as StoreSkip from "../../src/directory/files/StoreSkip.ts"

describe("RuleTable", () => {
  it("finds every rule by its id", () => {
    for (const rule of RuleTable.all) assert.strictEqual(Option.getOrUndefined(RuleTable.find(rule.id)), rule)
    assert.isTrue(Option.isNone(RuleTable.find("I00")))
  })

  it("has one rule for every reason of a skip, and a second one for directories without metadata", () => {
    const reporting = StoreSkip.Reason.literals.map((reason) => [
      reason,
      RuleTable.all.filter(({ reports }) => reports?.includes(reason)).map(({ id }) => id)
    ])
    const numbered = {
      "base-without-metadata": ["I38", "base-without-metadata"],
      "link-without-metadata": ["I38", "link-without-metadata"],
      "chain-empty": ["I39"],
      "missing-image": ["I36"],
      "orphan-image": ["I38"],
      "temp-file": ["I38"]
    }
    assert.deepStrictEqual(
      Object.fromEntries(reporting),
      { ...Object.fromEntries(StoreSkip.Reason.literals.map((reason) => [reason, [reason]])), ...numbered }
    )
  })
})
