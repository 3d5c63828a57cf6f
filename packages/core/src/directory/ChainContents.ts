/** What a chain directory still holds: its backups, and its images disk by disk, as their own headers say. */
import type { SalvageDisk } from "../salvage/Salvage.ts"
import * as ChainVersion from "../tree/ChainVersion.ts"
import { backingOf, type ChainAt, chainPath, chainUuid } from "./ChainImages.ts"
import { holdsData, type ReadItem } from "./DirectoryReading.ts"
import * as ImageNames from "./ImageNames.ts"
import type { Seen } from "./SkipIndex.ts"

/** An image whose backing chain is unbroken: every one is a file with a header, and only the oldest has no backing file. */
interface Line {
  readonly name: string
  readonly below: Line | undefined
  readonly oldest: string
  readonly count: number
  /** Whether it, or one below it, names what it is backed by with an absolute path. */
  readonly isAbsolute: boolean
  /** The newest image below it that metadata names. */
  readonly namedBelow: Line | undefined
}

/** Which backup an image is of; `isShared` says that others name it too. */
interface Naming {
  readonly number: number
  readonly position: number
  readonly isShared: boolean
}

/** Where the way down from an image ends early: at a file that is not there, or is no whole image, or was not seen. */
interface Stop {
  readonly name: string
  readonly isUnseen: boolean
}

/** The images and the backups of a chain, gone through once, however much is asked about them. */
export class ChainContents {
  readonly at: ChainAt
  /** The images that say nothing of what they are backed by: those of the archiver, and none that is empty. */
  readonly headerless: ReadonlySet<string>
  /** The uuid of the chain, as far as anything says it. */
  readonly uuid: string | undefined
  private readonly seen: Seen
  private readonly namings = new Map<string, Naming>()
  private readonly lines = new Map<string, Line>()
  private readonly stops = new Map<string, Stop>()
  private readonly byNumber: ReadonlyMap<number | undefined, ReadonlyArray<string>>
  private readonly described: ReadonlyArray<ReadItem>
  private readonly configured: ReadonlyArray<ReadItem>

  constructor(at: ChainAt, seen: Seen) {
    this.at = at
    this.seen = seen
    this.uuid = chainUuid(at.chain)
    const { files, items } = at.chain
    for (const { described, number } of items) {
      described?.images.forEach((image, position) => {
        const known = this.namings.get(image)
        this.namings.set(
          image,
          known === undefined ? { number, position, isShared: false } : {
            ...known,
            isShared: known.isShared || known.number !== number
          }
        )
      })
    }
    for (const image of files.keys()) this.follow(image)
    this.headerless = new Set(
      [...files].flatMap(([image, { header, size }]) =>
        header === undefined && size > 0n && ChainVersion.isLegacyImage(image) ? [image] : []
      ).toSorted()
    )
    this.byNumber = Map.groupBy([...files.keys()].toSorted(), ImageNames.numberOf)
    const ascending = items.toSorted((one, other) => one.number - other.number)
    this.described = ascending.filter(({ described }) => described !== undefined)
    this.configured = ascending.filter(({ configuration }) => configuration !== undefined)
  }

  /** Tells whether a file is there that can be an image: it holds data, and a header where one belongs. */
  isUsable(image: string): boolean {
    const file = this.at.chain.files.get(image)
    return file !== undefined && holdsData(file) && (file.header !== undefined || !image.endsWith(".qcow2"))
  }

  /** Tells whether nobody knows what a file of the chain directory is. */
  isUnseen(image: string): boolean {
    return this.seen.isUnread(`${chainPath(this.at)}/${image}`)
  }

  /** Returns the backup with metadata whose number is nearest to one. */
  nearestDescribed(number: number): ReadItem | undefined {
    return nearest(this.described, number)
  }

  /** Returns the backup with a configuration whose number is nearest to one. */
  nearestConfigured(number: number): ReadItem | undefined {
    return nearest(this.configured, number)
  }

  /**
   * Returns the images of a backup whose metadata is lost, there or not: they are called as the ones of the nearest backup
   * are, in that order, but for the number; where there is no other backup, all that are there and say that number.
   */
  imagesOf(number: number): ReadonlyArray<string> {
    const sibling = this.nearestDescribed(number)
    const names = sibling?.described === undefined
      ? this.byNumber.get(number) ?? []
      : sibling.described.images.flatMap((image) => ImageNames.renumber(image, sibling.number, number) ?? [])
    return names.filter((image) => {
      const naming = this.namings.get(image)
      return naming === undefined || (naming.number === number && !naming.isShared)
    })
  }

  /** Tells whether as many images are known of a backup as the nearest one has. */
  hasAllImages(number: number, images: ReadonlyArray<string>): boolean {
    return (this.nearestDescribed(number)?.described?.images.length ?? 0) <= images.length
  }

  /**
   * Returns the number of the first backup, as far as images say it: those of the first build on none.
   *
   * Nothing where what they build on is not there, or may be one that was not seen. A chain of the archiver begins with 1,
   * for nothing of it can be merged away. Where no backup has an image, the first directory is that of the first.
   */
  firstNumber(): number | undefined {
    const { files, items } = this.at.chain
    const images = [...new Set([...files.keys(), ...this.namings.keys()])]
    if (ChainVersion.hasLegacyImage(images)) return 1
    const numbers = [...this.lines.values()].flatMap(({ below, name }) =>
      below === undefined ? this.numberOf(name) ?? [] : []
    )
    const least = numbers.reduce((least, number) => Math.min(least, number), Infinity)
    const isDoubtful = [
      ...this.stops.values(),
      ...images.filter((image) => !this.isUsable(image)).map((name) => ({ name }))
    ]
      .some(({ name }) => (this.numberOf(name) ?? 0) < least)
    if (least !== Infinity) return isDoubtful ? undefined : least
    return images.length === 0 ? items[0]?.number : undefined
  }

  /** Returns the first image that something builds on, and that is not there, or no image. */
  firstGone(images: Iterable<string>): { readonly image: string; readonly number: number | undefined } | undefined {
    const gone = [...new Set([...images].flatMap((image) => this.stops.get(image) ?? []))]
      .filter(({ isUnseen, name }) => !isUnseen && !this.isUsable(name))
      .map(({ name }) => ({ image: name, number: this.numberOf(name) }))
    return gone.toSorted((one, other) => (one.number ?? Infinity) - (other.number ?? Infinity))[0]
  }

  /** Returns the greatest number of a backup, be there metadata or only an image of it. */
  greatestNumber(): number {
    const { bareItems, files, items } = this.at.chain
    const numbers = [...items, ...bareItems].map(({ number }) => number)
    for (const image of files.keys()) numbers.push(this.numberOf(image) ?? 0)
    return numbers.reduce((greatest, number) => Math.max(greatest, number), 0)
  }

  /** Tells whether every image that was seen leads down to one that builds on none, or says nothing of it. */
  isWhole(): boolean {
    return [...this.stops.values()].every(({ isUnseen }) => isUnseen)
  }

  /** Returns where the way down from an image ends early, and whether nobody knows what is there. */
  stopOf(image: string): Stop | undefined {
    return this.stops.get(image)
  }

  /** Tells whether an image is known to lead nowhere. */
  isBroken(image: string): boolean {
    return !this.headerless.has(image) && !this.lines.has(image) && !this.isUnseen(image)
      && this.stops.get(image)?.isUnseen !== true
  }

  /**
   * Returns the disks of the chain, each up to its newest image whose backing chain is unbroken.
   *
   * What lies above all that metadata names may be of a backup that was never finished: it counts only where nothing
   * below it is named either.
   */
  disks(): ReadonlyArray<SalvageDisk> {
    const whole = [...this.lines.values()]
    const backing = new Set(whole.map(({ below }) => below))
    const newest = new Set(
      whole.filter((line) => !backing.has(line)).map((top) => this.namings.has(top.name) ? top : top.namedBelow ?? top)
    )
    const inner = new Set<Line>()
    for (const { below } of newest) {
      for (let line = below; line !== undefined && !inner.has(line); line = line.below) inner.add(line)
    }
    const rank = ({ name }: Line): number => this.namings.get(name)?.position ?? Infinity
    return [...newest].filter((line) => !inner.has(line))
      .toSorted((one, other) => rank(one) === rank(other) ? (one.name < other.name ? -1 : 1) : rank(one) - rank(other))
      .map((line) => this.toDisk(line, this.namings.get(line.name)?.number))
  }

  /** Returns the disks that the images of a backup are of, those left out whose backing chain is broken. */
  disksOf(images: ReadonlyArray<string>, number: number): ReadonlyArray<SalvageDisk> {
    return images.flatMap((image) => {
      const line = this.lines.get(image)
      return line === undefined ? [] : [this.toDisk(line, number)]
    })
  }

  /** Returns the number of the backup that an image is of: a disk may be called `data.2`, and a file anything. */
  private numberOf(image: string): number | undefined {
    const said = ImageNames.numberOf(image)
    if (said === undefined) return undefined
    return this.namings.get(image)?.number ?? [1, said].find((number) => this.imagesOf(number).includes(image))
  }

  private toDisk({ count, isAbsolute, name, oldest }: Line, number: number | undefined): SalvageDisk {
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

  /** Goes down from an image, each being passed once however long the backing chains are. */
  private follow(image: string): void {
    const passed: Array<string> = []
    const onTheWay = new Set<string>()
    let name = image
    let below: Line | undefined
    let stop: Stop | undefined
    while (true) {
      below = this.lines.get(name)
      stop = this.stops.get(name)
      if (below !== undefined || stop !== undefined) break
      const backing: ReturnType<typeof backingOf> = this.isUsable(name) ? backingOf(this.at, name) : undefined
      if (backing === undefined || onTheWay.has(name)) {
        // What says nothing of what it is backed by is no image that can be followed, and no fault.
        if (name === image && this.isUsable(name) && !name.endsWith(".qcow2")) return
        stop = { name, isUnseen: this.isUnseen(name) }
        if (!onTheWay.has(name) && this.at.chain.files.has(name)) passed.push(name)
        break
      }
      passed.push(name)
      onTheWay.add(name)
      if (backing === null) break
      name = backing.name
    }
    for (const each of passed.toReversed()) {
      if (stop !== undefined) this.stops.set(each, stop)
      else {
        below = this.lineOn(each, below)
        this.lines.set(each, below)
      }
    }
  }

  private lineOn(name: string, below: Line | undefined): Line {
    const isAbsolute = this.at.chain.files.get(name)?.header?.backingFile?.startsWith("/") === true
    return {
      name,
      below,
      oldest: below?.oldest ?? name,
      count: 1 + (below?.count ?? 0),
      isAbsolute: isAbsolute || below?.isAbsolute === true,
      namedBelow: below !== undefined && this.namings.has(below.name) ? below : below?.namedBelow
    }
  }
}

/** Returns the item whose number is nearest to one, of some in the order of their numbers. */
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
