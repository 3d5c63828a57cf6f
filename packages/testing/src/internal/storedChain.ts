/** Builds one chain of a store, the way a server writes it. Source: SEMANTICS 1.4 to 1.11. */
import * as ImageNames from "@backup-tree/core/directory/files/ImageNames"
import * as BackupFlags from "@backup-tree/core/sdk/BackupFlags"
import * as BackupId from "@backup-tree/core/sdk/BackupId"
import type * as BackupStore from "@backup-tree/core/server/BackupStore"
import type * as BackupTree from "@backup-tree/core/tree/BackupTree"
import { scramble } from "./random.ts"

/** One MiB in bytes, the unit of virtual disk sizes. */
export const mebibyte = 1_048_576n

/** A virtual disk of an environment. */
export interface DiskPlan {
  readonly originalPath: string
  readonly size: bigint
  readonly keyId: string
}

/** An existing backup. `requestFlags` are the flags of the request that created it, except full and incremental. */
export interface ItemPlan {
  readonly number: number
  readonly dateTime: string
  readonly size: bigint
  readonly originalSize: bigint
  readonly host: string
  readonly serverUuid: string
  readonly creator: string
  readonly description: string
  readonly requestFlags: BackupFlags.BackupFlags
}

/**
 * A chain: its existing items in ascending order, the head first.
 *
 * `lastNumber` is the highest number that the chain ever had. Old servers send no disk lists (`listsDisks`).
 */
export interface ChainPlan {
  readonly uuid: string
  readonly vmType: number
  readonly format: ImageNames.ImageFormat
  readonly listsDisks: boolean
  readonly disks: ReadonlyArray<DiskPlan>
  readonly items: readonly [ItemPlan, ...ReadonlyArray<ItemPlan>]
  readonly lastNumber: number
}

/** Builds a chain that is readable and not locked. */
export const storedChain = (plan: ChainPlan): BackupStore.StoredChain => ({
  directory: plan.uuid,
  locked: false,
  readable: true,
  items: plan.items.map((item, index) => ({
    number: item.number,
    content: index === 0
      ? {
        _tag: "Head",
        uuid: plan.uuid,
        lastNumber: plan.lastNumber,
        backup: { _tag: "FullBackup", ...fields(plan, item, "f", "PBT_FULL") }
      }
      : {
        _tag: "Link",
        backup: { _tag: "IncrementalBackup", number: item.number, ...fields(plan, item, "i", "PBT_INCREMENTAL") }
      }
  }))
})

const fields = (
  plan: ChainPlan,
  item: ItemPlan,
  type: string,
  flag: BackupFlags.FlagName
): Omit<BackupTree.FullBackup, "_tag"> => {
  const images = ImageNames.imageNames(plan.disks.map(({ originalPath }) => originalPath), {
    number: item.number,
    format: plan.format,
    vmType: plan.vmType
  })
  return {
    id: BackupId.make(plan.uuid, item.number).text,
    host: item.host,
    serverUuid: item.serverUuid,
    dateTime: item.dateTime,
    creator: item.creator,
    size: item.size,
    type,
    description: item.description,
    images,
    originalSize: item.originalSize,
    bundlePermissions: plan.format === "tib" && plan.vmType !== 0 ? 0 : 0x7700,
    // Versions that wrote .tib images had no Flags and no LastNumber (SEMANTICS 1.14).
    flags: plan.format === "tib" ? 0 : BackupFlags.union(item.requestFlags, BackupFlags.of(flag)),
    disks: plan.listsDisks
      ? { list: plan.disks.map((disk, index) => backupDisk(disk, images[index]!)), kept: [] }
      : undefined,
    kept: []
  }
}

const backupDisk = ({ keyId, originalPath, size }: DiskPlan, name: string): BackupTree.BackupDisk => ({
  name,
  originalPath,
  size,
  encryption: { keyId, kept: [] },
  kept: []
})

/** Builds a uuid from two 32-bit numbers. The uuids of one `salt` differ. */
export const uuidOf = (salt: number, index: number): string => {
  // The first word is a bijection of the index, so uuids differ. The rest only has to look random.
  const words = [0x9e37_79b9, 0x85eb_ca6b, 0xc2b2_ae35, 0x27d4_eb2f].map((step, word) =>
    scramble((index + word * step + salt) | 0).toString(16).padStart(8, "0")
  )
  const hex = words.join("")
  return `{${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}}`
}
