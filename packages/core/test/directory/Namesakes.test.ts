import { assert, describe, it } from "@effect/vitest"
import type { ReadChain } from "../../src/directory/DirectoryReading.ts"
import * as Namesakes from "../../src/directory/Namesakes.ts"
import { qcow2, readChain, readEnvironment, undescribed, withFiles, withItem } from "../support/readings.ts"
import { stranger } from "../support/treeLiterals.ts"

const chain = readChain()
const renamed = { ...chain, directory: "chain.old" }
const image = "a.hdd.2.qcow2"
const header = { version: 3, virtualSize: 0n, ...qcow2("a.hdd.qcow2").header, backingFile: "a.hdd.qcow2" }

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
      ["the backing file of an image", withFiles(chain, { [image]: qcow2("other.qcow2") })],
      [
        "the length of a disk",
        withFiles(chain, { [image]: qcow2("a.hdd.qcow2", { header: { ...header, virtualSize: 1n } }) })
      ],
      ["the end of an image", withFiles(chain, { [image]: qcow2("a.hdd.qcow2", { isCut: true }) })]
    ] as const
  )("has more than its namesake that lacks %s", (_, namesake) => {
    assert.strictEqual(Namesakes.ofChain(renamed, [renamed, namesake]), "other")
  })
})

it("has no more than a namesake whose image is longer, or whose own image has no data", () => {
  const file = qcow2("a.hdd.qcow2")
  const longer = withFiles(chain, { [image]: { ...file, size: file.size + 1n } })
  assert.strictEqual(Namesakes.ofChain(renamed, [renamed, longer]), "same")
  const empty = withFiles(renamed, { [image]: { ...file, size: 0n } })
  assert.strictEqual(Namesakes.ofChain(empty, [empty, withFiles(chain, { [image]: undefined })]), "same")
})

it("is compared by the sizes of images without headers", () => {
  const old = readChain({ format: "tib", disks: ["a.hdd"] })
  const lost = { ...old, directory: "chain.old" }
  assert.strictEqual(Namesakes.ofChain(lost, [lost, old]), "same")
  const shorter = withFiles(old, { "a.hdd.tib": { size: 1n, isCut: false, header: undefined } })
  assert.strictEqual(Namesakes.ofChain(lost, [lost, shorter]), "other")
  const other = withFiles(old, { "a.hdd.tib": qcow2("a.hdd.qcow2") })
  assert.strictEqual(Namesakes.ofChain(lost, [lost, other]), "other")
  const reverse = { ...other, directory: "chain.old" }
  assert.strictEqual(Namesakes.ofChain(reverse, [reverse, old]), "other")
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

  it("is no namesake of itself", () => {
    assert.strictEqual(Namesakes.ofEnvironment(environment, [environment]), "none")
  })

  it("is compared chain by chain, by the uuid and the contents of each", () => {
    const compare = (chains: ReadonlyArray<ReadChain>, namesake: ReadonlyArray<ReadChain>) => {
      const [lost, other] = [readEnvironment(chains, { directory: "web01.old" }), readEnvironment(namesake)]
      return Namesakes.ofEnvironment(lost, [lost, other])
    }
    const poorer = withItem(chain, 2, undescribed)
    // The same contents in a directory with another name are not where a server looks.
    assert.strictEqual(compare([chain], [renamed]), "other")
    assert.strictEqual(compare([chain], [poorer]), "other")
    assert.strictEqual(compare([poorer], [chain]), "same")
    assert.strictEqual(compare([chain, readChain({ uuid: stranger })], [chain]), "other")
    assert.strictEqual(compare([{ ...chain, items: [], files: new Map() }], []), "same")
    const bare = { directory: "2", number: 2, configuration: undefined }
    assert.strictEqual(compare([{ ...chain, items: [], bareItems: [bare], files: new Map() }], []), "other")
  })

  it("has no namesake if its metadata is gone, or names another uuid", () => {
    const unknown = readEnvironment([chain], { directory: "web01.old", metadata: undefined })
    assert.strictEqual(Namesakes.ofEnvironment(unknown, [unknown, environment]), "none")
    const other = { ...lost, metadata: { ...lost.metadata!, uuid: stranger } }
    assert.strictEqual(Namesakes.ofEnvironment(other, [other, environment]), "none")
  })
})
