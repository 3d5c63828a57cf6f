/**
 * The index of a stored chain: its items in server order, and the reasons why some are hidden.
 *
 * @see [Semantics 3.4](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s3-4)
 * @since 0.2.0
 */
import type * as DateTime from "effect/DateTime"
import * as NumberText from "../sdk/NumberText.ts"
import type { BareItem, ReadChain, ReadEnvironment, ReadItem } from "./DirectoryReading.ts"
import * as ImageNames from "./files/ImageNames.ts"
import { toItemConfiguration } from "./files/StoredConfiguration.ts"
import { describedBy } from "./files/StoredMetadata.ts"
import * as StoreNames from "./files/StoreNames.ts"
import type { Report } from "./files/StoreSkip.ts"
import * as StoredItem from "./StoredItem.ts"

/**
 * The items of a chain, and the directories of incrementals that a server ignores.
 *
 * @category models
 * @since 0.2.0
 */
export interface ChainIndex {
  readonly items: ReadonlyArray<ReadItem>
  readonly bareItems: ReadonlyArray<BareItem>
}

/**
 * The location of a chain, its images, and the facts that its server knows.
 *
 * @category models
 * @since 0.2.0
 */
export interface Options {
  readonly path: string
  readonly environment: ReadEnvironment["metadata"]
  readonly images: ReadChain["files"]
  readonly serverZone: DateTime.TimeZone | undefined
}

/**
 * Builds the index of a chain from the directories of its items, and reports hidden ones.
 *
 * As on a server, an item is read from the directory named after its number, even if its number was found by another
 * directory name such as `02`.
 *
 * @category constructors
 * @since 0.2.0
 */
export const make = (
  found: ReadonlyArray<StoredItem.ItemDirectory>,
  options: Options,
  report: Report
): ChainIndex => {
  const { environment, images, path, serverZone } = options
  const byName = new Map(found.map((directory) => [directory.name, directory]))
  const lookUp = (number: number) => byName.get(StoreNames.itemDirectory(number))
  const index = numbered(
    found,
    (name) => report(`${path}/${name}`, "link-without-metadata", StoredItem.withoutMetadata)
  )
  if (index.length === 0) report(path, "chain-empty", "it has no backup")
  const seen = new Set<number>()
  const first = index[0] && lookUp(index[0].number)
  const format = ImageNames.formatOf(first && describedBy(first.metadata)?.images, environment?.version)
  const items = index.map(({ directory: own, number }, position): ReadItem => {
    const at = `${path}/${own.name}`
    if (seen.has(number)) report(at, "number-duplicate", `number ${number} occurs twice`)
    seen.add(number)
    const directory = lookUp(number)
    const isHead = position === 0
    if (directory === undefined) {
      const where = StoreNames.itemDirectory(number)
      report(at, isHead ? "head-invalid" : "link-invalid", `a server looks for it in directory ${where}`)
      return misplaced(own, number)
    }
    const item = StoredItem.toItem(directory, {
      number,
      isHead,
      format,
      vmType: environment?.vmType ?? 0,
      serverZone,
      sizeOf: (image) => images.get(image)?.header?.virtualSize
    })
    if (item.problem !== undefined && directory === own) report(at, item.problem.reason, item.problem.detail)
    return { number, directory: directory.name, ...item.read }
  })
  return { items, bareItems: bareAmong(found) }
}

interface Numbered {
  readonly number: number
  readonly directory: StoredItem.ItemDirectory
}

// The directory of item 1 is called `base`; all others have numbers.
const baseName = StoreNames.itemDirectory(1)

const numberOf = ({ name }: StoredItem.ItemDirectory): number | undefined =>
  name === baseName ? undefined : NumberText.parseUInt32(name)

/** Numbers the directories that a server indexes, and reports the incrementals that it ignores. */
const numbered = (
  found: ReadonlyArray<StoredItem.ItemDirectory>,
  passOver: (name: string) => void
): ReadonlyArray<Numbered> => {
  const incrementals = found.flatMap((directory) => {
    const number = numberOf(directory)
    if (number === undefined) return []
    if (directory.metadata._tag !== "Missing") return [{ number, directory }]
    passOver(directory.name)
    return []
  }).sort((one, other) => one.number - other.number || Number(isPadded(one)) - Number(isPadded(other)))
  const base = found.findLast(({ name }) => name === baseName)
  return base === undefined ? incrementals : [{ number: 1, directory: base }, ...incrementals]
}

// A server looks for a number without leading zeros.
const isPadded = ({ directory, number }: Numbered): boolean => directory.name !== String(number)

/** Creates an item that a server looks for in a missing directory. */
const misplaced = ({ config, metadata, name }: StoredItem.ItemDirectory, number: number): ReadItem => ({
  number,
  directory: name,
  content: { _tag: "Damaged" },
  described: describedBy(metadata),
  configuration: toItemConfiguration(config),
  notes: []
})

const bareAmong = (found: ReadonlyArray<StoredItem.ItemDirectory>): ReadonlyArray<BareItem> =>
  found.flatMap((directory) => {
    const number = numberOf(directory)
    return number === undefined || directory.metadata._tag !== "Missing"
      ? []
      : [{ directory: directory.name, number, configuration: toItemConfiguration(directory.config) }]
  })
