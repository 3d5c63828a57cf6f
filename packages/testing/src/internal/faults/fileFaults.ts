/** Faults of single files and directories: what changes on the disk, and where a reader reports it. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import type { PlatformError } from "effect/PlatformError"
import * as ImageFile from "../imageFile.ts"
import type { ImageLayout } from "../storeLayout.ts"

type Injection = Effect.Effect<void, PlatformError, FileSystem.FileSystem>

/** A fault at its place: both paths are relative to the backup directory. */
export interface FileFault {
  /** The file or directory that is changed. */
  readonly path: string
  /** The file or directory that a reader names in its report. */
  readonly reportedAt: string
  /** Injects the fault into the backup directory at `root`. */
  readonly inject: (root: string) => Injection
}

/** Runs a function with the file system of the context. */
const withFileSystem = (
  use: (fileSystem: FileSystem.FileSystem) => Effect.Effect<unknown, PlatformError>
): Injection => Effect.asVoid(Effect.flatMap(FileSystem.FileSystem, use))

/** Removes a file, or a directory with its contents. */
export const removal = (path: string, reportedAt = path): FileFault => ({
  path,
  reportedAt,
  inject: (root) => withFileSystem((fileSystem) => fileSystem.remove(`${root}/${path}`, { recursive: true }))
})

/** Truncates a file to its first half. */
export const truncation = (path: string, reportedAt: string): FileFault => ({
  path,
  reportedAt,
  inject: (root) =>
    withFileSystem((fileSystem) =>
      Effect.flatMap(
        fileSystem.readFile(`${root}/${path}`),
        ({ length }) => fileSystem.truncate(`${root}/${path}`, Math.floor(length / 2))
      )
    )
})

/** Replaces the content of a text file. */
export const rewriting = (path: string, reportedAt: string, text: string): FileFault => ({
  path,
  reportedAt,
  inject: (root) => withFileSystem((fileSystem) => fileSystem.writeFileString(`${root}/${path}`, text))
})

/** Empties a file. */
export const emptying = (path: string): FileFault => ({
  path,
  reportedAt: path,
  inject: (root) => withFileSystem((fileSystem) => fileSystem.truncate(`${root}/${path}`, 0))
})

/** Renames a directory. */
export const renaming = (from: string, to: string): FileFault => ({
  path: to,
  reportedAt: to,
  inject: (root) => withFileSystem((fileSystem) => fileSystem.rename(`${root}/${from}`, `${root}/${to}`))
})

/** Creates an empty directory. */
export const emptyDirectory = (path: string): FileFault => ({
  path,
  reportedAt: path,
  inject: (root) => withFileSystem((fileSystem) => fileSystem.makeDirectory(`${root}/${path}`))
})

/** Creates a directory of files, given by name and content. */
export const newDirectory = (path: string, files: ReadonlyArray<readonly [name: string, text: string]>): FileFault => ({
  path,
  reportedAt: path,
  inject: (root) =>
    withFileSystem((fileSystem) =>
      Effect.andThen(
        fileSystem.makeDirectory(`${root}/${path}`),
        Effect.forEach(
          files,
          ([name, text]) => fileSystem.writeFileString(`${root}/${path}/${name}`, text, { flag: "wx" })
        )
      )
    )
})

/** Copies some files of a directory into a new one. */
export const copyOfDirectory = (from: string, to: string, names: ReadonlyArray<string>): FileFault => ({
  path: to,
  reportedAt: to,
  inject: (root) =>
    withFileSystem((fileSystem) =>
      Effect.andThen(
        fileSystem.makeDirectory(`${root}/${to}`),
        Effect.forEach(names, (name) => fileSystem.copyFile(`${root}/${from}/${name}`, `${root}/${to}/${name}`))
      )
    )
})

/** Creates a text file. */
export const newFile = (path: string, text: string): FileFault => ({
  path,
  reportedAt: path,
  inject: (root) => withFileSystem((fileSystem) => fileSystem.writeFileString(`${root}/${path}`, text, { flag: "wx" }))
})

/** Creates an image. */
export const newImage = (path: string, image: Omit<ImageLayout, "name">): FileFault => ({
  path,
  reportedAt: path,
  inject: (root) => ImageFile.write(`${root}/${path}`, image)
})

/** Changes the backing file that the header of an image names. */
export const otherBackingFile = (path: string, image: ImageLayout, backingFile: string): FileFault => ({
  path,
  reportedAt: path,
  inject: (root) =>
    ImageFile.write(
      `${root}/${path}`,
      { ...image, header: { virtualSize: image.header?.virtualSize ?? 0n, backingFile } },
      "r+"
    )
})

// It exists on every machine, and is small if a reader follows the link by mistake.
const outside = "/bin"

/** Replaces a file or directory with a link to a place outside the backup directory. */
export const linkOutside = (path: string): FileFault => ({
  path,
  reportedAt: path,
  inject: (root) =>
    withFileSystem((fileSystem) =>
      Effect.andThen(
        fileSystem.remove(`${root}/${path}`, { recursive: true }),
        fileSystem.symlink(outside, `${root}/${path}`)
      )
    )
})

/** Creates a link whose target does not exist. */
export const brokenLink = (path: string): FileFault => ({
  path,
  reportedAt: path,
  inject: (root) => withFileSystem((fileSystem) => fileSystem.symlink("nowhere", `${root}/${path}`))
})
