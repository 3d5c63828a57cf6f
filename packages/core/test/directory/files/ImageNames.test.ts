import { assert, describe, it } from "@effect/vitest"
import * as ImageNames from "../../../src/directory/files/ImageNames.ts"

describe("the format of a chain", () => {
  it("is that of its full backup, or of the version of its environment", () => {
    assert.strictEqual(ImageNames.formatOf(), "qcow2")
    assert.strictEqual(ImageNames.formatOf(["a.qcow2"], 5), "qcow2")
    assert.strictEqual(ImageNames.formatOf(["a.tib"], 5), "tib")
    for (const version of [0, 1, 2, 3]) assert.strictEqual(ImageNames.formatOf([], version), "tib")
    assert.strictEqual(ImageNames.formatOf([], 4), "qcow2")
  })
})

describe("the names of images", () => {
  const names = (number: number, format: ImageNames.ImageFormat, vmType = 0) =>
    ImageNames.imageNames(["/vz/web/harddisk.hdd", "data.hdd/", "/san/data.hdd"], { number, format, vmType })

  it("are those of the disks, with the number and the format", () => {
    assert.deepStrictEqual(names(1, "qcow2"), ["harddisk.hdd.qcow2", "data.hdd.qcow2", "_data.hdd.qcow2"])
    assert.deepStrictEqual(names(3, "qcow2"), ["harddisk.hdd.3.qcow2", "data.hdd.3.qcow2", "_data.hdd.3.qcow2"])
    assert.deepStrictEqual(names(3, "tib"), ["harddisk.hdd3.tib", "data.hdd3.tib", "_data.hdd3.tib"])
  })

  it("begin with private for the first disk of an old container", () => {
    assert.strictEqual(names(1, "tib", 2)[0], "private.tib")
    assert.strictEqual(names(1, "qcow2", 2)[0], "harddisk.hdd.qcow2")
  })

  it("are read back: the number, the disk, and the name in another backup", () => {
    assert.deepStrictEqual(
      ["a.qcow2", "a.2.qcow2", "a.tib", "a2.tib", "a.2", "a.02.qcow2"].map(ImageNames.numberOf),
      [1, 2, 1, 2, undefined, 1]
    )
    assert.deepStrictEqual(
      ["a.qcow2", "2.qcow2", "a.2.qcow2", "a.02.qcow2", "a.0.qcow2", "a2.tib", "a.2"].map(ImageNames.digitsOf),
      [undefined, undefined, "2", "02", "0", "2", undefined]
    )
    assert.deepStrictEqual(
      ["harddisk.hdd.qcow2", "harddisk.hdd.3.qcow2", "private.tib", "data.2"].map(ImageNames.diskName),
      ["harddisk.hdd", "harddisk.hdd", "private", "data.2"]
    )
    assert.strictEqual(ImageNames.renumber("a.qcow2", 1, 4), "a.4.qcow2")
    assert.strictEqual(ImageNames.renumber("a4.tib", 4, 1), "a.tib")
    assert.isUndefined(ImageNames.renumber("a.3.qcow2", 4, 5))
    assert.isUndefined(ImageNames.renumber("a.raw", 1, 2))
    assert.isUndefined(ImageNames.renumber("a.undefined", 1, 2))
  })

  it("are the last part of a path, whatever follows it", () => {
    assert.deepStrictEqual(
      ["a.hdd", "/vz/a.hdd", "/vz/a.hdd/", "/vz/a.hdd///", "/", ""].map(ImageNames.baseName),
      ["a.hdd", "a.hdd", "a.hdd", "a.hdd", "", ""]
    )
  })

  it("have their number at the end, with all its digits", () => {
    assert.deepStrictEqual(
      ["a.12.qcow2", "a.2.qcow2.qcow2", "a12.tib", "a102.tib", "a2.tib.tib"].map(ImageNames.digitsOf),
      ["12", undefined, "12", "102", undefined]
    )
  })
})
