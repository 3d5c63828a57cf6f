import { assert, describe, it } from "@effect/vitest"
import type { Report, StoreSkip } from "../../src/directory/files/StoreSkip.ts"
import * as StoreEntry from "../../src/directory/StoreEntry.ts"
import { headMetadata, itemDirectory } from "../support/itemDirectories.ts"
import { chainX } from "../support/treeLiterals.ts"

const directory = (name: string): StoreEntry.Entry => ({ name, kind: "directory" })
const file = (name: string): StoreEntry.Entry => ({ name, kind: "file" })
const refused = (name: string, reason: StoreEntry.Refused["reason"]): StoreEntry.Refused => ({
  name,
  kind: "refused",
  reason,
  detail: "why"
})

const short = (skips: ReadonlyArray<StoreSkip>) => skips.map(({ path, reason }) => `${reason} ${path}`)

/** What a function returns, and the skips that it reports. */
const reported = <A>(sort: (report: Report) => A): { readonly sorted: A; readonly skips: ReadonlyArray<StoreSkip> } => {
  const skips: Array<StoreSkip> = []
  return { sorted: sort((path, reason, detail) => skips.push({ path, reason, detail })), skips }
}

const odd = [
  file("x.libprlcommon_tmp.{1}"),
  refused("out", "outside-root"),
  refused("pipe", "not-a-file"),
  refused("denied", "unreadable")
]

describe("the entries of a store", () => {
  it("are environments if they are directories", () => {
    const { skips, sorted } = reported((report) =>
      StoreEntry.environmentsAmong([directory("{a}"), directory("notes"), file("README"), ...odd], report)
    )
    assert.deepStrictEqual(sorted, ["{a}", "notes"])
    assert.deepStrictEqual(short(skips), [
      "not-uuid README",
      "temp-file x.libprlcommon_tmp.{1}",
      "outside-root out",
      "not-a-file pipe",
      "unreadable denied"
    ])
    assert.strictEqual(skips[0]!.detail, "a file, but only environments belong here")
  })
})

describe("the entries of an environment", () => {
  it("are chains if they are directories, next to its metadata", () => {
    const { skips, sorted } = reported((report) =>
      StoreEntry.chainsAmong([file(".metadata"), directory("{c}"), file("notes"), ...odd], "{a}", report)
    )
    assert.deepStrictEqual(sorted, ["{c}"])
    assert.deepStrictEqual(short(skips), [
      "not-uuid {a}/notes",
      "temp-file {a}/x.libprlcommon_tmp.{1}",
      "outside-root {a}/out",
      "not-a-file {a}/pipe",
      "unreadable {a}/denied"
    ])
    assert.strictEqual(skips[0]!.detail, "a file, but only chains belong here")
  })

  it("hold no chain in the place of the metadata", () => {
    assert.deepStrictEqual(reported((report) => StoreEntry.chainsAmong([directory(".metadata")], "{a}", report)), {
      sorted: [],
      skips: [{ path: "{a}/.metadata", reason: "not-a-file", detail: "a directory" }]
    })
  })
})

describe("the entries of a chain", () => {
  it("are items, and what may be images", () => {
    const items = [directory("base"), directory("02"), directory("old"), directory(".hidden")]
    const { skips, sorted } = reported((report) =>
      StoreEntry.sortChain([...items, file("a.qcow2"), file("2"), ...odd], "{a}/{c}", report)
    )
    assert.deepStrictEqual(sorted.items, ["base", "02"])
    assert.deepStrictEqual(sorted.unread, [])
    assert.deepStrictEqual(sorted.images, [
      { name: "old", instead: { reason: "orphan-image", detail: "a directory that is not a backup" } },
      { name: "a.qcow2", instead: undefined },
      { name: "2", instead: undefined },
      { name: "pipe", instead: { reason: "not-a-file", detail: "why" } }
    ])
    assert.deepStrictEqual(short(skips), [
      "temp-file {a}/{c}/x.libprlcommon_tmp.{1}",
      "outside-root {a}/{c}/out",
      "unreadable {a}/{c}/denied"
    ])
  })

  it("are unread items if a link with the name of one is not followed", () => {
    const link = refused("3", "outside-root")
    const { sorted } = reported((report) => StoreEntry.sortChain([link, refused("4", "not-a-file")], "p", report))
    assert.deepStrictEqual(sorted.unread, [link])
  })
})

describe("the images of a chain", () => {
  const sort = (
    images: ReadonlyArray<StoreEntry.ImageEntry>,
    named: ReadonlyArray<string>,
    name: string = chainX
  ) => {
    const found = named.length === 0 ? [] : [itemDirectory("base", { metadata: headMetadata(named) })]
    return reported((report) => StoreEntry.sortImages(images, found, { name, path: "p" }, report))
  }
  const image = (name: string): StoreEntry.ImageEntry => ({ name, instead: undefined })

  it("are named by metadata, or missing", () => {
    const { skips, sorted } = sort([image("a.qcow2")], ["a.qcow2", "b.qcow2"])
    assert.deepStrictEqual([sorted.named, sorted.unnamed], [["a.qcow2"], []])
    assert.deepStrictEqual(skips, [
      { path: "p/b.qcow2", reason: "missing-image", detail: `backup ${chainX} names it` }
    ])
    sorted.reportMissing("a.qcow2", ", and it went away")
    assert.deepStrictEqual(skips[1], {
      path: "p/a.qcow2",
      reason: "missing-image",
      detail: `backup ${chainX} names it, and it went away`
    })
  })

  it("are missing if something else is in their place", () => {
    const pipe = { name: "a.qcow2", instead: { reason: "not-a-file" as const, detail: "no file" } }
    assert.deepStrictEqual(sort([pipe], ["a.qcow2"]).skips, [
      { path: "p/a.qcow2", reason: "missing-image", detail: `backup ${chainX} names it, but it is no file` }
    ])
    assert.deepStrictEqual(short(sort([pipe], []).skips), ["not-a-file p/a.qcow2"])
  })

  it("are read without a name in metadata if they can be images", () => {
    const { skips, sorted } = sort([image("a.2.qcow2"), image("b.tib"), image("notes.txt")], [])
    assert.deepStrictEqual(sorted.unnamed, ["a.2.qcow2", "b.tib"])
    assert.deepStrictEqual(short(skips), [
      "orphan-image p/a.2.qcow2",
      "orphan-image p/b.tib",
      "orphan-image p/notes.txt"
    ])
  })

  it("are nothing to read in a directory that is no chain", () => {
    assert.deepStrictEqual(sort([image("a.qcow2")], [], "notes").sorted.unnamed, [])
    assert.deepStrictEqual(sort([image("a.qcow2")], ["b.qcow2"], "notes").sorted.unnamed, ["a.qcow2"])
  })
})
