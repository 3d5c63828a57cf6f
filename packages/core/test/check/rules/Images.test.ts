import { assert, describe, it } from "@effect/vitest"
import type * as BackupTree from "../../../src/tree/BackupTree.ts"
import { answer, breaches, breachesIn, brief, check, findingsOf, head, link, unknown } from "../../support/findings.ts"
import {
  chain,
  chainX,
  chainY,
  disk,
  environment,
  full,
  incremental,
  listing,
  tree,
  web
} from "../../support/treeLiterals.ts"

/** A backup's images, and its disks as `[name, originalPath]`, undefined for none known. */
type Part = readonly [images: ReadonlyArray<string>, disks: ReadonlyArray<readonly [string, string]> | undefined]

const fields = ([images, disks]: Part) => ({
  images,
  disks: disks && { list: disks.map(([name, path]) => disk(name, path)), kept: [] }
})

const chainOf = (numbers: ReadonlyArray<number>, ...parts: ReadonlyArray<Part>): BackupTree.BackupChain => {
  const [first = 1, ...rest] = numbers
  return chain(chainX, [1], {
    head: full(first === 1 ? chainX : `${chainX}.${first}`, fields(parts[0]!)),
    incrementals: rest.map((number, index) => incremental(chainX, number, fields(parts[index + 1]!)))
  })
}

const version5 = (rule: string, ...parts: ReadonlyArray<Part>) =>
  breachesIn(rule, environment(web, [chainOf(parts.map((_, index) => index + 1), ...parts)]))

describe("I21, backups without images", () => {
  it("have no disks either", () => {
    assert.deepStrictEqual(version5("I21", [[], []], [[], []]), [])
    assert.deepStrictEqual(version5("I21", [[], [["a.qcow2", "a"]]]), [head])
    assert.deepStrictEqual(version5("I21", [["a.qcow2"], [["a.qcow2", "a"]]], [[], [["a.2.qcow2", "a"]]]), [link(1)])
  })

  it("are passed over where the disks are not known", () => {
    assert.deepStrictEqual(version5("I21", [[], undefined]), [])
  })

  it("are found in chains of any version", () => {
    assert.deepStrictEqual(
      check(environment(web, [chainOf([1], [[], [["a.tib", "a"], ["b.tib", "b"]]])], { version: 3 })).map(brief),
      [["I21", "warning", head, `backup ${chainX} has 2 disks, but no image`]]
    )
  })
})

describe("I22, images and disks", () => {
  const two: Part = [["a.qcow2", "b.qcow2"], [["a.qcow2", "a"], ["b.qcow2", "b"]]]

  it("have the same names in the same order", () => {
    assert.deepStrictEqual(version5("I22", two), [])
    assert.deepStrictEqual(version5("I22", [["b.qcow2", "a.qcow2"], two[1]]), [head])
    assert.deepStrictEqual(version5("I22", [["a.qcow2"], two[1]]), [head])
    assert.deepStrictEqual(version5("I22", [["a.qcow2", "b.qcow2", "c.qcow2"], two[1]]), [head])
    assert.deepStrictEqual(version5("I22", two, [["a.2.qcow2"], [["a.3.qcow2", "a"]]]), [link(1)])
  })

  it("differ where there are disks and no images, or images and no disks", () => {
    assert.deepStrictEqual(version5("I22", [[], [["a.qcow2", "a"]]]), [head])
    assert.deepStrictEqual(version5("I22", [["a.qcow2"], []]), [head])
  })

  it("are not compared where the disks are not known", () => {
    assert.deepStrictEqual(version5("I22", [["a.qcow2"], undefined]), [])
  })

  it("are not compared before version 4, which goes by the chain", () => {
    const differ: Part = [["a.qcow2"], [["b.qcow2", "b"]]]
    const tib: Part = [["a.tib"], [["b.tib", "b"]]]
    for (const version of [0, 1, 2, 3]) {
      assert.deepStrictEqual(breachesIn("I22", environment(web, [chainOf([1], differ)], { version })), [])
    }
    assert.deepStrictEqual(breachesIn("I22", environment(web, [chainOf([1], differ)], { version: 4 })), [head])
    assert.deepStrictEqual(breachesIn("I22", environment(web, [chainOf([1], tib)])), [])
  })

  it("are named where they differ", () => {
    const finding = check(environment(web, [chainOf([1], [["a.qcow2"], []])])).find(({ rule }) => rule === "I22")!
    assert.deepStrictEqual(brief(finding), [
      "I22",
      "warning",
      head,
      `backup ${chainX} has the images "a.qcow2", but its disks are none`
    ])
  })
})

describe("I23, numbers of images", () => {
  const I23 = (number: number, images: ReadonlyArray<string>, ...paths: ReadonlyArray<string>) => {
    const part: Part = [images, paths.map((path) => ["x", path] as const)]
    return breachesIn(
      "I23",
      environment(web, [number === 1 ? chainOf([1], part) : chainOf([1, number], [[], []], part)])
    ).length
  }

  it("are those of the backups", () => {
    assert.strictEqual(I23(1, ["a.hdd.qcow2", "_a.hdd.qcow2"]), 0)
    assert.strictEqual(I23(3, ["a.hdd.3.qcow2", "_a.hdd.3.qcow2"]), 0)
    assert.strictEqual(I23(3, ["a.hdd.2.qcow2"]), 1)
    assert.strictEqual(I23(3, ["a.hdd.33.qcow2"]), 1)
    assert.strictEqual(I23(2, ["a.hdd.qcow2"]), 1)
    assert.strictEqual(I23(1, ["a.hdd.2.qcow2"]), 1)
    assert.strictEqual(I23(2, ["a.hdd.02.qcow2"]), 0)
    assert.strictEqual(I23(1, ["a.hdd.02.qcow2"]), 1)
    assert.strictEqual(I23(1, ["a.hdd.2.qcow2", "b.qcow2", "c.3.qcow2"]), 2)
  })

  it("of a promoted head are its own", () => {
    assert.deepStrictEqual(breachesIn("I23", environment(web, [chainOf([3], [["a.3.qcow2"], undefined])])), [])
    assert.deepStrictEqual(breachesIn("I23", environment(web, [chainOf([3], [["a.qcow2"], undefined])])), [head])
  })

  it("may be part of the name of a disk", () => {
    assert.strictEqual(I23(1, ["data.2.qcow2"], "data.2"), 0)
    assert.strictEqual(I23(1, ["data.2.qcow2"], "/mnt/bulk/data.2"), 0)
    assert.strictEqual(I23(1, ["data.2.qcow2"], "/mnt/bulk/data.2/"), 0)
    assert.strictEqual(I23(1, ["__data.2.qcow2"], "/mnt/a/data.2"), 0)
    assert.strictEqual(I23(1, ["_data.2.qcow2"], "_data.2"), 0)
    assert.strictEqual(I23(2, ["data.2.2.qcow2", "data.2.qcow2"], "data.2", "data"), 0)
    assert.strictEqual(I23(1, ["data.2.qcow2"], "data"), 1)
    assert.strictEqual(I23(1, ["data.2.qcow2"], "data.2/other"), 1)
    assert.strictEqual(I23(1, ["mydata.2.qcow2"], "data.2"), 1)
    assert.strictEqual(I23(3, ["data.2.qcow2"], "data.2"), 1)
  })

  it("are not read off other images", () => {
    assert.strictEqual(I23(3, ["private2.tib", "a.2.tib", "a.2.raw", "a.2.qcow2c"]), 0)
  })

  it("are not compared with a head whose number cannot be known", () => {
    const strange = {
      ...chainOf([1], [["a.7.qcow2"], undefined]),
      head: full(`${chainY}.9`, { images: ["a.7.qcow2"] })
    }
    assert.deepStrictEqual(breachesIn("I23", environment(web, [strange])), [])
  })

  it("are a warning that names the image", () => {
    const finding = check(environment(web, [chainOf([1], [["a.2.qcow2"], undefined])]))
    assert.deepStrictEqual(finding.map(brief), [[
      "I23",
      "warning",
      head,
      "the name of image \"a.2.qcow2\" does not match number 1"
    ]])
  })
})

describe("I24, names of images in a chain", () => {
  const I24 = (...chains: ReadonlyArray<BackupTree.BackupChain>) => breachesIn("I24", environment(web, chains))
  const images = (ofHead: ReadonlyArray<string>, ...others: ReadonlyArray<ReadonlyArray<string>>) =>
    chain(chainX, [1], {
      head: full(chainX, { images: ofHead }),
      incrementals: others.map((images, index) => incremental(chainX, index + 2, { images }))
    })

  it("are unique within a chain, not beyond it", () => {
    assert.deepStrictEqual(I24(images(["a.qcow2", "b.qcow2"], ["a.2.qcow2", "b.2.qcow2"])), [])
    assert.deepStrictEqual(I24(images(["a.qcow2"], ["A.qcow2"])), [])
    const other = chain(chainY, [1], { head: full(chainY, { images: ["a.qcow2"] }) })
    assert.deepStrictEqual(I24(images(["a.qcow2"]), other), [])
  })

  it("meet in a copied item, and in one item", () => {
    assert.deepStrictEqual(I24(images(["a.qcow2"], ["a.qcow2"])), [link(1)])
    assert.deepStrictEqual(I24(images(["a.qcow2", "a.qcow2"])), [head])
  })

  it("meet where the disks of an environment are called vol and vol.2", () => {
    const finding = check(environment(web, [images(["vol.qcow2", "vol.2.qcow2"], ["vol.2.qcow2", "vol.2.2.qcow2"])]))
      .find(
        ({ rule }) => rule === "I24"
      )
    assert.strictEqual(finding!.message, `image "vol.2.qcow2" also belongs to backup ${chainX}`)
  })
})

describe("I25, formats of images", () => {
  const images = (...images: ReadonlyArray<ReadonlyArray<string>>) =>
    breachesIn(
      "I25",
      environment(web, [chain(chainX, [1], {
        head: full(chainX, { images: images[0]! }),
        incrementals: images.slice(1).map((images, index) => incremental(chainX, index + 2, { images }))
      })])
    )

  it("do not mix in a chain", () => {
    assert.deepStrictEqual(images(["a.qcow2"], ["a.tib"]), [head])
    const mixed = chain(chainX, [1], { head: full(chainX, { images: ["a.tib", "b.qcow2"] }) })
    assert.deepStrictEqual(
      findingsOf(listing(tree(environment(web, [mixed])))).filter(({ rule }) => rule === "I25").map(({ message }) =>
        message
      ),
      ["the chain contains \"a.tib\" and \"b.qcow2\""]
    )
    assert.deepStrictEqual(images(["a.tib", "b.qcow2"]), [head])
    assert.deepStrictEqual(images(["a.tib"], ["a2.tib"]), [])
    assert.deepStrictEqual(images([], ["a.tib"], ["x.raw"]), [])
    assert.deepStrictEqual(images(["a.tib.qcow2"], ["tib"]), [])
  })

  it("may differ from chain to chain", () => {
    const old = chain(chainY, [1], { head: full(chainY, { images: ["a.tib"] }) })
    assert.deepStrictEqual(
      breachesIn("I25", environment(web, [old, chain(chainX, [1], { head: full(chainX, { images: ["a.qcow2"] }) })])),
      []
    )
  })
})

describe("I26, the version of an environment", () => {
  const qcow2 = chainOf([1], [["a.qcow2"], undefined])
  const tib = {
    ...chain(chainY, [1]),
    head: full(chainY, { images: ["a.tib"], disks: undefined, dateTime: "2013-07-19 15:08:41" })
  }
  const none = chain(chainX, [1])
  const I26 = (version: number, ...chains: ReadonlyArray<BackupTree.BackupChain>) =>
    breachesIn("I26", environment(web, chains, { version }))

  it("is 4 or later with a .qcow2 image", () => {
    for (const version of [0, 3]) assert.deepStrictEqual(I26(version, qcow2), ["VmItem[1]"])
    for (const version of [4, 5]) assert.deepStrictEqual(I26(version, qcow2), [])
  })

  it("is 3 or earlier with .tib images only", () => {
    for (const version of [4, 5]) assert.deepStrictEqual(I26(version, tib), ["VmItem[1]"])
    for (const version of [0, 3]) assert.deepStrictEqual(I26(version, tib), [])
  })

  it("is that of the new images where there are old ones too", () => {
    assert.deepStrictEqual(I26(5, tib, qcow2), [])
    assert.deepStrictEqual(I26(3, tib, qcow2), ["VmItem[1]"])
  })

  it("may be any where there are no images", () => {
    for (const version of [0, 3, 4, 5]) assert.deepStrictEqual(I26(version, none), [])
  })

  it("is not reported as too new in a response that may lack newer chains", () => {
    const one = environment(web, [tib])
    assert.deepStrictEqual(breaches("I26", answer({ _tag: "Chain", id: chainY }, tree(one))), [])
    assert.deepStrictEqual(breaches("I26", unknown(one)), [])
    const tooOld = environment(web, [qcow2], { version: 3 })
    assert.deepStrictEqual(breaches("I26", answer({ _tag: "Backup", id: chainX }, tree(tooOld))), ["VmItem[1]"])
  })

  it("is information", () => {
    assert.deepStrictEqual(check(environment(web, [tib])).map(brief), [
      ["I26", "info", "VmItem[1]", "the version is 5, but all images are .tib"]
    ])
    assert.deepStrictEqual(check(environment(web, [qcow2], { version: 0 })).map(brief), [
      ["I26", "info", "VmItem[1]", "the version is 0, but there are .qcow2 images"]
    ])
  })
})
