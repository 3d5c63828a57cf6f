/** The index of a stored chain: its items in the order of a server, and why a server hides some. Source: SEMANTICS 3.4. */
import type * as DateTime from "effect/DateTime"
import * as NumberText from "../sdk/NumberText.ts"
import type { BareItem, ReadChain, ReadEnvironment, ReadItem } from "./DirectoryReading.ts"
import * as ImageNames from "./ImageNames.ts"
import { toItemConfiguration } from "./StoredConfiguration.ts"
import * as StoredItem from "./StoredItem.ts"
import { describedBy } from "./StoredMetadata.ts"
import * as StoreNames from "./StoreNames.ts"
import type { Report } from "./StoreSkip.ts"

/** The items of a chain, and the directories of incrementals that a server passes over. */
export interface ChainIndex {
  readonly items: ReadonlyArray<ReadItem>
  readonly bareItems: ReadonlyArray<BareItem>
}

/** Where a chain lies, its images, and what its server knows about it. */
export interface Options {
  readonly path: string
  readonly environment: ReadEnvironment["metadata"]
  readonly images: ReadChain["files"]
  readonly serverZone: DateTime.TimeZone | undefined
}

/**
 * Makes the index of a chain from the directories of its items, and reports what a server hides.
 *
 * A number is looked up in the directory of its own name, whatever the directory is called that it was found by.
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
  if (index.length === 0) report(path, "chain-empty", "it holds no backup")
  const seen = new Set<number>()
  const first = index[0] && lookUp(index[0].number)
  const format = ImageNames.formatOf(first && describedBy(first.metadata)?.images, environment?.version)
  const items = index.map(({ directory: own, number }, position): ReadItem => {
    const at = `${path}/${own.name}`
    if (seen.has(number)) report(at, "number-duplicate", `number ${number} is there twice`)
    seen.add(number)
    const directory = lookUp(number)
    const isHead = position === 0
    if (directory === undefined) {
      const where = StoreNames.itemDirectory(number)
      report(at, isHead ? "head-invalid" : "link-invalid", `a server looks for it in ${where}`)
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

// The directory of item 1 has a name, all others have numbers.
const baseName = StoreNames.itemDirectory(1)

const numberOf = ({ name }: StoredItem.ItemDirectory): number | undefined =>
  name === baseName ? undefined : NumberText.parseUInt32(name)

/** Numbers the directories that a server indexes, and tells of the incrementals that it passes over. */
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

// A server looks a number up as it writes it.
const isPadded = ({ directory, number }: Numbered): boolean => directory.name !== String(number)

/** An item that a server looks for in a directory that is not there. */
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
