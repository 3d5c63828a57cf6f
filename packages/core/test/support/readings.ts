import type {
  DirectoryReading,
  ImageFile,
  ReadChain,
  ReadEnvironment,
  ReadItem
} from "../../src/directory/DirectoryReading.ts"
import * as ImageNames from "../../src/directory/files/ImageNames.ts"
import type { Reason, StoreSkip } from "../../src/directory/files/StoreSkip.ts"
import * as BackupListing from "../../src/listing/BackupListing.ts"
import type * as BackupTree from "../../src/tree/BackupTree.ts"
import { listedTree } from "./plans.ts"
import { chain, chainX, disk, fetchedAt, source, web } from "./treeLiterals.ts"

/** The parts of a directory (default: two disks, in a chain of three backups). */
export interface ChainOptions {
  readonly uuid?: string | undefined
  readonly numbers?: ReadonlyArray<number> | undefined
  readonly disks?: ReadonlyArray<string> | undefined
  readonly format?: ImageNames.ImageFormat | undefined
}

export const qcow2 = (backingFile: string | undefined, more: Partial<ImageFile> = {}): ImageFile => ({
  size: 1_310_720n,
  isCut: false,
  header: { version: 3, virtualSize: 68_719_476_736n, backingFile },
  ...more
})

const tib: ImageFile = { size: 1_310_720n, isCut: false, header: undefined }

const configuration = { file: "config.pvs", name: "web01" } as const

/** A healthy chain: its metadata, its configurations, and images that are backed by those before. */
export const readChain = (options: ChainOptions = {}): ReadChain => {
  const { disks = ["a.hdd", "b.hdd"], format = "qcow2", numbers = [1, 2, 3], uuid = chainX } = options
  const namesOf = (number: number) => ImageNames.imageNames(disks, { number, format, vmType: 0 })
  const files = new Map<string, ImageFile>()
  const made = chain(uuid, numbers)
  const withDisks = <B extends BackupTree.Backup>(backup: B, number: number): B => ({
    ...backup,
    images: namesOf(number),
    disks: { list: namesOf(number).map((name, index) => disk(name, disks[index]!)), kept: [] }
  })
  const items = numbers.map((number, index): ReadItem => {
    namesOf(number).forEach((name, position) =>
      files.set(name, format === "tib" ? tib : qcow2(index === 0 ? undefined : namesOf(numbers[index - 1]!)[position]!))
    )
    const common = { number, directory: number === 1 ? "base" : String(number), configuration, notes: [] }
    if (index === 0) {
      const backup = withDisks(made.head, number)
      return {
        ...common,
        described: backup,
        content: { _tag: "Head", uuid, lastNumber: made.lastNumber, backup }
      }
    }
    const backup = withDisks(made.incrementals[index - 1]!, number)
    return { ...common, described: backup, content: { _tag: "Link", backup } }
  })
  return { directory: uuid, locked: false, readable: true, items, bareItems: [], files }
}

export const readEnvironment = (
  chains: ReadonlyArray<ReadChain>,
  more: Partial<ReadEnvironment> = {}
): ReadEnvironment => ({
  directory: web,
  metadata: { uuid: web, name: "web01", vmType: 0, version: 5, kept: [] },
  chains,
  notes: [],
  ...more
})

export const reading = (
  environments: ReadonlyArray<ReadEnvironment>,
  skips: ReadonlyArray<StoreSkip> = []
): DirectoryReading => ({ root: "/mnt/backups", environments, skips })

/** The reading of one environment with one chain. */
export const readingOf = (chain: ReadChain, skips: ReadonlyArray<StoreSkip> = []): DirectoryReading =>
  reading([readEnvironment([chain])], skips)

export const skip = (path: string, reason: Reason, detail = ""): StoreSkip => ({ path, reason, detail })

/** The path of something in the directory of that chain. */
export const inChainX = (name: string): string => `${web}/${chainX}/${name}`

/** A chain with other files: undefined takes one away. */
export const withFiles = (
  chain: ReadChain,
  changes: { readonly [name: string]: ImageFile | undefined }
): ReadChain => {
  const files = new Map(chain.files)
  for (const [name, file] of Object.entries(changes)) {
    if (file === undefined) files.delete(name)
    else files.set(name, file)
  }
  return { ...chain, files }
}

/** A chain with the item of a number changed; undefined takes it away. */
export const withItem = (
  chain: ReadChain,
  number: number,
  change: (item: ReadItem) => ReadItem | undefined
): ReadChain => ({
  ...chain,
  items: chain.items.flatMap((item) => item.number === number ? change(item) ?? [] : [item])
})

/** An item whose metadata is missing, or cannot be read. */
export const undescribed = (item: ReadItem): ReadItem => ({
  ...item,
  content: { _tag: "Damaged" },
  described: undefined
})

/** A chain in which the directory of a number has lost its metadata. */
export const withBare = (chain: ReadChain, number: number): ReadChain => ({
  ...withItem(chain, number, () => undefined),
  bareItems: [...chain.bareItems, { directory: String(number), number, configuration }]
})

/** An item whose configuration is missing. */
export const unconfigured = (item: ReadItem): ReadItem => ({
  ...item,
  content: { _tag: "Damaged" },
  configuration: undefined,
  described: item.described && { ...item.described, disks: undefined }
})

/** The whole listing of a directory. */
export const directoryListing = (directory: DirectoryReading): BackupListing.BackupListing => ({
  ...BackupListing.fromDocument({ tree: listedTree(directory), notes: [], source, fetchedAt, complete: true }),
  directory
})
