/**
 * The contents of a chain directory as its files show them: its backups, and its images disk by disk.
 *
 * Use it if the metadata of a chain is damaged: it follows the headers of the images from one to the next.
 *
 * @since 0.2.0
 */
import * as ChainVersion from "../tree/ChainVersion.ts"
import { type Backing, backingOf, type ChainLocation, chainPath, chainUuid } from "./ChainImages.ts"
import { holdsData, type ReadItem } from "./DirectoryReading.ts"
import * as ImageNames from "./files/ImageNames.ts"
import type { SkipIndex } from "./SkipIndex.ts"

/**
 * A disk that can be recovered from its images. Names are as in the directory and may contain any characters.
 *
 * @category models
 * @since 0.2.0
 */
export interface ChainDisk {
  /** The directory of the chain, relative to the backup directory. */
  readonly directory: string
  /** The image without a backing file. */
  readonly oldest: string
  /** The image to read: everything that it is backed by is present. */
  readonly newest: string
  /** The number of images from the oldest to the newest, each backed by the one before. */
  readonly imageCount: number
  /** The number of the backup that the newest image belongs to, if metadata names it. */
  readonly number: number | undefined
  /** The size in bytes, from the header of the newest image. */
  readonly virtualSize: bigint
  /** Whether an image names its backing file with an absolute path. */
  readonly isAbsolute: boolean
}

/** An image whose backing chain is unbroken: every image has a header, and only the oldest has no backing file. */
interface BackedImage {
  readonly name: string
  readonly below: BackedImage | undefined
  readonly oldest: string
  readonly count: number
  /** Whether it, or one below it, names its backing file with an absolute path. */
  readonly isAbsolute: boolean
  /** The newest image below it that metadata names. */
  readonly namedBelow: BackedImage | undefined
}

/** The backup whose metadata names an image; `isShared` if another one names it too. */
interface Naming {
  readonly number: number
  readonly position: number
  readonly isShared: boolean
}

/**
 * The file at which the backing chain of an image breaks: missing, not a complete image, or not read (`isUnseen`).
 *
 * @category models
 * @since 0.2.0
 */
export interface BrokenLink {
  readonly name: string
  readonly isUnseen: boolean
}

/**
 * The images and the backups of one chain. The constructor indexes them once; every method is a look-up.
 *
 * @category models
 * @since 0.2.0
 */
export class ChainContents {
  readonly at: ChainLocation
  /** The images of versions 1 to 3, whose format has no backing files. Empty files are left out. */
  readonly headerless: ReadonlySet<string>
  /** The uuid of the chain, if a file or the name of the directory has it. */
  readonly uuid: string | undefined
  readonly #skips: SkipIndex
  readonly #namings = new Map<string, Naming>()
  readonly #lines = new Map<string, BackedImage>()
  readonly #stops = new Map<string, BrokenLink>()
  readonly #byNumber: ReadonlyMap<number | undefined, ReadonlyArray<string>>
  readonly #described: ReadonlyArray<ReadItem>
  readonly #configured: ReadonlyArray<ReadItem>

  constructor(at: ChainLocation, skips: SkipIndex) {
    this.at = at
    this.#skips = skips
    this.uuid = chainUuid(at.chain)
    const { files, items } = at.chain
    for (const { described, number } of items) {
      described?.images.forEach((image, position) => {
        const known = this.#namings.get(image)
        this.#namings.set(
          image,
          known === undefined ? { number, position, isShared: false } : {
            ...known,
            isShared: known.isShared || known.number !== number
          }
        )
      })
    }
    for (const image of files.keys()) this.#follow(image)
    this.headerless = new Set(
      [...files].flatMap(([image, { header, size }]) =>
        header === undefined && size > 0n && ChainVersion.isLegacyImage(image) ? [image] : []
      ).toSorted()
    )
    this.#byNumber = Map.groupBy([...files.keys()].toSorted(), ImageNames.numberOf)
    const ascending = items.toSorted((one, other) => one.number - other.number)
    this.#described = ascending.filter(({ described }) => described !== undefined)
    this.#configured = ascending.filter(({ configuration }) => configuration !== undefined)
  }

  /** Returns whether a file can be an image: it holds data, and a header if its format has one. */
  isUsable(image: string): boolean {
    const file = this.at.chain.files.get(image)
    return file !== undefined && holdsData(file) && (file.header !== undefined || !image.endsWith(".qcow2"))
  }

  /** Returns whether a file of the chain directory could not be read, so that nothing is known about it. */
  isUnseen(image: string): boolean {
    return this.#skips.isUnread(`${chainPath(this.at)}/${image}`)
  }

  /** Returns the backup with metadata whose number is nearest to one. */
  nearestDescribed(number: number): ReadItem | undefined {
    return nearest(this.#described, number)
  }

  /** Returns the backup with a configuration whose number is nearest to one. */
  nearestConfigured(number: number): ReadItem | undefined {
    return nearest(this.#configured, number)
  }

  /**
   * Returns the images of a backup whose metadata is lost. They may be missing.
   *
   * They have the names and the order of those of the nearest backup, with the other number. Without any other backup,
   * they are all files whose names have that number.
   */
  imagesOf(number: number): ReadonlyArray<string> {
    const sibling = this.nearestDescribed(number)
    const names = sibling?.described === undefined
      ? this.#byNumber.get(number) ?? []
      : sibling.described.images.flatMap((image) => ImageNames.renumber(image, sibling.number, number) ?? [])
    return names.filter((image) => {
      const naming = this.#namings.get(image)
      return naming === undefined || (naming.number === number && !naming.isShared)
    })
  }

  /** Returns whether a backup has at least as many images as the nearest one. */
  hasAllImages(number: number, images: ReadonlyArray<string>): boolean {
    return (this.nearestDescribed(number)?.described?.images.length ?? 0) <= images.length
  }

  /**
   * Returns the number of the first backup: the one whose images have no backing files.
   *
   * Returns `undefined` if a backing file is missing, or may be one that was not read. A chain of versions 1 to 3
   * begins with 1, because none of its backups can be merged into the next. If no backup has an image, the first
   * directory is that of the first backup.
   */
  firstNumber(): number | undefined {
    const { files, items } = this.at.chain
    const images = [...new Set([...files.keys(), ...this.#namings.keys()])]
    if (ChainVersion.hasLegacyImage(images)) return 1
    const numbers = [...this.#lines.values()].flatMap(({ below, name }) =>
      below === undefined ? this.#numberOf(name) ?? [] : []
    )
    const least = numbers.reduce((least, number) => Math.min(least, number), Infinity)
    const isDoubtful = [
      ...this.#stops.values(),
      ...images.filter((image) => !this.isUsable(image)).map((name) => ({ name }))
    ]
      .some(({ name }) => (this.#numberOf(name) ?? 0) < least)
    if (least !== Infinity) return isDoubtful ? undefined : least
    return images.length === 0 ? items[0]?.number : undefined
  }

  /** Returns the first missing image, or file that is not an image, that one of these images is backed by. */
  firstGone(images: Iterable<string>): { readonly image: string; readonly number: number | undefined } | undefined {
    const gone = [...new Set([...images].flatMap((image) => this.#stops.get(image) ?? []))]
      .filter(({ isUnseen, name }) => !isUnseen && !this.isUsable(name))
      .map(({ name }) => ({ image: name, number: this.#numberOf(name) }))
    return gone.toSorted((one, other) => (one.number ?? Infinity) - (other.number ?? Infinity))[0]
  }

  /** Returns the greatest number of a backup, from metadata or from the name of an image. */
  greatestNumber(): number {
    const { bareItems, files, items } = this.at.chain
    const numbers = [...items, ...bareItems].map(({ number }) => number)
    for (const image of files.keys()) numbers.push(this.#numberOf(image) ?? 0)
    return numbers.reduce((greatest, number) => Math.max(greatest, number), 0)
  }

  /** Returns whether no image that was read has a broken backing chain. */
  isWhole(): boolean {
    return [...this.#stops.values()].every(({ isUnseen }) => isUnseen)
  }

  /** Returns the file at which the backing chain of an image breaks, if it does. */
  stopOf(image: string): BrokenLink | undefined {
    return this.#stops.get(image)
  }

  /** Returns whether the backing chain of an image is known to be broken. */
  isBroken(image: string): boolean {
    return !this.headerless.has(image) && !this.#lines.has(image) && !this.isUnseen(image)
      && this.#stops.get(image)?.isUnseen !== true
  }

  /**
   * Returns the disks of the chain, each up to its newest image whose backing chain is unbroken.
   *
   * An image above all that metadata names may belong to a backup that was never finished: it counts only if nothing
   * below it is named either.
   */
  disks(): ReadonlyArray<ChainDisk> {
    const whole = [...this.#lines.values()]
    const backing = new Set(whole.map(({ below }) => below))
    const newest = new Set(
      whole.filter((line) => !backing.has(line)).map((top) => this.#namings.has(top.name) ? top : top.namedBelow ?? top)
    )
    const inner = new Set<BackedImage>()
    for (const { below } of newest) {
      for (let line = below; line !== undefined && !inner.has(line); line = line.below) inner.add(line)
    }
    const rank = ({ name }: BackedImage): number => this.#namings.get(name)?.position ?? Infinity
    return [...newest].filter((line) => !inner.has(line))
      .toSorted((one, other) => rank(one) === rank(other) ? (one.name < other.name ? -1 : 1) : rank(one) - rank(other))
      .map((line) => this.#toDisk(line, this.#namings.get(line.name)?.number))
  }

  /** Returns the disks of the images of a backup, without those whose backing chain is broken. */
  disksOf(images: ReadonlyArray<string>, number: number): ReadonlyArray<ChainDisk> {
    return images.flatMap((image) => {
      const line = this.#lines.get(image)
      return line === undefined ? [] : [this.#toDisk(line, number)]
    })
  }

  /**
   * Returns the number of the backup that an image belongs to: a disk may be named `data.2`, and a file may have any
   * name.
   */
  #numberOf(image: string): number | undefined {
    const written = ImageNames.numberOf(image)
    if (written === undefined) return undefined
    return this.#namings.get(image)?.number ?? [1, written].find((number) => this.imagesOf(number).includes(image))
  }

  #toDisk({ count, isAbsolute, name, oldest }: BackedImage, number: number | undefined): ChainDisk {
    return {
      directory: chainPath(this.at),
      oldest,
      newest: name,
      imageCount: count,
      number,
      virtualSize: this.at.chain.files.get(name)?.header?.virtualSize ?? 0n,
      isAbsolute
    }
  }

  /** Follows the backing files of an image. It visits each image only once, however long the chains are. */
  #follow(image: string): void {
    const passed: Array<string> = []
    const onTheWay = new Set<string>()
    let name = image
    let below: BackedImage | undefined
    let stop: BrokenLink | undefined
    while (true) {
      below = this.#lines.get(name)
      stop = this.#stops.get(name)
      if (below !== undefined || stop !== undefined) break
      const backing: Backing = this.isUsable(name) ? backingOf(this.at, name) : { _tag: "Unknown" }
      if (backing._tag === "Unknown" || onTheWay.has(name)) {
        // A file of another format has no backing file, which is not a fault.
        if (name === image && this.isUsable(name) && !name.endsWith(".qcow2")) return
        stop = { name, isUnseen: this.isUnseen(name) }
        if (!onTheWay.has(name) && this.at.chain.files.has(name)) passed.push(name)
        break
      }
      passed.push(name)
      onTheWay.add(name)
      if (backing._tag === "None") break
      name = backing.name
    }
    for (const each of passed.toReversed()) {
      if (stop !== undefined) this.#stops.set(each, stop)
      else {
        below = this.#lineOn(each, below)
        this.#lines.set(each, below)
      }
    }
  }

  #lineOn(name: string, below: BackedImage | undefined): BackedImage {
    const isAbsolute = this.at.chain.files.get(name)?.header?.backingFile?.startsWith("/") === true
    return {
      name,
      below,
      oldest: below?.oldest ?? name,
      count: 1 + (below?.count ?? 0),
      isAbsolute: isAbsolute || below?.isAbsolute === true,
      namedBelow: below !== undefined && this.#namings.has(below.name) ? below : below?.namedBelow
    }
  }
}

/** Returns the item whose number is nearest, of items in ascending order. */
const nearest = (items: ReadonlyArray<ReadItem>, number: number): ReadItem | undefined => {
  let [low, high] = [0, items.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (items[middle]!.number < number) low = middle + 1
    else high = middle
  }
  const [before, after] = [items[low - 1], items[low]]
  if (before === undefined || after === undefined) return before ?? after
  return number - before.number <= after.number - number ? before : after
}
