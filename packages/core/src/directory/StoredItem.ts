/**
 * One item of a stored chain: the backup that a server lists for its directory, or the reason why it is hidden.
 *
 * @see [Semantics 1.11](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s1-11)
 * @see [Semantics 3.3](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s3-3)
 * @see [Semantics 3.4](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s3-4)
 * @see [Semantics 3.5](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s3-5)
 * @see [Semantics 3.6](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s3-6)
 * @since 0.2.0
 */
import type * as DateTime from "effect/DateTime"
import * as Result from "effect/Result"
import * as BackupDate from "../tree/BackupDate.ts"
import type * as BackupTree from "../tree/BackupTree.ts"
import type * as BackupTreeXml from "../tree/BackupTreeXml.ts"
import type { ReadItem } from "./DirectoryReading.ts"
import * as ImageNames from "./files/ImageNames.ts"
import * as StoredConfiguration from "./files/StoredConfiguration.ts"
import * as StoredMetadata from "./files/StoredMetadata.ts"
import type * as VmConfig from "./files/VmConfig.ts"

/**
 * The contents of the directory of an item, independent of its place in the chain.
 *
 * @category models
 * @since 0.2.0
 */
export interface ItemDirectory {
  readonly name: string
  readonly metadata: StoredMetadata.StoredMetadata
  readonly config: StoredConfiguration.StoredConfiguration
}

/**
 * Creates the item of a directory that could not be read. Its reader reports that.
 *
 * @category constructors
 * @since 0.2.0
 */
export const unread = ({ detail, name }: { readonly name: string; readonly detail: string }): ItemDirectory => ({
  name,
  metadata: { _tag: "Unread" },
  config: Result.fail({ _tag: "Unread", detail })
})

/**
 * The detail of a skip for an item without metadata, which a server writes last.
 *
 * @category models
 * @since 0.2.0
 */
export const withoutMetadata = "its backup is still running, was interrupted, or has lost its metadata"

/**
 * The place of an item in its chain, and the facts that its chain decides.
 *
 * @category models
 * @since 0.2.0
 */
export interface Role {
  readonly number: number
  readonly isHead: boolean
  readonly format: ImageNames.ImageFormat
  readonly vmType: number
  readonly serverZone: DateTime.TimeZone | undefined
  /** Returns the size of the disk of an image, in bytes, if the image has it. */
  readonly sizeOf: (image: string) => bigint | undefined
}

/**
 * An item, and the reason why it is hidden.
 *
 * @category models
 * @since 0.2.0
 */
export interface Listed {
  readonly read: Pick<ReadItem, "content" | "described" | "configuration" | "notes">
  /** `undefined` for a listed item, and for one that could not be read, which its reader reports. */
  readonly problem: StoredMetadata.Problem | undefined
}

/**
 * Creates the item of a directory in its place in the chain.
 *
 * @category constructors
 * @since 0.2.0
 */
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

/** Creates the backup that a server lists for metadata, with the letter of its type and with disks. */
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

/** Returns a backup with the date that a server lists. */
const dated = <B extends BackupTree.Backup>(backup: B, { serverZone }: Role): B => {
  const dateTime = BackupDate.listedDate(backup.dateTime, serverZone)
  return dateTime === backup.dateTime ? backup : { ...backup, dateTime }
}

/**
 * Computes the disk list as a server does (SEMANTICS 1.11). The disks of a container are known only from its images.
 */
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
