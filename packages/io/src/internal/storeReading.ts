/** The reading of the environments, chains and items of a backup directory. Source: SEMANTICS 3.2 to 3.6. */
import * as BackupId from "@backup-tree/core/BackupId"
import type * as BackupTree from "@backup-tree/core/BackupTree"
import * as BackupTreeXml from "@backup-tree/core/BackupTreeXml"
import type { ImageFile, ReadChain, ReadEnvironment, ReadItem } from "@backup-tree/core/DirectoryReading"
import * as ImageNames from "@backup-tree/core/ImageNames"
import * as PrintableText from "@backup-tree/core/PrintableText"
import type * as StoreSkip from "@backup-tree/core/StoreSkip"
import * as VmConfig from "@backup-tree/core/VmConfig"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as TextFile from "../TextFile.ts"
import type { Entry, StoreFiles } from "./storeFiles.ts"

/** How far the reading goes. */
export interface Limits {
  /** The longest `.metadata` or configuration, in bytes. */
  readonly maxTextBytes: number
  /** How many chains, and how many items of each, are read at once. */
  readonly concurrency: number
}

/** An environment, and what was left out of it. */
export interface EnvironmentRead {
  readonly environment: ReadEnvironment
  readonly skips: ReadonlyArray<StoreSkip.StoreSkip>
}

type Skip = (path: string, reason: StoreSkip.Reason, detail: string) => void

const metadataName = ".metadata"
const baseName = "base"
const vmConfigName = "config.pvs"
const containerConfigName = "ve.conf"

// Of what a server, or the archiver of its forerunner, was writing when it ended (SEMANTICS 3.2).
const isTemporary = (name: string): boolean => name.includes(".libprlcommon_tmp.") || name.startsWith("ABackupOutFile.")

/** Tells of an entry that belongs to nothing: what a writer has left, or what is not read. False for any other one. */
export const skipOdd = (entry: Entry, path: string, skip: Skip): boolean => {
  if (isTemporary(entry.name)) skip(path, "temp-file", "a server has not finished writing it")
  else if (entry.kind === "refused") skip(path, entry.isOutside ? "outside-root" : "unreadable", entry.detail)
  else return false
  return true
}

/** Reads an environment; `path` is the name of its directory. */
export const readEnvironment = (files: StoreFiles, path: string, limits: Limits): Effect.Effect<EnvironmentRead> =>
  Effect.gen(function*() {
    const skips: Array<StoreSkip.StoreSkip> = []
    const skip: Skip = (path, reason, detail) => void skips.push({ path, reason, detail })
    const entries = yield* Effect.result(files.entries(path))
    if (Result.isFailure(entries)) {
      skip(path, "unreadable", TextFile.explain(entries.failure))
      return { environment: { directory: path, metadata: undefined, notes: [], chains: [] }, skips }
    }
    const { metadata, notes } = yield* readEnvironmentMetadata(files, path, limits, skip)
    const chains: Array<string> = []
    for (const entry of entries.success) {
      const at = `${path}/${entry.name}`
      if (entry.name === metadataName || skipOdd(entry, at, skip)) continue
      if (entry.kind === "directory" && BackupId.isServerUuid(entry.name)) chains.push(entry.name)
      else skip(at, "not-uuid", entry.kind === "file" ? "a file, where only chains belong" : "its name is no uuid")
    }
    const read = yield* Effect.forEach(
      chains,
      (name) => readChain(files, { path: `${path}/${name}`, name, environment: metadata }, limits),
      { concurrency: limits.concurrency }
    )
    read.forEach((chain) => skips.push(...chain.skips))
    const environment = { directory: path, metadata, notes, chains: read.map(({ chain }) => chain) }
    if (metadata !== undefined && !isShown(environment)) {
      skip(
        path,
        "no-chains",
        metadata.vmType > 2 ? `its kind is ${metadata.vmType}, which no server shows` : "no chain can be shown"
      )
    }
    return { environment, skips }
  })

const isShown = ({ chains, metadata }: ReadEnvironment): boolean =>
  metadata !== undefined && metadata.vmType <= 2 && chains.some(({ items }) => items[0]?.content._tag === "Head")

const readEnvironmentMetadata = (files: StoreFiles, path: string, limits: Limits, skip: Skip) =>
  Effect.gen(function*() {
    const none = { metadata: undefined, notes: [] }
    const read = yield* readMetadata(files, `${path}/${metadataName}`, limits)
    if (read._tag === "Missing") {
      skip(path, "vm-metadata-missing", `it holds no ${metadataName}`)
      return none
    }
    if (read._tag === "Invalid" || read.decoded.metadata._tag !== "VmItem") {
      skip(path, "vm-metadata-invalid", read._tag === "Invalid" ? read.detail : notThe("VmItem", read.decoded))
      return none
    }
    const { chains: _, ...metadata } = read.decoded.metadata.environment
    return { metadata, notes: read.decoded.notes }
  })

type MetadataRead =
  | { readonly _tag: "Missing" }
  | { readonly _tag: "Invalid"; readonly detail: string }
  | { readonly _tag: "Read"; readonly decoded: BackupTreeXml.DecodedMetadata }

const notThe = (wanted: BackupTreeXml.Metadata["_tag"], { metadata }: BackupTreeXml.DecodedMetadata): string =>
  `${metadataName} describes a ${metadata._tag}, not a ${wanted}`

/** Reads a `.metadata` file; a server refuses one without all its required elements (SEMANTICS 1.13). */
const readMetadata = (files: StoreFiles, path: string, limits: Limits): Effect.Effect<MetadataRead> =>
  Effect.map(Effect.result(files.text(path, limits.maxTextBytes)), (text): MetadataRead => {
    const invalid = (detail: string) => ({ _tag: "Invalid" as const, detail: `${metadataName}: ${detail}` })
    if (Result.isFailure(text)) return invalid(text.failure)
    if (text.success === undefined) return { _tag: "Missing" }
    const decoded = BackupTreeXml.decodeMetadata(text.success, { mode: "tolerant", maxLength: limits.maxTextBytes })
    if (Result.isFailure(decoded)) return invalid(decoded.failure.message)
    const missing = decoded.success.notes.find(({ rule }) => rule === "missing-required")
    return missing === undefined ? { _tag: "Read", decoded: decoded.success } : invalid(missing.message)
  })

interface ChainAt {
  readonly path: string
  readonly name: string
  readonly environment: ReadEnvironment["metadata"]
}

interface ChainRead {
  readonly chain: ReadChain
  readonly skips: ReadonlyArray<StoreSkip.StoreSkip>
}

const readChain = (files: StoreFiles, at: ChainAt, limits: Limits): Effect.Effect<ChainRead> =>
  Effect.gen(function*() {
    const skips: Array<StoreSkip.StoreSkip> = []
    const skip: Skip = (path, reason, detail) => void skips.push({ path, reason, detail })
    const entries = yield* Effect.result(files.entries(at.path))
    const { name: directory, path } = at
    if (Result.isFailure(entries)) {
      skip(path, "chain-unreadable", TextFile.explain(entries.failure))
      return { chain: { directory, locked: false, readable: false, items: [], files: new Map() }, skips }
    }
    const { images, itemDirectories } = sortEntries(entries.success, path, skip)
    const found = yield* Effect.forEach(
      itemDirectories,
      (name) => readItemDirectory(files, at, name, limits, skip),
      { concurrency: limits.concurrency }
    )
    const items = indexOf(found, at, skip)
    const present = yield* readImages(files, path, images, found, limits, skip)
    return { chain: { directory, locked: false, readable: true, items, files: present }, skips }
  })

/** Sorts what stands in a chain directory: directories of items, and files, which are images. */
const sortEntries = (entries: ReadonlyArray<Entry>, path: string, skip: Skip) => {
  const itemDirectories: Array<string> = []
  const images: Array<string> = []
  for (const entry of entries) {
    const at = `${path}/${entry.name}`
    if (skipOdd(entry, at, skip)) continue
    if (entry.kind === "file") images.push(entry.name)
    else if (entry.name === baseName || BackupId.parseNumber(entry.name) !== undefined) itemDirectories.push(entry.name)
    // Hidden directories are no items, and nobody's business.
    else if (!entry.name.startsWith(".")) skip(at, "orphan-image", "a directory that is no item")
  }
  return { images, itemDirectories }
}

/** What the directory of an item holds, whatever its place in the chain. */
interface ItemDirectory {
  readonly name: string
  readonly hasMetadata: boolean
  readonly metadata: MetadataRead
  readonly config: Result.Result<ReadonlyArray<VmConfig.ConfiguredDisk> | undefined, string>
}

const readItemDirectory = (
  files: StoreFiles,
  { environment, path: chainPath }: ChainAt,
  name: string,
  limits: Limits,
  skip: Skip
): Effect.Effect<ItemDirectory> =>
  Effect.gen(function*() {
    const path = `${chainPath}/${name}`
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
    const names = new Set<string>()
    for (const entry of entries.success) {
      if (!skipOdd(entry, `${path}/${entry.name}`, skip) && entry.kind === "file") names.add(entry.name)
    }
    const metadata: MetadataRead = names.has(metadataName)
      ? yield* readMetadata(files, `${path}/${metadataName}`, limits)
      : { _tag: "Missing" }
    const config = yield* readConfig(files, path, names, environment?.vmType, limits)
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

/**
 * Makes the items of a chain, in the order of the server's index (SEMANTICS 3.4).
 *
 * Number 1 is looked up in `base`, any other one in the directory that is called as the number is written.
 */
const indexOf = (
  found: ReadonlyArray<ItemDirectory>,
  { environment, path }: ChainAt,
  skip: Skip
): ReadonlyArray<ReadItem> => {
  const byName = new Map(found.map((directory) => [directory.name, directory]))
  const base = byName.get(baseName)
  const numbered = found.flatMap((directory) => {
    const number = directory.name === baseName ? undefined : BackupId.parseNumber(directory.name)
    if (number === undefined) return []
    if (directory.hasMetadata) return [{ number, name: directory.name }]
    skip(`${path}/${directory.name}`, "link-without-metadata", "a backup that is being made, or was not finished")
    return []
  }).sort((one, other) => one.number - other.number || Number(isPadded(one)) - Number(isPadded(other)))
  const index = base === undefined ? numbered : [{ number: 1, name: baseName }, ...numbered]
  if (index.length === 0) skip(path, "chain-empty", "it holds no backup")
  const seen = new Set<number>()
  const lookUp = (number: number) => byName.get(number === 1 ? baseName : String(number))
  const first = index[0] && lookUp(index[0].number)
  const format = formatOf(first, environment)
  return index.map(({ name, number }, position): ReadItem => {
    const directory = lookUp(number)
    if (seen.has(number)) skip(`${path}/${name}`, "number-duplicate", `number ${number} is there twice`)
    seen.add(number)
    const isOwn = directory?.name === name
    if (directory === undefined || !isOwn) {
      const where = number === 1 ? baseName : String(number)
      if (directory === undefined) {
        skip(`${path}/${name}`, position === 0 ? "head-invalid" : "link-invalid", `a server looks for it in ${where}`)
        return { number, directory: name, content: { _tag: "Damaged" }, described: undefined, notes: [] }
      }
    }
    const item = toItem(directory, { number, isHead: position === 0, format, vmType: environment?.vmType ?? 0 })
    if (item.problem !== undefined && isOwn) skip(`${path}/${name}`, item.problem.reason, item.problem.detail)
    return { number, directory: directory.name, ...item.read }
  })
}

const formatOf = (
  first: ItemDirectory | undefined,
  environment: ReadEnvironment["metadata"]
): ImageNames.ImageFormat => {
  const head = first && describedBy(first.metadata)
  const isLegacy = head?.images.some((image) => image.endsWith(".tib")) ?? false
  return isLegacy || (environment !== undefined && environment.version < 4) ? "tib" : "qcow2"
}

const describedBy = (metadata: MetadataRead): BackupTree.Backup | undefined =>
  metadata._tag !== "Read"
    ? undefined
    : metadata.decoded.metadata._tag === "BackupItem"
    ? metadata.decoded.metadata.chain.head
    : metadata.decoded.metadata._tag === "PartialBackupItem"
    ? metadata.decoded.metadata.backup
    : undefined

// A server looks a number up as it writes it.
const isPadded = ({ name, number }: { readonly name: string; readonly number: number }): boolean =>
  name !== String(number)

interface Role {
  readonly number: number
  readonly isHead: boolean
  readonly format: ImageNames.ImageFormat
  readonly vmType: number
}

interface ItemRead {
  readonly read: Pick<ReadItem, "content" | "described" | "notes">
  readonly problem: { readonly reason: StoreSkip.Reason; readonly detail: string } | undefined
}

const toItem = ({ config, metadata }: ItemDirectory, role: Role): ItemRead => {
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

/** How many files that belong to no backup are looked into; all are told of. */
const maxOrphansRead = 1000

/** Reads what there is of images, and tells of those that are missing, and of files that belong to nothing. */
const readImages = (
  files: StoreFiles,
  path: string,
  images: ReadonlyArray<string>,
  found: ReadonlyArray<ItemDirectory>,
  limits: Limits,
  skip: Skip
): Effect.Effect<ReadonlyMap<string, ImageFile>> =>
  Effect.gen(function*() {
    const there = new Set(images)
    const named = new Map<string, string>()
    for (const { metadata } of found) {
      const backup = describedBy(metadata)
      if (backup === undefined) continue
      for (const image of backup.images) {
        if (named.has(image)) continue
        named.set(image, backup.id)
        if (!there.has(image)) {
          skip(`${path}/${image}`, "missing-image", `backup ${PrintableText.excerpt(backup.id)} names it`)
        }
      }
    }
    const orphans = images.filter((image) => !named.has(image))
    for (const image of orphans) skip(`${path}/${image}`, "orphan-image", "no backup that can be read names it")
    const read = yield* Effect.forEach(
      [...images.filter((image) => named.has(image)), ...orphans.slice(0, maxOrphansRead)],
      (image) => Effect.map(files.image(`${path}/${image}`), (file) => [image, file] as const),
      { concurrency: limits.concurrency }
    )
    return new Map(read.flatMap(([image, file]) => file === undefined ? [] : [[image, file]]))
  })
