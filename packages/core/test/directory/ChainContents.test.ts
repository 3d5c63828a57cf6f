import { assert, describe, it } from "@effect/vitest"
import { ChainContents } from "../../src/directory/ChainContents.ts"
import type { ReadChain } from "../../src/directory/DirectoryReading.ts"
import type { StoreSkip } from "../../src/directory/files/StoreSkip.ts"
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
import { chainX } from "../support/treeLiterals.ts"

const contentsOf = (chain: ReadChain, skips: ReadonlyArray<StoreSkip> = []): ChainContents =>
  new ChainContents({ environment: readEnvironment([chain]), chain }, SkipIndex.make({ skips }))

const chain = readChain({ disks: ["a.hdd"] })
const [first, second, third] = ["a.hdd.qcow2", "a.hdd.2.qcow2", "a.hdd.3.qcow2"] as const

describe("the disks of a chain", () => {
  it("reach up to their newest image", () => {
    assert.deepStrictEqual(contentsOf(chain).disks(), [{
      directory: inChainX("").slice(0, -1),
      oldest: first,
      newest: third,
      imageCount: 3,
      number: 3,
      virtualSize: 68_719_476_736n,
      isAbsolute: false
    }])
  })

  it("end before an image that is missing", () => {
    const broken = contentsOf(withFiles(chain, { [second]: undefined }))
    assert.deepStrictEqual(broken.disks().map(({ newest }) => newest), [first])
    assert.deepStrictEqual(broken.stopOf(third), { name: second, isUnseen: false })
    assert.isTrue(broken.isBroken(third))
    assert.isFalse(broken.isWhole())
    assert.deepStrictEqual(broken.firstGone([third]), { image: second, number: 2 })
  })

  it("are unknown beyond an image that was not read", () => {
    const unread = contentsOf(withFiles(chain, { [second]: undefined }), [skip(inChainX(second), "unreadable")])
    assert.deepStrictEqual(unread.stopOf(third), { name: second, isUnseen: true })
    assert.isFalse(unread.isBroken(third))
    assert.isTrue(unread.isWhole())
    assert.isUndefined(unread.firstGone([third]))
  })

  it("leave out an image on top that no metadata names", () => {
    const unfinished = contentsOf(withFiles(chain, { "a.hdd.4.qcow2": qcow2(third) }))
    assert.deepStrictEqual(unfinished.disks().map(({ newest, number }) => [newest, number]), [[third, 3]])
  })

  it("have no end in a circle", () => {
    assert.deepStrictEqual(contentsOf(withFiles(chain, { [first]: qcow2(third) })).disks(), [])
  })
})

describe("the backups of a chain", () => {
  it("have images by the names of the nearest one", () => {
    const lost = contentsOf(withItem(chain, 2, undescribed))
    assert.deepStrictEqual(lost.imagesOf(2), [second])
    assert.isTrue(lost.hasAllImages(2, [second]))
    assert.isFalse(lost.hasAllImages(2, []))
    assert.strictEqual(lost.nearestDescribed(2)?.number, 1)
    assert.strictEqual(lost.nearestConfigured(9)?.number, 3)
  })

  it("begin at images without a backing file", () => {
    assert.strictEqual(contentsOf(chain).firstNumber(), 1)
    assert.strictEqual(contentsOf(readChain({ numbers: [3, 4] })).firstNumber(), 3)
    assert.isUndefined(contentsOf(withFiles(chain, { [first]: undefined })).firstNumber())
    assert.strictEqual(contentsOf(readChain({ format: "tib" })).firstNumber(), 1)
  })

  it("end at the greatest number of metadata or an image", () => {
    assert.strictEqual(contentsOf(chain).greatestNumber(), 3)
    assert.strictEqual(contentsOf(withFiles(chain, { "a.hdd.7.qcow2": qcow2(third) })).greatestNumber(), 7)
  })

  it("have a uuid, and images without headers if they are old", () => {
    assert.strictEqual(contentsOf(chain).uuid, chainX)
    assert.deepStrictEqual([...contentsOf(readChain({ format: "tib", disks: ["a.hdd"] })).headerless], [
      "a.hdd.tib",
      "a.hdd2.tib",
      "a.hdd3.tib"
    ])
  })
})
