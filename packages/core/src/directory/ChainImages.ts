/** The images of a chain directory: which of them metadata names, and what they are backed by. Source: SEMANTICS 4.1. */
import * as BackupId from "../sdk/BackupId.ts"
import { holdsData, type ReadChain, type ReadEnvironment } from "./DirectoryReading.ts"
import type { SkipIndex } from "./SkipIndex.ts"

/** A chain that was read, and the environment it belongs to. */
export interface ChainLocation {
  readonly environment: ReadEnvironment
  readonly chain: ReadChain
}

/** Returns the path of a chain directory, relative to the backup directory. */
export const chainPath = ({ chain, environment }: ChainLocation): string =>
  `${environment.directory}/${chain.directory}`

/** Returns the uuid of a chain: from the id of a backup that can be read, else from the name of its directory. */
export const chainUuid = ({ directory, items }: ReadChain): string | undefined => {
  const said = items.flatMap(({ described }) => described === undefined ? [] : [BackupId.split(described.id).chain])
  return [...said, directory].find(BackupId.isServerUuid)
}

/** Returns the images that the metadata of a chain name. */
export const namedImages = ({ items }: Pick<ReadChain, "items">): ReadonlySet<string> =>
  new Set(items.flatMap(({ described }) => described?.images ?? []))

/** The file of a chain directory that an image is backed by. It may be missing. */
export interface Backing {
  readonly name: string
  readonly isAbsolute: boolean
}

/**
 * Returns the file that the name of a backing file leads to, if it lies in the directory of the image itself.
 *
 * An absolute path does if it ends in the names of the environment's and the chain's directory: what comes before is the
 * place of the store on its server, which is unknown here. A relative name with a colon is no file: QEMU reads what comes
 * before the colon as a protocol.
 */
export const backingIn = (at: ChainLocation, backingFile: string): Backing | undefined => {
  if (backingFile.startsWith("/")) {
    const name = backingFile.slice(backingFile.lastIndexOf("/") + 1)
    return name !== "" && backingFile.endsWith(`/${chainPath(at)}/${name}`) ? { name, isAbsolute: true } : undefined
  }
  const name = backingFile.replace(/^(?:\.\/+)+/, "")
  return name === "" || /[/:]/.test(name) ? undefined : { name, isAbsolute: false }
}

/** Returns the backing file of an image, which may be missing: null if it has none, `undefined` if that is unknown. */
export const backingOf = (at: ChainLocation, image: string): Backing | null | undefined => {
  const header = at.chain.files.get(image)?.header
  if (header === undefined) return undefined
  return header.backingFile === null ? null : backingIn(at, header.backingFile)
}

/** Tells whether an image is known to be gone: missing or cut short, although its place could be read. */
export const isGone = (at: ChainLocation, image: string, { isUnread }: SkipIndex): boolean => {
  const file = at.chain.files.get(image)
  return file === undefined ? !isUnread(`${chainPath(at)}/${image}`) : !holdsData(file)
}

/** Returns images and everything in the directory of the chain that they are backed by, each once. */
export const withBackings = (at: ChainLocation, images: ReadonlyArray<string>): ReadonlySet<string> => {
  const passed = new Set<string>()
  for (const image of images) {
    let name: string | undefined = image
    while (name !== undefined && !passed.has(name)) {
      passed.add(name)
      name = backingOf(at, name)?.name
    }
  }
  return passed
}

/** Returns the directories in which images look for their backing files, one for each image with an absolute path. */
export const absoluteBackings = (at: ChainLocation, images: ReadonlyArray<string>): ReadonlyArray<string> =>
  images.flatMap((image) => {
    const path = at.chain.files.get(image)?.header?.backingFile ?? ""
    return backingIn(at, path)?.isAbsolute === true ? [path.slice(0, path.lastIndexOf("/"))] : []
  })

/**
 * Tells whether the backup of a number was once stored whole, although its metadata is unreadable or missing.
 *
 * Metadata is written last, so an unfinished backup has none. A later backup follows only a stored one, and LastNumber of
 * the full backup rises only then. A full backup with flags is no older than LastNumber, so that its 0 has a meaning
 * (SEMANTICS 4.4, I10). Returns `undefined` if nothing decides.
 */
export const wasStored = ({ items }: ReadChain, number: number): boolean | undefined => {
  if (items.some((item) => item.number > number && item.described !== undefined)) return true
  const head = items[0]?.content
  if (head?._tag !== "Head" || number < 2) return undefined
  if (head.lastNumber >= number) return true
  return head.lastNumber > 0 || head.backup.flags !== 0 ? false : undefined
}
