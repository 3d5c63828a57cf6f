/**
 * Trees of any size to measure with: nightly chains, as a server lists them.
 */
import * as DateTime from "effect/DateTime"
import * as BackupDate from "../src/tree/BackupDate.ts"
import type * as BackupTree from "../src/tree/BackupTree.ts"

/** How many backups a chain has, and how many chains an environment. */
const chainLength = 7
const chainsOfEnvironment = 3

const hex = (value: number, digits: number): string => (value >>> 0).toString(16).padStart(digits, "0")

/** Makes uuids that differ, and look alike in no more than real ones do. */
export const uuid = (index: number): string => {
  const [one, two, three] = [0x9e37_79b1, 0x85eb_ca77, 0xc2b2_ae3d].map((factor) => Math.imul(index + 1, factor))
  return `{${hex(one!, 8)}-${hex(two! >>> 16, 4)}-4${hex(two! & 0xfff, 3)}-a${hex(three! & 0xfff, 3)}-${
    hex(three! >>> 16, 4)
  }${hex(Math.imul(one!, three!), 8)}}`
}

const day = 86_400_000

// One a night, the chains of an environment one after the other, at a time of its own.
const dateTime = (index: number): string => {
  const night = Date.UTC(2026, 0, 5) + day * (index % (chainLength * chainsOfEnvironment))
  const time = DateTime.makeUnsafe(night + 1000 * (7200 + (index * 7919) % 7200))
  return BackupDate.print(time)
}

const backup = (index: number, chain: string, number: number): Omit<BackupTree.FullBackup, "_tag"> => {
  // A machine is backed up where it runs.
  const node = Math.floor(index / (chainLength * chainsOfEnvironment)) % 3
  const image = number === 1 ? "harddisk.hdd.qcow2" : `harddisk.hdd.${number}.qcow2`
  return {
    id: number === 1 ? chain : `${chain}.${number}`,
    host: `hn${node}.example.com`,
    serverUuid: uuid(-2 - node),
    dateTime: dateTime(index),
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

/** Makes the environments of a number of backups, one after the other. */
export const environments = function*(items: number): Generator<BackupTree.VirtualEnvironment> {
  for (let made = 0, number = 0; made < items; number++) {
    const chains: Array<BackupTree.BackupChain> = []
    while (chains.length < chainsOfEnvironment && made < items) {
      const length = Math.min(chainLength, items - made)
      chains.push(chain(made, length))
      made += length
    }
    yield {
      uuid: uuid(-1000 - number),
      name: `web-${number}`,
      vmType: number % 4 === 0 ? 2 : 0,
      version: 5,
      chains,
      kept: []
    }
  }
}

/** Makes a tree of a number of backups. */
export const tree = (items: number): BackupTree.BackupTree => ({ environments: [...environments(items)], kept: [] })
