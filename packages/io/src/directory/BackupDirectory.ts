/**
 * Reads a backup directory without a server: what a server would list, what it would hide, and why.
 *
 * Reading writes nothing, and follows no link out of the backup directory. Entries that change or disappear meanwhile do
 * not fail it: an entry that is gone counts as absent. It fails only if the whole content disappears.
 *
 * @see [Semantics 3](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s3)
 * @since 0.2.0
 */
import * as DirectoryReading from "@backup-tree/core/directory/DirectoryReading"
import type * as StoreSkip from "@backup-tree/core/directory/files/StoreSkip"
import * as StoreEntry from "@backup-tree/core/directory/StoreEntry"
import * as BackupId from "@backup-tree/core/sdk/BackupId"
import * as ServerOrder from "@backup-tree/core/server/ServerOrder"
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import type { PlatformError } from "effect/PlatformError"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { SkipCollector } from "./internal/skipCollector.ts"
import { readEnvironment } from "./internal/storeEnvironments.ts"
import { StoreFiles } from "./internal/storeFiles.ts"
import type { Limits } from "./internal/storeItems.ts"
import * as TextFile from "./TextFile.ts"

/**
 * The backup directory cannot be read at all.
 *
 * @category errors
 * @since 0.2.0
 */
export class DirectoryUnreadable extends Schema.TaggedError<DirectoryUnreadable>()("DirectoryUnreadable", {
  detail: Schema.String
}) {
  override get message(): string {
    const detail = PrintableText.excerpt(PrintableText.escape(this.detail), 500)
    return `the backup directory cannot be read: ${detail}. Is the backup store mounted, and is this its root?`
  }
}

/**
 * Options for reading a directory.
 *
 * @category models
 * @since 0.2.0
 */
export interface Options {
  /** The maximum length of a `.metadata` or configuration file in bytes (default: 4 MiB). */
  readonly maxTextBytes?: number | undefined
  /** The number of chains of an environment, and of items of each chain, to read concurrently (default: 4). */
  readonly concurrency?: number | undefined
  /**
   * The time zone of the server that wrote the directory (default: unknown).
   *
   * A server drops dates in the hour that its clocks skip in spring. Without a zone, no date is dropped.
   */
  readonly serverZone?: DateTime.TimeZone | undefined
}

/**
 * The default maximum length of a `.metadata` or configuration file: hundreds of times the length that servers write.
 *
 * @category constants
 * @since 0.2.0
 */
export const defaultMaxTextBytes = 4 * 2 ** 20

const defaultConcurrency = 4

/**
 * A part of a reading: one environment, or the skipped entries of the root directory.
 *
 * @category models
 * @since 0.2.0
 */
export interface Part {
  readonly environments: ReadonlyArray<DirectoryReading.ReadEnvironment>
  readonly skips: ReadonlyArray<StoreSkip.StoreSkip>
}

/**
 * Streams the environments of a directory in the order of a server, with only one in memory at a time.
 *
 * A directory whose name is not a uuid counts as an environment if it has backups.
 *
 * @category requests
 * @since 0.2.0
 */
export const stream = (
  root: string,
  options: Options = {}
): Stream.Stream<Part, DirectoryUnreadable, FileSystem.FileSystem> =>
  Stream.unwrap(Effect.map(rootOf(root), (real) => partsOf(real, options)))

const partsOf = (
  real: string,
  options: Options
): Stream.Stream<Part, DirectoryUnreadable, FileSystem.FileSystem> =>
  Stream.unwrap(Effect.gen(function*() {
    const files = new StoreFiles(yield* FileSystem.FileSystem, real)
    const entries = yield* entriesOf(files)
    const limits: Limits = {
      maxTextBytes: options.maxTextBytes ?? defaultMaxTextBytes,
      concurrency: Math.max(1, options.concurrency ?? defaultConcurrency),
      serverZone: options.serverZone
    }
    const skips = new SkipCollector()
    const directories = StoreEntry.environmentsAmong(entries, skips.add)
    const unnamed = new SkipCollector()
    let isAnyGone = false
    let unread = 0
    const environments = Stream.mapEffect(
      Stream.fromIterable(ServerOrder.byName(directories, (name) => name)),
      (directory) =>
        Effect.map(readEnvironment(files, directory, limits), (read) => {
          isAnyGone ||= read === undefined
          if (read?.skips.some(({ path, reason }) => path === directory && reason === "unreadable") === true) {
            unread += 1
          }
          if (!BackupId.isServerUuid(directory)) unnamed.add(directory, "not-uuid", "its name is not a uuid")
          return read !== undefined && DirectoryReading.isEnvironment(read.environment)
            ? { environments: [read.environment], skips: read.skips }
            : { environments: [], skips: [] }
        })
    )
    const end = Stream.fromEffect(Effect.suspend(() =>
      unread > 0 && unread === directories.length
        // An empty listing would look as if there were no backups.
        ? Effect.fail(new DirectoryUnreadable({ detail: "none of its directories can be read; check the permissions" }))
        : Effect.as(isAnyGone ? requireThere(files) : Effect.void, { environments: [], skips: unnamed.all })
    ))
    return Stream.make({ environments: [], skips: skips.all }).pipe(
      Stream.concat(environments),
      Stream.concat(end)
    )
  }))

/** Returns the absolute path of a directory, without links and without a trailing slash. */
const rootOf = (root: string): Effect.Effect<string, DirectoryUnreadable, FileSystem.FileSystem> =>
  Effect.flatMap(FileSystem.FileSystem, (fileSystem) =>
    root === ""
      // An empty path would be the working directory.
      ? Effect.fail(new DirectoryUnreadable({ detail: "its path is empty" }))
      : Effect.mapBoth(fileSystem.realPath(root), {
        onSuccess: (real) => real.replace(/\/+$/, ""),
        onFailure: unreadable
      }))

const unreadable = (error: PlatformError): DirectoryUnreadable =>
  new DirectoryUnreadable({
    detail: error.reason._tag === "BadResource" ? "it is not a directory" : TextFile.explain(error)
  })

const entriesOf = (files: StoreFiles) =>
  Effect.flatMap(
    Effect.mapError(files.entries(""), unreadable),
    (entries) =>
      entries === undefined
        ? Effect.fail(new DirectoryUnreadable({ detail: "it does not exist" }))
        : Effect.succeed(entries)
  )

/** Fails if a directory that had entries is empty now, for example because its file system was unmounted. */
const requireThere = (files: StoreFiles) =>
  Effect.flatMap(entriesOf(files), (entries) =>
    entries.length === 0
      ? Effect.fail(new DirectoryUnreadable({ detail: "its whole content disappeared while it was read" }))
      : Effect.void)

/**
 * Reads a whole directory into memory.
 *
 * @category requests
 * @since 0.2.0
 */
export const read = Effect.fn("BackupDirectory.read")(function*(
  root: string,
  options: Options = {}
): Effect.fn.Return<DirectoryReading.DirectoryReading, DirectoryUnreadable, FileSystem.FileSystem> {
  yield* Effect.annotateCurrentSpan("directory", root)
  const real = yield* rootOf(root)
  const parts = yield* Stream.runCollect(partsOf(real, options))
  return {
    root: real,
    environments: parts.flatMap(({ environments }) => environments),
    skips: parts.flatMap(({ skips }) => skips).sort((one, other) =>
      one.path < other.path ? -1 : one.path > other.path ? 1 : one.reason < other.reason ? -1 : 1
    )
  }
})
