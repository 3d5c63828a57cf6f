import { assert, describe, it } from "@effect/vitest"
import * as RuleExample from "../../src/check/RuleExample.ts"
import * as RuleTable from "../../src/check/RuleTable.ts"

// The command's tests compare the examples with the findings about a store with every fault.
describe("the example of a rule", () => {
  it("is there for every rule, printable and short", () => {
    for (const rule of RuleTable.all) {
      const example = RuleExample.of(rule) ?? ""
      assert.match(example, /^[\x20-\x7e]{10,320}$/, rule.id)
    }
    assert.isUndefined(RuleExample.of({ ...RuleTable.all[0]!, id: "I00" }))
  })
})
