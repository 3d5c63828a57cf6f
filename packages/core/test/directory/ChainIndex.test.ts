import { assert, describe, it } from "@effect/vitest"
import * as ChainIndex from "../../src/directory/ChainIndex.ts"
import type { StoreSkip } from "../../src/directory/files/StoreSkip.ts"
import type { ItemDirectory } from "../../src/directory/StoredItem.ts"
import { containerConfigured, headMetadata, itemDirectory, linkMetadata } from "../support/itemDirectories.ts"
import { inChainX, qcow2 } from "../support/readings.ts"
import { chainX, web } from "../support/treeLiterals.ts"

const path = inChainX("").slice(0, -1)

const indexOf = (found: ReadonlyArray<ItemDirectory>, more: Partial<ChainIndex.Options> = {}) => {
  const skips: Array<StoreSkip> = []
  const options = {
    path,
    environment: { uuid: web, name: "web01", vmType: 0, version: 5, kept: [] },
    images: new Map(),
    serverZone: undefined,
    ...more
  }
  const index = ChainIndex.make(found, options, (path, reason, detail) => skips.push({ path, reason, detail }))
  return { ...index, skips }
}

/** An index in short: numbers, directories, and whether a server lists the item; reasons and places of the skips. */
const short = ({ bareItems, items, skips }: ReturnType<typeof indexOf>) => ({
  items: items.map(({ content, directory, number }) => `${number} ${directory} ${content._tag}`),
  bare: bareItems.map(({ directory, number }) => `${number} ${directory}`),
  skips: skips.map(({ path: at, reason }) => `${reason} ${at.slice(path.length + 1)}`)
})

describe("the index of a chain", () => {
  it("has the full backup first, then the incrementals by number", () => {
    const found = ["10", "2", "base", "3"].map((name) => itemDirectory(name))
    assert.deepStrictEqual(short(indexOf(found)), {
      items: ["1 base Head", "2 2 Link", "3 3 Link", "10 10 Link"],
      bare: [],
      skips: []
    })
  })

  it("begins with the lowest number if the first backups were merged away", () => {
    const found = [itemDirectory("4"), itemDirectory("3", { metadata: headMetadata() })]
    assert.deepStrictEqual(short(indexOf(found)).items, ["3 3 Head", "4 4 Link"])
  })

  it("passes over incrementals without metadata, but not over such a full backup", () => {
    const bare = { metadata: { _tag: "Missing" } } as const
    assert.deepStrictEqual(
      short(indexOf([itemDirectory("base", bare), itemDirectory("2"), itemDirectory("3", bare)])),
      {
        items: ["1 base Damaged", "2 2 Link"],
        bare: ["3 3"],
        skips: ["link-without-metadata 3", "base-without-metadata base"]
      }
    )
  })

  it("is empty without items, which is reported of the chain", () => {
    assert.deepStrictEqual(short(indexOf([])), { items: [], bare: [], skips: ["chain-empty "] })
  })

  it("finds a number in the directory of the same name", () => {
    const padded = itemDirectory("02", { metadata: linkMetadata(2) })
    assert.deepStrictEqual(short(indexOf([itemDirectory("base"), itemDirectory("2"), padded])), {
      items: ["1 base Head", "2 2 Link", "2 2 Link"],
      bare: [],
      skips: ["number-duplicate 02"]
    })
    // Whichever is found first.
    assert.deepStrictEqual(short(indexOf([padded, itemDirectory("base"), itemDirectory("2")])).skips, [
      "number-duplicate 02"
    ])
    const { items, skips } = indexOf([itemDirectory("base"), padded])
    assert.deepStrictEqual(items[1], {
      number: 2,
      directory: "02",
      content: { _tag: "Damaged" },
      described: items[1]!.described,
      configuration: { file: "config.pvs", name: "web01" },
      notes: []
    })
    assert.strictEqual(items[1]!.described?.id, `${chainX}.2`)
    assert.deepStrictEqual(skips, [
      { path: `${path}/02`, reason: "link-invalid", detail: "a server looks for it in directory 2" }
    ])
  })

  it("treats a directory called 1 as a second one of the full backup", () => {
    assert.deepStrictEqual(short(indexOf([itemDirectory("1"), itemDirectory("base")])), {
      items: ["1 base Head", "1 base Damaged"],
      bare: [],
      skips: ["number-duplicate 1"]
    })
  })

  it("names the disks by the format of the chain, and sizes those of a container by the images", () => {
    const disksOf = ({ items }: ChainIndex.ChainIndex) =>
      items[0]!.described?.disks?.list.map(({ name, size }) => [name, size])
    assert.deepStrictEqual(
      disksOf(indexOf([itemDirectory("base", { metadata: headMetadata(["a.hdd.tib"]) })])),
      [["a.hdd.tib", 1024n]]
    )
    const container = itemDirectory("base", { config: containerConfigured })
    assert.deepStrictEqual(
      disksOf(indexOf([container], { images: new Map([["a.hdd.qcow2", qcow2(undefined)]]) })),
      [["a.hdd.qcow2", 68_719_476_736n]]
    )
  })
})
