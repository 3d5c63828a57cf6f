import * as Qcow2 from "@backup-tree/core/directory/files/Qcow2"
import * as VmConfig from "@backup-tree/core/directory/files/VmConfig"
import * as BackupStore from "@backup-tree/core/server/BackupStore"
import * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as BackupTreeXml from "@backup-tree/core/tree/BackupTreeXml"
import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import * as StoreDirectory from "@backup-tree/testing/StoreDirectory"
import * as StoreGenerator from "@backup-tree/testing/StoreGenerator"
import * as NodeFileSystem from "@effect/platform-node-shared/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import * as fs from "node:fs"
import { fileURLToPath } from "node:url"
import * as Examples from "./examples/StoreDirectory.ts"
import * as Folder from "./support/folder.ts"

const written = (store: BackupStore.BackupStore) =>
  Effect.gen(function*() {
    const root = `${yield* Folder.make}/backups`
    yield* Effect.provide(StoreDirectory.write(store, root), NodeFileSystem.layer)
    return root
  })

const read = (place: string): string => fs.readFileSync(place, "utf8")

const metadataOf = (place: string): BackupTreeXml.Metadata => {
  const { metadata, notes } = Result.getOrThrow(
    BackupTreeXml.decodeMetadata(read(`${place}/.metadata`), { mode: "tolerant" })
  )
  assert.deepStrictEqual(notes.filter(({ rule }) => rule !== "bad-date" && rule !== "forbidden-character"), [])
  return metadata
}

/** The header of an image, with the name of its backing file. */
const imageOf = (file: string) => {
  const bytes = Folder.firstBytes(file, 2048)
  const { backingFile, virtualSize } = Result.getOrThrow(Qcow2.decode(bytes))
  const name = backingFile && bytes.subarray(backingFile.offset, backingFile.offset + backingFile.length)
  return { virtualSize, backingFile: name?.toString() }
}

const namesIn = (place: string): ReadonlyArray<string> => fs.readdirSync(place).toSorted()

/** The metadata of an item as in its file, which lacks the letter of a promoted head and the disks. */
const stored = <A extends BackupTree.Backup>(backup: A, type = backup.type): A => ({
  ...backup,
  type,
  disks: { list: [], kept: backup.disks?.kept ?? [] }
})

const assertItem = (place: string, { content, number }: BackupStore.StoredItem, isMachine: boolean): void => {
  if (content._tag === "Damaged") {
    assert.isTrue(Result.isFailure(BackupTreeXml.decodeMetadata(read(`${place}/.metadata`), { mode: "tolerant" })))
    return
  }
  assert.deepStrictEqual(
    metadataOf(place),
    content._tag === "Link"
      ? { _tag: "PartialBackupItem", backup: stored(content.backup) }
      : {
        _tag: "BackupItem",
        chain: {
          uuid: content.uuid,
          head: stored(content.backup, number === 1 ? content.backup.type : ""),
          incrementals: [],
          lastNumber: content.lastNumber
        }
      }
  )
  assert.deepStrictEqual(namesIn(place), [".metadata", isMachine ? "config.pvs" : "ve.conf"])
  const { disks } = content.backup
  if (!isMachine || disks === undefined) return
  assert.deepStrictEqual(
    Result.getOrThrow(VmConfig.decode(read(`${place}/config.pvs`))).disks.map(({ keyId, originalPath, size }) => ({
      keyId,
      originalPath,
      size
    })),
    disks.list.map(({ encryption, originalPath, size }) => ({
      keyId: encryption.keyId,
      originalPath,
      size: (size >> 20n) << 20n
    }))
  )
}

/** Asserts that a directory contains its store, and nothing else. */
const assertContains = (root: string, { environments }: BackupStore.BackupStore): void => {
  assert.deepStrictEqual(namesIn(root), environments.map(({ directory }) => directory).toSorted())
  for (const { chains, directory, metadata } of environments) {
    const place = `${root}/${directory}`
    assert.strictEqual(fs.existsSync(`${place}/.metadata`), metadata !== undefined)
    if (metadata !== undefined) {
      assert.deepStrictEqual(metadataOf(place), { _tag: "VmItem", environment: { ...metadata, chains: [] } })
    }
    assert.deepStrictEqual(
      namesIn(place).filter((name) => name !== ".metadata"),
      chains.map((chain) => chain.directory).toSorted()
    )
    for (const chain of chains) {
      const images = chain.items.flatMap(({ content }) => content._tag === "Damaged" ? [] : content.backup.images)
      const items = chain.items.map(({ number }) => number === 1 ? "base" : String(number))
      assert.deepStrictEqual(namesIn(`${place}/${chain.directory}`), [...new Set([...images, ...items])].toSorted())
      for (const [index, item] of chain.items.entries()) {
        assertItem(`${place}/${chain.directory}/${items[index]}`, item, (metadata?.vmType ?? 0) === 0)
      }
    }
  }
}

// Only root can read a chain that is not readable, so a test may not.
const everyChainReadable = ({ environments }: BackupStore.BackupStore): BackupStore.BackupStore => ({
  environments: environments.map((environment) => ({
    ...environment,
    chains: environment.chains.map((chain) => ({ ...chain, readable: true }))
  }))
})

const generated = StoreGenerator.generate({ seed: 1, environments: 5, weeks: 2 })

// Verbatim from SEMANTICS 3.3 and 3.6.
const machine = "{4f6a1c2e-8f0b-4a44-9a53-2f1d7f3c9b10}"
const environmentFile = `<?xml version="1.0" encoding="UTF-8"?>
<VmItem dyn_lists="BackupItem 0" schemaVersion="1.0">
 <VmType>0</VmType>
 <Uuid>{4f6a1c2e-8f0b-4a44-9a53-2f1d7f3c9b10}</Uuid>
 <Name>web01</Name>
 <Version>5</Version>
</VmItem>
`
const linkFile = `<?xml version="1.0" encoding="UTF-8"?>
<PartialBackupItem dyn_lists="TibFileList" schemaVersion="1.0">
 <Number>2</Number>
 <Id>{0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}.2</Id>
 <Host>hn1.example.com</Host>
 <ServerUuid>{7c1f0a52-3d0e-4b6c-9d4e-51a3b2c4d6e8}</ServerUuid>
 <DateTime>2024-03-03 02:00:05</DateTime>
 <Creator>root</Creator>
 <Size>268435456</Size>
 <Type>i</Type>
 <Description>nightly</Description>
 <TibFileList>harddisk.hdd.2.qcow2</TibFileList>
 <OriginalSize>0</OriginalSize>
 <BundlePermissions>30464</BundlePermissions>
 <Flags>4096</Flags>
 <BackupDisks dyn_lists="BackupDisk 0"/>
</PartialBackupItem>
`
const configFile = `<?xml version="1.0" encoding="UTF-8"?>
<ParallelsVirtualMachine dyn_lists="" schemaVersion="1.0">
 <Identification dyn_lists="">
  <VmUuid>{4f6a1c2e-8f0b-4a44-9a53-2f1d7f3c9b10}</VmUuid>
  <VmName>web01</VmName>
  <HomePath>/vz/vmprivate/4f6a1c2e-8f0b-4a44-9a53-2f1d7f3c9b10/config.pvs</HomePath>
 </Identification>
 <Hardware dyn_lists="Hdd 1">
  <Hdd id="0" dyn_lists="">
   <Enabled>1</Enabled>
   <EmulatedType>1</EmulatedType>
   <StorageURL></StorageURL>
   <InterfaceType>2</InterfaceType>
   <DiskType>1</DiskType>
   <SystemName>/vz/vmprivate/4f6a1c2e-8f0b-4a44-9a53-2f1d7f3c9b10/harddisk.hdd</SystemName>
   <Size>65536</Size>
   <Encryption dyn_lists="">
    <KeyId></KeyId>
   </Encryption>
  </Hdd>
 </Hardware>
</ParallelsVirtualMachine>
`
const example = read(fileURLToPath(new URL("../../core/test/fixtures/03-vm-full-2inc.xml", import.meta.url)))

describe("a written store", () => {
  it.effect("contains the store", () =>
    Effect.gen(function*() {
      assertContains(yield* written(generated), generated)
    }))

  it.effect("equals, file by file, what a server writes", () =>
    Effect.gen(function*() {
      const { tree } = Result.getOrThrow(BackupTreeXml.decode(example, { mode: "strict" }))
      const root = yield* written(BackupStore.fromTree(tree))
      const chain = `${root}/${machine}/{0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}`
      assert.strictEqual(read(`${root}/${machine}/.metadata`), environmentFile)
      assert.strictEqual(read(`${chain}/2/.metadata`), linkFile)
      for (const item of ["base", "2", "3"]) assert.strictEqual(read(`${chain}/${item}/config.pvs`), configFile)
      assert.deepStrictEqual(namesIn(chain), [
        "2",
        "3",
        "base",
        "harddisk.hdd.2.qcow2",
        "harddisk.hdd.3.qcow2",
        "harddisk.hdd.qcow2"
      ])
    }))

  it.effect.prop(
    "contains any store, with unreadable items",
    [Arbitraries.store],
    ([store]) =>
      Effect.gen(function*() {
        const readable = everyChainReadable(store)
        assertContains(yield* written(readable), readable)
      }),
    { arbitrary: { runs: 5 } }
  )

  it.effect("has images as long as their backups, each with the one of the same disk before it as its backing file", () =>
    Effect.gen(function*() {
      const root = yield* written(generated)
      let blocks = 0
      for (const { chains, directory } of generated.environments) {
        for (const chain of chains) {
          let previous: BackupTree.Backup | undefined
          for (const { content } of chain.items) {
            if (content._tag === "Damaged") continue
            const { disks, images, size } = content.backup
            let length = 0
            for (const [index, name] of images.entries()) {
              const file = `${root}/${directory}/${chain.directory}/${name}`
              length += fs.statSync(file).size
              blocks += fs.statSync(file).blocks
              if (name.endsWith(".tib")) continue
              assert.deepStrictEqual(imageOf(file), {
                virtualSize: disks!.list[index]!.size,
                backingFile: previous?.images[index]
              })
            }
            assert.isTrue(length <= Number(size) && length > Number(size) - images.length, `${length} of ${size}`)
            previous = content.backup
          }
        }
      }
      assert.isBelow(blocks * 512, 10 * 2 ** 20)
    }))

  it.effect("is the same for the same seed", () =>
    Effect.gen(function*() {
      const options = { seed: 7, environments: 2, weeks: 2 }
      const one = Folder.contents(yield* written(StoreGenerator.generate(options)))
      assert.deepStrictEqual(Folder.contents(yield* written(StoreGenerator.generate(options))), one)
      const other = yield* written(StoreGenerator.generate({ ...options, seed: 8 }))
      assert.notDeepEqual(Folder.contents(other), one)
    }))

  it.effect("has a directory without permissions for a chain that is not readable", () =>
    Effect.gen(function*() {
      const [environment] = generated.environments
      const [chain] = environment!.chains
      const root = yield* written({
        environments: [{ ...environment!, chains: [{ ...chain!, readable: false }] }]
      })
      const place = `${root}/${environment!.directory}/${chain!.directory}`
      assert.strictEqual(fs.statSync(place).mode & 0o777, 0)
      fs.chmodSync(place, 0o700)
    }))

  it.effect("spells a number that occurs twice in two ways", () =>
    Effect.gen(function*() {
      const [environment] = generated.environments
      const [chain] = environment!.chains
      const items = chain!.items.slice(0, 2).flatMap((item) => [item, item])
      const root = yield* written({ environments: [{ ...environment!, chains: [{ ...chain!, items }] }] })
      assert.includeMembers(
        [...namesIn(`${root}/${environment!.directory}/${chain!.directory}`)],
        items[0]!.number === 1 ? ["1", "base", "02", "2"] : []
      )
    }))
})

describe("writing a store", () => {
  it.effect("is as simple as its example", () =>
    Effect.gen(function*() {
      const root = `${yield* Folder.make}/backups`
      yield* Effect.provide(Examples.sampleDirectory(root), NodeFileSystem.layer)
      assertContains(root, StoreGenerator.generate({ seed: 1 }))
    }))

  const refusal = (store: BackupStore.BackupStore, root: string) =>
    Effect.flip(Effect.provide(StoreDirectory.write(store, root), NodeFileSystem.layer))

  it.effect("accepts an empty directory", () =>
    Effect.gen(function*() {
      const root = yield* Folder.make
      const store = StoreGenerator.generate({ seed: 1, environments: 1, weeks: 2 })
      yield* Effect.provide(StoreDirectory.write(store, root), NodeFileSystem.layer)
      assert.lengthOf(namesIn(root), 1)
    }))

  it.effect("refuses a directory that is not empty, and a file, and leaves both alone", () =>
    Effect.gen(function*() {
      const root = yield* Folder.make
      fs.writeFileSync(`${root}/.hidden`, "mine")
      const notEmpty = yield* refusal(generated, root)
      assert.strictEqual(notEmpty._tag, "DirectoryNotEmpty")
      assert.include(notEmpty.message, "is not empty. Choose a new or an empty directory.")
      assert.deepStrictEqual(namesIn(root), [".hidden"])
      assert.strictEqual((yield* refusal(generated, `${root}/.hidden`))._tag, "PlatformError")
      assert.strictEqual(read(`${root}/.hidden`), "mine")
    }))

  it.effect("refuses names that lead out of the directory, before it writes anything", () =>
    Effect.gen(function*() {
      const root = yield* Folder.make
      const [environment] = generated.environments
      const [chain] = environment!.chains
      const [item] = chain!.items
      const content = item!.content as BackupStore.StoredContent & { readonly _tag: "Head" }
      for (const name of ["../elsewhere", "..", ".", "", "a/b", "a\0b"]) {
        const backup = { ...content.backup, images: [name] }
        const stores: ReadonlyArray<BackupStore.StoredEnvironment> = [
          { ...environment!, directory: name },
          { ...environment!, chains: [{ ...chain!, directory: name }] },
          { ...environment!, chains: [{ ...chain!, items: [{ ...item!, content: { ...content, backup } }] }] }
        ]
        for (const one of stores) {
          const error = yield* refusal({ environments: [one] }, `${root}/backups`)
          assert.strictEqual(error._tag, "NameRefused", name)
        }
      }
      assert.deepStrictEqual(namesIn(root), [])
    }))
})
