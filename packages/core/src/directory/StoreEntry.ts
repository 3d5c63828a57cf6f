/**
 * The entries of the directories of a store, sorted by their type. Entries that belong to nothing are reported.
 *
 * @see [Semantics 3.2](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s3-2)
 * @see [Semantics 3.3](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s3-3)
 * @see [Semantics 3.4](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s3-4)
 * @see [Semantics 3.5](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s3-5)
 * @since 0.2.0
 */
import * as BackupId from "../sdk/BackupId.ts"
import * as PrintableText from "../text/PrintableText.ts"
import * as ImageNames from "./files/ImageNames.ts"
import { describedBy } from "./files/StoredMetadata.ts"
import * as StoreNames from "./files/StoreNames.ts"
import type { Report } from "./files/StoreSkip.ts"
import type { ItemDirectory } from "./StoredItem.ts"

/**
 * An entry of a directory. A `refused` entry was not read, and `detail` has the reason.
 *
 * @category models
 * @since 0.2.0
 */
export type Entry =
  | { readonly name: string; readonly kind: "directory" | "file" }
  | {
    readonly name: string
    readonly kind: "refused"
    readonly reason: "outside-root" | "not-a-file" | "unreadable"
    readonly detail: string
  }

/**
 * An entry that was not read.
 *
 * @category models
 * @since 0.2.0
 */
export type Refused = Extract<Entry, { readonly kind: "refused" }>

/**
 * Returns whether an entry that was not read may have data, such as a link that was not followed.
 *
 * @category predicates
 * @since 0.2.0
 */
export const isUnread = (entry: Entry): entry is Refused => entry.kind === "refused" && entry.reason !== "not-a-file"

/**
 * Reports a leftover of a writer, or an entry that was not read. Returns false for all other entries.
 *
 * @category accessors
 * @since 0.2.0
 */
export const reportUnusual = (entry: Entry, path: string, report: Report): boolean => {
  if (StoreNames.isTemporary(entry.name)) report(path, "temp-file", "a server did not finish writing it")
  else if (entry.kind === "refused") report(path, entry.reason, entry.detail)
  else return false
  return true
}

/**
 * Returns the directories of a store, which may be environments, and reports all other entries.
 *
 * @category accessors
 * @since 0.2.0
 */
export const environmentsAmong = (entries: ReadonlyArray<Entry>, report: Report): ReadonlyArray<string> =>
  entries.flatMap((entry) => {
    if (reportUnusual(entry, entry.name, report)) return []
    if (entry.kind === "directory") return [entry.name]
    report(entry.name, "not-uuid", "a file, but only environments belong here")
    return []
  })

/**
 * Returns the directories of an environment, which may be chains. Reports all other entries except its metadata.
 *
 * @category accessors
 * @since 0.2.0
 */
export const chainsAmong = (entries: ReadonlyArray<Entry>, path: string, report: Report): ReadonlyArray<string> =>
  entries.flatMap((entry) => {
    const at = `${path}/${entry.name}`
    if (reportUnusual(entry, at, report)) return []
    if (entry.name === StoreNames.metadata) {
      if (entry.kind === "directory") report(at, "not-a-file", "a directory")
    } else if (entry.kind === "directory") return [entry.name]
    else report(at, "not-uuid", "a file, but only chains belong here")
    return []
  })

/**
 * An entry that may be an image. If it is not a file, `instead` describes it.
 *
 * @category models
 * @since 0.2.0
 */
export interface ImageEntry {
  readonly name: string
  readonly instead: { readonly reason: "not-a-file" | "orphan-image"; readonly detail: string } | undefined
}

/**
 * The entries of a chain: the directories of its items, unread directories of items, and possible images.
 *
 * @category models
 * @since 0.2.0
 */
export interface ChainEntries {
  readonly items: ReadonlyArray<string>
  readonly unread: ReadonlyArray<Refused>
  readonly images: ReadonlyArray<ImageEntry>
}

/**
 * Sorts the entries of a chain, and reports those that belong to nothing.
 *
 * @category accessors
 * @since 0.2.0
 */
export const sortChain = (entries: ReadonlyArray<Entry>, path: string, report: Report): ChainEntries => {
  const items: Array<string> = []
  const unread: Array<Refused> = []
  const images: Array<ImageEntry> = []
  for (const entry of entries) {
    const isItem = StoreNames.itemNumber(entry.name) !== undefined
    if (entry.kind === "refused" && entry.reason === "not-a-file") {
      images.push({ name: entry.name, instead: { reason: "not-a-file", detail: entry.detail } })
    } else if (reportUnusual(entry, `${path}/${entry.name}`, report)) {
      if (isItem && isUnread(entry)) unread.push(entry)
    } else if (entry.kind === "file") images.push({ name: entry.name, instead: undefined })
    else if (isItem) items.push(entry.name)
    // A directory whose name starts with a dot is neither an item nor an anomaly.
    else if (!entry.name.startsWith(".")) {
      images.push({ name: entry.name, instead: { reason: "orphan-image", detail: "a directory that is not a backup" } })
    }
  }
  return { items, unread, images }
}

/**
 * The images of a chain to read: those that metadata names, and others that may belong to lost backups.
 *
 * @category models
 * @since 0.2.0
 */
export interface ChainImageEntries {
  readonly named: ReadonlyArray<string>
  readonly unnamed: ReadonlyArray<string>
  /** Reports a named image as missing. */
  readonly reportMissing: (image: string, detail: string) => void
}

/**
 * Sorts the images of a chain by the metadata that names them, and reports missing and unnamed ones.
 *
 * @category accessors
 * @since 0.2.0
 */
export const sortImages = (
  images: ReadonlyArray<ImageEntry>,
  found: ReadonlyArray<ItemDirectory>,
  chain: { readonly name: string; readonly path: string },
  report: Report
): ChainImageEntries => {
  const namedBy = new Map<string, string>()
  for (const { metadata } of found) {
    const backup = describedBy(metadata)
    for (const image of backup?.images ?? []) if (!namedBy.has(image)) namedBy.set(image, backup!.id)
  }
  const reportMissing = (image: string, detail: string): void =>
    report(
      `${chain.path}/${image}`,
      "missing-image",
      `backup ${PrintableText.excerpt(namedBy.get(image) ?? "")} names it${detail}`
    )
  const present = new Set(images.map(({ name }) => name))
  for (const image of namedBy.keys()) if (!present.has(image)) reportMissing(image, "")
  const named: Array<string> = []
  const orphans: Array<string> = []
  for (const { instead, name } of images) {
    if (namedBy.has(name)) {
      if (instead === undefined) named.push(name)
      else reportMissing(name, `, but it is ${instead.detail}`)
    } else if (instead !== undefined) report(`${chain.path}/${name}`, instead.reason, instead.detail)
    else {
      report(`${chain.path}/${name}`, "orphan-image", "no readable backup names it")
      orphans.push(name)
    }
  }
  // In a directory that is not a chain, files have no meaning.
  const isChain = BackupId.isServerUuid(chain.name) || found.length > 0
  const unnamed = isChain ? orphans.filter((name) => ImageNames.numberOf(name) !== undefined) : []
  return { named, unnamed, reportMissing }
}
