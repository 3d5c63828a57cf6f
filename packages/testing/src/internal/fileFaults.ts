/** What damages do to the files of a backup directory. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import type { PlatformError } from "effect/PlatformError"
import * as ImageFile from "./imageFile.ts"
import type { ImageLayout } from "./storeLayout.ts"

type Effects = Effect.Effect<void, PlatformError, FileSystem.FileSystem>

/** What is done, to what, and of which thing a reader reports it; paths are relative to the backup directory. */
export interface Blow {
  readonly path: string
  readonly reportedAt: string
  readonly inflict: (root: string) => Effects
}

/** Does something on the file system. */
export const withFileSystem = (
  use: (fileSystem: FileSystem.FileSystem) => Effect.Effect<unknown, PlatformError>
): Effects => Effect.asVoid(Effect.flatMap(FileSystem.FileSystem, use))

/** Removes a file, or a directory with all that is in it. */
export const removal = (path: string, reportedAt = path): Blow => ({
  path,
  reportedAt,
  inflict: (root) => withFileSystem((fileSystem) => fileSystem.remove(`${root}/${path}`, { recursive: true }))
})

/** Leaves the first half of a file. */
export const cut = (path: string, reportedAt: string): Blow => ({
  path,
  reportedAt,
  inflict: (root) =>
    withFileSystem((fileSystem) =>
      Effect.flatMap(
        fileSystem.readFile(`${root}/${path}`),
        ({ length }) => fileSystem.truncate(`${root}/${path}`, Math.floor(length / 2))
      )
    )
})

/** Gives a directory another name. */
export const renaming = (from: string, to: string): Blow => ({
  path: to,
  reportedAt: to,
  inflict: (root) => withFileSystem((fileSystem) => fileSystem.rename(`${root}/${from}`, `${root}/${to}`))
})

/** Makes an empty directory. */
export const emptyDirectory = (path: string): Blow => ({
  path,
  reportedAt: path,
  inflict: (root) => withFileSystem((fileSystem) => fileSystem.makeDirectory(`${root}/${path}`))
})

/** Gives an image another backing file. */
export const changedImage = (path: string, image: ImageLayout, backingFile: string): Blow => ({
  path,
  reportedAt: path,
  inflict: (root) =>
    ImageFile.write(
      `${root}/${path}`,
      { ...image, header: { virtualSize: image.header?.virtualSize ?? 0n, backingFile } },
      "r+"
    )
})

// It is there on every machine, and small enough for a program that follows links where it should not.
const elsewhere = "/bin"

/** Puts a link in the place of something, which leads out of the backup directory. */
export const leadOut = (path: string): Blow => ({
  path,
  reportedAt: path,
  inflict: (root) =>
    withFileSystem((fileSystem) =>
      Effect.andThen(
        fileSystem.remove(`${root}/${path}`, { recursive: true }),
        fileSystem.symlink(elsewhere, `${root}/${path}`)
      )
    )
})

/** Makes a link that leads nowhere. */
export const danglingLink = (path: string): Blow => ({
  path,
  reportedAt: path,
  inflict: (root) => withFileSystem((fileSystem) => fileSystem.symlink("nowhere", `${root}/${path}`))
})
