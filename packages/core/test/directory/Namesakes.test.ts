import { assert, describe, it } from "@effect/vitest"
import * as Namesakes from "../../src/directory/Namesakes.ts"
import { qcow2, readChain, readEnvironment, undescribed, withFiles, withItem } from "../support/readings.ts"
import { stranger } from "../support/treeLiterals.ts"

const chain = readChain()
const renamed = { ...chain, directory: "chain.old" }
const image = "a.hdd.2.qcow2"

describe("a chain that lost its name", () => {
  it("is the only one, a leftover, or lacks nothing elsewhere", () => {
    assert.strictEqual(Namesakes.ofChain(renamed, [renamed]), "none")
    assert.strictEqual(Namesakes.ofChain(renamed, [renamed, chain]), "same")
    assert.strictEqual(Namesakes.ofChain(chain, [renamed, chain]), "none")
  })

  it.each(
    [
      ["a backup", withItem(chain, 2, undescribed)],
      ["an image", withFiles(chain, { [image]: undefined })],
      ["a part of an image", withFiles(chain, { [image]: qcow2("a.hdd.qcow2", { size: 1n }) })],
      ["the backing file of an image", withFiles(chain, { [image]: qcow2("other.qcow2") })]
    ] as const
  )("has more than its namesake that lacks %s", (_, namesake) => {
    assert.strictEqual(Namesakes.ofChain(renamed, [renamed, namesake]), "other")
  })
})

describe("an environment that lost its name", () => {
  const environment = readEnvironment([chain])
  const lost = readEnvironment([chain], { directory: "web01.old" })

  it("is compared with the one that has its uuid for a name", () => {
    assert.strictEqual(Namesakes.ofEnvironment(lost, [lost]), "none")
    assert.strictEqual(Namesakes.ofEnvironment(lost, [lost, environment]), "same")
    assert.strictEqual(Namesakes.ofEnvironment(lost, [lost, readEnvironment([])]), "other")
    assert.strictEqual(Namesakes.ofEnvironment(readEnvironment([], { directory: "x" }), [readEnvironment([])]), "same")
  })

  it("has no namesake if its metadata is gone, or names another uuid", () => {
    const unknown = readEnvironment([chain], { directory: "web01.old", metadata: undefined })
    assert.strictEqual(Namesakes.ofEnvironment(unknown, [unknown, environment]), "none")
    const other = { ...lost, metadata: { ...lost.metadata!, uuid: stranger } }
    assert.strictEqual(Namesakes.ofEnvironment(other, [other, environment]), "none")
  })
})
