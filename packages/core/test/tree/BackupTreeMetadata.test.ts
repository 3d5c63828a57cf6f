import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as BackupTreeXml from "../../src/tree/BackupTreeXml.ts"
import type { XmlError } from "../../src/xml/XmlError.ts"
import { tree } from "../support/treeArbitraries.ts"
import { backup, chained, decoded, edit, environment, full } from "../support/treeXml.ts"
import { fixture } from "../support/xmlFixtures.ts"

describe("metadata", () => {
  const folder = `backup-root/${environment}/`
  const files = [".metadata", "base", "2", "3"].map((name) =>
    name === ".metadata" ? `${folder}.metadata` : `${folder}${backup}/${name}/.metadata`
  )
  const metadata = (text: string, mode: BackupTreeXml.Mode = "tolerant"): BackupTreeXml.DecodedMetadata =>
    Result.getOrThrow(BackupTreeXml.decodeMetadata(text, { mode }))
  const metadataRefusal = (text: string, mode: BackupTreeXml.Mode): XmlError =>
    Result.getOrThrow(Result.flip(BackupTreeXml.decodeMetadata(text, { mode })))

  it("reads the files of a store, which hold what the listing of that store shows, but for disks", () => {
    const listed = decoded(chained).tree.environments[0]!
    const chain = listed.chains[0]!
    const disks = { list: [], kept: [] }
    assert.deepStrictEqual(files.map((name) => metadata(fixture(name), "strict").metadata), [
      { _tag: "VmItem", environment: { ...listed, chains: [] } },
      { _tag: "BackupItem", chain: { ...chain, head: { ...chain.head, disks }, incrementals: [] } },
      ...chain.incrementals.map((backup) => ({ _tag: "PartialBackupItem" as const, backup: { ...backup, disks } }))
    ])
  })

  it("writes them back byte for byte", () => {
    for (const name of files) {
      assert.strictEqual(BackupTreeXml.encodeMetadata(metadata(fixture(name)).metadata), fixture(name), name)
    }
  })

  it("leaves chains, incrementals and disks out when it writes", () => {
    const listed = decoded(chained).tree.environments[0]!
    const written: ReadonlyArray<BackupTreeXml.Metadata> = [
      { _tag: "VmItem", environment: listed },
      { _tag: "BackupItem", chain: listed.chains[0]! },
      ...listed.chains[0]!.incrementals.map((backup) => ({ _tag: "PartialBackupItem" as const, backup }))
    ]
    assert.deepStrictEqual(written.map(BackupTreeXml.encodeMetadata), files.map(fixture))
  })

  it("leaves chains and incrementals out when it reads", () => {
    const text = edit(fixture(files[0]!), "</VmItem>", "<BackupItem><Uuid>x</Uuid></BackupItem></VmItem>")
    assert.deepStrictEqual(metadata(text, "strict"), metadata(fixture(files[0]!), "strict"))
    const head = edit(fixture(files[1]!), "<OriginalSize>", "<PartialBackupItem/><OriginalSize>")
    assert.deepStrictEqual(metadata(head, "strict"), metadata(fixture(files[1]!), "strict"))
  })

  it("reads an attribute of the root in place of a missing child; the child takes precedence", () => {
    const text =
      "<VmItem Uuid='{u}' Name='a&amp;b' VmType=' 2 ' Version='x' name='no' schemaVersion='1.0'><Name>child</Name></VmItem>"
    const { metadata: read, notes } = metadata(text)
    assert.deepStrictEqual(read, {
      _tag: "VmItem",
      environment: { uuid: "{u}", name: "child", vmType: 2, version: 0, chains: [], kept: [] }
    })
    assert.deepStrictEqual(notes.map(({ path, rule }) => [rule, path]), [["junk-number", "Version"]])
    const empty = metadata("<VmItem Uuid='' Name=''> </VmItem>", "strict").metadata
    assert.deepStrictEqual(empty._tag === "VmItem" && [empty.environment.uuid, empty.environment.name], ["", ""])
    const lists = metadata("<BackupItem TibFileList='x' BackupDisks='y'/>").metadata
    assert.deepStrictEqual(lists._tag === "BackupItem" && [lists.chain.head.images, lists.chain.head.disks], [
      [],
      undefined
    ])
  })

  it("does not take attributes of a listing for elements", () => {
    const text = "<BackupTree><VmItem Uuid='{u}' Name='n'/></BackupTree>"
    assert.deepStrictEqual(decoded(text).notes.map(({ rule }) => rule), ["missing-required", "missing-required"])
  })

  it("keeps the letter without judging it: that of a promoted head is empty", () => {
    for (const letter of ["", "i", "x"]) {
      const { metadata: read, notes } = metadata(edit(fixture(files[1]!), "<Type>f<", `<Type>${letter}<`), "strict")
      assert.deepStrictEqual([read._tag === "BackupItem" && read.chain.head.type, notes], [letter, []])
    }
  })

  it("names paths from the root of the file", () => {
    const text = edit(fixture(files[2]!), "<Number>2<", "<Number>x<").replace(
      "<BackupDisks dyn_lists=\"BackupDisk 0\"/>",
      () => "<BackupDisks><BackupDisk><Name/><OriginalPath/><Size>y</Size></BackupDisk></BackupDisks>"
    )
    assert.deepStrictEqual(metadata(text).notes.map(({ backup, path }) => [path, backup]), [
      ["Number", `${backup}.2`],
      ["BackupDisks/BackupDisk[1]/Size", `${backup}.2`]
    ])
    assert.deepStrictEqual([metadataRefusal(text, "strict").reason, metadataRefusal(text, "strict").path], [
      "junk-number",
      "Number"
    ])
  })

  it("refuses another root", () => {
    for (const mode of ["tolerant", "strict"] as const) {
      assert.strictEqual(metadataRefusal(full, mode).reason, "root")
      assert.strictEqual(metadataRefusal("<vmitem/>", mode).reason, "root")
      assert.strictEqual(metadataRefusal("", mode).reason, "empty")
    }
  })

  it.prop("survives writing and reading", { tree }, ({ tree }) => {
    for (const environment of tree.environments) {
      for (const chain of environment.chains) {
        for (const backup of chain.incrementals) {
          const value: BackupTreeXml.Metadata = { _tag: "PartialBackupItem", backup }
          const once = metadata(BackupTreeXml.encodeMetadata(value)).metadata
          assert.deepStrictEqual(metadata(BackupTreeXml.encodeMetadata(once)).metadata, once)
          assert.deepStrictEqual(once._tag === "PartialBackupItem" && [once.backup.id, once.backup.number], [
            backup.id,
            backup.number
          ])
        }
        const stored = {
          ...chain,
          incrementals: [],
          head: { ...chain.head, disks: { list: [], kept: [] }, kept: [] }
        }
        const value: BackupTreeXml.Metadata = { _tag: "BackupItem", chain: stored }
        assert.deepStrictEqual(metadata(BackupTreeXml.encodeMetadata(value)).metadata, value)
      }
      const value: BackupTreeXml.Metadata = { _tag: "VmItem", environment: { ...environment, chains: [], kept: [] } }
      assert.deepStrictEqual(metadata(BackupTreeXml.encodeMetadata(value)).metadata, value)
    }
  })
})
