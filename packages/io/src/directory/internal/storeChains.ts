/** The reading of the chains of a backup directory: their items, and their images. Source: SEMANTICS 3.2 to 3.5. */
import * as DirectoryReading from "@backup-tree/core/directory/DirectoryReading"
import * as ImageNames from "@backup-tree/core/directory/ImageNames"
import * as BackupId from "@backup-tree/core/sdk/BackupId"
import * as NumberText from "@backup-tree/core/sdk/NumberText"
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as TextFile from "../TextFile.ts"
import { readSteadily } from "./steadyReading.ts"
import { type Entry, isUnread, type Refused, type StoreFiles } from "./storeFiles.ts"
import {
  describedBy,
  type ItemDirectory,
  type Limits,
  readItemDirectory,
  toConfiguration,
  toItem,
  unreadItem,
  withoutMetadata
} from "./storeItems.ts"
import { type Skip, skipOdd, Skips } from "./storeOddities.ts"

/** Where a chain lies, and what is known of its environment. */
export interface ChainAt {
  readonly path: string
  readonly name: string
  readonly environment: DirectoryReading.ReadEnvironment["metadata"]
}

/** A chain, and what was left out of it. */
export interface ChainRead {
  readonly chain: DirectoryReading.ReadChain
  readonly skips: Skips["all"]
}

/** Reads a chain, or nothing of one that is gone. */
export const readChain = (files: StoreFiles, at: ChainAt, limits: Limits): Effect.Effect<ChainRead | undefined> =>
  readSteadily(
    files,
    at.path,
    (entries) =>
      Effect.map(readEntries(files, at, entries, limits), (read) => ({ read, isDoubtful: read.skips.length > 0 }))
  ).pipe(
    Effect.catch((error) => {
      const skips = new Skips()
      skips.add(at.path, "chain-unreadable", TextFile.explain(error))
      const chain = { directory: at.name, locked: false, readable: false, items: [], bareItems: [], files: new Map() }
      return Effect.succeed({ chain, skips: skips.all })
    })
  )

const readEntries = (
  files: StoreFiles,
  at: ChainAt,
  entries: ReadonlyArray<Entry>,
  limits: Limits
): Effect.Effect<ChainRead> =>
  Effect.gen(function*() {
    const skips = new Skips()
    const { images, itemNames, unread } = sortEntries(entries, at.path, skips.add)
    const read = yield* Effect.forEach(
      itemNames,
      (name) => readItemDirectory(files, { chain: at.path, name, vmType: at.environment?.vmType }, limits, skips.add),
      { concurrency: limits.concurrency }
    )
    const found = [...read.filter((item) => item !== undefined), ...unread.map(unreadItem)]
    const present = yield* readImages(files, at, { images, found }, limits, skips.add)
    const items = indexOf(found, at, { images: present, serverZone: limits.serverZone }, skips.add)
    const bareItems = bareAmong(found)
    return {
      chain: { directory: at.name, locked: false, readable: true, items, bareItems, files: present },
      skips: skips.all
    }
  })

type ReadImages = DirectoryReading.ReadChain["files"]

/** Something in the place of an image; `instead` is what that is, where it is no file. */
interface ImageEntry {
  readonly name: string
  readonly instead: { readonly reason: "not-a-file" | "orphan-image"; readonly detail: string } | undefined
}

const baseName = DirectoryReading.itemDirectory(1)

/** Sorts what stands in the directory of a chain: directories of items, and whatever else may be an image. */
const sortEntries = (entries: ReadonlyArray<Entry>, path: string, skip: Skip) => {
  const itemNames: Array<string> = []
  const unread: Array<Refused> = []
  const images: Array<ImageEntry> = []
  for (const entry of entries) {
    const isItem = entry.name === baseName || NumberText.parseUInt32(entry.name) !== undefined
    if (entry.kind === "refused" && entry.reason === "not-a-file") {
      images.push({ name: entry.name, instead: { reason: "not-a-file", detail: entry.detail } })
    } else if (skipOdd(entry, `${path}/${entry.name}`, skip)) {
      if (isItem && isUnread(entry)) unread.push(entry)
    } else if (entry.kind === "file") images.push({ name: entry.name, instead: undefined })
    else if (isItem) itemNames.push(entry.name)
    // Hidden directories are no items, and nobody's business.
    else if (!entry.name.startsWith(".")) {
      images.push({ name: entry.name, instead: { reason: "orphan-image", detail: "a directory that is no item" } })
    }
  }
  return { images, itemNames, unread }
}

/**
 * Makes the items of a chain, in the order of the server's index (SEMANTICS 3.4).
 *
 * A number is looked up in the directory of its own name, whatever the directory is called that it was found by.
 */
const indexOf = (
  found: ReadonlyArray<ItemDirectory>,
  { environment, path }: ChainAt,
  { images, serverZone }: { readonly images: ReadImages; readonly serverZone: Limits["serverZone"] },
  skip: Skip
): ReadonlyArray<DirectoryReading.ReadItem> => {
  const byName = new Map(found.map((directory) => [directory.name, directory]))
  const lookUp = (number: number) => byName.get(DirectoryReading.itemDirectory(number))
  const numbered = found.flatMap((directory) => {
    const number = directory.name === baseName ? undefined : NumberText.parseUInt32(directory.name)
    if (number === undefined) return []
    if (directory.metadata._tag !== "Missing") return [{ number, directory }]
    skip(`${path}/${directory.name}`, "link-without-metadata", withoutMetadata)
    return []
  }).sort((one, other) => one.number - other.number || Number(isPadded(one)) - Number(isPadded(other)))
  const base = byName.get(baseName)
  const index = base === undefined ? numbered : [{ number: 1, directory: base }, ...numbered]
  if (index.length === 0) skip(path, "chain-empty", "it holds no backup")
  const seen = new Set<number>()
  const first = index[0] && lookUp(index[0].number)
  const format = ImageNames.formatOf(first && describedBy(first.metadata)?.images, environment?.version)
  return index.map(({ directory: own, number }, position): DirectoryReading.ReadItem => {
    const at = `${path}/${own.name}`
    if (seen.has(number)) skip(at, "number-duplicate", `number ${number} is there twice`)
    seen.add(number)
    const directory = lookUp(number)
    const isHead = position === 0
    if (directory === undefined) {
      const where = DirectoryReading.itemDirectory(number)
      skip(at, isHead ? "head-invalid" : "link-invalid", `a server looks for it in ${where}`)
      return {
        number,
        directory: own.name,
        content: { _tag: "Damaged" },
        described: describedBy(own.metadata),
        configuration: toConfiguration(own.config),
        notes: []
      }
    }
    const item = toItem(directory, {
      number,
      isHead,
      format,
      vmType: environment?.vmType ?? 0,
      serverZone,
      sizeOf: (image) => images.get(image)?.header?.virtualSize
    })
    if (item.problem !== undefined && directory === own) skip(at, item.problem.reason, item.problem.detail)
    return { number, directory: directory.name, ...item.read }
  })
}

const bareAmong = (found: ReadonlyArray<ItemDirectory>): ReadonlyArray<DirectoryReading.BareItem> =>
  found.flatMap(({ config, metadata, name }) => {
    const number = NumberText.parseUInt32(name)
    return number === undefined || metadata._tag !== "Missing"
      ? []
      : [{ directory: name, number, configuration: toConfiguration(config) }]
  })

interface Numbered {
  readonly number: number
  readonly directory: ItemDirectory
}

// A server looks a number up as it writes it.
const isPadded = ({ directory, number }: Numbered): boolean => directory.name !== String(number)

/** How many images that no backup names are looked into. */
const maxOrphansRead = 100_000

/** Reads what there is of images, and tells of those that are missing, and of what belongs to nothing. */
const readImages = (
  files: StoreFiles,
  { name: directory, path }: ChainAt,
  { found, images }: { readonly images: ReadonlyArray<ImageEntry>; readonly found: ReadonlyArray<ItemDirectory> },
  limits: Limits,
  skip: Skip
): Effect.Effect<ReadImages> =>
  Effect.gen(function*() {
    const namedBy = new Map<string, string>()
    for (const { metadata } of found) {
      const backup = describedBy(metadata)
      for (const image of backup?.images ?? []) if (!namedBy.has(image)) namedBy.set(image, backup!.id)
    }
    const missing = (image: string, detail: string): void =>
      skip(
        `${path}/${image}`,
        "missing-image",
        `backup ${PrintableText.excerpt(namedBy.get(image) ?? "")} names it${detail}`
      )
    const there = new Set(images.map(({ name }) => name))
    for (const image of namedBy.keys()) if (!there.has(image)) missing(image, "")
    const orphans: Array<string> = []
    const named: Array<string> = []
    for (const { instead, name } of images) {
      if (namedBy.has(name)) {
        if (instead === undefined) named.push(name)
        else missing(name, `, and what is there is ${instead.detail}`)
      } else if (instead !== undefined) skip(`${path}/${name}`, instead.reason, instead.detail)
      else {
        skip(`${path}/${name}`, "orphan-image", "no backup that can be read names it")
        orphans.push(name)
      }
    }
    // Of a directory that is no chain, nothing but the names of files is anybody's business.
    const isChain = BackupId.isServerUuid(directory) || found.length > 0
    const unnamed = isChain ? orphans.filter((name) => ImageNames.numberOf(name) !== undefined) : []
    if (unnamed.length > maxOrphansRead) {
      skip(`${path}/*`, "unreadable", `of ${unnamed.length} images that no backup names, the last are not looked into`)
    }
    const read = yield* Effect.forEach(
      [...named, ...unnamed.slice(0, maxOrphansRead)],
      (image) =>
        Effect.map(Effect.result(files.image(`${path}/${image}`)), (file) => {
          // It is there all the same, and nothing else is known of it.
          if (Result.isFailure(file)) skip(`${path}/${image}`, "unreadable", file.failure)
          else if (file.success === undefined && namedBy.has(image)) missing(image, ", and it went away")
          return [image, Result.getOrUndefined(file)] as const
        }),
      { concurrency: limits.concurrency }
    )
    return new Map(read.flatMap(([image, file]) => file === undefined ? [] : [[image, file]]))
  })
