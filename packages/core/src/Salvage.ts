/**
 * What could still be restored by hand from a backup directory, where a server hides it or something of it is damaged.
 *
 * Whatever is lost besides, images hold data as long as their backing chain is unbroken. Nothing is changed here, and
 * nothing made up: where images have no headers, nothing is said but that they are there. Source: SEMANTICS 4.3.
 */
import * as BackupId from "./BackupId.ts"
import type { BackupListing } from "./BackupListing.ts"
import * as DirectoryReading from "./DirectoryReading.ts"
import * as Faults from "./internal/backupFaults.ts"
import { ChainContents } from "./internal/chainContents.ts"
import { chainPath } from "./internal/chainImages.ts"
import { finder, isAskedFor } from "./internal/invariants/skipped.ts"
import { chainNamesakeOf, namesakeOf } from "./internal/namesakes.ts"
import * as Steps from "./internal/salvageSteps.ts"
import * as Seen from "./internal/seen.ts"

/**
 * What is missing, or cannot be read.
 *
 * `environment-name`, `chain-name`, `backup-name`: the directory does not bear the name under which a server looks for it.
 * `environment-kind`: no server shows that kind. `head-metadata`, `head-configuration`: those of the first backup of a
 * chain. `base-directory`: the first backup of a chain is an incremental. `image`: an image that metadata names is not
 * there, or empty; the server lists the chain as if it were.
 */
export type Missing =
  | "environment-name"
  | "environment-metadata"
  | "environment-kind"
  | "chain-name"
  | "backup-name"
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
  /** The image that has no backing file. */
  readonly oldest: string
  /** The image that is read: all that it is backed by is there. */
  readonly newest: string
  /** How many images there are from the oldest to the newest, each backed by the one before. */
  readonly imageCount: number
  /** The number of the backup that the newest image is of, where metadata says so. */
  readonly number: number | undefined
  /** In bytes, as the header of the newest image says. */
  readonly virtualSize: bigint
  /** Whether an image names what it is backed by with an absolute path. */
  readonly isAbsolute: boolean
}

/**
 * A step: a sentence that is safe to show, and a command for a POSIX shell, or the text of a file to write, where there is
 * one; they are safe to show too.
 */
export interface SalvageStep {
  readonly text: string
  readonly command?: string | undefined
  /** A file of the backup directory; what nobody knows is empty in it, or that of the nearest backup. */
  readonly file?: { readonly path: string; readonly content: string } | undefined
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
  "environment-kind": {
    lost: "A kind that servers know, and so the whole environment to a server.",
    kept: "Everything."
  },
  "chain-name": { lost: "The name of the directory, and so the whole chain to a server.", kept: "Everything." },
  "backup-name": { lost: "The name of the directory, and so this backup to a server.", kept: "Everything." },
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
    kept: "The backups before it, as far as their own images are whole."
  }
}

/**
 * Returns what is hidden or damaged in a backup directory, in the order of the directory. Nothing healthy is among it, nor
 * what only whoever looks may not read.
 *
 * **Example**
 *
 * ```ts
 * Salvage.from(reading).map(({ disks, missing, path }) => `${path}: ${missing}, ${disks.length} disks can be had`)
 * ```
 */
export const from = (reading: DirectoryReading.DirectoryReading): ReadonlyArray<Salvage> => {
  const seen = Seen.of(reading)
  return reading.environments.flatMap((environment) => {
    const chains = environment.chains.map((chain) => new ChainContents({ environment, chain }))
    return [
      ...ofEnvironment(reading, environment, chains, seen),
      ...chains.filter(({ at }) => at.chain.readable).flatMap((contents) => {
        const head = Faults.headFault(contents, seen)
        const first = head?.number ?? contents.at.chain.items[0]?.number ?? 1
        return [
          ...ofChainName(contents),
          ...(head === undefined ? [] : ofHead(contents, head, seen)),
          ...Faults.linkFaults(contents, first, seen).map((fault) => ofLink(contents, fault, seen)),
          ...ofImages(contents, first, seen)
        ]
      })
    ]
  })
}

/**
 * Returns what is hidden or damaged in the backup directory that a listing was selected from, as far as it is about what
 * was asked for; nothing for the answer of a server.
 */
export const fromListing = (listing: BackupListing): ReadonlyArray<Salvage> => {
  const { directory } = listing
  if (directory === undefined) return []
  const isAsked = isAskedFor(listing, finder(directory))
  return from(directory).filter(({ path }) => isAsked(path))
}

const make = (
  environment: DirectoryReading.ReadEnvironment,
  found: Pick<Salvage, "missing" | "path" | "how"> & Partial<Pick<Salvage, "disks" | "kept">>
): Salvage => ({
  ...texts[found.missing],
  disks: [],
  ...found,
  environment: {
    directory: environment.directory,
    name: environment.metadata?.name ?? DirectoryReading.configuredName(environment)
  }
})

/** Says how to get at disks, and what is there besides. */
const retrieve = (
  chains: ReadonlyArray<ChainContents>,
  disks: ReadonlyArray<SalvageDisk>
): ReadonlyArray<SalvageStep> => [
  ...Steps.convertSteps(disks),
  ...Steps.headerlessSteps(chains.flatMap(({ headerless }) => [...headerless]))
]

/** Returns those of some images that are not there, or are not whole. */
const goneAmong = (
  { at }: ChainContents,
  images: ReadonlyArray<string>,
  { isUnread }: Seen.Seen
): ReadonlyArray<string> =>
  images.filter((image) => {
    const file = at.chain.files.get(image)
    return file === undefined ? !isUnread(`${chainPath(at)}/${image}`) : !DirectoryReading.holdsData(file)
  })

const environmentFault = (environment: DirectoryReading.ReadEnvironment): Missing | undefined => {
  const { directory, metadata } = environment
  if (!BackupId.isServerUuid(directory)) return "environment-name"
  if (metadata === undefined) return "environment-metadata"
  return metadata.vmType > 2 ? "environment-kind" : undefined
}

const ofEnvironment = (
  { environments }: DirectoryReading.DirectoryReading,
  environment: DirectoryReading.ReadEnvironment,
  contents: ReadonlyArray<ChainContents>,
  seen: Seen.Seen
): ReadonlyArray<Salvage> => {
  const { chains, directory, metadata } = environment
  const missing = environmentFault(environment)
  if (missing === undefined || !chains.some(DirectoryReading.holdsBackups) || seen.isUnread(directory)) return []
  const disks = contents.flatMap((chain) => chain.disks())
  const mending = missing === "environment-name"
    ? Steps.nameStep(metadata?.uuid, namesakeOf(environment, environments))
    : Steps.environmentMetadataStep(environment)
  return [make(environment, {
    path: directory,
    missing,
    disks,
    how: [...retrieve(contents, disks), Steps.copyFirst, mending]
  })]
}

const ofChainName = (contents: ChainContents): ReadonlyArray<Salvage> => {
  const { at } = contents
  const { chain, environment } = at
  if (BackupId.isServerUuid(chain.directory) || !DirectoryReading.holdsBackups(chain)) return []
  const head = chain.items[0]?.content
  const uuid = head?._tag === "Head" ? head.uuid : undefined
  const disks = contents.disks()
  return [make(environment, {
    path: chainPath(at),
    missing: "chain-name",
    disks,
    how: [
      ...retrieve([contents], disks),
      Steps.copyFirst,
      Steps.nameStep(uuid, chainNamesakeOf(chain, environment.chains))
    ]
  })]
}

const ofHead = (
  contents: ChainContents,
  fault: Faults.BackupFault,
  seen: Seen.Seen
): ReadonlyArray<Salvage> => {
  const { at } = contents
  const disks = contents.disks()
  if (disks.length === 0 && contents.headerless.size === 0 && !DirectoryReading.holdsBackups(at.chain)) return []
  const gone = goneAmong(contents, fault.images, seen)
  return [make(at.environment, {
    path: `${chainPath(at)}/${fault.directory}`,
    missing: fault.missing,
    ...(gone.length > 0
      ? { kept: `What does not build on ${Steps.list(gone)}, for that is gone too.` }
      : contents.isWhole()
      ? {}
      : { kept: "The disks below, as far as they go: images are gone too." }),
    disks,
    how: [
      ...(fault.isDoubtful ? [Steps.doubtStep] : []),
      ...retrieve([contents], disks),
      Steps.copyFirst,
      ...Steps.mendSteps(contents, fault)
    ]
  })]
}

const ofLink = (contents: ChainContents, fault: Faults.BackupFault, seen: Seen.Seen): Salvage => {
  const { images, number } = fault
  const disks = contents.disksOf(images, number)
  const whole = new Set(disks.map(({ newest }) => newest))
  const gone = goneAmong(contents, images, seen)
  const headerless = images.filter((image) => contents.headerless.has(image))
  const broken = images.filter((image) => !whole.has(image) && !contents.headerless.has(image))
  return make(contents.at.environment, {
    path: `${chainPath(contents.at)}/${fault.directory}`,
    missing: fault.missing,
    ...(gone.length > 0
      ? { kept: `Nothing of this backup, and of all later ones: ${Steps.list(gone)} is gone too.` }
      : {}),
    disks,
    how: [
      ...(fault.isDoubtful ? [Steps.doubtStep] : []),
      ...Steps.convertSteps(disks),
      ...Steps.headerlessSteps(headerless),
      ...(broken.length === 0 ? [] : [Steps.brokenStep(broken)]),
      Steps.copyFirst,
      ...Steps.mendSteps(contents, fault)
    ]
  })
}

const ofImages = (contents: ChainContents, first: number, seen: Seen.Seen): ReadonlyArray<Salvage> => {
  const { chain, environment } = contents.at
  const [found] = chain.items.toSorted((a, b) => a.number - b.number).flatMap(({ described, number }) => {
    const [gone] = goneAmong(contents, described?.images ?? [], seen)
    return gone === undefined ? [] : [{ gone, number }]
  })
  if (found === undefined) return []
  const disks = contents.disks()
  return [make(environment, {
    path: `${chainPath(contents.at)}/${found.gone}`,
    missing: "image",
    disks,
    how: [Steps.imageStep(found.gone, found.number, found.number <= first), ...retrieve([contents], disks)]
  })]
}
