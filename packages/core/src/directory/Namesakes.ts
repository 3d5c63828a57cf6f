/**
 * Directories with wrong names, compared with the directories that have the right names.
 *
 * A server looks for an environment or a chain in the directory named after its uuid. A directory with another name is
 * either a leftover, whose contents are also in the right place, or the only copy.
 *
 * @since 0.2.0
 */
import { chainUuid } from "./ChainImages.ts"
import { holdsData, type ImageFile, type ReadChain, type ReadEnvironment } from "./DirectoryReading.ts"

/**
 * The contents of the directory that has the right name, compared with a directory with a wrong name.
 *
 * `none`: there is no such directory. `same`: it has everything that the other one has. `other`: it lacks a part of it.
 *
 * @category models
 * @since 0.2.0
 */
export type Namesake = "none" | "same" | "other"

/** Returns whether a file is as complete as another: it has the same header, and is not shorter. */
const isAsWhole = (file: ImageFile | undefined, other: ImageFile): boolean =>
  file !== undefined && holdsData(file) && file.size >= other.size
  && file.header?.backingFile === other.header?.backingFile
  && file.header?.virtualSize === other.header?.virtualSize

/** Returns whether a chain lists every backup of another, and has all the data of its images. */
const covers = (chain: ReadChain, other: ReadChain): boolean => {
  const listed = new Set(
    chain.items.filter(({ content }) => content._tag !== "Damaged").map(({ number }) => number)
  )
  return [...other.items, ...other.bareItems].every(({ number }) => listed.has(number))
    && [...other.files].every(([name, file]) => !holdsData(file) || isAsWhole(chain.files.get(name), file))
}

/**
 * Compares a chain with the one in the directory named after its uuid, among all chains of its environment.
 *
 * @category accessors
 * @since 0.2.0
 */
export const ofChain = (chain: ReadChain, chains: ReadonlyArray<ReadChain>): Namesake => {
  const uuid = chainUuid(chain)
  const namesake = chains.find((other) => other !== chain && other.directory === uuid)
  return namesake === undefined ? "none" : covers(namesake, chain) ? "same" : "other"
}

/**
 * Compares an environment with the one in the directory named after its uuid, among all environments.
 *
 * @category accessors
 * @since 0.2.0
 */
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
