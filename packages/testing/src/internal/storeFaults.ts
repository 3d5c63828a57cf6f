/** The table of damages: what each strikes, and what it does there. */
import * as ImageNames from "@backup-tree/core/directory/ImageNames"
import type * as StoreSkip from "@backup-tree/core/directory/StoreSkip"
import * as BackupTreeXml from "@backup-tree/core/tree/BackupTreeXml"
import * as Effect from "effect/Effect"
import {
  type Blow,
  changedImage,
  cut,
  danglingLink,
  emptyDirectory,
  leadOut,
  removal,
  renaming,
  withFileSystem
} from "./fileFaults.ts"
import * as ImageFile from "./imageFile.ts"
import type { Random } from "./random.ts"
import { type ChainLayout, type EnvironmentLayout, type ItemLayout, metadataName } from "./storeLayout.ts"

/** The reason of a skip, or the id of a rule. */
export type ReportedAs = StoreSkip.Reason | "I02" | "I08" | "I36" | "I37" | "absolute-backing-file"

/** A chain, and whose it is. */
export interface Place {
  readonly environment: EnvironmentLayout
  readonly chain: ChainLayout
}

interface Described {
  readonly description: string
  readonly reportedAs: ReportedAs
}

/** A damage that strikes a chain which suits it. */
export interface ChainSpec extends Described {
  readonly strikes: "chain"
  readonly suits: (chain: ChainLayout) => boolean
  readonly blow: (place: Place, random: Random) => Blow
}

/**
 * A damage.
 *
 * It strikes a whole environment or a chain, or it adds something to the backup directory itself (`root`) or to the
 * `directory` of an environment, where it hurts nobody.
 */
export type Spec =
  | ChainSpec
  | (Described & { readonly strikes: "environment"; readonly blow: (environment: EnvironmentLayout) => Blow })
  | (Described & { readonly strikes: "root"; readonly blow: (random: Random) => Blow })
  | (Described & {
    readonly strikes: "directory"
    readonly blow: (environment: EnvironmentLayout, random: Random) => Blow
  })

// ---------------------------------------------------------------------------------------------------------------------
// What a chain has to strike
// ---------------------------------------------------------------------------------------------------------------------

const headOf = ({ items }: ChainLayout): ItemLayout => items[0]!
const linksOf = ({ items }: ChainLayout): ReadonlyArray<ItemLayout> => items.slice(1)

const any = (): boolean => true
const isOriginal = (chain: ChainLayout): boolean => headOf(chain).directory === "base"
const hasLink = ({ items }: ChainLayout): boolean => items.length > 1
const hasImages = ({ items }: ChainLayout): boolean => items.every(({ images }) => images.length > 0)
const hasHeaders = ({ items }: ChainLayout): boolean =>
  items.every(({ images }) => images.length > 0 && images.every(({ header }) => header !== undefined))

const itemPath = ({ path }: ChainLayout, { directory }: ItemLayout): string => `${path}/${directory}`
const metadataPath = (chain: ChainLayout, item: ItemLayout): string => `${itemPath(chain, item)}/${metadataName}`

const oneOf = <A>(from: ReadonlyArray<A>, random: Random): A => from[random.below(from.length)]!

/** A link, with later ones behind it where the chain has them: those stay. */
const someLink = (chain: ChainLayout, random: Random): ItemLayout => {
  const links = linksOf(chain)
  return links[random.below(Math.max(1, links.length - 1))]!
}

const someImage = ({ items, path }: ChainLayout, random: Random): string =>
  `${path}/${oneOf(oneOf(items, random).images, random).name}`

const nextNumber = ({ chain: { items } }: ChainLayout): number => Math.max(...items.map(({ number }) => number)) + 1

const onHead = (blow: (chain: ChainLayout, head: ItemLayout, place: Place) => Blow) => (place: Place): Blow =>
  blow(place.chain, headOf(place.chain), place)

const onLink =
  (blow: (chain: ChainLayout, link: ItemLayout, place: Place) => Blow) => (place: Place, random: Random): Blow =>
    blow(place.chain, someLink(place.chain, random), place)

/** Whether a later image of the disk has more than one image in front of it. */
const hasGrandparent = (chain: ChainLayout): boolean => chain.items.length > 2 && hasHeaders(chain)

const unfinishedImage = ({ chain, environment }: Place): Blow => {
  const { content } = chain.items.at(-1)!.item
  const disk = content._tag === "Damaged" ? undefined : content.backup.disks?.list[0]
  const [name] = ImageNames.imageNames([disk?.originalPath ?? "harddisk.hdd"], {
    number: nextNumber(chain),
    format: "qcow2",
    vmType: environment.environment.metadata?.vmType ?? 0
  })
  const path = `${chain.path}/${name}`
  const header = { virtualSize: disk?.size ?? 0n, backingFile: chain.items.at(-1)!.images[0]?.name }
  return { path, reportedAt: path, inflict: (root) => ImageFile.write(`${root}/${path}`, { length: 2 ** 26, header }) }
}

const secondSpelling = ({ chain, environment: { config } }: Place, random: Random): Blow => {
  const link = someLink(chain, random)
  const from = itemPath(chain, link)
  const to = `${chain.path}/0${link.directory}`
  return {
    path: to,
    reportedAt: to,
    inflict: (root) =>
      withFileSystem((fileSystem) =>
        fileSystem.makeDirectory(`${root}/${to}`).pipe(
          Effect.andThen(
            Effect.forEach(
              [config, metadataName],
              (name) => fileSystem.copyFile(`${root}/${from}/${name}`, `${root}/${to}/${name}`)
            )
          )
        )
      )
  }
}

const metadataOfNobody = (random: Random): Blow => {
  const uuid = random.uuid()
  const metadata = BackupTreeXml.encodeMetadata({
    _tag: "VmItem",
    environment: { uuid, name: "retired", vmType: 0, version: 5, chains: [], kept: [] }
  })
  return {
    path: uuid,
    reportedAt: uuid,
    inflict: (root) =>
      withFileSystem((fileSystem) =>
        fileSystem.makeDirectory(`${root}/${uuid}`).pipe(
          Effect.andThen(fileSystem.writeFileString(`${root}/${uuid}/${metadataName}`, metadata, { flag: "wx" }))
        )
      )
  }
}

const temporaryFile = ({ chain }: Place, random: Random): Blow => {
  const path = `${metadataPath(chain, oneOf(chain.items, random))}.libprlcommon_tmp.${random.uuid()}`
  return {
    path,
    reportedAt: path,
    inflict: (root) =>
      withFileSystem((fileSystem) => fileSystem.writeFileString(`${root}/${path}`, "<", { flag: "wx" }))
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// The table
// ---------------------------------------------------------------------------------------------------------------------

/** All damages by name. */
export const table = {
  "not-uuid": {
    description: "A directory whose name is no uuid lies beside those of the environments",
    reportedAs: "not-uuid",
    strikes: "root",
    blow: (random) => emptyDirectory(`old-${random.uuid().slice(1, 9)}`)
  },
  "vm-metadata-missing": {
    description: "The metadata of an environment is gone",
    reportedAs: "vm-metadata-missing",
    strikes: "environment",
    blow: ({ path }) => removal(`${path}/${metadataName}`, path)
  },
  "vm-metadata-invalid": {
    description: "The metadata of an environment is half a file",
    reportedAs: "vm-metadata-invalid",
    strikes: "environment",
    blow: ({ path }) => cut(`${path}/${metadataName}`, path)
  },
  "no-chains": {
    description: "An environment has metadata and no chains",
    reportedAs: "no-chains",
    strikes: "root",
    blow: metadataOfNobody
  },
  "chain-empty": {
    description: "A chain has no backups left, as after a removal that kept the chain",
    reportedAs: "chain-empty",
    strikes: "directory",
    blow: ({ path }, random) => emptyDirectory(`${path}/${random.uuid()}`)
  },
  "chain-set-aside": {
    description: "The directory of a chain has been given a name that is no uuid",
    reportedAs: "not-uuid",
    strikes: "chain",
    suits: any,
    blow: ({ chain }) => renaming(chain.path, `${chain.path}.old`)
  },
  "chain-renamed": {
    description: "The directory of a chain has been given another uuid",
    reportedAs: "I02",
    strikes: "chain",
    suits: any,
    blow: ({ chain, environment }, random) => renaming(chain.path, `${environment.path}/${random.uuid()}`)
  },
  "base-missing": {
    description: "The directory of a full backup is gone, and an incremental comes first",
    reportedAs: "head-invalid",
    strikes: "chain",
    suits: (chain) => isOriginal(chain) && hasLink(chain),
    blow: ({ chain }) => removal(itemPath(chain, headOf(chain)), itemPath(chain, chain.items[1]!))
  },
  "base-without-metadata": {
    description: "A full backup has no metadata, as one that is being made",
    reportedAs: "base-without-metadata",
    strikes: "chain",
    suits: isOriginal,
    blow: onHead((chain, head) => removal(metadataPath(chain, head), itemPath(chain, head)))
  },
  "head-invalid": {
    description: "The metadata of a full backup is half a file",
    reportedAs: "head-invalid",
    strikes: "chain",
    suits: any,
    blow: onHead((chain, head) => cut(metadataPath(chain, head), itemPath(chain, head)))
  },
  "head-config-missing": {
    description: "The configuration beside a full backup is gone",
    reportedAs: "head-config-missing",
    strikes: "chain",
    suits: any,
    blow: onHead((chain, head, { environment: { config } }) =>
      removal(`${itemPath(chain, head)}/${config}`, itemPath(chain, head))
    )
  },
  "link-without-metadata": {
    description: "An incremental has no metadata, as one that is being made",
    reportedAs: "link-without-metadata",
    strikes: "chain",
    suits: hasLink,
    blow: onLink((chain, link) => removal(metadataPath(chain, link), itemPath(chain, link)))
  },
  "link-invalid": {
    description: "The metadata of an incremental is half a file",
    reportedAs: "link-invalid",
    strikes: "chain",
    suits: hasLink,
    blow: onLink((chain, link) => cut(metadataPath(chain, link), itemPath(chain, link)))
  },
  "link-config-missing": {
    description: "The configuration beside an incremental is gone",
    reportedAs: "link-config-missing",
    strikes: "chain",
    suits: hasLink,
    blow: onLink((chain, link, { environment: { config } }) =>
      removal(`${itemPath(chain, link)}/${config}`, itemPath(chain, link))
    )
  },
  "number-duplicate": {
    description: "The directory of an incremental is there twice, the second time with a 0 in front of its number",
    reportedAs: "number-duplicate",
    strikes: "chain",
    suits: hasLink,
    blow: secondSpelling
  },
  "number-renamed": {
    description: "The directory of the newest incremental has been given another number",
    reportedAs: "I08",
    strikes: "chain",
    suits: hasLink,
    blow: ({ chain }) => renaming(itemPath(chain, chain.items.at(-1)!), `${chain.path}/${nextNumber(chain)}`)
  },
  "outside-root": {
    description: "The directory of an incremental is a link that leads out of the backup directory",
    reportedAs: "outside-root",
    strikes: "chain",
    suits: hasLink,
    blow: onLink((chain, link) => leadOut(itemPath(chain, link)))
  },
  "not-a-file": {
    description: "A link that leads nowhere lies beside the chains of an environment",
    reportedAs: "not-a-file",
    strikes: "directory",
    blow: ({ path }) => danglingLink(`${path}/latest`)
  },
  "temp-file": {
    description: "A temporary file of the server lies beside metadata, as after a crash",
    reportedAs: "temp-file",
    strikes: "chain",
    suits: any,
    blow: temporaryFile
  },
  "orphan-image": {
    description: "An image lies in a chain that no backup names, as after a crash",
    reportedAs: "orphan-image",
    strikes: "chain",
    suits: hasHeaders,
    blow: unfinishedImage
  },
  "missing-image": {
    description: "An image is gone",
    reportedAs: "missing-image",
    strikes: "chain",
    suits: hasImages,
    blow: ({ chain }, random) => removal(someImage(chain, random))
  },
  "image-empty": {
    description: "An image has lost all its bytes, as on a disk that was full",
    reportedAs: "I36",
    strikes: "chain",
    suits: hasImages,
    blow: ({ chain }, random) => {
      const path = someImage(chain, random)
      return {
        path,
        reportedAt: path,
        inflict: (root) => withFileSystem((fileSystem) => fileSystem.truncate(`${root}/${path}`, 0))
      }
    }
  },
  "backing-file-elsewhere": {
    description: "An image builds on one by an absolute path, as in a store that was moved after a removal",
    reportedAs: "absolute-backing-file",
    strikes: "chain",
    suits: (chain) => hasLink(chain) && hasHeaders(chain),
    blow: ({ chain }, random) => {
      const image = oneOf(someLink(chain, random).images, random)
      const backingFile = `/mnt/old-backups/${chain.path}/${image.header?.backingFile}`
      return changedImage(`${chain.path}/${image.name}`, image, backingFile)
    }
  },
  "backing-file-wrong": {
    description: "An image builds on that of the full backup, and not on the one before it",
    reportedAs: "I37",
    strikes: "chain",
    suits: hasGrandparent,
    blow: ({ chain }, random) => {
      const { images } = oneOf(chain.items.slice(2), random)
      const index = random.below(images.length)
      return changedImage(`${chain.path}/${images[index]!.name}`, images[index]!, headOf(chain).images[index]!.name)
    }
  }
} as const satisfies { readonly [name: string]: Spec }

/** The name of a damage. */
export type Name = keyof typeof table

/** The names of all damages, in the order of the table. */
export const names = Object.keys(table) as ReadonlyArray<Name>
