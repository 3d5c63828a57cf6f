/** The environments of a sample store. */
import type { ImageFormat } from "@backup-tree/core/directory/files/ImageNames"
import type * as BackupStore from "@backup-tree/core/server/BackupStore"
import * as BackupDate from "@backup-tree/core/tree/BackupDate"
import * as DateTime from "effect/DateTime"
import type * as Random from "./random.ts"
import { type DiskPlan, type ItemPlan, mebibyte, storedChain } from "./storedChain.ts"

/** The parts that all environments share. */
export interface SampleStore {
  readonly random: Random.Random
  readonly now: number
  readonly weeks: number
  readonly servers: ReadonlyArray<{ readonly host: string; readonly uuid: string }>
}

/** The environments with special chains, by index: with removed backups, with a wrong id, with `.tib` images. */
export interface SpecialCases {
  readonly promoted: number | undefined
  readonly broken: number | undefined
  readonly legacy: number | undefined
}

interface Role {
  readonly name: string
  readonly vmType: number
  readonly disks: ReadonlyArray<readonly [originalPath: string, mebibytes: number]>
}

const oneDisk: Role["disks"] = [["harddisk.hdd", 65_536]]
const twoDisks: Role["disks"] = [["harddisk.hdd", 65_536], ["harddisk1.hdd", 262_144]]
const container: Role["disks"] = [["root.hdd", 10_240]]

const roles: ReadonlyArray<Role> = [
  { name: "web01", vmType: 0, disks: oneDisk },
  { name: "db-primary", vmType: 0, disks: twoDisks },
  { name: "mail-gateway", vmType: 0, disks: oneDisk },
  { name: "build-ct", vmType: 2, disks: container },
  { name: "erp-2008", vmType: 0, disks: oneDisk },
  { name: "dns-ct", vmType: 2, disks: container },
  { name: "files", vmType: 0, disks: [["harddisk.hdd", 65_536], ["/vz/storage/files/archive.hdd", 1_048_576]] },
  { name: "ldap", vmType: 0, disks: oneDisk },
  { name: "db-replica", vmType: 0, disks: twoDisks },
  { name: "cache-ct", vmType: 2, disks: container },
  { name: "monitor", vmType: 0, disks: oneDisk }
]

const day = 86_400_000
const legacyAge = 3_700
// A nightly backup starts up to ten minutes late.
const maxDelay = 600

/** The parts that all chains of one environment share. */
interface Environment {
  readonly store: SampleStore
  readonly vmType: number
  readonly disks: ReadonlyArray<DiskPlan>
  readonly server: SampleStore["servers"][number]
  /** The start of its backups, in seconds from midnight. */
  readonly start: number
  readonly fullSize: number
}

/** Generates the environment with an index. */
export const environmentOf = (
  store: SampleStore,
  special: SpecialCases,
  index: number
): BackupStore.StoredEnvironment => {
  const { random } = store
  const role = roles[index % roles.length]!
  const round = Math.floor(index / roles.length)
  const uuid = random.uuid()
  const environment: Environment = {
    store,
    vmType: role.vmType,
    disks: role.disks.map(([originalPath, size]) => ({ originalPath, size: BigInt(size) * mebibyte, keyId: "" })),
    server: store.servers[random.below(store.servers.length)]!,
    start: 3600 + random.below(4 * 3600),
    fullSize: 2 ** 30 * (2 + random.below(30))
  }
  const lastDay = Math.floor((store.now - (environment.start + maxDelay) * 1000) / day)
  const sunday = lastDay - weekday(lastDay)
  const weekly = Array.from({ length: store.weeks }, (_, week) => {
    const from = sunday - 7 * (store.weeks - 1 - week)
    const numbers = Array.from({ length: Math.min(7, lastDay - from + 1) }, (_, night) => night + 1)
    const removed = week === 0 && index === special.promoted ? [1, 2, 5] : []
    const remaining = numbers.filter((number) => !removed.includes(number))
    const chain = chainOf(environment, { format: "qcow2", from, step: 1, numbers: remaining, highest: numbers.length })
    return week === store.weeks - 2 && index === special.broken ? withWrongId(chain) : chain
  })
  const old = index === special.legacy
    ? [chainOf(environment, { format: "tib", from: sunday - legacyAge, step: 7, numbers: [1, 2, 3, 4], highest: 0 })]
    : []
  return {
    directory: uuid,
    metadata: {
      uuid,
      name: round === 0 ? role.name : `${role.name}-${round + 1}`,
      vmType: role.vmType,
      version: 5,
      kept: []
    },
    chains: [...old, ...weekly]
  }
}

// The first day of the epoch was a Thursday.
const weekday = (dayOfEpoch: number): number => (((dayOfEpoch + 4) % 7) + 7) % 7

interface Series {
  readonly format: ImageFormat
  /** The day of its first backup, in days since the epoch. */
  readonly from: number
  /** The days between two backups. */
  readonly step: number
  /** The backups that still exist. */
  readonly numbers: ReadonlyArray<number>
  readonly highest: number
}

const chainOf = (
  environment: Environment,
  { format, from, highest, numbers, step }: Series
): BackupStore.StoredChain => {
  const { disks, fullSize, server, start, store, vmType } = environment
  const items = numbers.map((number, position): ItemPlan => {
    const second = start + store.random.below(maxDelay)
    // A promoted head contains the data of the backups before it. Sizes are multiples of 512 bytes, as on a server.
    const size = position === 0
      ? fullSize + 2 ** 20 * store.random.below(1024)
      : 512 * (2 ** 12 + store.random.below(2 ** 20))
    return {
      number,
      dateTime: stamp((from + (number - 1) * step) * day + second * 1000),
      size: BigInt(size),
      originalSize: format === "tib" ? BigInt(size) * 2n : 0n,
      host: format === "tib" ? "pcs6.example.com" : server.host,
      serverUuid: server.uuid,
      creator: "root",
      description: format === "tib" ? "before the upgrade" : number === 1 ? "weekly full" : "nightly",
      requestFlags: 0
    }
  })
  return storedChain({
    uuid: store.random.uuid(),
    vmType,
    format,
    listsDisks: true,
    disks,
    items: [items[0]!, ...items.slice(1)],
    lastNumber: highest === 1 ? 0 : highest
  })
}

/** Appends a digit to the id of the fourth backup, as a manual edit of the metadata might. */
const withWrongId = (chain: BackupStore.StoredChain): BackupStore.StoredChain => ({
  ...chain,
  items: chain.items.map((item) =>
    item.number === 4 && item.content._tag === "Link"
      ? { ...item, content: { ...item.content, backup: { ...item.content.backup, id: `${item.content.backup.id}0` } } }
      : item
  )
})

const stamp = (milliseconds: number): string => BackupDate.print(DateTime.makeUnsafe(milliseconds))
