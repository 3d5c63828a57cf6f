/**
 * Directories that lost their names, and what lies under the names that they should have.
 *
 * A server looks for an environment or a chain under its uuid. A directory with another name is either a leftover, whose
 * content also lies in the right place, or the only copy.
 */
import { chainUuid } from "./ChainImages.ts"
import { holdsData, type ImageFile, type ReadChain, type ReadEnvironment } from "./DirectoryReading.ts"

/**
 * What lies under the name that a directory should have: nothing (`none`), everything that the directory holds (`same`),
 * or something that lacks a part of it (`other`).
 */
export type Namesake = "none" | "same" | "other"

/** Tells whether a file is as whole as another: with the same header, and no shorter. */
const isAsWhole = (file: ImageFile | undefined, other: ImageFile): boolean =>
  file !== undefined && holdsData(file) && file.size >= other.size
  && file.header?.backingFile === other.header?.backingFile
  && file.header?.virtualSize === other.header?.virtualSize

/** Tells whether a chain lists every backup of another, and has all the data of its images. */
const covers = (chain: ReadChain, other: ReadChain): boolean => {
  const listed = new Set(
    chain.items.filter(({ content }) => content._tag !== "Damaged").map(({ number }) => number)
  )
  return [...other.items, ...other.bareItems].every(({ number }) => listed.has(number))
    && [...other.files].every(([name, file]) => !holdsData(file) || isAsWhole(chain.files.get(name), file))
}

/** Compares a chain with the one that lies under its uuid, among all chains of its environment. */
export const ofChain = (chain: ReadChain, chains: ReadonlyArray<ReadChain>): Namesake => {
  const uuid = chainUuid(chain)
  const namesake = chains.find((other) => other !== chain && other.directory === uuid)
  return namesake === undefined ? "none" : covers(namesake, chain) ? "same" : "other"
}

/** Compares an environment with the one that lies under its uuid, among all environments of the directory. */
export const ofEnvironment = (
  environment: ReadEnvironment,
  environments: ReadonlyArray<ReadEnvironment>
): Namesake => {
  const uuid = environment.metadata?.uuid
  const namesake = environments.find((other) => other !== environment && other.directory === uuid)
  if (namesake === undefined) return "none"
  const isCovered = environment.chains.every((chain) =>
    chain.items.length + chain.bareItems.length + chain.files.size === 0
    || namesake.chains.some((other) => other.directory === chainUuid(chain) && covers(other, chain))
  )
  return isCovered ? "same" : "other"
}
