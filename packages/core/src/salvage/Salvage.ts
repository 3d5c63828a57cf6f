/**
 * Data that can be recovered by hand from a backup directory, although it is hidden or damaged.
 *
 * An image holds recoverable data as long as its backing chain is unbroken, even if all metadata is lost. This module
 * only reads, and it guesses nothing about images without headers.
 *
 * @see [Semantics 4.3](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s4-3)
 * @since 0.2.0
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
import * as Faults from "./internal/hidingReasons.ts"
import * as ShellSteps from "./internal/shellSteps.ts"
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

/**
 * Schema of a {@link Salvage}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const Salvage = Schema.Struct({
  /** The location of the fault, relative to the backup directory. It may contain any characters. */
  path: Schema.String,
  missing: Missing,
  /** The directory of the environment, and its name if metadata or a configuration can be read. */
  environment: Schema.Struct({ directory: Schema.String, name: Schema.UndefinedOr(Schema.String) }),
  /** A description of the lost data. */
  lost: Schema.String,
  /** A description of the data that can still be recovered. */
  recoverable: Schema.String,
  disks: Schema.Array(Disk),
  /** The instructions, in order. */
  steps: Schema.Array(SalvageStep)
})
/**
 * A hidden or damaged part of a backup directory, and how to recover its data.
 *
 * @category models
 * @since 0.2.0
 */
export type Salvage = typeof Salvage.Type

const allImages = "All images, and with them the data of all disks."

const texts: { readonly [M in Missing]: Pick<Salvage, "lost" | "recoverable"> } = {
  "environment-name": {
    lost: "The name of the directory, so a server does not list the VM or container.",
    recoverable: "Everything in the directory, unchanged."
  },
  "environment-metadata": {
    lost: "The name, the kind and the version, so a server does not list the VM or container.",
    recoverable: "Its chains, unchanged."
  },
  "environment-kind": {
    lost: "A kind that servers know, so a server does not list the VM or container.",
    recoverable: "Its chains, unchanged."
  },
  "chain-name": {
    lost: "The name of the directory, so a server does not list the chain.",
    recoverable: "Everything in the directory, unchanged."
  },
  leftover: {
    lost: "The place of the first backup, so a server does not list the chain.",
    recoverable: "The chain, unchanged."
  },
  "backup-name": {
    lost: "The name of the directory, so a server does not list this backup.",
    recoverable: "Everything in the directory, unchanged."
  },
  "base-directory": {
    lost: "The metadata and the configuration of the first backup, so a server does not list the chain.",
    recoverable: allImages
  },
  "head-metadata": {
    lost: "The metadata of the first backup, so a server does not list the chain.",
    recoverable: allImages
  },
  "head-configuration": {
    lost: "The machine configuration of the first backup, so a server does not list the chain.",
    recoverable: allImages
  },
  "link-metadata": {
    lost: "The metadata of this backup, so a server does not list it.",
    recoverable: "Its images. Later backups can most likely be restored."
  },
  "link-configuration": {
    lost: "The machine configuration of this backup, so it cannot be restored as a machine.",
    recoverable: "Its images. Later backups do not need the configuration."
  },
  image: {
    lost: "The data of this backup and of all later ones in the chain.",
    recoverable: "The earlier backups, if their own images are complete."
  }
}

/**
 * Returns the hidden or damaged parts of a backup directory, in the order of the directory.
 *
 * Healthy parts are not included, nor parts that could not be read because of missing permissions.
 *
 * **Example**
 *
 * ```ts
 * Salvage.from(reading).map(({ disks, missing, path }) => `${path}: ${missing}, ${disks.length} recoverable disks`)
 * ```
 *
 * @category planning
 * @since 0.2.0
 */
export const from = (reading: DirectoryReading.DirectoryReading): ReadonlyArray<Salvage> => {
  const seen = SkipIndex.make(reading)
  const shell = ShellSteps.make(reading.root)
  return reading.environments.flatMap((environment) => {
    const chains = environment.chains.map((chain) => new ChainContents({ environment, chain }, seen))
    return [
      ...ofEnvironment(shell, reading, environment, chains, seen),
      ...chains.filter(({ at }) => at.chain.readable).flatMap((contents) => {
        const fault = Faults.headFault(contents, seen)
        const head = Faults.headNumber(contents, fault)
        return [
          ...ofChainName(shell, contents),
          ...(fault === undefined ? [] : ofHead(shell, contents, fault)),
          ...(head === undefined ? [] : Faults.linkFaults(contents, head, seen)).map((fault) =>
            ofLink(shell, contents, fault)
          ),
          ...ofImages(shell, contents, head)
        ]
      })
    ]
  })
}

/**
 * Returns the hidden or damaged parts of the backup directory of a listing that its request covers.
 *
 * Returns nothing for the response of a server.
 *
 * @category planning
 * @since 0.2.0
 */
export const fromListing = (listing: BackupListing): ReadonlyArray<Salvage> => {
  const { directory } = listing
  if (directory === undefined) return []
  const isRequested = DirectoryPath.isRequested(listing.request, DirectoryPath.resolver(directory))
  return from(directory).filter(({ path }) => isRequested(path))
}

const make = (
  environment: DirectoryReading.ReadEnvironment,
  found: Pick<Salvage, "missing" | "path" | "steps"> & Partial<Pick<Salvage, "disks" | "recoverable">>
): Salvage => ({
  ...texts[found.missing],
  disks: [],
  ...found,
  environment: {
    directory: environment.directory,
    name: environment.metadata?.name ?? DirectoryReading.configuredName(environment)
  }
})

/** The steps for a fault: first a place for copies and disks, and the copy; then the disks; then the repair. */
const stepsOf = (
  shell: ShellSteps.ShellSteps,
  { copy, disks, headerless = [], repair = [] }: {
    readonly copy?: { readonly step: SalvageStep; readonly bytes: bigint } | undefined
    readonly disks: ReadonlyArray<ChainDisk>
    readonly headerless?: ReadonlyArray<string>
    readonly repair?: ReadonlyArray<SalvageStep>
  }
): ReadonlyArray<SalvageStep> => {
  const bytes = disks.reduce((sum, { virtualSize }) => sum + virtualSize, copy?.bytes ?? 0n)
  return [
    ...(copy === undefined && disks.length === 0 ? [] : [shell.chooseOutput(bytes)]),
    ...(copy === undefined ? [] : [copy.step]),
    ...Steps.convertSteps(shell, disks),
    ...Steps.headerlessSteps(headerless),
    ...repair
  ]
}

/** A step that copies chains, with the size of their images. */
const copyOf = (step: SalvageStep, contents: ReadonlyArray<ChainContents>) => ({
  step,
  bytes: contents.flatMap(({ at }) => [...at.chain.files.values()]).reduce((sum, { size }) => sum + size, 0n)
})

/** Returns the images that are known to be missing or unusable. */
const goneAmong = (contents: ChainContents, images: ReadonlyArray<string>): ReadonlyArray<string> =>
  images.filter((image) => !contents.isUsable(image) && !contents.isUnseen(image))

const environmentFault = (environment: DirectoryReading.ReadEnvironment): Missing | undefined => {
  const { directory, metadata } = environment
  if (!BackupId.isServerUuid(directory)) return "environment-name"
  if (metadata === undefined) return "environment-metadata"
  return metadata.vmType > 2 ? "environment-kind" : undefined
}

const ofEnvironment = (
  shell: ShellSteps.ShellSteps,
  { environments }: DirectoryReading.DirectoryReading,
  environment: DirectoryReading.ReadEnvironment,
  contents: ReadonlyArray<ChainContents>,
  seen: SkipIndex.SkipIndex
): ReadonlyArray<Salvage> => {
  const { chains, directory, metadata } = environment
  const missing = environmentFault(environment)
  // A directory with the name of an environment and with images was an environment.
  const holdsSomething = chains.some((chain) =>
    DirectoryReading.holdsBackups(chain) || (missing !== "environment-name" && chain.files.size > 0)
  )
  if (missing === undefined || !holdsSomething || seen.isUnread(directory)) return []
  const disks = contents.flatMap((chain) => chain.disks())
  const isMisnamed = missing === "environment-name"
  const repair = isMisnamed
    ? Steps.nameStep(shell, directory, metadata?.uuid, Namesakes.ofEnvironment(environment, environments))
    : Steps.environmentMetadataStep(shell, environment)
  return [make(environment, {
    path: directory,
    missing,
    disks,
    steps: stepsOf(shell, {
      // A rename can be undone without a copy.
      copy: isMisnamed ? undefined : copyOf(Steps.copyEnvironmentStep(shell, environment), contents),
      disks,
      headerless: contents.flatMap(({ headerless }) => [...headerless]),
      repair: [repair]
    })
  })]
}

const ofChainName = (shell: ShellSteps.ShellSteps, contents: ChainContents): ReadonlyArray<Salvage> => {
  const { at } = contents
  const { chain, environment } = at
  if (BackupId.isServerUuid(chain.directory) || !DirectoryReading.holdsBackups(chain)) return []
  const disks = contents.disks()
  return [make(environment, {
    path: chainPath(at),
    missing: "chain-name",
    disks,
    steps: stepsOf(shell, {
      disks,
      headerless: [...contents.headerless],
      repair: [Steps.nameStep(shell, chainPath(at), contents.uuid, Namesakes.ofChain(chain, environment.chains))]
    })
  })]
}

const ofHead = (
  shell: ShellSteps.ShellSteps,
  contents: ChainContents,
  fault: Faults.BackupFault
): ReadonlyArray<Salvage> => {
  const { at } = contents
  const disks = contents.disks()
  if (disks.length === 0 && contents.headerless.size === 0 && !DirectoryReading.holdsBackups(at.chain)) return []
  const gone = fault.missing === "leftover" ? [] : goneAmong(contents, fault.images)
  return [make(at.environment, {
    path: `${chainPath(at)}/${fault.directory}`,
    missing: fault.missing,
    ...(gone.length > 0
      ? { recoverable: `Only the data that does not build on ${Steps.list(gone)}, which is missing too.` }
      : contents.isWhole()
      ? {}
      : { recoverable: "The disks below. The backing chains of other images are broken." }),
    disks,
    steps: [
      ...(fault.isDoubtful ? [Steps.doubtStep] : []),
      ...stepsOf(shell, {
        copy: gone.length > 0 ? undefined : copyOf(Steps.copyChainStep(shell, contents), [contents]),
        disks,
        headerless: [...contents.headerless],
        repair: gone.length > 0 ? [Steps.lostStep] : Steps.repairSteps(shell, contents, fault)
      })
    ]
  })]
}

const ofLink = (shell: ShellSteps.ShellSteps, contents: ChainContents, fault: Faults.BackupFault): Salvage => {
  const { images, number } = fault
  const disks = contents.disksOf(images, number)
  const gone = goneAmong(contents, images)
  const headerless = images.filter((image) => contents.headerless.has(image))
  const broken = images.filter((image) => contents.isBroken(image))
  return make(contents.at.environment, {
    path: `${chainPath(contents.at)}/${fault.directory}`,
    missing: fault.missing,
    ...(gone.length > 0
      ? { recoverable: `Nothing of this backup or of later ones, because ${Steps.list(gone)} is missing too.` }
      : broken.length > 0
      ? { recoverable: `Nothing of this backup, because the backing chain of ${Steps.list(broken)} is broken.` }
      : {}),
    disks,
    steps: [
      ...(fault.isDoubtful ? [Steps.doubtStep] : []),
      ...stepsOf(shell, {
        copy: broken.length > 0 ? undefined : copyOf(Steps.copyChainStep(shell, contents), [contents]),
        disks,
        headerless,
        repair: broken.length > 0
          ? [Steps.brokenStep(broken), Steps.lostStep]
          : Steps.repairSteps(shell, contents, fault)
      })
    ]
  })
}

const ofImages = (
  shell: ShellSteps.ShellSteps,
  contents: ChainContents,
  head: number | undefined
): ReadonlyArray<Salvage> => {
  const { chain, environment } = contents.at
  const [named] = chain.items.toSorted((a, b) => a.number - b.number).flatMap(({ described, number }) => {
    const [image] = goneAmong(contents, described?.images ?? [])
    return image === undefined ? [] : [{ image, number }]
  })
  // If the metadata of a backup is lost, the images that build on its image show that it is missing.
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
    steps: [
      Steps.imageStep(found.image, found.number, head === undefined || (found.number ?? 0) <= head),
      ...stepsOf(shell, { disks, headerless: [...contents.headerless] })
    ]
  })]
}
