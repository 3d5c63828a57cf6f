import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Result from "effect/Result"
import * as StoredItem from "../../src/directory/StoredItem.ts"
import {
  configured,
  containerConfigured,
  described,
  hardDisk,
  headMetadata,
  itemDirectory,
  linkMetadata,
  unconfigured
} from "../support/itemDirectories.ts"
import { chain, chainX, environment, full, incremental, web } from "../support/treeLiterals.ts"

const role = (more: Partial<StoredItem.Role> = {}): StoredItem.Role => ({
  number: 1,
  isHead: true,
  format: "qcow2",
  vmType: 0,
  serverZone: undefined,
  sizeOf: () => undefined,
  ...more
})

const asLink = role({ number: 2, isHead: false })

const encryptedDisk = {
  name: "a.hdd.qcow2",
  originalPath: "a.hdd",
  size: 1024n,
  encryption: { keyId: "key", kept: [] },
  kept: []
}

describe("an item that a server lists", () => {
  it("is a full backup with the letter of its kind, and the disks of its configuration", () => {
    const { problem, read } = StoredItem.toItem(itemDirectory("base"), role())
    const backup = full(chainX, { images: ["a.hdd.qcow2"], disks: { list: [encryptedDisk], kept: [] } })
    assert.isUndefined(problem)
    assert.deepStrictEqual(read, {
      content: { _tag: "Head", uuid: chainX, lastNumber: 3, backup },
      described: backup,
      configuration: { file: "config.pvs", name: "web01" },
      notes: []
    })
  })

  it("is an incremental whose disks have the names of its number", () => {
    const { read } = StoredItem.toItem(itemDirectory("2"), asLink)
    const disks = { list: [{ ...encryptedDisk, name: "a.hdd.2.qcow2" }], kept: [] }
    const backup = incremental(chainX, 2, { images: ["a.hdd.2.qcow2"], type: "i", disks })
    assert.deepStrictEqual(read.content, { _tag: "Link", backup })
  })

  it("of a container has the disks of its images", () => {
    const directory = itemDirectory("base", {
      metadata: headMetadata(["root.hdd.qcow2", "data.3.qcow2"]),
      config: containerConfigured
    })
    const sizeOf = (image: string) => image === "root.hdd.qcow2" ? 512n : undefined
    const { read } = StoredItem.toItem(directory, role({ vmType: 2, sizeOf }))
    assert.deepStrictEqual(
      read.described?.disks?.list.map(({ name, originalPath, size }) => [name, originalPath, size]),
      [["root.hdd.qcow2", "root.hdd", 512n], ["data.3.qcow2", "data", 0n]]
    )
    assert.deepStrictEqual(read.configuration, { file: "ve.conf", name: "" })
  })

  it("keeps the elements of its stored disk list that are not understood", () => {
    const kept = [{ position: 0, element: { name: "Quota", attributes: [], children: [] } }]
    const metadata = described({
      _tag: "PartialBackupItem",
      backup: incremental(chainX, 2, { disks: { list: [], kept } })
    })
    const { read } = StoredItem.toItem(itemDirectory("2", { metadata }), asLink)
    assert.deepStrictEqual(read.described?.disks?.kept, kept)
  })

  it("has the date that the server lists, and is described with the one that is stored", () => {
    const stored = "2020-03-29 02:30:00"
    const metadata = described({
      _tag: "BackupItem",
      chain: chain(chainX, [1], { head: full(chainX, { dateTime: stored }) })
    })
    const dates = (serverZone?: DateTime.TimeZone) => {
      const { read } = StoredItem.toItem(itemDirectory("base", { metadata }), role({ serverZone }))
      return [read.content._tag === "Damaged" ? undefined : read.content.backup.dateTime, read.described?.dateTime]
    }
    assert.deepStrictEqual(dates(), [stored, stored])
    assert.deepStrictEqual(dates(DateTime.zoneMakeNamedUnsafe("Europe/Berlin")), ["", stored])
  })

  it("keeps the notes of its reader", () => {
    const note = { rule: "junk-number" as const, path: "Size", message: "Size is no number" }
    const read = linkMetadata(2)
    if (read._tag !== "Read") return assert.fail(read._tag)
    const metadata = { ...read, decoded: { ...read.decoded, notes: [note] } }
    assert.deepStrictEqual(StoredItem.toItem(itemDirectory("2", { metadata }), asLink).read.notes, [note])
  })
})

describe("an item that a server hides", () => {
  const vmItem = described({ _tag: "VmItem", environment: environment(web, []) })

  it.each(
    [
      ["a full backup without metadata", { metadata: { _tag: "Missing" } }, role(), "base-without-metadata"],
      ["an incremental without metadata", { metadata: { _tag: "Missing" } }, asLink, "link-without-metadata"],
      ["invalid metadata", { metadata: { _tag: "Invalid", detail: "x" } }, role(), "head-invalid"],
      ["an incremental in the first place", { metadata: linkMetadata(1) }, role(), "head-invalid"],
      ["a full backup in a later place", { metadata: headMetadata() }, asLink, "link-invalid"],
      ["the metadata of an environment", { metadata: vmItem }, asLink, "link-invalid"],
      ["a full backup without a configuration", { config: unconfigured }, role(), "head-config-missing"],
      ["an incremental without a configuration", { config: unconfigured }, asLink, "link-config-missing"]
    ] as const
  )("is %s", (_, more, role, reason) => {
    const { problem, read } = StoredItem.toItem(itemDirectory(role.isHead ? "base" : "2", more), role)
    assert.strictEqual(problem?.reason, reason)
    assert.deepStrictEqual(read.content, { _tag: "Damaged" })
    assert.deepStrictEqual(read.notes, [])
  })

  it("names what its metadata describes instead", () => {
    const { problem } = StoredItem.toItem(itemDirectory("base", { metadata: linkMetadata(1) }), role())
    assert.strictEqual(problem?.detail, ".metadata describes a PartialBackupItem, not a BackupItem")
  })

  it("is described all the same, without disks", () => {
    const { read } = StoredItem.toItem(itemDirectory("base", { config: unconfigured }), role())
    assert.deepStrictEqual(read.described, full(chainX, { images: ["a.hdd.qcow2"], type: "" }))
    assert.isUndefined(read.configuration)
  })

  it("has no reason if it could not be read: that is reported where it was read", () => {
    const unread = StoredItem.unread({ name: "2", detail: "permission denied" })
    assert.isUndefined(StoredItem.toItem(unread, asLink).problem)
    const config = Result.fail({ _tag: "Unread" as const, detail: "permission denied" })
    const { problem, read } = StoredItem.toItem(itemDirectory("2", { config }), asLink)
    assert.isUndefined(problem)
    assert.strictEqual(read.described?.id, `${chainX}.2`)
  })

  it("still has its configuration if its metadata is gone", () => {
    const { read } = StoredItem.toItem(itemDirectory("2", { metadata: { _tag: "Missing" } }), asLink)
    assert.deepStrictEqual(read.configuration, { file: "config.pvs", name: "web01" })
    assert.isUndefined(read.described)
  })

  it("is not confused by a disk that its configuration names twice", () => {
    const { read } = StoredItem.toItem(itemDirectory("base", { config: configured(hardDisk, hardDisk) }), role())
    assert.deepStrictEqual(read.described?.disks?.list.map(({ name }) => name), ["a.hdd.qcow2", "_a.hdd.qcow2"])
  })
})
