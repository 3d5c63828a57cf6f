/**
 * One item of a stored chain: what a server lists for a directory with metadata and a configuration, or why it hides it.
 *
 * Source: SEMANTICS 1.11 and 3.3 to 3.6.
 */
import type * as DateTime from "effect/DateTime"
import * as Result from "effect/Result"
import * as BackupDate from "../tree/BackupDate.ts"
import type * as BackupTree from "../tree/BackupTree.ts"
import type * as BackupTreeXml from "../tree/BackupTreeXml.ts"
import type { ReadItem } from "./DirectoryReading.ts"
import * as ImageNames from "./ImageNames.ts"
import * as StoredConfiguration from "./StoredConfiguration.ts"
import * as StoredMetadata from "./StoredMetadata.ts"
import type * as VmConfig from "./VmConfig.ts"

/** What the directory of an item holds, whatever its place in the chain. */
export interface ItemDirectory {
  readonly name: string
  readonly metadata: StoredMetadata.StoredMetadata
  readonly config: StoredConfiguration.StoredConfiguration
}

/** Makes the item of a directory that could not be read, which is reported where it was read. */
export const unread = ({ detail, name }: { readonly name: string; readonly detail: string }): ItemDirectory => ({
  name,
  metadata: { _tag: "Unread" },
  config: Result.fail({ _tag: "Unread", detail })
})

/** What may have become of the metadata of an item: a server writes it last. */
export const withoutMetadata = "it is being made, was never finished, or has lost it"

/** The place of an item in its chain, and what its chain decides for it. */
export interface Role {
  readonly number: number
  readonly isHead: boolean
  readonly format: ImageNames.ImageFormat
  readonly vmType: number
  readonly serverZone: DateTime.TimeZone | undefined
  /** Returns the size of the disk of an image, in bytes, if the image tells it. */
  readonly sizeOf: (image: string) => bigint | undefined
}

/** An item, and why a server hides it. */
export interface Listed {
  readonly read: Pick<ReadItem, "content" | "described" | "configuration" | "notes">
  /** None for a listed item, and for one that could not be read: that is reported where it was read. */
  readonly problem: StoredMetadata.Problem | undefined
}

/** Makes the item that a directory is in its place. */
export const toItem = ({ config, metadata }: ItemDirectory, role: Role): Listed => {
  const described = StoredMetadata.describedBy(metadata)
  const configuration = StoredConfiguration.toItemConfiguration(config)
  const hidden = (problem: Listed["problem"]): Listed => ({
    read: { content: { _tag: "Damaged" }, described, configuration, notes: [] },
    problem
  })
  const kind = role.isHead ? "head" : "link"
  switch (metadata._tag) {
    case "Unread":
      return hidden(undefined)
    case "Missing":
      return hidden({
        reason: role.isHead ? "base-without-metadata" : "link-without-metadata",
        detail: withoutMetadata
      })
    case "Invalid":
      return hidden({ reason: `${kind}-invalid`, detail: metadata.detail })
    case "Read": {
      const { metadata: stored, notes } = metadata.decoded
      const wanted = role.isHead ? "BackupItem" : "PartialBackupItem"
      if (stored._tag === "VmItem" || stored._tag !== wanted) {
        return hidden({ reason: `${kind}-invalid`, detail: StoredMetadata.notThe(wanted, metadata.decoded) })
      }
      if (Result.isFailure(config)) {
        const { _tag, detail } = config.failure
        return hidden(_tag === "Unread" ? undefined : { reason: `${kind}-config-missing`, detail })
      }
      const { content, described } = contentOf(stored, config.success.disks, role)
      return { read: { content, described, configuration, notes }, problem: undefined }
    }
  }
}

/** Makes the backup that a server lists for metadata: with the letter of its kind, and with disks. */
const contentOf = (
  stored: Exclude<BackupTreeXml.Metadata, { readonly _tag: "VmItem" }>,
  configured: ReadonlyArray<VmConfig.ConfiguredDisk> | undefined,
  role: Role
): Pick<ReadItem, "content" | "described"> => {
  if (stored._tag === "BackupItem") {
    const { head, lastNumber, uuid } = stored.chain
    const described: BackupTree.FullBackup = { ...head, type: "f", disks: listDisks(head, configured, role) }
    return { content: { _tag: "Head", uuid, lastNumber, backup: dated(described, role) }, described }
  }
  const described: BackupTree.IncrementalBackup = {
    ...stored.backup,
    type: "i",
    disks: listDisks(stored.backup, configured, role)
  }
  return { content: { _tag: "Link", backup: dated(described, role) }, described }
}

/** Gives a backup the date that a server lists. */
const dated = <B extends BackupTree.Backup>(backup: B, { serverZone }: Role): B => {
  const dateTime = BackupDate.listedDate(backup.dateTime, serverZone)
  return dateTime === backup.dateTime ? backup : { ...backup, dateTime }
}

/** Makes the disk list that a server computes (SEMANTICS 1.11). Only the images tell of the disks of a container. */
const listDisks = (
  backup: BackupTree.Backup,
  configured: ReadonlyArray<VmConfig.ConfiguredDisk> | undefined,
  { format, number, sizeOf, vmType }: Role
): BackupTree.BackupDisks => {
  const kept = backup.disks?.kept ?? []
  if (configured === undefined) {
    const list = backup.images.map((name) => ({
      name,
      originalPath: ImageNames.diskName(name),
      size: sizeOf(name) ?? 0n,
      encryption: { keyId: "", kept: [] },
      kept: []
    }))
    return { list, kept }
  }
  const names = ImageNames.imageNames(configured.map(({ path }) => path), { number, format, vmType })
  const list = configured.map(({ keyId, originalPath, size }, index) => ({
    name: names[index]!,
    originalPath,
    size,
    encryption: { keyId, kept: [] },
    kept: []
  }))
  return { list, kept }
}
