/**
 * The images of a chain directory: those that metadata names, and their backing files.
 *
 * @see [Semantics 4.1](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s4-1)
 * @since 0.2.0
 */
import type * as Data from "effect/Data"
import * as BackupId from "../sdk/BackupId.ts"
import { holdsData, type ReadChain, type ReadEnvironment } from "./DirectoryReading.ts"
import type { SkipIndex } from "./SkipIndex.ts"

/**
 * A chain that was read, and the environment it belongs to.
 *
 * @category models
 * @since 0.2.0
 */
export interface ChainLocation {
  readonly environment: ReadEnvironment
  readonly chain: ReadChain
}

/**
 * Returns the path of a chain directory, relative to the backup directory.
 *
 * @category accessors
 * @since 0.2.0
 */
export const chainPath = ({ chain, environment }: ChainLocation): string =>
  `${environment.directory}/${chain.directory}`

/**
 * Returns the uuid of a chain: from the id of a readable backup, otherwise from the name of its directory.
 *
 * @category accessors
 * @since 0.2.0
 */
export const chainUuid = ({ directory, items }: ReadChain): string | undefined => {
  const ids = items.flatMap(({ described }) => described === undefined ? [] : [BackupId.split(described.id).chain])
  return [...ids, directory].find(BackupId.isServerUuid)
}

/**
 * Returns the images that the metadata of a chain names.
 *
 * @category accessors
 * @since 0.2.0
 */
export const namedImages = ({ items }: Pick<ReadChain, "items">): ReadonlySet<string> =>
  new Set(items.flatMap(({ described }) => described?.images ?? []))

/**
 * The file of a chain directory that an image is backed by. It may be missing.
 *
 * @category models
 * @since 0.2.0
 */
export interface BackingFile {
  readonly name: string
  readonly isAbsolute: boolean
}

/**
 * The known facts about the backing file of an image.
 *
 * - `None`: the image has no backing file.
 * - `Unknown`: the image has no readable header, or names a file outside of its chain directory.
 *
 * @category models
 * @since 0.2.0
 */
export type Backing = Data.TaggedEnum<{
  None: {}
  InChain: BackingFile
  Unknown: {}
}>

/**
 * Returns the file that the name of a backing file leads to, if it is in the directory of the image itself.
 *
 * An absolute path leads there if it ends in the directory names of the environment and the chain. The part before them
 * is the location of the store on its server, which is unknown here. A relative name with a colon is not a file,
 * because QEMU reads the part before the colon as a protocol.
 *
 * @category accessors
 * @since 0.2.0
 */
export const backingIn = (at: ChainLocation, backingFile: string): BackingFile | undefined => {
  if (backingFile.startsWith("/")) {
    const name = backingFile.slice(backingFile.lastIndexOf("/") + 1)
    return name !== "" && backingFile.endsWith(`/${chainPath(at)}/${name}`) ? { name, isAbsolute: true } : undefined
  }
  const name = backingFile.replace(/^(?:\.\/+)+/, "")
  return name === "" || /[/:]/.test(name) ? undefined : { name, isAbsolute: false }
}

/**
 * Returns what is known about the backing file of an image.
 *
 * @category accessors
 * @since 0.2.0
 */
export const backingOf = (at: ChainLocation, image: string): Backing => {
  const header = at.chain.files.get(image)?.header
  if (header === undefined) return { _tag: "Unknown" }
  if (header.backingFile === undefined) return { _tag: "None" }
  const file = backingIn(at, header.backingFile)
  return file === undefined ? { _tag: "Unknown" } : { _tag: "InChain", ...file }
}

/**
 * Returns whether an image is known to be lost: missing or cut short, although its directory could be read.
 *
 * @category predicates
 * @since 0.2.0
 */
export const isGone = (at: ChainLocation, image: string, { isUnread }: SkipIndex): boolean => {
  const file = at.chain.files.get(image)
  return file === undefined ? !isUnread(`${chainPath(at)}/${image}`) : !holdsData(file)
}

/**
 * Returns images and all their backing files in the chain directory, each once.
 *
 * @category accessors
 * @since 0.2.0
 */
export const withBackings = (at: ChainLocation, images: ReadonlyArray<string>): ReadonlySet<string> => {
  const passed = new Set<string>()
  for (const image of images) {
    let name: string | undefined = image
    while (name !== undefined && !passed.has(name)) {
      passed.add(name)
      const backing = backingOf(at, name)
      name = backing._tag === "InChain" ? backing.name : undefined
    }
  }
  return passed
}

/**
 * Returns the directories in which images look for their backing files, one for each image with an absolute path.
 *
 * @category accessors
 * @since 0.2.0
 */
export const absoluteBackings = (at: ChainLocation, images: ReadonlyArray<string>): ReadonlyArray<string> =>
  images.flatMap((image) => {
    const path = at.chain.files.get(image)?.header?.backingFile ?? ""
    return backingIn(at, path)?.isAbsolute === true ? [path.slice(0, path.lastIndexOf("/"))] : []
  })

/**
 * Returns whether the backup with a number was once complete, although its metadata is unreadable or missing.
 *
 * Metadata is written last, so an unfinished backup has none. A later backup exists only if this one was complete, and
 * LastNumber of the full backup rises only then. A full backup with flags comes from a version that writes LastNumber,
 * so its 0 has a meaning. Returns `undefined` if this cannot be decided.
 *
 * @see [Semantics 4.4](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s4-4)
 * @category predicates
 * @since 0.2.0
 */
export const wasStored = ({ items }: ReadChain, number: number): boolean | undefined => {
  if (items.some((item) => item.number > number && item.described !== undefined)) return true
  const head = items[0]?.content
  if (head?._tag !== "Head" || number < 2) return undefined
  if (head.lastNumber >= number) return true
  return head.lastNumber > 0 || head.backup.flags !== 0 ? false : undefined
}
