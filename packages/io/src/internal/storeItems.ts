/** The reading of one item of a chain: its metadata, its configuration, and what they make of it. Source: SEMANTICS 3.3 to 3.6. */
import type * as BackupTree from "@backup-tree/core/BackupTree"
import * as BackupTreeXml from "@backup-tree/core/BackupTreeXml"
import type { ReadItem } from "@backup-tree/core/DirectoryReading"
import * as ImageNames from "@backup-tree/core/ImageNames"
import type * as StoreSkip from "@backup-tree/core/StoreSkip"
import * as VmConfig from "@backup-tree/core/VmConfig"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as TextFile from "../TextFile.ts"
import type { StoreFiles } from "./storeFiles.ts"
import { type Skip, skipOdd } from "./storeOddities.ts"

/** How far the reading goes. */
export interface Limits {
  /** The longest `.metadata` or configuration, in bytes. */
  readonly maxTextBytes: number
  /** How many chains, and how many items of each, are read at once. */
  readonly concurrency: number
}

/** The name of the file that describes an item, or an environment. */
export const metadataName = ".metadata"
const vmConfigName = "config.pvs"
const containerConfigName = "ve.conf"

/** What became of a `.metadata` file. */
export type MetadataRead =
  | { readonly _tag: "Missing" }
  | { readonly _tag: "Invalid"; readonly detail: string }
  | { readonly _tag: "Read"; readonly decoded: BackupTreeXml.DecodedMetadata }

/** Says that a file describes another thing than it should. */
export const notThe = (wanted: BackupTreeXml.Metadata["_tag"], { metadata }: BackupTreeXml.DecodedMetadata): string =>
  `${metadataName} describes a ${metadata._tag}, not a ${wanted}`

/** Reads a `.metadata` file; a server refuses one without all its required elements (SEMANTICS 1.13). */
export const readMetadata = (files: StoreFiles, path: string, limits: Limits): Effect.Effect<MetadataRead> =>
  Effect.map(Effect.result(files.text(path, limits.maxTextBytes)), (text): MetadataRead => {
    const invalid = (detail: string) => ({ _tag: "Invalid" as const, detail: `${metadataName}: ${detail}` })
    if (Result.isFailure(text)) return invalid(text.failure)
    if (text.success === undefined) return { _tag: "Missing" }
    const decoded = BackupTreeXml.decodeMetadata(text.success, { mode: "tolerant", maxLength: limits.maxTextBytes })
    if (Result.isFailure(decoded)) return invalid(decoded.failure.message)
    const missing = decoded.success.notes.find(({ rule }) => rule === "missing-required")
    return missing === undefined ? { _tag: "Read", decoded: decoded.success } : invalid(missing.message)
  })

/** What the directory of an item holds, whatever its place in the chain. */
export interface ItemDirectory {
  readonly name: string
  readonly hasMetadata: boolean
  readonly metadata: MetadataRead
  readonly config: Result.Result<ReadonlyArray<VmConfig.ConfiguredDisk> | undefined, string>
}

/** Reads the directory of an item, or nothing of one that is gone; `vmType` is that of the environment, where it is known. */
export const readItemDirectory = (
  files: StoreFiles,
  at: { readonly chain: string; readonly name: string; readonly vmType: number | undefined },
  limits: Limits,
  skip: Skip
): Effect.Effect<ItemDirectory | undefined> =>
  Effect.gen(function*() {
    const { name } = at
    const path = `${at.chain}/${name}`
    const entries = yield* Effect.result(files.entries(path))
    if (Result.isFailure(entries)) {
      const detail = TextFile.explain(entries.failure)
      skip(path, "unreadable", detail)
      return {
        name,
        hasMetadata: true,
        metadata: { _tag: "Invalid" as const, detail },
        config: Result.fail(detail)
      }
    }
    if (entries.success === undefined) return undefined
    const names = new Set<string>()
    for (const entry of entries.success) {
      if (!skipOdd(entry, `${path}/${entry.name}`, skip) && entry.kind === "file") names.add(entry.name)
    }
    const metadata: MetadataRead = names.has(metadataName)
      ? yield* readMetadata(files, `${path}/${metadataName}`, limits)
      : { _tag: "Missing" }
    const config = yield* readConfig(files, path, names, at.vmType, limits)
    return { name, hasMetadata: metadata._tag !== "Missing", metadata, config }
  })

/**
 * Reads the configuration of an item: the disks of a virtual machine, or nothing but that there is one, for the format of
 * a container's is not known.
 */
const readConfig = (
  files: StoreFiles,
  path: string,
  names: ReadonlySet<string>,
  vmType: number | undefined,
  limits: Limits
): Effect.Effect<ItemDirectory["config"]> =>
  Effect.gen(function*() {
    const vmConfig = names.has(vmConfigName) ? yield* readVmConfig(files, `${path}/${vmConfigName}`, limits) : undefined
    if (vmConfig !== undefined && Result.isSuccess(vmConfig)) return vmConfig
    if (vmType !== 0 && names.has(containerConfigName)) {
      const text = yield* Effect.result(files.text(`${path}/${containerConfigName}`, limits.maxTextBytes))
      if (Result.isFailure(text)) return Result.fail(`${containerConfigName}: ${text.failure}`)
      if (text.success !== undefined) return Result.succeed(undefined)
    }
    const wanted = vmType === 0 || vmType === undefined ? vmConfigName : `${vmConfigName} and no ${containerConfigName}`
    return vmConfig ?? Result.fail(`it holds no ${wanted}`)
  })

const readVmConfig = (files: StoreFiles, path: string, limits: Limits) =>
  Effect.map(
    Effect.result(files.text(path, limits.maxTextBytes)),
    (text): Result.Result<ReadonlyArray<VmConfig.ConfiguredDisk>, string> | undefined => {
      if (Result.isFailure(text)) return Result.fail(`${vmConfigName}: ${text.failure}`)
      if (text.success === undefined) return undefined
      return Result.mapError(
        VmConfig.decodeDisks(text.success, { maxLength: limits.maxTextBytes }),
        ({ message }) => `${vmConfigName}: ${message}`
      )
    }
  )

/** Returns the backup that a `.metadata` file describes. */
export const describedBy = (metadata: MetadataRead): BackupTree.Backup | undefined =>
  metadata._tag !== "Read"
    ? undefined
    : metadata.decoded.metadata._tag === "BackupItem"
    ? metadata.decoded.metadata.chain.head
    : metadata.decoded.metadata._tag === "PartialBackupItem"
    ? metadata.decoded.metadata.backup
    : undefined

/** What an item is in its chain. */
export interface Role {
  readonly number: number
  readonly isHead: boolean
  readonly format: ImageNames.ImageFormat
  readonly vmType: number
}

/** An item, and why a server hides it. */
export interface ItemRead {
  readonly read: Pick<ReadItem, "content" | "described" | "notes">
  readonly problem: { readonly reason: StoreSkip.Reason; readonly detail: string } | undefined
}

/** Makes the item that a directory is in its place. */
export const toItem = ({ config, metadata }: ItemDirectory, role: Role): ItemRead => {
  const described = describedBy(metadata)
  const damaged = (reason: StoreSkip.Reason, detail: string): ItemRead => ({
    read: { content: { _tag: "Damaged" }, described, notes: [] },
    problem: { reason, detail }
  })
  if (metadata._tag === "Missing") {
    return role.isHead
      ? damaged("base-without-metadata", "a full backup that is being made, or was not finished")
      : damaged("link-without-metadata", "a backup that is being made, or was not finished")
  }
  const wanted = role.isHead ? "BackupItem" : "PartialBackupItem"
  if (metadata._tag === "Invalid") return damaged(role.isHead ? "head-invalid" : "link-invalid", metadata.detail)
  const stored = metadata.decoded.metadata
  if (stored._tag !== wanted) {
    return damaged(role.isHead ? "head-invalid" : "link-invalid", notThe(wanted, metadata.decoded))
  }
  if (Result.isFailure(config)) {
    return damaged(role.isHead ? "head-config-missing" : "link-config-missing", config.failure)
  }
  const { notes } = metadata.decoded
  if (stored._tag === "BackupItem") {
    const { head, lastNumber, uuid } = stored.chain
    const backup = { ...head, type: "f", disks: disksOf(head, config.success, role) }
    return {
      read: { content: { _tag: "Head", uuid, lastNumber, backup }, described: backup, notes },
      problem: undefined
    }
  }
  if (stored._tag === "PartialBackupItem") {
    const backup = { ...stored.backup, type: "i", disks: disksOf(stored.backup, config.success, role) }
    return { read: { content: { _tag: "Link", backup }, described: backup, notes }, problem: undefined }
  }
  return damaged("link-invalid", notThe(wanted, metadata.decoded))
}

/** Makes the disk list that a server computes (SEMANTICS 1.11); of a container only the images tell of its disks. */
const disksOf = (
  backup: BackupTree.Backup,
  configured: ReadonlyArray<VmConfig.ConfiguredDisk> | undefined,
  { format, number, vmType }: Role
): BackupTree.BackupDisks => {
  const kept = backup.disks?.kept ?? []
  if (configured === undefined) {
    const list = backup.images.map((name) => ({
      name,
      originalPath: name.replace(/(?:\.\d+)?\.(?:qcow2|tib)$/, ""),
      size: 0n,
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
