/** Reads the files of a backup directory: never outside of it, never blocking, and never beyond a maximum length. */
import type { ImageFile } from "@backup-tree/core/directory/DirectoryReading"
import * as Qcow2 from "@backup-tree/core/directory/files/Qcow2"
import type { TextFault } from "@backup-tree/core/directory/files/StoredMetadata"
import type { Entry, Refused } from "@backup-tree/core/directory/StoreEntry"
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import type { PlatformError } from "effect/PlatformError"
import * as Result from "effect/Result"
import * as TextFile from "../TextFile.ts"

/** The length of the first piece of a text, which is all of most texts. Each further piece is twice as long. */
const firstPieceBytes = 1 << 12
const longestPieceBytes = 1 << 20

/** Reads the files of one directory. Paths are relative to it. */
export class StoreFiles {
  readonly #fileSystem: FileSystem.FileSystem
  readonly #root: string
  /** The real paths of links, which are never opened themselves. */
  readonly #links = new Map<string, string>()

  /** `root` is a real path without a trailing slash: no part of it is a link. */
  constructor(fileSystem: FileSystem.FileSystem, root: string) {
    this.#fileSystem = fileSystem
    this.#root = root
  }

  /** Lists a directory, sorted by name. Returns `undefined` if it is gone. */
  entries(path: string): Effect.Effect<ReadonlyArray<Entry> | undefined, PlatformError> {
    return orGone(Effect.flatMap(this.#fileSystem.readDirectoryEntries(this.#at(path)), (found) =>
      Effect.map(
        Effect.forEach(
          found,
          ({ name, type }) => type === "SymbolicLink" ? this.#follow(path, name) : Effect.succeed(entryOf(name, type))
        ),
        (entries) => entries.sort((one, other) => one.name < other.name ? -1 : 1)
      )))
  }

  /** Reads a text. Returns `undefined` if the file is gone. */
  text(path: string, maxBytes: number): Effect.Effect<string | undefined, TextFault> {
    const read = Effect.scoped(Effect.flatMap(this.#fileSystem.open(this.#at(path)), (file) => readAll(file, maxBytes)))
    return orGone(read).pipe(
      Effect.mapError((error): TextFault => ({ _tag: "Unread", detail: TextFile.explain(error) })),
      Effect.flatMap((parts) => {
        if (parts === undefined) return Effect.succeed(undefined)
        if (Option.isNone(parts)) return Effect.fail(noText(`it is longer than ${maxBytes} bytes`))
        return Effect.try({
          try: () => new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(parts.value)),
          catch: () => noText("it is not UTF-8")
        })
      })
    )
  }

  /**
   * Reads the length of an image file, and the header of a qcow2 image. Returns `undefined` if the file is gone.
   *
   * Fails with a description of why it cannot be read.
   */
  image(path: string): Effect.Effect<ImageFile | undefined, string> {
    const read = Effect.scoped(Effect.gen({ self: this }, function*() {
      const file = yield* this.#fileSystem.open(this.#at(path))
      const { size } = yield* file.stat
      const read = path.endsWith(".qcow2") ? yield* readHeader(file) : undefined
      return { size, isCut: read !== undefined && size < read.tableEnd, header: read?.header }
    }))
    return Effect.mapError(orGone(read), TextFile.explain)
  }

  #at(path: string): string {
    if (path === "") return this.#root || "/"
    if (this.#links.size > 0) {
      for (let end = path.length; end > 0; end = path.lastIndexOf("/", end - 1)) {
        const target = this.#links.get(path.slice(0, end))
        if (target !== undefined) return target + path.slice(end)
      }
    }
    return `${this.#root}/${path}`
  }

  // A server follows links to directories (SEMANTICS 3.4). Here, targets outside of the directory are not part of it.
  readonly #follow = Effect.fnUntraced(
    { self: this },
    function*(directory: string, name: string): Effect.fn.Return<Entry, PlatformError> {
      const path = directory === "" ? name : `${directory}/${name}`
      const real = yield* this.#fileSystem.realPath(this.#at(path))
      if (!real.startsWith(`${this.#root}/`)) {
        return refuse(name, "outside-root", "a link to a target outside the backup directory")
      }
      if (`${this.#root}/${path}/`.startsWith(`${real}/`)) {
        return refuse(name, "outside-root", "a link to one of its own parent directories")
      }
      const { type } = yield* this.#fileSystem.stat(real)
      this.#links.set(path, real)
      return entryOf(name, type)
    },
    (self, _, name) => self.pipe(Effect.catch((error) => Effect.succeed(refuseLink(name, error))))
  )
}

const orGone = <A, R>(effect: Effect.Effect<A, PlatformError, R>): Effect.Effect<A | undefined, PlatformError, R> =>
  effect.pipe(
    Effect.catch((error) => error.reason._tag === "NotFound" ? Effect.succeed(undefined) : Effect.fail(error))
  )

const noText = (detail: string): TextFault => ({ _tag: "NoText", detail })

const refuse = (name: string, reason: Refused["reason"], detail: string): Refused => ({
  name,
  kind: "refused",
  reason,
  detail
})

const refuseLink = (name: string, error: PlatformError): Refused => {
  const { reason } = error
  if (reason._tag === "NotFound") return refuse(name, "not-a-file", "a broken link")
  if (reason._tag === "PermissionDenied") {
    return refuse(name, "unreadable", "a link to a target without permission to read it")
  }
  // Node's error for a circle is a BadResource; others, such as EIO, say nothing about the target's place.
  return reason._tag !== "BadResource" && reason.cause !== undefined
    ? refuse(name, "unreadable", `a link to a target that cannot be read: ${TextFile.explain(error)}`)
    : refuse(name, "outside-root", "a circular link, or one that cannot be followed")
}

const entryOf = (name: string, type: FileSystem.File.Type): Entry =>
  type === "Directory"
    ? { name, kind: "directory" }
    : type === "File"
    ? { name, kind: "file" }
    : refuse(name, "not-a-file", `of type ${PrintableText.excerpt(type)}, not a file`)

/** Reads a file to its end. Returns none if it is longer than a maximum. */
const readAll = Effect.fnUntraced(function*(
  file: FileSystem.File,
  maxBytes: number
): Effect.fn.Return<Option.Option<ReadonlyArray<Uint8Array>>, PlatformError> {
  const parts: Array<Uint8Array> = []
  for (let length = 0, piece = firstPieceBytes; length <= maxBytes; piece = Math.min(2 * piece, longestPieceBytes)) {
    const part = yield* file.readAlloc(Math.min(piece, maxBytes + 1 - length))
    if (Option.isNone(part)) return Option.some(parts)
    parts.push(part.value)
    length += part.value.length
  }
  return Option.none()
})

/** How much of an image is read at once. In most images, this includes the name of the backing file. */
const firstImageBytes = 1 << 10

interface HeaderRead {
  readonly header: NonNullable<ImageFile["header"]>
  readonly tableEnd: bigint
}

const readHeader = Effect.fnUntraced(
  function*(file: FileSystem.File): Effect.fn.Return<HeaderRead | undefined, PlatformError> {
    const start = Option.getOrElse(yield* file.readAlloc(firstImageBytes), () => new Uint8Array(0))
    const decoded = Qcow2.decode(start)
    if (Result.isFailure(decoded)) return undefined
    const { backingFile, tableEnd, version, virtualSize } = decoded.success
    if (backingFile === undefined) return { header: { version, virtualSize, backingFile: undefined }, tableEnd }
    const { length, offset } = backingFile
    const name = offset + length <= start.length
      ? start.subarray(offset, offset + length)
      : Option.getOrUndefined(yield* file.readAlloc(length, { position: BigInt(offset) }))
    return { header: { version, virtualSize, backingFile: new TextDecoder().decode(name) }, tableEnd }
  }
)
