import { assert, describe, it } from "@effect/vitest"
import * as TreeMerge from "../../../src/listing/TreeMerge.ts"
import { findingsOf } from "../../support/findings.ts"
import { anyMerged, byDefault, day, latest, merged, mnt, old, own } from "../../support/merges.ts"
import { chainX, datedChain, environment, listing, tree, web } from "../../support/treeLiterals.ts"

/** What the check of a merged tree reports because of what the merge left out. */
const reported = (whole: TreeMerge.MergedTree) => {
  const found = findingsOf(listing(whole.tree), { merged: whole })
  return found.slice(findingsOf(listing(whole.tree)).length)
}

describe("what a merge left out", () => {
  const grown = datedChain(chainX, [day(1), day(2), day(4)])

  it("is a finding at the chain that was kept", () => {
    const whole = merged(
      [mnt("b"), tree(environment(web, [grown], { name: "web02" }))],
      [mnt("a"), tree(environment(web, [old]))],
      [mnt("c"), tree(environment(web, [grown], { name: "web02" }))]
    )
    const place = { environment: 0, chain: 0 }
    assert.deepStrictEqual(reported(whole), [{
      rule: "I03",
      severity: "error",
      path: "VmItem[1]/BackupItem[1]",
      place,
      subject: { environment: web, name: "web02", chain: chainX },
      message:
        `chain ${chainX} in directory "/mnt/b" and 1 more differs from the one in directory "/mnt/a", which is kept`
    }])
  })

  it("is said to be a copy if it is one", () => {
    const twice = tree(environment(web, [old, old, grown]))
    const whole = merged([byDefault, twice], [own, twice])
    assert.deepStrictEqual(reported(whole).map(({ message }) => message), [
      `chain ${chainX} appears more than once in the default directory and 1 more`,
      `chain ${chainX} in the default directory and 1 more differs from the one in the default directory and 1 more, `
      + "which is kept"
    ])
  })

  it("is an environment if one response shows its uuid twice", () => {
    const first = environment(web, [old], { name: "old" })
    const second = environment(web.toUpperCase(), [latest], { name: "new\u001b" })
    const whole = merged([byDefault, tree(first, second)], [own, tree(first, second)])
    const place = { environment: 0 }
    assert.deepStrictEqual(reported(whole), [{
      rule: "I01",
      severity: "error",
      path: "VmItem[1]",
      place,
      subject: { environment: web, name: "old" },
      message: `environment ${web} appears more than once in the default directory and 1 more; its chains are merged`
    }])
  })

  it.prop("is one finding for each conflict", [anyMerged], ([answers]) => {
    const whole = TreeMerge.toTree(answers)
    assert.strictEqual(reported(whole).length, whole.conflicts.length)
  })
})
