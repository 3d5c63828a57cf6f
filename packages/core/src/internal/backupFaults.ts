/** What hides the backups of a chain, where it can be mended by hand. Source: SEMANTICS 3.5, 4.3. */
import * as DirectoryReading from "../DirectoryReading.ts"
import type { Missing } from "../Salvage.ts"
import type { ChainContents } from "./chainContents.ts"
import { chainPath, wasStored } from "./chainImages.ts"
import type { Seen } from "./seen.ts"

/** What is wrong with a backup, and where. */
export interface BackupFault {
  readonly missing: Extract<
    Missing,
    "backup-name" | "base-directory" | "head-metadata" | "head-configuration" | "link-metadata" | "link-configuration"
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
  content._tag === "Damaged" && directory !== DirectoryReading.itemDirectory(number)

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

/**
 * Finds what hides a chain as a whole.
 *
 * Which backup is its first is what the images say: those of the first build on none. Where they say nothing, it is the
 * first that is there.
 */
export const headFault = (contents: ChainContents, { isBare, isUnread }: Seen): BackupFault | undefined => {
  const { at } = contents
  const { bareItems, items } = at.chain
  const [first] = items
  if (first?.content._tag === "Head") return undefined
  if (first !== undefined && isMisnamed(first)) return faultOf(contents, "backup-name", first)
  const number = contents.firstNumber() ?? first?.number ?? 1
  const item = items.find((item) => item.number === number)
  const place = item ?? bareItems.find((item) => item.number === number)
  const path = `${chainPath(at)}/${place?.directory ?? DirectoryReading.itemDirectory(number)}`
  if (isUnread(path) || (first !== undefined && isUnread(DirectoryReading.itemPath(at.environment, at.chain, first)))) {
    return undefined
  }
  if (place === undefined) {
    const directory = DirectoryReading.itemDirectory(number)
    return faultOf(contents, "base-directory", { configuration: undefined, directory, number })
  }
  const isDescribed = item?.described?._tag === "FullBackup"
  // What hides it then is another directory, which comes before it.
  if (isDescribed && place.configuration !== undefined) return undefined
  const isDoubtful = isBare(path) && wasStored(at.chain, 1) !== true
  return faultOf(contents, isDescribed ? "head-configuration" : "head-metadata", place, isDoubtful)
}

/** Finds the incrementals that are hidden by themselves; `head` is the number of the first backup of the chain. */
export const linkFaults = (contents: ChainContents, head: number, { isUnread }: Seen): ReadonlyArray<BackupFault> => {
  const { chain, environment } = contents.at
  const numbers = new Set([head])
  const damaged = chain.items.flatMap((item): ReadonlyArray<BackupFault> => {
    // Two directories of one number: the server looks into one of them.
    if (numbers.has(item.number)) return []
    numbers.add(item.number)
    if (item.content._tag !== "Damaged" || isUnread(DirectoryReading.itemPath(environment, chain, item))) return []
    if (isMisnamed(item)) return [faultOf(contents, "backup-name", item)]
    if (item.described?._tag !== "IncrementalBackup") return [faultOf(contents, "link-metadata", item)]
    // What comes first in place of a lost full backup is hidden by that alone.
    return item.configuration === undefined ? [faultOf(contents, "link-configuration", item)] : []
  })
  const lost = chain.bareItems.filter(({ number }) => !numbers.has(number)).flatMap((item) => {
    const stored = wasStored(chain, item.number)
    return stored === false || !contents.imagesOf(item.number).some((image) => chain.files.has(image))
      ? []
      : [faultOf(contents, "link-metadata", item, stored === undefined)]
  })
  return [...damaged, ...lost]
}
