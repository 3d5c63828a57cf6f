import { assert, describe, it } from "@effect/vitest"
import { check, found, head, inChain } from "../support/findings.ts"
import { chain, chainX, chainY, environment, full, incremental, web } from "../support/treeLiterals.ts"

describe("I24, names of images", () => {
  const images = (ofHead: ReadonlyArray<string>, ...others: ReadonlyArray<ReadonlyArray<string>>) =>
    chain(chainX, [1], {
      head: full(chainX, { images: ofHead }),
      incrementals: others.map((images, index) => incremental(chainX, index + 2, { images }))
    })

  it("are unique within a chain, not beyond it", () => {
    assert.deepStrictEqual(inChain(images(["a.qcow2", "b.qcow2"], ["a.2.qcow2", "b.2.qcow2"])), [])
    assert.deepStrictEqual(inChain(images(["a.qcow2"], ["A.qcow2"])), [])
    const other = chain(chainY, [1], { head: full(chainY, { images: ["a.qcow2"] }) })
    assert.deepStrictEqual(found(environment(web, [images(["a.qcow2"]), other])), [])
  })

  it("meet in a copied item, and in one item", () => {
    assert.deepStrictEqual(inChain(images(["a.qcow2"], ["a.qcow2"])), [`I24 ${head}/PartialBackupItem[1]`])
    assert.deepStrictEqual(inChain(images(["a.qcow2", "a.qcow2"])), [`I24 ${head}`])
  })

  it("meet where the disks of an environment are called vol and vol.2", () => {
    const [finding] = check(environment(web, [images(["vol.qcow2", "vol.2.qcow2"], ["vol.2.qcow2", "vol.2.2.qcow2"])]))
    assert.strictEqual(finding!.rule, "I24")
    assert.strictEqual(finding!.message, `image "vol.2.qcow2" also belongs to backup ${chainX}`)
  })
})

describe("I25, formats of images", () => {
  const images = (...images: ReadonlyArray<ReadonlyArray<string>>) =>
    inChain(chain(chainX, [1], {
      head: full(chainX, { images: images[0]! }),
      incrementals: images.slice(1).map((images, index) => incremental(chainX, index + 2, { images }))
    }))

  it("do not mix in a chain", () => {
    assert.deepStrictEqual(images(["a.qcow2"], ["a.tib"]), [`I25 ${head}`])
    assert.deepStrictEqual(images(["a.tib", "b.qcow2"]), [`I25 ${head}`])
    assert.deepStrictEqual(images(["a.tib"], ["a2.tib"]), [])
    assert.deepStrictEqual(images([], ["a.tib"], ["x.raw"]), [])
    assert.deepStrictEqual(images(["a.tib.qcow2"], ["tib"]), [])
  })

  it("may differ from chain to chain", () => {
    const old = chain(chainY, [1], { head: full(chainY, { images: ["a.tib"] }) })
    assert.deepStrictEqual(
      found(environment(web, [old, chain(chainX, [1], { head: full(chainX, { images: ["a.qcow2"] }) })])),
      []
    )
  })
})

describe("I27, kinds", () => {
  it("are 0 to 3", () => {
    for (const vmType of [0, 1, 2, 3]) assert.deepStrictEqual(found(environment(web, [], { vmType })), [])
    for (const vmType of [4, 0xffff_ffff]) {
      const [finding] = check(environment(web, [], { vmType }))
      assert.deepStrictEqual([finding!.rule, finding!.severity, finding!.message], [
        "I27",
        "error",
        `VmType is ${vmType}`
      ])
    }
  })
})
