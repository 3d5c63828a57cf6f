/** The reading of the environments, chains and items of a backup directory. Source: SEMANTICS 3.2 to 3.6. */
import * as BackupId from "@backup-tree/core/BackupId"
import type { ImageFile, ReadChain, ReadEnvironment, ReadItem } from "@backup-tree/core/DirectoryReading"
import * as DirectoryReading from "@backup-tree/core/DirectoryReading"
import * as ImageNames from "@backup-tree/core/ImageNames"
import * as PrintableText from "@backup-tree/core/PrintableText"
import type * as StoreSkip from "@backup-tree/core/StoreSkip"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as TextFile from "../TextFile.ts"
import type { Entry, StoreFiles } from "./storeFiles.ts"
import {
  describedBy,
  type ItemDirectory,
  type Limits,
  metadataName,
  type MetadataRead,
  notThe,
  readItemDirectory,
  readMetadata,
  toItem
} from "./storeItems.ts"
import { type Skip, skipOdd } from "./storeOddities.ts"

/** An environment, and what was left out of it. */
export interface EnvironmentRead {
  readonly environment: ReadEnvironment
  readonly skips: ReadonlyArray<StoreSkip.StoreSkip>
}

const baseName = "base"

/** Reads an environment; `path` is the name of its directory. */
export const readEnvironment = (
  files: StoreFiles,
  path: string,
  limits: Limits
): Effect.Effect<EnvironmentRead | undefined> =>
  Effect.gen(function*() {
    const skips: Array<StoreSkip.StoreSkip> = []
    const skip: Skip = (path, reason, detail) => void skips.push({ path, reason, detail })
    const entries = yield* Effect.result(files.entries(path))
    if (Result.isFailure(entries)) {
      skip(path, "unreadable", TextFile.explain(entries.failure))
      return { environment: { directory: path, metadata: undefined, notes: [], chains: [] }, skips }
    }
    if (entries.success === undefined) return undefined
    const chains: Array<string> = []
    let hasMetadata = false
    for (const entry of entries.success) {
      const at = `${path}/${entry.name}`
      if (skipOdd(entry, at, skip)) continue
      if (entry.name === metadataName) {
        hasMetadata = entry.kind === "file"
        if (!hasMetadata) skip(at, "unreadable", "it is a directory")
        continue
      }
      if (entry.kind === "directory" && BackupId.isServerUuid(entry.name)) chains.push(entry.name)
      else skip(at, "not-uuid", entry.kind === "file" ? "a file, where only chains belong" : "its name is no uuid")
    }
    const { metadata, notes } = yield* readEnvironmentMetadata(files, path, hasMetadata, limits, skip)
    const found = yield* Effect.forEach(
      chains,
      (name) => readChain(files, { path: `${path}/${name}`, name, environment: metadata }, limits),
      { concurrency: limits.concurrency }
    )
    const read = found.filter((chain) => chain !== undefined)
    for (const chain of read) for (const one of chain.skips) skips.push(one)
    const environment = { directory: path, metadata, notes, chains: read.map(({ chain }) => chain) }
    if (metadata !== undefined && DirectoryReading.shownBackups({ environments: [environment] }).size === 0) {
      skip(
        path,
        "no-chains",
        metadata.vmType > 2 ? `its kind is ${metadata.vmType}, which no server shows` : "no chain can be shown"
      )
    }
    return { environment, skips }
  })

const readEnvironmentMetadata = (
  files: StoreFiles,
  path: string,
  hasMetadata: boolean,
  limits: Limits,
  skip: Skip
) =>
  Effect.gen(function*() {
    const none = { metadata: undefined, notes: [] }
    const read: MetadataRead = hasMetadata
      ? yield* readMetadata(files, `${path}/${metadataName}`, limits)
      : { _tag: "Missing" }
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

interface ChainAt {
  readonly path: string
  readonly name: string
  readonly environment: ReadEnvironment["metadata"]
}

interface ChainRead {
  readonly chain: ReadChain
  readonly skips: ReadonlyArray<StoreSkip.StoreSkip>
}

const readChain = (files: StoreFiles, at: ChainAt, limits: Limits): Effect.Effect<ChainRead | undefined> =>
  Effect.gen(function*() {
    const skips: Array<StoreSkip.StoreSkip> = []
    const skip: Skip = (path, reason, detail) => void skips.push({ path, reason, detail })
    const entries = yield* Effect.result(files.entries(at.path))
    const { name: directory, path } = at
    if (Result.isFailure(entries)) {
      skip(path, "chain-unreadable", TextFile.explain(entries.failure))
      return { chain: { directory, locked: false, readable: false, items: [], files: new Map() }, skips }
    }
    if (entries.success === undefined) return undefined
    const { images, itemDirectories } = sortEntries(entries.success, path, skip)
    const read = yield* Effect.forEach(
      itemDirectories,
      (name) => readItemDirectory(files, { chain: path, name, vmType: at.environment?.vmType }, limits, skip),
      { concurrency: limits.concurrency }
    )
    const found = read.filter((item) => item !== undefined)
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
  const format = ImageNames.formatOf(first && describedBy(first.metadata)?.images, environment?.version)
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

// A server looks a number up as it writes it.
const isPadded = ({ name, number }: { readonly name: string; readonly number: number }): boolean =>
  name !== String(number)

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
      (image) =>
        Effect.map(Effect.result(files.image(`${path}/${image}`)), (file) => {
          // It is there all the same, and nothing else is known of it.
          if (Result.isFailure(file)) skip(`${path}/${image}`, "unreadable", file.failure)
          return [image, Result.getOrUndefined(file)] as const
        }),
      { concurrency: limits.concurrency }
    )
    return new Map(read.flatMap(([image, file]) => file === undefined ? [] : [[image, file]]))
  })
