import { assert, describe, it } from "@effect/vitest"
import type * as BackupTree from "../../../src/tree/BackupTree.ts"
import { breachesIn, brief, check, link } from "../../support/findings.ts"
import { chain, chainX, disk, environment, full, incremental, web } from "../../support/treeLiterals.ts"

type Disks = ReadonlyArray<BackupTree.BackupDisk> | undefined

/** A chain of `.tib` images, whose names no rule compares with those of the disks. */
const chainOf = (...[first, ...rest]: readonly [Disks, ...ReadonlyArray<Disks>]): BackupTree.BackupChain => {
  const fields = (list: Disks, number: number) => ({
    images: [`a${number}.tib`],
    disks: list && { list, kept: [] },
    flags: 0
  })
  return chain(chainX, [1], {
    head: full(chainX, fields(first, 1)),
    incrementals: rest.map((list, index) => incremental(chainX, index + 2, fields(list, index + 2)))
  })
}

const inChain = (rule: string, ...disks: Parameters<typeof chainOf>) =>
  breachesIn(rule, environment(web, [chainOf(...disks)]))

const mib = 1_048_576n
const a = disk("a", "a.hdd")
const b = disk("b", "/mnt/b.hdd")

describe("I29, disks along a chain", () => {
  const I29 = (...disks: Parameters<typeof chainOf>) => inChain("I29", ...disks)

  it("are those of the head: as many, of the same paths and sizes, in their order", () => {
    assert.deepStrictEqual(I29([a, b], [a, b], [a, b]), [])
    assert.deepStrictEqual(I29([a, b], [a], [a, b]), [link(1)])
    assert.deepStrictEqual(I29([a], [a, b]), [link(1)])
    assert.deepStrictEqual(I29([a, b], [b, a]), [link(1)])
    assert.deepStrictEqual(I29([a], [{ ...a, size: a.size + mib }]), [link(1)])
    assert.deepStrictEqual(I29([a], [{ ...a, originalPath: "/mnt/a.hdd" }]), [link(1)])
    assert.deepStrictEqual(I29([a], []), [link(1)])
    assert.deepStrictEqual(I29([], [a]), [link(1)])
  })

  it("are compared with the head each, not with one another", () => {
    const grown = { ...a, size: a.size + mib }
    assert.deepStrictEqual(I29([a], [grown], [grown]), [link(1), link(2)])
    assert.deepStrictEqual(I29([a], [grown], [a]), [link(1)])
  })

  it("may have other names and keys", () => {
    assert.deepStrictEqual(I29([a], [{ ...a, name: "other", encryption: { keyId: "k", kept: [] } }]), [])
  })

  it("are passed over where they are not known", () => {
    assert.deepStrictEqual(I29([a], undefined, [b]), [link(2)])
    assert.deepStrictEqual(I29(undefined, [a], [b]), [])
  })

  it("are named where they differ", () => {
    const messages = (...disks: Parameters<typeof chainOf>) =>
      check(environment(web, [chainOf(...disks)], { version: 3 })).map(brief)
    assert.deepStrictEqual(messages([a, b], [a]), [[
      "I29",
      "warning",
      link(1),
      `disk 2 of backup ${chainX}.2 is none, but in its full backup it is "/mnt/b.hdd" (68719476736 bytes)`
    ]])
  })
})

describe("I32, keys along a chain", () => {
  const I32 = (...disks: Parameters<typeof chainOf>) => inChain("I32", ...disks)
  const keyed = (self: BackupTree.BackupDisk, keyId: string) => ({ ...self, encryption: { keyId, kept: [] } })

  it("are those of the head", () => {
    assert.deepStrictEqual(I32([keyed(a, "k")], [keyed(a, "k")]), [])
    assert.deepStrictEqual(I32([keyed(a, "k")], [keyed(a, "l")]), [link(1)])
    assert.deepStrictEqual(I32([keyed(a, "k")], [a]), [link(1)])
    assert.deepStrictEqual(I32([a], [keyed(a, "k")], [keyed(a, "k")]), [link(1), link(2)])
  })

  it("are compared disk by disk, paired by their paths", () => {
    assert.deepStrictEqual(I32([keyed(a, "k"), keyed(b, "l")], [keyed(b, "l"), keyed(a, "k")]), [])
    assert.deepStrictEqual(I32([keyed(a, "k"), keyed(b, "l")], [keyed(b, "k"), keyed(a, "l")]), [link(1), link(1)])
    assert.deepStrictEqual(I32([keyed(a, "k")], [keyed(b, "l")]), [])
    // Two disks of one path: the first with the first, the second with the second.
    assert.deepStrictEqual(I32([keyed(a, "k"), keyed(a, "l")], [keyed(a, "k"), keyed(a, "l"), b]), [])
    assert.deepStrictEqual(I32([keyed(a, "k"), keyed(a, "l")], [keyed(a, "k"), keyed(a, "m")]), [link(1)])
    assert.deepStrictEqual(I32([keyed(a, "k"), keyed(a, "l")], [keyed(a, "m"), keyed(a, "l")]), [link(1)])
  })

  it("are passed over where the disks are not known", () => {
    assert.deepStrictEqual(I32([a], undefined, [keyed(a, "k")]), [link(2)])
    assert.deepStrictEqual(I32(undefined, [keyed(a, "k")], [keyed(a, "l")]), [])
  })

  it("are named where they differ", () => {
    assert.deepStrictEqual(check(environment(web, [chainOf([a], [keyed(a, "k")])], { version: 3 })).map(brief), [[
      "I32",
      "warning",
      link(1),
      `disk "a.hdd" of backup ${chainX}.2 has key "k", but in its full backup it has ""`
    ]])
  })
})
