import { assert, describe, it } from "@effect/vitest"
import * as ChainVersion from "../../src/tree/ChainVersion.ts"
import { chain, chainX, environment, full, incremental, web } from "../support/treeLiterals.ts"

describe("the version of a chain", () => {
  const withImages = (...images: ReadonlyArray<string>) => chain(chainX, [1, 2], { head: full(chainX, { images }) })

  it("is that of its environment, or 3 if the environment has none", () => {
    const versions = [0, 1, 2, 3, 4, 5].map((version) => environment(web, [], { version }))
    assert.deepStrictEqual(versions.map((vm) => ChainVersion.of(vm, withImages("a.qcow2"))), [3, 1, 2, 3, 4, 5])
    assert.strictEqual(ChainVersion.of(versions[5]!, withImages()), 5)
  })

  it("is 3 if any image of the head is a .tib", () => {
    const upgraded = environment(web, [], { version: 5 })
    assert.strictEqual(ChainVersion.of(upgraded, withImages("a.qcow2", "b.tib")), 3)
    assert.strictEqual(ChainVersion.of(upgraded, withImages("a.tib.qcow2")), 5)
    const later = chain(chainX, [1], { incrementals: [incremental(chainX, 2, { images: ["a.tib"] })] })
    assert.strictEqual(ChainVersion.of(upgraded, later), 5)
  })
})

describe("an image of versions 1 to 3", () => {
  it("is known by the end of its name", () => {
    assert.isTrue(ChainVersion.isLegacyImage("a.tib"))
    assert.isTrue(ChainVersion.hasLegacyImage(["a.qcow2", "a2.tib"]))
    for (const image of ["a.qcow2", "a.tib.qcow2", "tib", "a.TIB", ""]) {
      assert.isFalse(ChainVersion.isLegacyImage(image))
    }
    assert.isFalse(ChainVersion.hasLegacyImage([]))
  })
})
