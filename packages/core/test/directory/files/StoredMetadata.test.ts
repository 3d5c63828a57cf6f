import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as StoredMetadata from "../../../src/directory/files/StoredMetadata.ts"
import * as BackupTreeXml from "../../../src/tree/BackupTreeXml.ts"
import { chain, chainX, environment, full, incremental, web } from "../../support/treeLiterals.ts"

const textOf = (metadata: BackupTreeXml.Metadata): string => BackupTreeXml.encodeMetadata(metadata)
const decoded = (text: string, options = {}) => StoredMetadata.decode(Result.succeed(text), options)

const machine = textOf({ _tag: "VmItem", environment: environment(web, []) })
const head = textOf({ _tag: "BackupItem", chain: chain(chainX, [1]) })
const link = textOf({ _tag: "PartialBackupItem", backup: incremental(chainX, 2) })

describe("a .metadata file", () => {
  it("is missing, was not read, or is invalid with the reason", () => {
    assert.deepStrictEqual(StoredMetadata.decode(Result.succeed(undefined)), { _tag: "Missing" })
    assert.deepStrictEqual(StoredMetadata.decode(Result.fail({ _tag: "Unread", detail: "no" })), { _tag: "Unread" })
    assert.deepStrictEqual(
      StoredMetadata.decode(Result.fail({ _tag: "NoText", detail: "it is not UTF-8" })),
      { _tag: "Invalid", detail: ".metadata: it is not UTF-8" }
    )
    assert.deepStrictEqual(decoded(head, { maxLength: 10 }), {
      _tag: "Invalid",
      detail: ".metadata: XML refused: the document has more than 10 characters"
    })
  })

  it("is refused without a required element, as a server refuses it", () => {
    assert.deepStrictEqual(decoded(head.replace(/ *<Host>.*\n/, "")), {
      _tag: "Invalid",
      detail: ".metadata: Host is missing; it is read as empty"
    })
    assert.strictEqual(decoded(head.replace("<Size>4294967296", "<Size>much"))._tag, "Read")
  })

  it("describes a backup or nothing", () => {
    const backups = [head, link, machine, "junk"].map((text) => StoredMetadata.describedBy(decoded(text)))
    assert.deepStrictEqual(backups.map((backup) => backup?.id), [chainX, `${chainX}.2`, undefined, undefined])
    assert.deepStrictEqual(backups[0], full(chainX))
  })
})

describe("the metadata of an environment", () => {
  it("has the content of the file, without chains", () => {
    const { chains: _, ...metadata } = environment(web, [])
    assert.deepStrictEqual(StoredMetadata.ofEnvironment(decoded(machine)), { metadata, notes: [], problem: undefined })
  })

  it("keeps the notes of the reader", () => {
    const { notes } = StoredMetadata.ofEnvironment(decoded(machine.replace("<Version>5", "<Version>five")))
    assert.deepStrictEqual(notes.map(({ path, rule }) => [path, rule]), [["Version", "junk-number"]])
  })

  it.each(
    [
      [StoredMetadata.decode(Result.succeed(undefined)), ["vm-metadata-missing", "it has no .metadata"]],
      [decoded(head), ["vm-metadata-invalid", ".metadata describes a BackupItem, not a VmItem"]],
      [decoded("<VmItem/>"), ["vm-metadata-invalid", ".metadata: Uuid is missing; it is read as empty"]],
      [StoredMetadata.decode(Result.fail({ _tag: "Unread", detail: "no" })), undefined]
    ] as const
  )("is hidden with a reason, unless its file was not read: %#", (stored, expected) => {
    const { metadata, notes, problem } = StoredMetadata.ofEnvironment(stored)
    assert.isUndefined(metadata)
    assert.deepStrictEqual(notes, [])
    assert.deepStrictEqual(problem, expected && { reason: expected[0], detail: expected[1] })
  })
})
