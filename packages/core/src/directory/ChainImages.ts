/** The images in a chain directory: which of them are named, and what they are backed by. Source: SEMANTICS 4.1. */
import * as BackupId from "../sdk/BackupId.ts"
import { holdsData, type ReadChain, type ReadEnvironment } from "./DirectoryReading.ts"
import type { Seen } from "./SkipIndex.ts"

/** Where a chain lies. */
export interface ChainAt {
  readonly environment: ReadEnvironment
  readonly chain: ReadChain
}

/** The path of a chain directory, relative to the backup directory. */
export const chainPath = ({ chain, environment }: ChainAt): string => `${environment.directory}/${chain.directory}`

/** Returns the uuid of a chain, as the ids of its backups say it or, where none can be read, its directory; if that is one. */
export const chainUuid = ({ directory, items }: ReadChain): string | undefined => {
  const said = items.flatMap(({ described }) => described === undefined ? [] : [BackupId.split(described.id).chain])
  return [...said, directory].find(BackupId.isServerUuid)
}

/** Returns the images that the metadata of the chain name. */
export const namedImages = ({ items }: Pick<ReadChain, "items">): ReadonlySet<string> =>
  new Set(items.flatMap(({ described }) => described?.images ?? []))

/** A file of a chain directory that an image is backed by, there or not. */
export interface Backing {
  readonly name: string
  readonly isAbsolute: boolean
}

/**
 * Returns what the name of a backing file leads to, if that lies in the directory of the image itself.
 *
 * An absolute path does where it ends in the names of the environment's and the chain's directory: what stands before them
 * is where the server had its store, which nobody here knows. A relative name with a colon is no file: QEMU takes what
 * stands before it for a protocol.
 */
export const backingIn = (at: ChainAt, backingFile: string): Backing | undefined => {
  if (backingFile.startsWith("/")) {
    const name = backingFile.slice(backingFile.lastIndexOf("/") + 1)
    return name !== "" && backingFile.endsWith(`/${chainPath(at)}/${name}`) ? { name, isAbsolute: true } : undefined
  }
  const name = backingFile.replace(/^(?:\.\/+)+/, "")
  return name === "" || /[/:]/.test(name) ? undefined : { name, isAbsolute: false }
}

/** Returns what an image of the directory is backed by, there or not; null for nothing, undefined for nobody knows. */
export const backingOf = (at: ChainAt, image: string): Backing | null | undefined => {
  const header = at.chain.files.get(image)?.header
  if (header === undefined) return undefined
  return header.backingFile === null ? null : backingIn(at, header.backingFile)
}

/** Tells whether an image is known to be gone: it is not there, or not whole, and nothing kept anybody from looking. */
export const isGone = (at: ChainAt, image: string, { isUnread }: Seen): boolean => {
  const file = at.chain.files.get(image)
  return file === undefined ? !isUnread(`${chainPath(at)}/${image}`) : !holdsData(file)
}

/** Returns images and all that they are backed by in the directory of the chain, each once. */
export const withBackings = (at: ChainAt, images: ReadonlyArray<string>): ReadonlySet<string> => {
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

/** Returns the directories in which images look for what they are backed by, one for each that says a path. */
export const absoluteBackings = (at: ChainAt, images: ReadonlyArray<string>): ReadonlyArray<string> =>
  images.flatMap((image) => {
    const path = at.chain.files.get(image)?.header?.backingFile ?? ""
    return backingIn(at, path)?.isAbsolute === true ? [path.slice(0, path.lastIndexOf("/"))] : []
  })

/**
 * Tells whether a backup of that number was once stored whole, for a directory whose metadata cannot be read, or is not
 * there: metadata is written last, so that an unfinished backup has none. Undefined where nobody can tell.
 *
 * A later backup follows only one that was stored, and the head's LastNumber is raised only then. A head with flags is not
 * older than LastNumber, so that its 0 means something (SEMANTICS 4.4, I10).
 */
export const wasStored = ({ items }: ReadChain, number: number): boolean | undefined => {
  if (items.some((item) => item.number > number && item.described !== undefined)) return true
  const head = items[0]?.content
  if (head?._tag !== "Head" || number < 2) return undefined
  if (head.lastNumber >= number) return true
  return head.lastNumber > 0 || head.backup.flags !== 0 ? false : undefined
}
