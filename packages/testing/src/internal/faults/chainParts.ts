/** The parts of a chain in a backup directory that faults apply to. */
import * as StoreNames from "@backup-tree/core/directory/files/StoreNames"
import * as Random from "../random.ts"
import { type ChainLayout, type ItemLayout } from "../storeLayout.ts"

/** Applies to every chain. */
export const any = (): boolean => true

/** Returns the full backup of a chain. */
export const headOf = ({ items }: ChainLayout): ItemLayout => items[0]!

/** Tests whether the full backup was never promoted. */
export const isOriginal = (chain: ChainLayout): boolean => headOf(chain).directory === "base"

/** Tests whether a chain has an incremental. */
export const hasIncremental = ({ items }: ChainLayout): boolean => items.length > 1

/** Tests whether every backup has an image. */
export const hasImages = ({ items }: ChainLayout): boolean => items.every(({ images }) => images.length > 0)

/** Tests whether every backup has images, all with headers. */
export const hasHeaders = ({ items }: ChainLayout): boolean =>
  items.every(({ images }) => images.length > 0 && images.every(({ header }) => header !== undefined))

/** Returns the path of an item's directory. */
export const itemPath = ({ path }: ChainLayout, { directory }: ItemLayout): string => `${path}/${directory}`

/** Returns the path of an item's metadata. */
export const metadataPath = (chain: ChainLayout, item: ItemLayout): string =>
  `${itemPath(chain, item)}/${StoreNames.metadata}`

/** Picks one of at least one. */
export const oneOf = <A>(from: ReadonlyArray<A>, random: Random.Random): A => Random.pick(from, random)!

/** Picks an incremental; not the last one of several, so that a later one remains. */
export const someIncremental = ({ items }: ChainLayout, random: Random.Random): ItemLayout => {
  const incrementals = items.slice(1)
  return incrementals[random.below(Math.max(1, incrementals.length - 1))]!
}

/** Picks the path of an image. */
export const someImage = ({ items, path }: ChainLayout, random: Random.Random): string =>
  `${path}/${oneOf(oneOf(items, random).images, random).name}`

/** Returns the number that the next backup of a chain would have. */
export const nextNumber = ({ chain: { items } }: ChainLayout): number =>
  Math.max(...items.map(({ number }) => number)) + 1
