/**
 * Replies of any size to measure with: nightly chains, as a server lists them.
 */
import type * as BackupTree from "@backup-tree/core/BackupTree"
import * as BackupTreeXml from "@backup-tree/core/BackupTreeXml"
import * as Event from "@backup-tree/io/protocol/Event"
import * as PackageType from "@backup-tree/io/protocol/PackageType"
import * as Reply from "@backup-tree/io/protocol/Reply"
import * as Result from "effect/Result"

/** How many backups a chain has, and how many chains an environment. */
const chainLength = 7
const chainsOfEnvironment = 3

const hex = (value: number, digits: number): string => (value >>> 0).toString(16).padStart(digits, "0")

// Uuids that differ, and look alike in no more than real ones do.
const uuid = (index: number): string => {
  const [one, two, three] = [0x9e37_79b1, 0x85eb_ca77, 0xc2b2_ae3d].map((factor) => Math.imul(index + 1, factor))
  return `{${hex(one!, 8)}-${hex(two! >>> 16, 4)}-4${hex(two! & 0xfff, 3)}-a${hex(three! & 0xfff, 3)}-${
    hex(three! >>> 16, 4)
  }${hex(Math.imul(one!, three!), 8)}}`
}

const two = (value: number): string => String(value).padStart(2, "0")

const backup = (index: number, chain: string, number: number): Omit<BackupTree.FullBackup, "_tag"> => {
  const image = number === 1 ? "harddisk.hdd.qcow2" : `harddisk.hdd.${number}.qcow2`
  return {
    id: number === 1 ? chain : `${chain}.${number}`,
    host: `hn${index % 3}.example.com`,
    serverUuid: uuid(-2 - (index % 3)),
    dateTime: `2026-${two(1 + (index % 12))}-${two(1 + (index % 28))} 02:${two(index % 60)}:${two((7 * index) % 60)}`,
    creator: "root",
    size: BigInt(Math.imul(index + 1, 0x9e37_79b1) >>> 0) * 16n,
    type: number === 1 ? "f" : "i",
    description: number === 1 ? "weekly full" : index % 50 === 0 ? "before the upgrade of R&D <2026>" : "nightly",
    images: [image],
    originalSize: 0n,
    bundlePermissions: 30_464,
    flags: number === 1 ? 0 : 4096,
    disks: {
      list: [{
        name: image,
        originalPath: "harddisk.hdd",
        size: 68_719_476_736n,
        encryption: { keyId: "", kept: [] },
        kept: []
      }],
      kept: []
    },
    kept: []
  }
}

const chain = (index: number, length: number): BackupTree.BackupChain => {
  const id = uuid(index)
  return {
    uuid: id,
    head: { _tag: "FullBackup", ...backup(index, id, 1) },
    incrementals: Array.from({ length: length - 1 }, (_, at) => ({
      _tag: "IncrementalBackup" as const,
      number: at + 2,
      ...backup(index + at + 1, id, at + 2)
    })),
    lastNumber: length
  }
}

/** Makes a tree of a number of backups. */
export const tree = (items: number): BackupTree.BackupTree => {
  const environments: Array<BackupTree.VirtualEnvironment> = []
  for (let made = 0; made < items;) {
    const chains: Array<BackupTree.BackupChain> = []
    while (chains.length < chainsOfEnvironment && made < items) {
      const length = Math.min(chainLength, items - made)
      chains.push(chain(made, length))
      made += length
    }
    environments.push({
      uuid: uuid(-1000 - environments.length),
      name: `web-${environments.length}`,
      vmType: environments.length % 4 === 0 ? 2 : 0,
      version: 5,
      chains,
      kept: []
    })
  }
  return { environments, kept: [] }
}

/** Makes the payload of a reply that carries a tree of a number of backups, and tells how long the tree is as XML. */
export const reply = (items: number): { readonly payload: Uint8Array; readonly treeBytes: number } => {
  const xml = BackupTreeXml.encode(tree(items))
  const message = Reply.success(PackageType.DspCmdGetBackupTree, [Event.text(Reply.ResultName.backupTree, xml)])
  const payload = Reply.encode(message, { issuerId: uuid(-1), initialRequestId: uuid(-1) })
  return { payload: Result.getOrThrow(payload), treeBytes: new TextEncoder().encode(xml).length }
}
