/**
 * What could still be restored by hand from a backup directory, where a server hides it or something of it is damaged.
 *
 * Whatever is lost besides, images hold data as long as their backing chain is unbroken. Nothing is changed here, and
 * nothing made up: where images have no headers, nothing is said but that they are there. Source: SEMANTICS 4.3.
 */
import * as BackupId from "./BackupId.ts"
import type * as BackupTree from "./BackupTree.ts"
import {
  type DirectoryReading,
  type ReadChain,
  type ReadEnvironment,
  type ReadItem,
  shownBackups
} from "./DirectoryReading.ts"
import { type ChainAt, chainPath, wasStored } from "./internal/chainImages.ts"
import { disksOfChain, disksOfImages, imagesWithoutHeader, unnamedImages } from "./internal/salvageDisks.ts"
import * as Steps from "./internal/salvageSteps.ts"

/**
 * What is missing, or cannot be read.
 *
 * `environment-name` and `chain-name`: the directory does not bear a uuid. `head-metadata`, `head-configuration`: those of
 * the first backup of a chain. `base-directory`: the first backup of a chain is an incremental. `image`: an image that
 * metadata names is not there, or empty; the server lists the chain as if it were.
 */
export type Missing =
  | "environment-name"
  | "environment-metadata"
  | "chain-name"
  | "base-directory"
  | "head-metadata"
  | "head-configuration"
  | "link-metadata"
  | "link-configuration"
  | "image"

/** A disk that can be had from its images; names are as in the directory, and may hold anything. */
export interface SalvageDisk {
  /** The directory of the chain, relative to the backup directory. */
  readonly directory: string
  /** The images in the order of their numbers, each backed by the one before. */
  readonly images: ReadonlyArray<string>
  readonly newest: string
  /** The number of the backup that the newest image is of, where metadata says so. */
  readonly number: number | undefined
  /** In bytes, as the header of the newest image says. */
  readonly virtualSize: bigint
  /** Whether an image names what it is backed by with an absolute path. */
  readonly isAbsolute: boolean
}

/** A step: a sentence that is safe to show, and a command for a POSIX shell where there is one. */
export interface SalvageStep {
  readonly text: string
  readonly command?: string | undefined
}

/** Something that is hidden or damaged, and what can still be had of it. */
export interface Salvage {
  /** Where the fault is, relative to the backup directory; it may hold anything. */
  readonly path: string
  readonly missing: Missing
  /** The environment: its directory, and its name where its metadata can be read. */
  readonly environment: { readonly directory: string; readonly name: string | undefined }
  readonly lost: string
  readonly kept: string
  readonly disks: ReadonlyArray<SalvageDisk>
  readonly how: ReadonlyArray<SalvageStep>
}

const allImages = "The images, and with them the data of all disks."

const texts: { readonly [M in Missing]: Pick<Salvage, "lost" | "kept"> } = {
  "environment-name": {
    lost: "The name of the directory, and so the whole environment to a server.",
    kept: "Everything."
  },
  "environment-metadata": {
    lost: "The name, the kind and the version of the environment, and so all of it to a server.",
    kept: "Every chain, with all that belongs to it."
  },
  "chain-name": { lost: "The name of the directory, and so the whole chain to a server.", kept: "Everything." },
  "base-directory": {
    lost: "The metadata and the configuration of the full backup, and so the whole chain to a server.",
    kept: `${allImages} The later backups have their own metadata and configurations.`
  },
  "head-metadata": {
    lost: "What is known about the first backup of the chain, and so the whole chain to a server.",
    kept: allImages
  },
  "head-configuration": {
    lost: "The configuration of the machine at the first backup of the chain, and so the whole chain to a server.",
    kept: allImages
  },
  "link-metadata": {
    lost: "What is known about this backup, and so this backup to a server.",
    kept: "Its images. Later backups can most likely be restored."
  },
  "link-configuration": {
    lost: "The configuration of the machine at this backup: it cannot be restored as a machine.",
    kept: "Its images. Later backups are fine."
  },
  image: {
    lost: "The data of this backup, and of every later one of the chain.",
    kept: "The backups before it."
  }
}

/**
 * Returns what is hidden or damaged in a backup directory, in the order of the directory. Nothing healthy is among it.
 *
 * **Example**
 *
 * ```ts
 * Salvage.from(reading).map(({ disks, missing, path }) => `${path}: ${missing}, ${disks.length} disks can be had`)
 * ```
 */
export const from = (reading: DirectoryReading): ReadonlyArray<Salvage> => {
  const skipped = new Map<string, Set<string>>()
  for (const { path, reason } of reading.skips) {
    const reasons = skipped.get(path) ?? new Set()
    skipped.set(path, reasons.add(reason))
  }
  const withoutMetadata = Map.groupBy(
    reading.skips.filter(({ reason }) => reason === "link-without-metadata"),
    ({ path }) => path.slice(0, path.lastIndexOf("/"))
  )
  const shown = shownBackups(reading)
  return reading.environments.flatMap((environment) => [
    ...ofEnvironment(reading, environment),
    ...environment.chains.filter(({ readable }) => readable).flatMap((chain) => {
      const at = { environment, chain }
      const links = withoutMetadata.get(chainPath(at))?.flatMap(({ path }) =>
        BackupId.parseNumber(path.slice(path.lastIndexOf("/") + 1)) ?? []
      )
      const has = (name: string, ...reasons: ReadonlyArray<string>) =>
        reasons.some((reason) => skipped.get(`${chainPath(at)}/${name}`)?.has(reason))
      return [
        ...ofChainName(at),
        ...ofHead(at, has("base", "base-without-metadata")),
        ...ofLinks(at, links ?? []),
        ...ofImages(at, shown, (image) => has(image, "outside-root", "unreadable"))
      ]
    })
  ])
}

const make = (
  environment: ReadEnvironment,
  found: Pick<Salvage, "missing" | "path" | "how"> & Partial<Pick<Salvage, "disks">>
): Salvage => ({
  ...texts[found.missing],
  disks: [],
  ...found,
  environment: { directory: environment.directory, name: environment.metadata?.name }
})

const holdsBackups = ({ items }: ReadChain): boolean => items.some(({ described }) => described !== undefined)

const ofEnvironment = (
  { environments }: DirectoryReading,
  environment: ReadEnvironment
): ReadonlyArray<Salvage> => {
  const { chains, directory, metadata } = environment
  const hasName = BackupId.isServerUuid(directory)
  if ((hasName && metadata !== undefined) || !chains.some(holdsBackups)) return []
  const disks = chains.flatMap((chain) => disksOfChain({ environment, chain }))
  const headerless = chains.flatMap((chain) => imagesWithoutHeader({ environment, chain }))
  const mending = hasName
    ? Steps.environmentMetadataStep(directory)
    : Steps.nameStep(metadata?.uuid, environments.some((other) => other.directory === metadata?.uuid))
  return [make(environment, {
    path: directory,
    missing: hasName ? "environment-metadata" : "environment-name",
    disks,
    how: [...Steps.convertSteps(disks), ...Steps.headerlessSteps(headerless), Steps.copyFirst, mending]
  })]
}

const ofChainName = (at: ChainAt): ReadonlyArray<Salvage> => {
  const { chain, environment } = at
  if (BackupId.isServerUuid(chain.directory) || !holdsBackups(chain)) return []
  const head = chain.items[0]?.content
  const uuid = head?._tag === "Head" ? head.uuid : undefined
  const disks = disksOfChain(at)
  return [make(environment, {
    path: chainPath(at),
    missing: "chain-name",
    disks,
    how: [
      ...Steps.convertSteps(disks),
      ...Steps.headerlessSteps(imagesWithoutHeader(at)),
      Steps.copyFirst,
      Steps.nameStep(uuid, environment.chains.some(({ directory }) => directory === uuid))
    ]
  })]
}

/** Says what is wrong with the first backup of a chain, and where. */
const headFault = (
  { items }: ReadChain,
  isBaseBare: boolean
): { readonly missing: Missing; readonly directory: string; readonly number: number } | undefined => {
  const first = items[0]
  if (isBaseBare) return { missing: "head-metadata", directory: "base", number: 1 }
  if (first === undefined) return { missing: "base-directory", directory: "base", number: 1 }
  const { content, described, directory, number } = first
  if (content._tag === "Head") return undefined
  if (described?._tag === "FullBackup") return { missing: "head-configuration", directory, number }
  return described === undefined || directory === "base"
    ? { missing: "head-metadata", directory, number }
    : { missing: "base-directory", directory: "base", number: 1 }
}

const ofHead = (at: ChainAt, isBaseBare: boolean): ReadonlyArray<Salvage> => {
  const { chain, environment } = at
  const fault = headFault(chain, isBaseBare)
  if (fault === undefined) return []
  const disks = disksOfChain(at)
  const headerless = imagesWithoutHeader(at)
  if (disks.length === 0 && headerless.length === 0 && !holdsBackups(chain)) return []
  const { directory, missing, number } = fault
  const isDoubtful = isBaseBare && wasStored(chain, 1) !== true
  return [make(environment, {
    path: `${chainPath(at)}/${directory}`,
    missing,
    disks,
    how: [
      ...(isDoubtful ? [Steps.doubtStep] : []),
      ...Steps.convertSteps(disks),
      ...Steps.headerlessSteps(headerless),
      Steps.copyFirst,
      ...Steps.mendSteps({ missing, number, chain: chain.directory, configuration: nearestConfiguration(at, number) })
    ]
  })]
}

/** Returns the configuration of the backup whose number is nearest, of those that have one. */
const nearestConfiguration = ({ chain, environment }: ChainAt, number: number): string | undefined => {
  const distance = (item: ReadItem): number => Math.abs(item.number - number)
  const [nearest] = chain.items.filter(({ content }) => content._tag !== "Damaged").toSorted((a, b) =>
    distance(a) - distance(b)
  )
  const vmType = environment.metadata?.vmType
  const file = vmType === undefined ? "config.pvs (a container's: ve.conf)" : vmType === 0 ? "config.pvs" : "ve.conf"
  return nearest && `${nearest.number === 1 ? "base" : String(nearest.number)}/${file}`
}

const ofLinks = (at: ChainAt, bare: ReadonlyArray<number>): ReadonlyArray<Salvage> => {
  const { chain } = at
  const numbers = new Set(chain.items.slice(0, 1).map(({ number }) => number))
  const damaged = chain.items.slice(1).flatMap((item) => {
    // Two directories of one number: the server looks into one of them.
    if (numbers.has(item.number)) return []
    numbers.add(item.number)
    if (item.content._tag !== "Damaged") return []
    return [
      item.described?._tag === "IncrementalBackup"
        ? ofLink(at, item.number, "link-configuration", item.described.images, false)
        : ofLink(at, item.number, "link-metadata", unnamedImages(at, item.number), false)
    ]
  })
  const lost = bare.filter((number) => !numbers.has(number)).flatMap((number) => {
    const stored = wasStored(chain, number)
    const images = unnamedImages(at, number)
    return stored === false || images.length === 0
      ? []
      : [ofLink(at, number, "link-metadata", images, stored === undefined)]
  })
  return [...damaged, ...lost]
}

const ofLink = (
  at: ChainAt,
  number: number,
  missing: "link-configuration" | "link-metadata",
  images: ReadonlyArray<string>,
  isDoubtful: boolean
): Salvage => {
  const { chain, environment } = at
  const disks = disksOfImages(at, images).map((disk) => ({ ...disk, number }))
  const withoutHeader = new Set(imagesWithoutHeader(at))
  const headerless = images.filter((image) => withoutHeader.has(image))
  const broken = images.filter((image) => !headerless.includes(image) && !disks.some(({ newest }) => newest === image))
  return make(environment, {
    path: `${chainPath(at)}/${number}`,
    missing,
    disks,
    how: [
      ...(isDoubtful ? [Steps.doubtStep] : []),
      ...Steps.convertSteps(disks),
      ...Steps.headerlessSteps(headerless),
      ...(broken.length === 0 ? [] : [Steps.brokenStep(broken)]),
      Steps.copyFirst,
      ...Steps.mendSteps({ missing, number, chain: chain.directory, configuration: nearestConfiguration(at, number) })
    ]
  })
}

const ofImages = (
  at: ChainAt,
  shown: ReadonlySet<BackupTree.Backup>,
  isUnseen: (image: string) => boolean
): ReadonlyArray<Salvage> => {
  const { chain, environment } = at
  const items = chain.items.toSorted((a, b) => a.number - b.number)
  const isGone = (image: string): boolean => {
    const file = chain.files.get(image)
    return file === undefined ? !isUnseen(image) : file.size === 0n
  }
  const index = items.findIndex(({ described }) => described?.images.some(isGone))
  const { described, number } = items[index] ?? {}
  const gone = described?.images.find(isGone)
  if (gone === undefined || number === undefined) return []
  const last = items.slice(0, index).findLast(({ content }) => content._tag !== "Damaged" && shown.has(content.backup))
  const disks = disksOfChain(at)
  return [make(environment, {
    path: `${chainPath(at)}/${gone}`,
    missing: "image",
    disks,
    how: [
      Steps.imageStep(gone, number, last?.number),
      ...Steps.convertSteps(disks),
      ...Steps.headerlessSteps(imagesWithoutHeader(at))
    ]
  })]
}
