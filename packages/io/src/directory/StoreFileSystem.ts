/**
 * A file system for backup directories that other users can change while they are read.
 *
 * @since 0.2.0
 */
import * as NodeFileSystem from "@effect/platform-node-shared/NodeFileSystem"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as PlatformError from "effect/PlatformError"
import type * as Scope from "effect/Scope"
import * as fs from "node:fs"

/**
 * Node's file system, restricted to reading. It does not follow symbolic links when it opens a file or directory.
 *
 * On Linux, a read neither leaves the directory nor blocks if another user replaces a file with a link, a pipe or a
 * device. Files are opened without waiting, and then checked: each must be a regular file, still at the same path.
 * Otherwise the open fails as `NotFound`, and the directory is listed again. Other systems check only the last part of
 * a path.
 *
 * @category layers
 * @since 0.2.0
 */
export const layer: Layer.Layer<FileSystem.FileSystem> = Layer.effect(
  FileSystem.FileSystem,
  Effect.map(FileSystem.FileSystem, (real) => ({ ...real, open: openFile(real), readDirectoryEntries: list(real) }))
).pipe(Layer.provide(NodeFileSystem.layer))

const { O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = fs.constants

const openFile = (real: FileSystem.FileSystem): FileSystem.FileSystem["open"] => (path, options) =>
  options?.flag !== undefined && options.flag !== "r"
    ? Effect.fail(readOnly("open"))
    : Effect.flatMap(
      descriptor(real, path, O_NONBLOCK),
      (fd) =>
        Effect.flatMap(
          fileStat(fd, path),
          (stat) => stat.isFile() ? Effect.succeed(fileOf(fd, path, real)) : Effect.fail(gone("open", path))
        )
    )

const list = (real: FileSystem.FileSystem): FileSystem.FileSystem["readDirectoryEntries"] => (path) =>
  descriptorPath === undefined
    ? real.readDirectoryEntries(path)
    : Effect.scoped(
      Effect.flatMap(descriptor(real, path, O_DIRECTORY), (fd) => real.readDirectoryEntries(`${descriptorPath}/${fd}`))
    )

/** The directory of links to open files (Linux only), or `undefined`. */
const descriptorPath = process.platform === "linux" && fs.existsSync("/proc/self/fd") ? "/proc/self/fd" : undefined

/** Opens a path without following a link. The descriptor is closed with the scope. */
const descriptor = (
  real: FileSystem.FileSystem,
  path: string,
  flags: number
): Effect.Effect<number, PlatformError.PlatformError, Scope.Scope> =>
  Effect.acquireRelease(
    call<number>("open", path, (done) => fs.open(path, O_RDONLY | O_NOFOLLOW | flags, done)),
    (fd) => Effect.callback<void>((resume) => fs.close(fd, () => resume(Effect.void)))
  ).pipe(
    Effect.tap((fd) =>
      descriptorPath === undefined
        ? Effect.void
        : Effect.flatMap(
          real.readLink(`${descriptorPath}/${fd}`),
          (at) => at === path ? Effect.void : Effect.fail(gone("open", path))
        )
    )
  )

const fileStat = (fd: number, path: string) =>
  call<fs.BigIntStats>("stat", path, (done) => fs.fstat(fd, { bigint: true }, done))

const fileOf = (fd: number, path: string, real: FileSystem.FileSystem): FileSystem.File => {
  let next = 0n
  const read: FileSystem.File["read"] = (buffer, options) =>
    Effect.suspend(() => {
      const position = options?.position ?? next
      return Effect.tap(
        call<number>("read", path, (done) => fs.read(fd, { buffer, position }, done)),
        (length) =>
          Effect.sync(() => {
            if (options?.position === undefined) next += BigInt(length)
          })
      )
    })
  return {
    [FileSystem.FileTypeId]: FileSystem.FileTypeId,
    stat: real.stat(descriptorPath === undefined ? path : `${descriptorPath}/${fd}`),
    seek: (offset, from) =>
      Effect.sync(() => {
        next = from === "start" ? offset : next + offset
        return next
      }),
    read,
    readAlloc: (size, options) =>
      Effect.suspend(() => {
        const buffer = new Uint8Array(size)
        return Effect.map(read(buffer, options), (length) =>
          length === 0 ? Option.none() : Option.some(buffer.subarray(0, length)))
      }),
    sync: Effect.fail(readOnly("sync")),
    truncate: () => Effect.fail(readOnly("truncate")),
    write: () => Effect.fail(readOnly("write")),
    writeAll: () => Effect.fail(readOnly("writeAll"))
  }
}

const call = <A>(
  method: string,
  path: string,
  run: (done: (error: Error | null, value: A) => void) => void
): Effect.Effect<A, PlatformError.PlatformError> =>
  Effect.callback((resume) =>
    run((error, value) => resume(error === null ? Effect.succeed(value) : Effect.fail(failure(method, path, error))))
  )

const tags: { readonly [code: string]: PlatformError.SystemErrorTag } = {
  ENOENT: "NotFound",
  // A link or a socket replaced the listed file.
  ELOOP: "NotFound",
  ENXIO: "NotFound",
  EACCES: "PermissionDenied",
  EPERM: "PermissionDenied",
  EISDIR: "BadResource",
  ENOTDIR: "BadResource",
  EBUSY: "Busy"
}

const failure = (method: string, path: string, error: NodeJS.ErrnoException): PlatformError.PlatformError =>
  PlatformError.systemError({
    _tag: tags[String(error.code)] ?? "Unknown",
    module: "FileSystem",
    method,
    pathOrDescriptor: path,
    cause: error
  })

const gone = (method: string, path: string): PlatformError.PlatformError =>
  PlatformError.systemError({
    _tag: "NotFound",
    module: "FileSystem",
    method,
    pathOrDescriptor: path,
    description: "the file was replaced"
  })

const readOnly = (method: string): PlatformError.PlatformError =>
  PlatformError.badArgument({ module: "FileSystem", method, description: "this file system is read-only" })
