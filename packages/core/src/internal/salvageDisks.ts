/** What the images of a chain directory still hold, disk by disk, as their own headers say. */
import type { SalvageDisk } from "../Salvage.ts"
import { backingOf, type ChainAt, chainPath } from "./chainImages.ts"

/** Returns of each image that metadata names the number of its backup, and its position among the disks. */
const namesOf = ({ chain }: ChainAt) => {
  const names = new Map<string, { readonly number: number; readonly position: number }>()
  for (const { described, number } of chain.items) {
    described?.images.forEach((image, position) => {
      if (!names.has(image)) names.set(image, { number, position })
    })
  }
  return names
}

/**
 * Finds the images whose backing chains are unbroken: every one is a file with a header, and only the oldest has no
 * backing file. Each is looked at once, however long the chains are.
 */
const unbroken = (at: ChainAt): ReadonlySet<string> => {
  const known = new Map<string, boolean>()
  for (const image of at.chain.files.keys()) {
    const passed: Array<string> = []
    let name: string = image
    let result = known.get(name)
    while (result === undefined) {
      passed.push(name)
      // Whoever comes here again goes round in a circle.
      known.set(name, false)
      const backing = backingOf(at, name)
      if (backing === undefined) result = false
      else if (backing === null) result = true
      else {
        name = backing.name
        result = known.get(name)
      }
    }
    for (const each of passed) known.set(each, result)
  }
  return new Set([...known].flatMap(([name, isUnbroken]) => isUnbroken ? [name] : []))
}

/** Returns an image of an unbroken chain and all that it is backed by, the oldest first. */
const lineage = (at: ChainAt, image: string): ReadonlyArray<string> => {
  const images: Array<string> = []
  for (let name: string | undefined = image; name !== undefined; name = backingOf(at, name)?.name) images.push(name)
  return images.toReversed()
}

const toDisk = (at: ChainAt, images: ReadonlyArray<string>, names: ReturnType<typeof namesOf>): SalvageDisk => {
  const newest = images.at(-1) ?? ""
  return {
    directory: chainPath(at),
    images,
    newest,
    number: names.get(newest)?.number,
    virtualSize: at.chain.files.get(newest)?.header?.virtualSize ?? 0n,
    isAbsolute: images.some((image) => at.chain.files.get(image)?.header?.backingFile?.startsWith("/") === true)
  }
}

/**
 * Returns the disks of a chain, each up to its newest image whose backing chain is unbroken.
 *
 * What lies above all that metadata names may be of a backup that was never finished: it counts only where nothing below
 * it is named either.
 */
export const disksOfChain = (at: ChainAt): ReadonlyArray<SalvageDisk> => {
  const names = namesOf(at)
  const whole = unbroken(at)
  const backed = new Set([...whole].map((image) => backingOf(at, image)?.name))
  const lines = [...whole].filter((image) => !backed.has(image)).map((top) => {
    const images = lineage(at, top)
    const newest = images.findLastIndex((image) => names.has(image))
    return newest === -1 ? images : images.slice(0, newest + 1)
  })
  const inner = new Set(lines.flatMap((images) => images.slice(0, -1)))
  const rank = (image: string): number => names.get(image)?.position ?? Infinity
  const byNewest = new Map(lines.map((images) => [images.at(-1) ?? "", images]))
  return [...byNewest]
    .filter(([newest]) => !inner.has(newest))
    .toSorted(([a], [b]) => rank(a) === rank(b) ? (a < b ? -1 : 1) : rank(a) - rank(b))
    .map(([, images]) => toDisk(at, images, names))
}

/** Returns the disks that some images are of, those left out whose backing chain is broken. */
export const disksOfImages = (at: ChainAt, images: ReadonlyArray<string>): ReadonlyArray<SalvageDisk> => {
  const names = namesOf(at)
  const whole = unbroken(at)
  return images.filter((image) => whole.has(image)).map((image) => toDisk(at, lineage(at, image), names))
}

/** Returns the images that say nothing of what they are backed by: those of the archiver, and none that is empty. */
export const imagesWithoutHeader = ({ chain }: ChainAt): ReadonlyArray<string> =>
  [...chain.files].flatMap(([image, { header, size }]) =>
    header === undefined && size > 0n && image.endsWith(".tib") ? [image] : []
  ).toSorted()
