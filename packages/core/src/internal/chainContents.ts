/** What the images of a chain directory still hold, disk by disk, as their own headers say. */
import { holdsData, type ReadItem } from "../DirectoryReading.ts"
import * as ImageNames from "../ImageNames.ts"
import type { SalvageDisk } from "../Salvage.ts"
import { backingOf, type ChainAt, chainPath } from "./chainImages.ts"

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

/** The images and the backups of a chain, gone through once, however much is asked about them. */
export class ChainContents {
  readonly at: ChainAt
  /** The images that say nothing of what they are backed by: those of the archiver, and none that is empty. */
  readonly headerless: ReadonlySet<string>
  private readonly namings = new Map<string, Naming>()
  private readonly lines = new Map<string, Line | undefined>()
  private readonly described: ReadonlyArray<ReadItem>
  private readonly configured: ReadonlyArray<ReadItem>

  constructor(at: ChainAt) {
    this.at = at
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
        header === undefined && size > 0n && image.endsWith(".tib") ? [image] : []
      ).toSorted()
    )
    const ascending = items.toSorted((one, other) => one.number - other.number)
    this.described = ascending.filter(({ described }) => described !== undefined)
    this.configured = ascending.filter(({ configuration }) => configuration !== undefined)
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
      ? [...this.at.chain.files.keys()].filter((image) => ImageNames.numberOf(image) === number).toSorted()
      : sibling.described.images.flatMap((image) => ImageNames.renumber(image, sibling.number, number) ?? [])
    return names.filter((image) => {
      const naming = this.namings.get(image)
      return naming === undefined || (naming.number === number && !naming.isShared)
    })
  }

  /** Returns the number of the first backup, as far as images say it: those that build on none are of it. */
  firstNumber(): number | undefined {
    const numbers = [...this.at.chain.files].flatMap(([image, { header }]) =>
      this.headerless.has(image) || header?.backingFile === null ? this.numberOf(image) ?? [] : []
    )
    return numbers.length === 0 ? undefined : numbers.reduce((least, number) => Math.min(least, number))
  }

  /** Returns the greatest number of a backup, be there metadata or only an image of it. */
  greatestNumber(): number {
    const { bareItems, files, items } = this.at.chain
    const numbers = [...items, ...bareItems].map(({ number }) => number)
    for (const image of files.keys()) numbers.push(this.numberOf(image) ?? 0)
    return numbers.reduce((greatest, number) => Math.max(greatest, number), 0)
  }

  /** Tells whether every image leads down to one that builds on none, or says nothing of what it builds on. */
  isWhole(): boolean {
    return [...this.at.chain.files.keys()].every((image) =>
      !image.endsWith(".qcow2") || this.lines.get(image) !== undefined
    )
  }

  /**
   * Returns the disks of the chain, each up to its newest image whose backing chain is unbroken.
   *
   * What lies above all that metadata names may be of a backup that was never finished: it counts only where nothing
   * below it is named either.
   */
  disks(): ReadonlyArray<SalvageDisk> {
    const whole = [...this.lines.values()].filter((line) => line !== undefined)
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
    let name: string | undefined = image
    let isBroken = false
    while (name !== undefined && !this.lines.has(name)) {
      passed.push(name)
      // Whoever comes here again goes round in a circle.
      this.lines.set(name, undefined)
      const file = this.at.chain.files.get(name)
      const backing: ReturnType<typeof backingOf> = file !== undefined && holdsData(file)
        ? backingOf(this.at, name)
        : undefined
      if (backing === undefined) isBroken = true
      name = backing?.name
    }
    let below = name === undefined ? undefined : this.lines.get(name)
    if (isBroken || (name !== undefined && below === undefined)) return
    for (const each of passed.toReversed()) {
      below = this.lineOn(each, below)
      this.lines.set(each, below)
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
