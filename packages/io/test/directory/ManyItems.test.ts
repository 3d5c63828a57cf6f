import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import * as path from "node:path"
import * as stores from "../support/backupStore.ts"
import { id, idsOf, list, machine, read, skipsOf, vm } from "../support/directories.ts"

const { chain, config, image, imageName, link, withStore } = stores

/** A chain with incrementals up to a number of two digits. */
const long = (numbers: number) => {
  const more = Array.from({ length: numbers - 3 }, (_, index) => index + 4)
  return {
    ...chain(id("1")),
    ...Object.fromEntries(more.map((number) => [String(number), {
      ".metadata": link(id("1"), number),
      "config.pvs": config()
    }])),
    ...Object.fromEntries(more.map((number) => [imageName(number), image(imageName(number - 1))]))
  }
}

describe("a chain of more than ten backups", () => {
  it("is read in the order of its numbers, not of the names of its directories", () =>
    withStore(machine("1", long(12)), async (root) => {
      const reading = await read(root)
      assert.deepStrictEqual(skipsOf(reading), [])
      const numbers = reading.environments[0]!.chains[0]!.items.map(({ number }) => number)
      assert.deepStrictEqual(numbers, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
      const { tree } = await list(root)
      assert.deepStrictEqual(idsOf(tree).slice(-3), [10, 11, 12].map((number) => `${id("1")}.${number}`))
    }))
})

describe("a link to a directory beside the store", () => {
  it("is not followed, even if its name begins with that of the store", () =>
    withStore({}, async (folder) => {
      const [root, beside] = [path.join(folder, "store"), path.join(folder, "store-of-others")]
      fs.mkdirSync(root)
      fs.mkdirSync(path.join(beside, vm("2")), { recursive: true })
      fs.symlinkSync(path.join(beside, vm("2")), path.join(root, vm("2")))
      assert.deepStrictEqual(skipsOf(await read(root)), [`outside-root ${vm("2")}`])
    }))
})
