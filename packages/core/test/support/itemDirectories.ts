/** The directories of items as they are found in a store. */
import * as Result from "effect/Result"
import type { StoredConfiguration } from "../../src/directory/files/StoredConfiguration.ts"
import type { StoredMetadata } from "../../src/directory/files/StoredMetadata.ts"
import type { ConfiguredDisk } from "../../src/directory/files/VmConfig.ts"
import type { ItemDirectory } from "../../src/directory/StoredItem.ts"
import type * as BackupTreeXml from "../../src/tree/BackupTreeXml.ts"
import { chain, chainX, full, incremental } from "./treeLiterals.ts"

export const described = (metadata: BackupTreeXml.Metadata): StoredMetadata => ({
  _tag: "Read",
  decoded: { metadata, notes: [] }
})

export const headMetadata = (images: ReadonlyArray<string> = ["a.hdd.qcow2"]): StoredMetadata =>
  described({
    _tag: "BackupItem",
    chain: chain(chainX, [1], { lastNumber: 3, head: full(chainX, { images, type: "" }) })
  })

export const linkMetadata = (number: number): StoredMetadata =>
  described({
    _tag: "PartialBackupItem",
    backup: incremental(chainX, number, { images: [`a.hdd.${number}.qcow2`], type: "d" })
  })

export const hardDisk: ConfiguredDisk = { path: "/vz/web01/a.hdd", originalPath: "a.hdd", size: 1024n, keyId: "key" }

export const configured = (...disks: ReadonlyArray<ConfiguredDisk>): StoredConfiguration =>
  Result.succeed({ file: "config.pvs", name: "web01", disks })

export const containerConfigured: StoredConfiguration = Result.succeed({ file: "ve.conf", name: "", disks: undefined })

export const unconfigured: StoredConfiguration = Result.fail({ _tag: "NoText", detail: "it has no config.pvs" })

/** The directory of an item: healthy, unless changed. */
export const itemDirectory = (name: string, more: Partial<ItemDirectory> = {}): ItemDirectory => ({
  name,
  metadata: name === "base" || name === "1" ? headMetadata() : linkMetadata(Number(name)),
  config: configured(hardDisk),
  ...more
})
