import { assert, describe, it } from "@effect/vitest"
import * as SkipIndex from "../../src/directory/SkipIndex.ts"
import { inChainX, skip } from "../support/readings.ts"

describe("SkipIndex", () => {
  const skips = [
    skip(inChainX("2/.metadata"), "unreadable"),
    skip(inChainX("3/config.pvs"), "unreadable"),
    skip(inChainX("old"), "outside-root"),
    skip(inChainX("base"), "base-without-metadata"),
    skip(inChainX("a.qcow2"), "missing-image")
  ]
  const index = SkipIndex.make({ skips })

  it("finds what could not be read, and the directory that it describes", () => {
    for (const name of ["2/.metadata", "2", "3/config.pvs", "3", "old"]) assert.isTrue(index.isUnread(inChainX(name)))
    for (const name of ["base", "a.qcow2", "4", ""]) assert.isFalse(index.isUnread(inChainX(name)))
  })

  it("finds the full backups without metadata", () => {
    assert.isTrue(index.isBare(inChainX("base")))
    assert.isFalse(index.isBare(inChainX("2")))
  })

  it("finds the directory that a file describes", () => {
    assert.deepStrictEqual(
      ["a/.metadata", "a/b/ve.conf", "a/config.pvs", "a/x.metadata", ".metadata"].map(SkipIndex.describedPath),
      ["a", "a/b", "a", "a/x.metadata", ".metadata"]
    )
  })
})
