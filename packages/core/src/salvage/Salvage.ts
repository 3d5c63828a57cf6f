/**
 * What could still be restored by hand from a backup directory, where a server hides it or something of it is damaged.
 *
 * Whatever is lost besides, images hold data as long as their backing chain is unbroken. Nothing is changed here, and
 * nothing made up: where images have no headers, nothing is said but that they are there. Source: SEMANTICS 4.3.
 */
import * as Schema from "effect/Schema"
import { ChainContents, type ChainDisk } from "../directory/ChainContents.ts"
import { chainPath } from "../directory/ChainImages.ts"
import * as DirectoryPath from "../directory/DirectoryPath.ts"
import * as DirectoryReading from "../directory/DirectoryReading.ts"
import * as Namesakes from "../directory/Namesakes.ts"
import * as SkipIndex from "../directory/SkipIndex.ts"
import type { BackupListing } from "../listing/BackupListing.ts"
import * as BackupId from "../sdk/BackupId.ts"
import * as Faults from "./internal/backupFaults.ts"
import * as Steps from "./internal/steps.ts"
import { Missing, SalvageStep } from "./SalvageStep.ts"

/** Schema of a {@link ChainDisk}. */
const Disk: Schema.Codec<ChainDisk> = Schema.Struct({
  directory: Schema.String,
  oldest: Schema.String,
  newest: Schema.String,
  imageCount: Schema.Int,
  number: Schema.UndefinedOr(Schema.Int),
  virtualSize: Schema.BigInt,
  isAbsolute: Schema.Boolean
})

/** Schema of a {@link Salvage}. */
export const Salvage = Schema.Struct({
  /** Where the fault is, relative to the backup directory; it may hold anything. */
  path: Schema.String,
  missing: Missing,
  /** The environment: its directory, and its name where its metadata can be read. */
  environment: Schema.Struct({ directory: Schema.String, name: Schema.UndefinedOr(Schema.String) }),
  lost: Schema.String,
  kept: Schema.String,
  disks: Schema.Array(Disk),
  how: Schema.Array(SalvageStep)
})
/** Something that is hidden or damaged, and what can still be had of it. */
export type Salvage = typeof Salvage.Type

const allImages = "The images, and with them the data of all disks."

const texts: { readonly [M in Missing]: Pick<Salvage, "lost" | "kept"> } = {
  "environment-name": {
    lost: "The name of the directory, and so the whole environment to a server.",
    kept: "What is in it, as it is."
  },
  "environment-metadata": {
    lost: "The name, the kind and the version of the environment, and so all of it to a server.",
    kept: "The chains in it, as they are."
  },
  "environment-kind": {
    lost: "A kind that servers know, and so the whole environment to a server.",
    kept: "The chains in it, as they are."
  },
  "chain-name": {
    lost: "The name of the directory, and so the whole chain to a server.",
    kept: "What is in it, as it is."
  },
  leftover: {
    lost: "The place of the first backup, and so the whole chain to a server.",
    kept: "The chain, as it is."
  },
  "backup-name": {
    lost: "The name of the directory, and so this backup to a server.",
    kept: "What is in it, as it is."
  },
  "base-directory": {
    lost: "The metadata and the configuration of the first backup, and so the whole chain to a server.",
    kept: allImages
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
    kept: "Its images. Later backups do not need the configuration."
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
  const seen = SkipIndex.make(reading)
  return reading.environments.flatMap((environment) => {
    const chains = environment.chains.map((chain) => new ChainContents({ environment, chain }, seen))
    return [
      ...ofEnvironment(reading, environment, chains, seen),
      ...chains.filter(({ at }) => at.chain.readable).flatMap((contents) => {
        const fault = Faults.headFault(contents, seen)
        const head = Faults.headNumber(contents, fault)
        return [
          ...ofChainName(contents),
          ...(fault === undefined ? [] : ofHead(contents, fault)),
          ...(head === undefined ? [] : Faults.linkFaults(contents, head, seen)).map((fault) =>
            ofLink(contents, fault)
          ),
          ...ofImages(contents, head)
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
  const isRequested = DirectoryPath.isRequested(listing.request, DirectoryPath.resolver(directory))
  return from(directory).filter(({ path }) => isRequested(path))
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
  disks: ReadonlyArray<ChainDisk>
): ReadonlyArray<SalvageStep> => [
  ...Steps.convertSteps(disks),
  ...Steps.headerlessSteps(chains.flatMap(({ headerless }) => [...headerless]))
]

/** Returns those of some images that are known to be gone, or to be none. */
const goneAmong = (contents: ChainContents, images: ReadonlyArray<string>): ReadonlyArray<string> =>
  images.filter((image) => !contents.isUsable(image) && !contents.isUnseen(image))

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
  seen: SkipIndex.SkipIndex
): ReadonlyArray<Salvage> => {
  const { chains, directory, metadata } = environment
  const missing = environmentFault(environment)
  // Whatever bears the name of an environment, and holds images, was one.
  const holdsSomething = chains.some((chain) =>
    DirectoryReading.holdsBackups(chain) || (missing !== "environment-name" && chain.files.size > 0)
  )
  if (missing === undefined || !holdsSomething || seen.isUnread(directory)) return []
  const disks = contents.flatMap((chain) => chain.disks())
  const mending = missing === "environment-name"
    ? Steps.nameStep(metadata?.uuid, Namesakes.ofEnvironment(environment, environments))
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
  const disks = contents.disks()
  return [make(environment, {
    path: chainPath(at),
    missing: "chain-name",
    disks,
    how: [
      ...retrieve([contents], disks),
      Steps.copyFirst,
      Steps.nameStep(contents.uuid, Namesakes.ofChain(chain, environment.chains))
    ]
  })]
}

const ofHead = (contents: ChainContents, fault: Faults.BackupFault): ReadonlyArray<Salvage> => {
  const { at } = contents
  const disks = contents.disks()
  if (disks.length === 0 && contents.headerless.size === 0 && !DirectoryReading.holdsBackups(at.chain)) return []
  const gone = fault.missing === "leftover" ? [] : goneAmong(contents, fault.images)
  return [make(at.environment, {
    path: `${chainPath(at)}/${fault.directory}`,
    missing: fault.missing,
    ...(gone.length > 0
      ? { kept: `What does not build on ${Steps.list(gone)}, for that is gone too.` }
      : contents.isWhole()
      ? {}
      : { kept: "The disks below, as far as they go: other images lead nowhere." }),
    disks,
    how: [
      ...(fault.isDoubtful ? [Steps.doubtStep] : []),
      ...retrieve([contents], disks),
      ...(gone.length > 0 ? [Steps.lostStep] : [Steps.copyFirst, ...Steps.mendSteps(contents, fault)])
    ]
  })]
}

const ofLink = (contents: ChainContents, fault: Faults.BackupFault): Salvage => {
  const { images, number } = fault
  const disks = contents.disksOf(images, number)
  const gone = goneAmong(contents, images)
  const headerless = images.filter((image) => contents.headerless.has(image))
  const broken = images.filter((image) => contents.isBroken(image))
  return make(contents.at.environment, {
    path: `${chainPath(contents.at)}/${fault.directory}`,
    missing: fault.missing,
    ...(gone.length > 0
      ? { kept: `Nothing of this backup, and of all later ones: ${Steps.list(gone)} is gone too.` }
      : broken.length > 0
      ? { kept: `Nothing of this backup: ${Steps.list(broken)} leads nowhere.` }
      : {}),
    disks,
    how: [
      ...(fault.isDoubtful ? [Steps.doubtStep] : []),
      ...Steps.convertSteps(disks),
      ...Steps.headerlessSteps(headerless),
      ...(broken.length === 0 ? [] : [Steps.brokenStep(broken)]),
      ...(broken.length > 0 ? [Steps.lostStep] : [Steps.copyFirst, ...Steps.mendSteps(contents, fault)])
    ]
  })
}

const ofImages = (contents: ChainContents, head: number | undefined): ReadonlyArray<Salvage> => {
  const { chain, environment } = contents.at
  const [named] = chain.items.toSorted((a, b) => a.number - b.number).flatMap(({ described, number }) => {
    const [image] = goneAmong(contents, described?.images ?? [])
    return image === undefined ? [] : [{ image, number }]
  })
  // Of a backup whose metadata is lost, what builds on its image says that it is gone.
  const built = chain.items[0]?.content._tag === "Head"
    ? chain.items.flatMap(({ described }) => described?.images ?? [])
    : chain.files.keys()
  const found = named ?? contents.firstGone(built)
  if (found === undefined) return []
  const disks = contents.disks()
  return [make(environment, {
    path: `${chainPath(contents.at)}/${found.image}`,
    missing: "image",
    disks,
    how: [
      Steps.imageStep(found.image, found.number, head === undefined || (found.number ?? 0) <= head),
      ...retrieve([contents], disks)
    ]
  })]
}
