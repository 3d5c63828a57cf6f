/** Directories that lost their names, and what stands under the names that they should bear. */
import { chainUuid } from "./ChainImages.ts"
import { holdsData, type ImageFile, type ReadChain, type ReadEnvironment } from "./DirectoryReading.ts"

/** What stands under the name that a directory should bear: nothing, all that it holds, or something that lacks some of it. */
export type Namesake = "none" | "same" | "other"

/** Tells whether a file is as whole as another: with the same header, and no shorter. */
const isAsWhole = (file: ImageFile | undefined, other: ImageFile): boolean =>
  file !== undefined && holdsData(file) && file.size >= other.size
  && file.header?.backingFile === other.header?.backingFile
  && file.header?.virtualSize === other.header?.virtualSize

/** Tells whether a chain lists every backup of another, and has all that its images hold. */
const covers = (chain: ReadChain, other: ReadChain): boolean => {
  const listed = new Set(
    chain.items.filter(({ content }) => content._tag !== "Damaged").map(({ number }) => number)
  )
  return [...other.items, ...other.bareItems].every(({ number }) => listed.has(number))
    && [...other.files].every(([name, file]) => !holdsData(file) || isAsWhole(chain.files.get(name), file))
}

/** Looks for what stands under the name that a chain should bear, among the chains of its environment. */
export const chainNamesakeOf = (chain: ReadChain, chains: ReadonlyArray<ReadChain>): Namesake => {
  const uuid = chainUuid(chain)
  const namesake = chains.find((other) => other !== chain && other.directory === uuid)
  return namesake === undefined ? "none" : covers(namesake, chain) ? "same" : "other"
}

/** Looks for what stands under the name that an environment should bear. */
export const namesakeOf = (
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
