/** Directories that lost their names, and what stands under the names that they should bear. */
import { holdsData, type ReadChain, type ReadEnvironment } from "../DirectoryReading.ts"

/** What stands under the name that a directory should bear: nothing, all that it holds, or something that lacks some of it. */
export type Namesake = "none" | "same" | "other"

const holdsImages = ({ files }: ReadChain, images: ReadonlyArray<string>): boolean =>
  images.every((image) => {
    const file = files.get(image)
    return file !== undefined && holdsData(file)
  })

/** Tells whether a chain holds, whole and listed, every backup that is whole in another. */
const covers = (chain: ReadChain, other: ReadChain): boolean => {
  const listed = new Set(
    chain.items.filter(({ content, described }) =>
      content._tag !== "Damaged" && holdsImages(chain, described?.images ?? [])
    ).map(({ number }) => number)
  )
  return other.items.every(({ described, number }) =>
    described === undefined || !holdsImages(other, described.images) || listed.has(number)
  )
}

const uuidOf = ({ directory, items: [first] }: ReadChain): string =>
  first?.content._tag === "Head" ? first.content.uuid : directory

/** Looks for what stands under the name that a chain should bear, among the chains of its environment. */
export const chainNamesakeOf = (chain: ReadChain, chains: ReadonlyArray<ReadChain>): Namesake => {
  const uuid = uuidOf(chain)
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
    chain.items.length === 0
    || namesake.chains.some((other) => other.directory === uuidOf(chain) && covers(other, chain))
  )
  return isCovered ? "same" : "other"
}
