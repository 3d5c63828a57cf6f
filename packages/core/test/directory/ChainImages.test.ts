import { assert, describe, it } from "@effect/vitest"
import * as ChainImages from "../../src/directory/ChainImages.ts"
import * as SkipIndex from "../../src/directory/SkipIndex.ts"
import {
  inChainX,
  qcow2,
  readChain,
  readEnvironment,
  skip,
  undescribed,
  withFiles,
  withItem
} from "../support/readings.ts"
import { chainX, web } from "../support/treeLiterals.ts"

const at = (chain = readChain({ disks: ["a.hdd"] })): ChainImages.ChainLocation => ({
  environment: readEnvironment([chain]),
  chain
})
const nothing = SkipIndex.make({ skips: [] })

describe("the uuid of a chain", () => {
  it("is that of a backup's id, or else of the directory", () => {
    const chain = readChain()
    assert.strictEqual(ChainImages.chainUuid({ ...chain, directory: "old" }), chainX)
    assert.strictEqual(ChainImages.chainUuid({ ...chain, items: [] }), chainX)
    assert.isUndefined(ChainImages.chainUuid({ ...chain, directory: "old", items: [] }))
  })
})

describe("the backing file of an image", () => {
  it.each(
    [
      ["a.qcow2", { name: "a.qcow2", isAbsolute: false }],
      ["./a.qcow2", { name: "a.qcow2", isAbsolute: false }],
      [`/vz/backups/${web}/${chainX}/a.qcow2`, { name: "a.qcow2", isAbsolute: true }],
      [`/vz/backups/${web}/elsewhere/a.qcow2`, undefined],
      [`/vz/backups/${web}/${chainX}/`, undefined],
      ["../a.qcow2", undefined],
      ["nbd:host", undefined],
      ["", undefined]
    ] as const
  )("named %j lies in the directory of the chain, or not", (name, expected) => {
    assert.deepStrictEqual(ChainImages.backingIn(at(), name), expected)
  })

  it("is none, known or unknown", () => {
    assert.deepStrictEqual(ChainImages.backingOf(at(), "a.hdd.qcow2"), { _tag: "None" })
    assert.deepStrictEqual(ChainImages.backingOf(at(), "a.hdd.2.qcow2"), {
      _tag: "InChain",
      name: "a.hdd.qcow2",
      isAbsolute: false
    })
    assert.deepStrictEqual(ChainImages.backingOf(at(), "b.hdd.qcow2"), { _tag: "Unknown" })
  })

  it("is followed once, even in a circle", () => {
    const names = ["a.hdd.3.qcow2", "a.hdd.2.qcow2", "a.hdd.qcow2"]
    assert.deepStrictEqual([...ChainImages.withBackings(at(), names.slice(0, 1))], names)
    const circle = withFiles(readChain({ disks: ["a.hdd"] }), { "a.hdd.qcow2": qcow2("a.hdd.3.qcow2") })
    assert.deepStrictEqual([...ChainImages.withBackings(at(circle), names.slice(0, 1))], names)
  })

  it("names the directory in which it is looked for, if its path is absolute", () => {
    const path = `/vz/backups/${web}/${chainX}`
    const chain = withFiles(readChain({ disks: ["a.hdd"] }), { "a.hdd.2.qcow2": qcow2(`${path}/a.hdd.qcow2`) })
    assert.deepStrictEqual(ChainImages.absoluteBackings(at(chain), ["a.hdd.qcow2", "a.hdd.2.qcow2"]), [path])
  })
})

describe("an image", () => {
  it("is gone if it is missing or cut short, and its place could be read", () => {
    const cut = withFiles(readChain({ disks: ["a.hdd"] }), { "a.hdd.qcow2": qcow2(undefined, { isCut: true }) })
    assert.isFalse(ChainImages.isGone(at(), "a.hdd.qcow2", nothing))
    assert.isTrue(ChainImages.isGone(at(cut), "a.hdd.qcow2", nothing))
    assert.isTrue(ChainImages.isGone(at(), "b.hdd.qcow2", nothing))
    const unread = SkipIndex.make({ skips: [skip(inChainX("b.hdd.qcow2"), "unreadable")] })
    assert.isFalse(ChainImages.isGone(at(), "b.hdd.qcow2", unread))
  })

  it("is named by the metadata of its chain", () => {
    const chain = readChain({ disks: ["a.hdd"], numbers: [1, 2] })
    assert.deepStrictEqual([...ChainImages.namedImages(chain)], ["a.hdd.qcow2", "a.hdd.2.qcow2"])
    assert.deepStrictEqual([...ChainImages.namedImages(withItem(chain, 2, undescribed))], ["a.hdd.qcow2"])
  })
})

describe("a backup without metadata", () => {
  const chain = readChain()

  it("was stored if a later one was, or if LastNumber counts it", () => {
    assert.isTrue(ChainImages.wasStored(withItem(chain, 2, undescribed), 2))
    assert.isTrue(ChainImages.wasStored(withItem(chain, 3, undescribed), 3))
    assert.isTrue(ChainImages.wasStored(withItem(chain, 3, undescribed), 2))
    assert.isFalse(ChainImages.wasStored(chain, 4))
  })

  it("is not counted by its own number, or by a later one without metadata", () => {
    const [head, ...rest] = chain.items
    if (head?.content._tag !== "Head") return assert.fail("no full backup")
    const counted = { ...chain, items: [{ ...head, content: { ...head.content, lastNumber: 1 } }, ...rest] }
    assert.isFalse(ChainImages.wasStored(counted, 3))
    assert.isFalse(ChainImages.wasStored(withItem(counted, 3, undescribed), 2))
  })

  it("is undecided for the first backup, which LastNumber does not count", () => {
    assert.isUndefined(ChainImages.wasStored(readChain({ numbers: [1] }), 1))
    assert.isFalse(ChainImages.wasStored(readChain({ numbers: [1] }), 2))
  })

  it("was not stored if the full backup counts fewer, even without flags", () => {
    const [first, ...rest] = chain.items
    if (first?.content._tag !== "Head") return assert.fail("no full backup")
    const backup = { ...first.content.backup, flags: 0 }
    const counted = { ...chain, items: [{ ...first, content: { ...first.content, lastNumber: 3, backup } }, ...rest] }
    assert.isFalse(ChainImages.wasStored(counted, 4))
  })

  it("may have been stored if the full backup is older than LastNumber, or unknown", () => {
    const [first, ...rest] = chain.items
    if (first?.content._tag !== "Head") return assert.fail("no full backup")
    const backup = { ...first.content.backup, flags: 0 }
    const old = { ...chain, items: [{ ...first, content: { ...first.content, lastNumber: 0, backup } }, ...rest] }
    assert.isUndefined(ChainImages.wasStored(old, 4))
    assert.isUndefined(ChainImages.wasStored(withItem(chain, 1, undescribed), 4))
  })
})
