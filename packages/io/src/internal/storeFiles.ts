/** The files of a backup directory, read without leaving it, without waiting, and never longer than a limit. */
import type { ImageFile } from "@backup-tree/core/DirectoryReading"
import * as PrintableText from "@backup-tree/core/PrintableText"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import type { PlatformError } from "effect/PlatformError"
import * as Result from "effect/Result"
import * as Qcow2 from "../Qcow2.ts"
import * as TextFile from "../TextFile.ts"

/** What stands in a directory. A `refused` entry is not read: `detail` says why, `isOutside` that a link leads away. */
export type Entry =
  | { readonly name: string; readonly kind: "directory" | "file" }
  | { readonly name: string; readonly kind: "refused"; readonly detail: string; readonly isOutside: boolean }

/** How much of a text is read first, which is all of most; each further piece is twice as long, up to the longest. */
const firstPieceBytes = 1 << 12
const longestPieceBytes = 1 << 20

/** Reads what lies in one directory; paths are relative to it. */
export class StoreFiles {
  private readonly fileSystem: FileSystem.FileSystem
  private readonly root: string

  /** `root` is a real path without a slash at its end: no part of it is a link. */
  constructor(fileSystem: FileSystem.FileSystem, root: string) {
    this.fileSystem = fileSystem
    this.root = root
  }

  /** Lists a directory, by name; `undefined` for one that is gone. What goes while it is looked at is left out. */
  entries(path: string): Effect.Effect<ReadonlyArray<Entry> | undefined, PlatformError> {
    return orGone(Effect.flatMap(this.fileSystem.readDirectoryEntries(this.at(path)), (found) =>
      Effect.map(
        Effect.forEach(
          found,
          ({ name, type }) => type === "SymbolicLink" ? this.follow(path, name) : Effect.succeed(entryOf(name, type))
        ),
        (entries) => entries.filter((entry) => entry !== undefined).sort((one, other) => one.name < other.name ? -1 : 1)
      )))
  }

  /** Reads a text; fails with what is wrong, in words. What is gone is `undefined`. */
  text(path: string, maxBytes: number): Effect.Effect<string | undefined, string> {
    return Effect.scoped(Effect.flatMap(this.fileSystem.open(this.at(path)), (file) => readAll(file, maxBytes))).pipe(
      Effect.map((parts): Option.Option<ReadonlyArray<Uint8Array>> => parts),
      Effect.catch((error) =>
        error.reason._tag === "NotFound" ? Effect.succeed(undefined) : Effect.fail(TextFile.explain(error))
      ),
      Effect.flatMap((parts) => {
        if (parts === undefined) return Effect.succeed(undefined)
        if (Option.isNone(parts)) return Effect.fail(`it is longer than ${maxBytes} bytes`)
        return Effect.try({
          try: () => new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(parts.value)),
          catch: () => "it is not UTF-8"
        })
      })
    )
  }

  /**
   * Reads how long a file is, and the header of a qcow2 image. What is gone is `undefined`; fails with why it cannot be
   * read, in words.
   */
  image(path: string): Effect.Effect<ImageFile | undefined, string> {
    const read = Effect.scoped(Effect.gen({ self: this }, function*() {
      const file = yield* this.fileSystem.open(this.at(path))
      const { size } = yield* file.stat
      return { size, header: path.endsWith(".qcow2") ? yield* readHeader(file) : undefined }
    }))
    return Effect.mapError(orGone(read), TextFile.explain)
  }

  private at(path: string): string {
    return path === "" ? this.root || "/" : `${this.root}/${path}`
  }

  // A server follows links to directories (SEMANTICS 3.4); what lies elsewhere is not part of this directory.
  private follow(directory: string, name: string): Effect.Effect<Entry | undefined> {
    const path = this.at(directory === "" ? name : `${directory}/${name}`)
    const refuse = (detail: string, isOutside: boolean): Entry => ({ name, kind: "refused", detail, isOutside })
    return Effect.gen({ self: this }, function*() {
      const real = yield* this.fileSystem.realPath(path)
      if (!real.startsWith(`${this.root}/`)) return refuse("it is a link that leads out of the directory", true)
      if (`${path}/`.startsWith(`${real}/`)) return refuse("it is a link that leads in a circle", true)
      return entryOf(name, (yield* this.fileSystem.stat(real)).type)
    }).pipe(Effect.catch((error) =>
      Effect.succeed(
        error.reason._tag === "NotFound"
          ? refuse("it is a link that leads nowhere", false)
          : refuse(`it is a link that cannot be followed: ${TextFile.explain(error)}`, true)
      )
    ))
  }
}

const orGone = <A, R>(effect: Effect.Effect<A, PlatformError, R>): Effect.Effect<A | undefined, PlatformError, R> =>
  effect.pipe(
    Effect.catch((error) => error.reason._tag === "NotFound" ? Effect.succeed(undefined) : Effect.fail(error))
  )

const entryOf = (name: string, type: FileSystem.File.Type): Entry =>
  type === "Directory"
    ? { name, kind: "directory" }
    : type === "File"
    ? { name, kind: "file" }
    : { name, kind: "refused", detail: `it is no file but of type ${PrintableText.excerpt(type)}`, isOutside: false }

/** Reads a file to its end, or gives nothing where that lies beyond a limit. */
const readAll = (
  file: FileSystem.File,
  maxBytes: number
): Effect.Effect<Option.Option<ReadonlyArray<Uint8Array>>, PlatformError> =>
  Effect.gen(function*() {
    const parts: Array<Uint8Array> = []
    for (let length = 0, piece = firstPieceBytes; length <= maxBytes; piece = Math.min(2 * piece, longestPieceBytes)) {
      const part = yield* file.readAlloc(Math.min(piece, maxBytes + 1 - length))
      if (Option.isNone(part)) return Option.some(parts)
      parts.push(part.value)
      length += part.value.length
    }
    return Option.none()
  })

const readHeader = (file: FileSystem.File): Effect.Effect<ImageFile["header"], PlatformError> =>
  Effect.gen(function*() {
    const start = yield* file.readAlloc(Qcow2.headerBytes, { position: 0n })
    const header = Option.flatMap(start, (bytes) => Result.getSuccess(Qcow2.decode(bytes)))
    if (Option.isNone(header)) return undefined
    const { backingFile, version, virtualSize } = header.value
    if (backingFile === undefined) return { version, virtualSize, backingFile: null }
    const name = yield* file.readAlloc(backingFile.length, { position: BigInt(backingFile.offset) })
    return { version, virtualSize, backingFile: new TextDecoder().decode(Option.getOrUndefined(name)) }
  })
