import * as Arbitraries from "@backup-tree/emulator/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import * as VanishedChains from "../src/VanishedChains.ts"
import { chain, chainX, chainY, environment, stranger, tree, web } from "./support/treeLiterals.ts"

const both = tree(environment(web, [chain(chainX, [1, 2]), chain(chainY, [1])], { name: "web01" }))
const onlyX = tree(environment(web.toUpperCase(), [chain(chainX, [1])], { name: "web01" }))
const lostY: VanishedChains.VanishedChain = { environment: web, name: "web01", chain: chainY }

describe("VanishedChains", () => {
  it("are those of an environment that is still there, in any spelling of its uuid", () => {
    assert.deepStrictEqual(VanishedChains.between(both, onlyX), [lostY])
    assert.deepStrictEqual(VanishedChains.between(onlyX, both), [])
    assert.deepStrictEqual(VanishedChains.between(both, tree(environment(stranger, []))), [])
  })

  it("stay missing until they are back or their environment is gone", () => {
    assert.deepStrictEqual(VanishedChains.stillMissing([lostY], onlyX), [lostY])
    assert.deepStrictEqual(VanishedChains.stillMissing([lostY], both), [])
    assert.deepStrictEqual(VanishedChains.stillMissing([lostY], tree()), [])
  })

  it("are possibly locked at the first look that lacks them, and removed at the second", () => {
    const place = {
      path: "VmItem[2]",
      place: { environment: 1 },
      subject: { environment: web, name: "web01", chain: chainY }
    }
    const later = tree(environment(stranger, []), ...onlyX.environments)
    assert.deepStrictEqual(VanishedChains.check([lostY], [], later), [
      {
        rule: "possibly-locked",
        severity: "warning",
        ...place,
        message: `chain ${chainY} was there at the last check and is missing now: possibly locked`
      }
    ])
    assert.deepStrictEqual(VanishedChains.check([lostY], [{ ...lostY, chain: chainY.toUpperCase() }], later), [
      {
        rule: "removed-chain",
        severity: "info",
        ...place,
        message: `chain ${chainY} is still missing: it has been removed, or can no longer be read`
      }
    ])
  })

  it("have rules that say what they mean and what to do", () => {
    for (const { advice, id, meaning, statement } of VanishedChains.rules) {
      assert.strictEqual(VanishedChains.rule(id)?.id, id)
      for (const text of [advice, meaning, statement]) assert.match(text, /^[A-Z].*\.$/)
    }
    assert.isUndefined(VanishedChains.rule("I01"))
  })

  it.prop("are none between a listing and itself", [Arbitraries.tree], ([listed]) => {
    assert.deepStrictEqual(VanishedChains.between(listed, listed), [])
  })
})
