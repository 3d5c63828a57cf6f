/** The faults that hide the backups of a chain and that can be repaired by hand. Source: SEMANTICS 3.5 and 4.3. */
import type { ChainContents } from "../../directory/ChainContents.ts"
import { chainPath, wasStored } from "../../directory/ChainImages.ts"
import * as DirectoryReading from "../../directory/DirectoryReading.ts"
import * as StoreNames from "../../directory/files/StoreNames.ts"
import type { SkipIndex } from "../../directory/SkipIndex.ts"
import type { Missing } from "../SalvageStep.ts"

/** A fault of a backup, and its location. */
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
  /** The directory of the backup, which may be missing. */
  readonly directory: string
  readonly number: number
  /** Whether its configuration is present. */
  readonly isConfigured: boolean
  /** Its images by its metadata or, if that is lost, by their names. They may be missing. */
  readonly images: ReadonlyArray<string>
  /** Whether it may belong to an unfinished backup. */
  readonly isDoubtful: boolean
}

/** Returns whether a backup is in a directory in which no server looks for its number. */
const isMisnamed = ({ directory, number }: DirectoryReading.ReadItem): boolean =>
  directory !== StoreNames.itemDirectory(number)

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

/** Finds the first item that describes itself as a full backup but comes after other items. */
const coveredFull = ({ items: [first, ...rest] }: DirectoryReading.ReadChain): DirectoryReading.ReadItem | undefined =>
  first?.content._tag === "Head" || first?.described?._tag === "FullBackup"
    ? undefined
    : rest.find(({ described }) => described?._tag === "FullBackup")

/**
 * Finds the fault that hides a whole chain, if it can be determined.
 *
 * The metadata of a backup shows whether it is the first. If it is lost, the images show it. Readable metadata never
 * counts as lost.
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

/**
 * Returns the number of the first backup of a chain, if it can be determined. `fault` is the one that hides the chain.
 */
export const headNumber = (contents: ChainContents, fault: BackupFault | undefined): number | undefined => {
  const { chain } = contents.at
  const [first] = chain.items
  if (first?.content._tag === "Head") return first.number
  return coveredFull(chain)?.number ?? fault?.number ?? contents.firstNumber()
}

/** Finds the incrementals that are hidden on their own. `head` is the number of the first backup of the chain. */
export const linkFaults = (
  contents: ChainContents,
  head: number,
  { isUnread }: SkipIndex
): ReadonlyArray<BackupFault> => {
  const { chain, environment } = contents.at
  const numbers = new Set<number>()
  // Directories before the first backup do not belong to the chain.
  const isLater = ({ number }: { readonly number: number }): boolean => number > head && !numbers.has(number)
  const damaged = chain.items.flatMap((item): ReadonlyArray<BackupFault> => {
    // If two directories have the same number, the server reads only one of them.
    if (!isLater(item)) return []
    numbers.add(item.number)
    const { configuration, content, described } = item
    if (content._tag !== "Damaged" || isUnread(DirectoryReading.itemPath(environment, chain, item))) return []
    if (isMisnamed(item)) return [faultOf(contents, "backup-name", item)]
    if (described === undefined) return [faultOf(contents, "link-metadata", item)]
    // An incremental in the place of a lost full backup is hidden for that reason alone.
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
