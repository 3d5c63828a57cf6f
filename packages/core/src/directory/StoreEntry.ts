/**
 * The entries of the directories of a store, sorted by what they are. What belongs to nothing becomes a skip.
 *
 * Source: SEMANTICS 3.2 to 3.5.
 */
import * as BackupId from "../sdk/BackupId.ts"
import * as PrintableText from "../text/PrintableText.ts"
import * as ImageNames from "./ImageNames.ts"
import type { ItemDirectory } from "./StoredItem.ts"
import { describedBy } from "./StoredMetadata.ts"
import * as StoreNames from "./StoreNames.ts"
import type { StoreSkip } from "./StoreSkip.ts"

/** An entry of a directory. A `refused` entry was not read: `detail` says why. */
export type Entry =
  | { readonly name: string; readonly kind: "directory" | "file" }
  | {
    readonly name: string
    readonly kind: "refused"
    readonly reason: "outside-root" | "not-a-file" | "unreadable"
    readonly detail: string
  }

/** An entry that was not read. */
export type Refused = Extract<Entry, { readonly kind: "refused" }>

/** Tells whether something may well lie at an entry that was not read, such as behind a link that is not followed. */
export const isUnread = (entry: Entry): entry is Refused => entry.kind === "refused" && entry.reason !== "not-a-file"

/** Returns the skip of an entry that belongs to nothing: a leftover of a writer, or one that was not read. */
export const unusual = (entry: Entry, path: string): StoreSkip | undefined =>
  StoreNames.isTemporary(entry.name)
    ? { path, reason: "temp-file", detail: "a server has not finished writing it" }
    : entry.kind === "refused"
    ? { path, reason: entry.reason, detail: entry.detail }
    : undefined

/** The directories among some entries by their names, and the skips of all other entries. */
export interface Sorted {
  readonly directories: ReadonlyArray<string>
  readonly skips: ReadonlyArray<StoreSkip>
}

/** Sorts the entries of a store: directories may be environments. */
export const sortStore = (entries: ReadonlyArray<Entry>): Sorted => sortDirectories(entries, "", "environments")

/** Sorts the entries of an environment: directories may be chains, and one file is its metadata. */
export const sortEnvironment = (entries: ReadonlyArray<Entry>, path: string): Sorted =>
  sortDirectories(entries, `${path}/`, "chains")

const sortDirectories = (
  entries: ReadonlyArray<Entry>,
  prefix: string,
  wanted: "environments" | "chains"
): Sorted => {
  const directories: Array<string> = []
  const skips: Array<StoreSkip> = []
  for (const entry of entries) {
    const path = `${prefix}${entry.name}`
    const odd = unusual(entry, path)
    if (odd !== undefined) skips.push(odd)
    else if (wanted === "chains" && entry.name === StoreNames.metadata) {
      if (entry.kind === "directory") skips.push({ path, reason: "not-a-file", detail: "a directory" })
    } else if (entry.kind === "directory") directories.push(entry.name)
    else skips.push({ path, reason: "not-uuid", detail: `a file, where only ${wanted} belong` })
  }
  return { directories, skips }
}

/** An entry in the place of an image; `instead` says what it is, unless it is a file. */
export interface ImageEntry {
  readonly name: string
  readonly instead: { readonly reason: "not-a-file" | "orphan-image"; readonly detail: string } | undefined
}

/** The entries of a chain: the directories of its items, those of them that were not read, and what may be an image. */
export interface ChainEntries {
  readonly items: ReadonlyArray<string>
  readonly unread: ReadonlyArray<Refused>
  readonly images: ReadonlyArray<ImageEntry>
  readonly skips: ReadonlyArray<StoreSkip>
}

/** Sorts the entries of a chain. */
export const sortChain = (entries: ReadonlyArray<Entry>, path: string): ChainEntries => {
  const items: Array<string> = []
  const unread: Array<Refused> = []
  const images: Array<ImageEntry> = []
  const skips: Array<StoreSkip> = []
  for (const entry of entries) {
    const isItem = StoreNames.itemNumber(entry.name) !== undefined
    const odd = unusual(entry, `${path}/${entry.name}`)
    if (entry.kind === "refused" && entry.reason === "not-a-file") {
      images.push({ name: entry.name, instead: { reason: "not-a-file", detail: entry.detail } })
    } else if (odd !== undefined) {
      skips.push(odd)
      if (isItem && isUnread(entry)) unread.push(entry)
    } else if (entry.kind === "file") images.push({ name: entry.name, instead: undefined })
    else if (isItem) items.push(entry.name)
    // A hidden directory is no item, and no anomaly either.
    else if (!entry.name.startsWith(".")) {
      images.push({ name: entry.name, instead: { reason: "orphan-image", detail: "a directory that is no item" } })
    }
  }
  return { items, unread, images, skips }
}

/** The images of a chain to read: those that metadata names, and others that may tell of lost backups. */
export interface ChainImageEntries {
  readonly named: ReadonlyArray<string>
  readonly unnamed: ReadonlyArray<string>
  readonly skips: ReadonlyArray<StoreSkip>
  /** The skip of a named image that is missing after all. */
  readonly missing: (image: string, detail: string) => StoreSkip
}

/** Sorts the images of a chain by the metadata that names them; each missing or unnamed one is a skip. */
export const sortImages = (
  images: ReadonlyArray<ImageEntry>,
  found: ReadonlyArray<ItemDirectory>,
  chain: { readonly name: string; readonly path: string }
): ChainImageEntries => {
  const namedBy = new Map<string, string>()
  for (const { metadata } of found) {
    const backup = describedBy(metadata)
    for (const image of backup?.images ?? []) if (!namedBy.has(image)) namedBy.set(image, backup!.id)
  }
  const missing = (image: string, detail: string): StoreSkip => ({
    path: `${chain.path}/${image}`,
    reason: "missing-image",
    detail: `backup ${PrintableText.excerpt(namedBy.get(image) ?? "")} names it${detail}`
  })
  const present = new Set(images.map(({ name }) => name))
  const skips = [...namedBy.keys()].filter((image) => !present.has(image)).map((image) => missing(image, ""))
  const named: Array<string> = []
  const orphans: Array<string> = []
  for (const { instead, name } of images) {
    const path = `${chain.path}/${name}`
    if (namedBy.has(name)) {
      if (instead === undefined) named.push(name)
      else skips.push(missing(name, `, and what is there is ${instead.detail}`))
    } else if (instead !== undefined) skips.push({ path, reason: instead.reason, detail: instead.detail })
    else {
      skips.push({ path, reason: "orphan-image", detail: "no backup that can be read names it" })
      orphans.push(name)
    }
  }
  // In a directory that is no chain, the files mean nothing.
  const isChain = BackupId.isServerUuid(chain.name) || found.length > 0
  const unnamed = isChain ? orphans.filter((name) => ImageNames.numberOf(name) !== undefined) : []
  return { named, unnamed, skips, missing }
}
