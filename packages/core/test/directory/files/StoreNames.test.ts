import { assert, describe, it } from "@effect/vitest"
import * as StoreNames from "../../../src/directory/files/StoreNames.ts"

describe("the directory of an item", () => {
  it.each([[1, "base"], [2, "2"], [17, "17"]] as const)("of number %j is %j", (number, name) => {
    assert.strictEqual(StoreNames.itemDirectory(number), name)
    assert.strictEqual(StoreNames.itemNumber(name), number)
  })

  it("has a number in any spelling that a server reads", () => {
    for (const [name, number] of [["1", 1], ["02", 2], ["+3", 3], [" 4", 4], ["0", 0]] as const) {
      assert.strictEqual(StoreNames.itemNumber(name), number)
    }
  })

  it("has no other name", () => {
    for (const name of ["", "Base", "base.old", "2.old", "-2", "4294967296", ".metadata"]) {
      assert.isUndefined(StoreNames.itemNumber(name))
    }
  })
})

describe("a temporary file", () => {
  it("is recognised by the name that its writer uses", () => {
    for (const name of [".metadata.libprlcommon_tmp.{1}", "a.libprlcommon_tmp.", "ABackupOutFile.7"]) {
      assert.isTrue(StoreNames.isTemporary(name))
    }
    for (const name of [".metadata", "libprlcommon_tmp", "a.ABackupOutFile.7", ""]) {
      assert.isFalse(StoreNames.isTemporary(name))
    }
  })
})
