/**
 * Reads UTF-8 text files up to a maximum length.
 *
 * @since 0.2.0
 */
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import * as NodeFileSystem from "@effect/platform-node-shared/NodeFileSystem"
import * as NodeStdio from "@effect/platform-node-shared/NodeStdio"
import * as NodeStream from "@effect/platform-node-shared/NodeStream"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import type { PlatformError } from "effect/PlatformError"
import * as Schema from "effect/Schema"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import * as fs from "node:fs"
import * as net from "node:net"
import * as util from "node:util"

/**
 * The file cannot be read.
 *
 * @category errors
 * @since 0.2.0
 */
export class FileUnreadable extends Schema.TaggedError<FileUnreadable>()("FileUnreadable", {
  detail: Schema.String
}) {
  override get message(): string {
    return `the file cannot be read: ${PrintableText.excerpt(PrintableText.escape(this.detail), 500)}.`
  }
}

const tagWords: { readonly [tag: string]: string } = {
  NotFound: "it does not exist",
  PermissionDenied: "permission denied",
  BadResource: "it is a directory, or of another type that cannot be read",
  Busy: "it is in use"
}

/** Words for errors that the tags of Effect do not tell apart. Most of them come from mounts whose server is gone. */
const codeWords: { readonly [code: string]: string } = {
  EDQUOT: "the disk quota is exceeded",
  EHOSTDOWN: "the file server is down",
  EHOSTUNREACH: "the file server cannot be reached",
  EIO: "input/output error",
  EMFILE: "this process has too many open files",
  ENAMETOOLONG: "its path is too long",
  ENFILE: "the system has too many open files",
  ENODEV: "the device does not exist",
  ENOSPC: "no space left on the device",
  ENOTCONN: "the mount is not connected",
  ENXIO: "the device does not exist",
  EREMOTEIO: "input/output error of the file server",
  EROFS: "the file system is read-only",
  ESTALE: "stale NFS handle",
  ETIMEDOUT: "the file server did not respond in time",
  EUCLEAN: "the file system is damaged"
}

/**
 * Describes an error of the file system for people. An unusual one gets its code, such as `ESTALE`.
 *
 * @category rendering
 * @since 0.2.0
 */
export const explain = ({ reason }: PlatformError): string =>
  tagWords[reason._tag] ?? explainCode("cause" in reason ? reason.cause : undefined) ?? reason.message

const explainCode = (error: unknown): string | undefined => {
  if (!(error instanceof Error && "code" in error)) return undefined
  const code = String(error.code)
  const errno = "errno" in error && typeof error.errno === "number" ? error.errno : 0
  // Without an error number, only the code is known.
  const words = codeWords[code] ?? (errno < 0 ? util.getSystemErrorMessage(errno) : undefined)
  return words === undefined ? code : `${words} (${code})`
}

/**
 * Reads a text of at most `maxBytes` bytes from a file, or from standard input if the path is `-`.
 *
 * @category requests
 * @since 0.2.0
 */
export const read = (path: string, maxBytes: number): Effect.Effect<string, FileUnreadable> =>
  Effect.flatMap(bytesOf(path), (bytes) => decode(bytes, maxBytes)).pipe(Effect.provide(platform))

/**
 * Reads a text of at most `maxBytes` bytes from a file descriptor that the process inherited.
 *
 * @category requests
 * @since 0.2.0
 */
export const readDescriptor = (descriptor: number, maxBytes: number): Effect.Effect<string, FileUnreadable> => {
  const bytes = NodeStream.fromReadable<Uint8Array, FileUnreadable>({
    evaluate: () => fs.createReadStream("", { fd: descriptor, autoClose: false }),
    onError: nodeError
  })
  return decode(bytes, maxBytes)
}

const platform = Layer.merge(NodeFileSystem.layer, NodeStdio.layer)

const unreadable = (error: PlatformError): FileUnreadable => new FileUnreadable({ detail: explain(error) })

const nodeError = (error: unknown): FileUnreadable =>
  new FileUnreadable({ detail: explainCode(error) ?? (error as Error).message })

const bytesOf = Effect.fnUntraced(function*(path: string) {
  if (path === "-") return Stream.mapError((yield* Stdio.Stdio).stdin, unreadable)
  const fileSystem = yield* FileSystem.FileSystem
  const { type } = yield* Effect.mapError(fileSystem.stat(path), unreadable)
  return type === "FIFO" ? yield* pipeOf(path) : Stream.mapError(fileSystem.stream(path), unreadable)
})

// Opening a named pipe blocks until there is a writer, and cannot be interrupted. With O_NONBLOCK only the reads wait,
// and those can be interrupted.
const pipeOf = (path: string): Effect.Effect<Stream.Stream<Uint8Array, FileUnreadable>, FileUnreadable> =>
  Effect.try({
    try: () => fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK),
    catch: nodeError
  }).pipe(
    Effect.map((fd) =>
      NodeStream.fromReadable({
        evaluate: () => new net.Socket({ fd, readable: true, writable: false }),
        onError: nodeError
      })
    )
  )

const decode = (
  bytes: Stream.Stream<Uint8Array, FileUnreadable>,
  maxBytes: number
): Effect.Effect<string, FileUnreadable> =>
  Effect.suspend(() => {
    const decoder = new TextDecoder("utf-8", { fatal: true })
    const parts: Array<string> = []
    let length = 0
    const take = (chunk?: Uint8Array) =>
      Effect.try({
        try: () => void parts.push(chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true })),
        catch: () => new FileUnreadable({ detail: "it is not UTF-8" })
      })
    return bytes.pipe(
      Stream.runForEach((chunk) => {
        length += chunk.length
        return length > maxBytes
          ? Effect.fail(new FileUnreadable({ detail: `it is longer than ${maxBytes} bytes` }))
          : take(chunk)
      }),
      Effect.andThen(Effect.suspend(() => take())),
      Effect.map(() => parts.join("")),
      // To join or decode a long text takes a while, so they must not follow one another.
      Effect.tap(() => Effect.yieldNow)
    )
  })
