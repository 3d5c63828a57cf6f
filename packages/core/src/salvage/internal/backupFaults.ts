/** What hides the backups of a chain, where it can be mended by hand. Source: SEMANTICS 3.5, 4.3. */
import type { ChainContents } from "../../directory/ChainContents.ts"
import { chainPath, wasStored } from "../../directory/ChainImages.ts"
import * as DirectoryReading from "../../directory/DirectoryReading.ts"
import type { SkipIndex } from "../../directory/SkipIndex.ts"
import * as StoreNames from "../../directory/StoreNames.ts"
import type { Missing } from "../SalvageStep.ts"

/** What is wrong with a backup, and where. */
export interface BackupFault {
  readonly missing: Extract<
    Missing,
    | "leftover"
    | "backup-name"
    | "base-directory"
    | "head-metadata"
    | "head-configuration"
    | "link-metadata"
    | "link-configuration"
  >
  /** The directory of the backup; it may not be there. */
  readonly directory: string
  readonly number: number
  /** Whether its configuration is there. */
  readonly isConfigured: boolean
  /** Its images as its metadata or, where that is lost, their names say, there or not. */
  readonly images: ReadonlyArray<string>
  /** Whether it may be of a backup that was never finished. */
  readonly isDoubtful: boolean
}

/** Tells whether a backup lies where no server looks for its number. */
const isMisnamed = ({ content, directory, number }: DirectoryReading.ReadItem): boolean =>
  content._tag === "Damaged" && directory !== StoreNames.itemDirectory(number)

const faultOf = (
  contents: ChainContents,
  missing: BackupFault["missing"],
  { configuration, described, directory, number }:
    & Pick<DirectoryReading.BareItem, "configuration" | "directory" | "number">
    & Partial<Pick<DirectoryReading.ReadItem, "described">>,
  isDoubtful = false
): BackupFault => ({
  missing,
  directory,
  number,
  isConfigured: configuration !== undefined,
  images: described?.images ?? contents.imagesOf(number),
  isDoubtful
})

/** Finds the first item that says that it is a full backup, where others come before it. */
const coveredFull = ({ items: [first, ...rest] }: DirectoryReading.ReadChain): DirectoryReading.ReadItem | undefined =>
  first?.content._tag === "Head" || first?.described?._tag === "FullBackup"
    ? undefined
    : rest.find(({ described }) => described?._tag === "FullBackup")

/**
 * Finds what hides a chain as a whole, if anybody can say it.
 *
 * Which backup is the first is what its own metadata says or, where that is lost, what the images say. Metadata that can be
 * read is never taken for lost.
 */
export const headFault = (contents: ChainContents, { isBare, isUnread }: SkipIndex): BackupFault | undefined => {
  const { at } = contents
  const { bareItems, items } = at.chain
  const [first] = items
  const path = (directory: string): string => `${chainPath(at)}/${directory}`
  if (first?.content._tag === "Head" || (first !== undefined && isUnread(path(first.directory)))) return undefined
  const covered = coveredFull(at.chain)
  if (covered !== undefined) return faultOf(contents, "leftover", first!)
  if (first?.described?._tag === "FullBackup") {
    if (isMisnamed(first)) return faultOf(contents, "backup-name", first)
    return first.configuration === undefined ? faultOf(contents, "head-configuration", first) : undefined
  }
  const number = contents.firstNumber()
  if (number === undefined) return undefined
  const directory = StoreNames.itemDirectory(number)
  const item = items.find((item) => item.number === number && item.directory === directory)
  const place = item ?? bareItems.find((item) => item.directory === directory)
  if (isUnread(path(directory))) return undefined
  if (place === undefined) {
    return faultOf(contents, "base-directory", { configuration: undefined, directory, number })
  }
  if (item?.described !== undefined && number !== 1) return undefined
  return faultOf(contents, "head-metadata", place, isBare(path(directory)) && wasStored(at.chain, 1) !== true)
}

/** Returns the number of the first backup of a chain, if anybody can say it; `fault` is what hides the chain. */
export const headNumber = (contents: ChainContents, fault: BackupFault | undefined): number | undefined => {
  const { chain } = contents.at
  const [first] = chain.items
  if (first?.content._tag === "Head") return first.number
  return coveredFull(chain)?.number ?? fault?.number ?? contents.firstNumber()
}

/** Finds the incrementals that are hidden by themselves; `head` is the number of the first backup of the chain. */
export const linkFaults = (
  contents: ChainContents,
  head: number,
  { isUnread }: SkipIndex
): ReadonlyArray<BackupFault> => {
  const { chain, environment } = contents.at
  const numbers = new Set<number>()
  // What comes before the first is no backup of the chain.
  const isLater = ({ number }: { readonly number: number }): boolean => number > head && !numbers.has(number)
  const damaged = chain.items.flatMap((item): ReadonlyArray<BackupFault> => {
    // Two directories of one number: the server looks into one of them.
    if (!isLater(item)) return []
    numbers.add(item.number)
    const { configuration, content, described } = item
    if (content._tag !== "Damaged" || isUnread(DirectoryReading.itemPath(environment, chain, item))) return []
    if (isMisnamed(item)) return [faultOf(contents, "backup-name", item)]
    if (described === undefined) return [faultOf(contents, "link-metadata", item)]
    // What comes first in place of a lost full backup is hidden by that alone.
    return described._tag === "IncrementalBackup" && configuration === undefined
      ? [faultOf(contents, "link-configuration", item)]
      : []
  })
  const lost = chain.bareItems.filter(isLater).flatMap((item) => {
    const stored = wasStored(chain, item.number)
    const isThere = contents.imagesOf(item.number).some((image) => chain.files.has(image))
    return stored === false || !isThere || item.directory !== StoreNames.itemDirectory(item.number)
      ? []
      : [faultOf(contents, "link-metadata", item, stored === undefined)]
  })
  return [...damaged, ...lost]
}
