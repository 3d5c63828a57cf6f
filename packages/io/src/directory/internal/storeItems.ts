/** The reading of one item of a chain: its metadata, its configuration, and what they make of it. Source: SEMANTICS 3.3 to 3.6. */
import type { ItemConfiguration, ReadItem } from "@backup-tree/core/directory/DirectoryReading"
import * as ImageNames from "@backup-tree/core/directory/ImageNames"
import type * as StoreSkip from "@backup-tree/core/directory/StoreSkip"
import * as VmConfig from "@backup-tree/core/directory/VmConfig"
import * as BackupDate from "@backup-tree/core/tree/BackupDate"
import type * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as BackupTreeXml from "@backup-tree/core/tree/BackupTreeXml"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as TextFile from "../TextFile.ts"
import { type Entry, isUnread, type StoreFiles, type TextFault } from "./storeFiles.ts"
import { type Skip, skipOdd } from "./storeOddities.ts"

/** How far the reading goes. */
export interface Limits {
  /** The longest `.metadata` or configuration, in bytes. */
  readonly maxTextBytes: number
  /** How many chains, and how many items of each, are read at once. */
  readonly concurrency: number
  /** The time zone of the server that the directory is of. */
  readonly serverZone: DateTime.TimeZone | undefined
}

/** The name of the file that describes an item, or an environment. */
export const metadataName = ".metadata"
const vmConfigName = "config.pvs"
const containerConfigName = "ve.conf"

/** What became of a `.metadata` file. What is `Unread` may be healthy; a skip tells of it. */
export type MetadataRead =
  | { readonly _tag: "Missing" }
  | { readonly _tag: "Unread" }
  | { readonly _tag: "Invalid"; readonly detail: string }
  | { readonly _tag: "Read"; readonly decoded: BackupTreeXml.DecodedMetadata }

/** Says that a file describes another thing than it should. */
export const notThe = (wanted: BackupTreeXml.Metadata["_tag"], { metadata }: BackupTreeXml.DecodedMetadata): string =>
  `${metadataName} describes a ${metadata._tag}, not a ${wanted}`

/** Reads a `.metadata` file; a server refuses one without all its required elements (SEMANTICS 1.13). */
export const readMetadata = (
  files: StoreFiles,
  directory: string,
  entry: Entry | undefined,
  limits: Limits,
  skip: Skip
): Effect.Effect<MetadataRead> =>
  Effect.map(readText(files, `${directory}/${metadataName}`, entry, limits, skip), (text): MetadataRead => {
    const invalid = (detail: string) => ({ _tag: "Invalid" as const, detail: `${metadataName}: ${detail}` })
    if (Result.isFailure(text)) return text.failure._tag === "Unread" ? text.failure : invalid(text.failure.detail)
    if (text.success === undefined) return { _tag: "Missing" }
    const decoded = BackupTreeXml.decodeMetadata(text.success, { mode: "tolerant", maxLength: limits.maxTextBytes })
    if (Result.isFailure(decoded)) return invalid(decoded.failure.fault)
    const missing = decoded.success.notes.find(({ rule }) => rule === "missing-required")
    return missing === undefined ? { _tag: "Read", decoded: decoded.success } : invalid(missing.message)
  })

/**
 * Reads the text of an entry, and tells of one that could not be read; what is no file is not there.
 *
 * A link that is not followed leads to something that a server may well read.
 */
const readText = (
  files: StoreFiles,
  path: string,
  entry: Entry | undefined,
  { maxTextBytes }: Limits,
  skip: Skip
): Effect.Effect<Result.Result<string | undefined, TextFault>> => {
  if (entry !== undefined && isUnread(entry)) {
    return Effect.succeed(Result.fail({ _tag: "Unread", detail: entry.detail }))
  }
  if (entry?.kind !== "file") return Effect.succeed(Result.succeed(undefined))
  return Effect.result(Effect.tapError(files.text(path, maxTextBytes), (fault) =>
    Effect.sync(() => {
      if (fault._tag === "Unread") skip(path, "unreadable", fault.detail)
    })))
}

/** A configuration; its disks are undefined for one that does not say them. */
interface Configured extends ItemConfiguration {
  readonly disks: ReadonlyArray<VmConfig.ConfiguredDisk> | undefined
}

/** A configuration, or why there is none. */
type ConfigRead = Result.Result<Configured, TextFault>

/** What the directory of an item holds, whatever its place in the chain. */
export interface ItemDirectory {
  readonly name: string
  readonly metadata: MetadataRead
  readonly config: ConfigRead
}

/** Makes the item of a directory that could not be looked into; a skip tells of it already. */
export const unreadItem = ({ detail, name }: { readonly name: string; readonly detail: string }): ItemDirectory => ({
  name,
  metadata: { _tag: "Unread" },
  config: Result.fail({ _tag: "Unread", detail })
})

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
      return unreadItem({ name, detail })
    }
    if (entries.success === undefined) return undefined
    const found = new Map(entries.success.map((entry) => [entry.name, entry]))
    for (const entry of entries.success) skipOdd(entry, `${path}/${entry.name}`, skip)
    const metadata = yield* readMetadata(files, path, found.get(metadataName), limits, skip)
    return { name, metadata, config: yield* readConfig(files, { path, found, vmType: at.vmType }, limits, skip) }
  })

/**
 * Reads the configuration of an item: the disks of a virtual machine, or nothing but that there is one, for the format of
 * a container's is not known.
 */
const readConfig = (
  files: StoreFiles,
  { found, path, vmType }: {
    readonly path: string
    readonly found: ReadonlyMap<string, Entry>
    readonly vmType: number | undefined
  },
  limits: Limits,
  skip: Skip
): Effect.Effect<ConfigRead> =>
  Effect.gen(function*() {
    const read = (name: string) =>
      Effect.map(
        readText(files, `${path}/${name}`, found.get(name), limits, skip),
        Result.mapError((fault): TextFault => ({ ...fault, detail: `${name}: ${fault.detail}` }))
      )
    const none = vmType === 0 || vmType === undefined ? vmConfigName : `${vmConfigName} and no ${containerConfigName}`
    const ofMachine = Result.flatMap(
      yield* read(vmConfigName),
      (text): ConfigRead =>
        text === undefined
          ? Result.fail({ _tag: "NoText", detail: `it holds no ${none}` })
          : decodeVmConfig(text, limits)
    )
    if (Result.isSuccess(ofMachine) || vmType === 0) return ofMachine
    const ofContainer = yield* read(containerConfigName)
    if (Result.isFailure(ofContainer)) return Result.fail(ofContainer.failure)
    return ofContainer.success === undefined
      ? ofMachine
      : Result.succeed({ file: containerConfigName, name: "", disks: undefined })
  })

const decodeVmConfig = (text: string, { maxTextBytes }: Limits): ConfigRead =>
  Result.mapBoth(VmConfig.decode(text, { maxLength: maxTextBytes }), {
    onSuccess: (config): Configured => ({ file: vmConfigName, ...config }),
    onFailure: ({ fault }): TextFault => ({ _tag: "NoText", detail: `${vmConfigName}: ${fault}` })
  })

/** Returns the backup that a `.metadata` file describes. */
export const describedBy = (metadata: MetadataRead): BackupTree.Backup | undefined =>
  metadata._tag !== "Read"
    ? undefined
    : metadata.decoded.metadata._tag === "BackupItem"
    ? metadata.decoded.metadata.chain.head
    : metadata.decoded.metadata._tag === "PartialBackupItem"
    ? metadata.decoded.metadata.backup
    : undefined

/** Says what may have become of the metadata of an item: it is written last of all. */
export const withoutMetadata = "it is being made, was never finished, or has lost it"

/** What an item is in its chain. */
export interface Role {
  readonly number: number
  readonly isHead: boolean
  readonly format: ImageNames.ImageFormat
  readonly vmType: number
  readonly serverZone: DateTime.TimeZone | undefined
  /** Returns the size of the disk that an image is of, in bytes, where the image says so. */
  readonly sizeOf: (image: string) => bigint | undefined
}

/** An item, and why a server hides it. */
export interface ItemRead {
  readonly read: Pick<ReadItem, "content" | "described" | "configuration" | "notes">
  /** Nothing for what could not be read: a skip tells of that already. */
  readonly problem: { readonly reason: StoreSkip.Reason; readonly detail: string } | undefined
}

/** Makes the item that a directory is in its place. */
export const toItem = ({ config, metadata }: ItemDirectory, role: Role): ItemRead => {
  const described = describedBy(metadata)
  const configuration = toConfiguration(config)
  const hidden = (problem: ItemRead["problem"]): ItemRead => ({
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
        return hidden({ reason: `${kind}-invalid`, detail: notThe(wanted, metadata.decoded) })
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

/** Returns what a reading says of a configuration. */
export const toConfiguration = (config: ConfigRead): ItemConfiguration | undefined =>
  Result.isSuccess(config) ? { file: config.success.file, name: config.success.name } : undefined

/** Makes of stored metadata what a server lists: with the letter of its kind, and with disks. */
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

/** Makes the disk list that a server computes (SEMANTICS 1.11); of a container only the images tell of its disks. */
const listDisks = (
  backup: BackupTree.Backup,
  configured: ReadonlyArray<VmConfig.ConfiguredDisk> | undefined,
  { format, number, sizeOf, vmType }: Role
): BackupTree.BackupDisks => {
  const kept = backup.disks?.kept ?? []
  if (configured === undefined) {
    const list = backup.images.map((name) => ({
      name,
      originalPath: name.replace(/(?:\.\d+)?\.(?:qcow2|tib)$/, ""),
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
