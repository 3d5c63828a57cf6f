/**
 * A backup directory, read without a server: what a server would show of it, what it would hide, and why. Source:
 * SEMANTICS 3.
 *
 * Nothing is written, no link out of the directory is followed, and nothing that changes meanwhile fails the reading: what
 * is gone when it is looked at is not there. Only if all of it goes, that is an error.
 */
import * as DirectoryReading from "@backup-tree/core/directory/DirectoryReading"
import * as StoreEntry from "@backup-tree/core/directory/StoreEntry"
import type * as StoreSkip from "@backup-tree/core/directory/StoreSkip"
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

/** A backup directory cannot be read at all. */
export class DirectoryUnreadable extends Schema.TaggedError<DirectoryUnreadable>()("DirectoryUnreadable", {
  detail: Schema.String
}) {
  override get message(): string {
    const detail = PrintableText.excerpt(PrintableText.escape(this.detail), 500)
    return `the backup directory cannot be read: ${detail}. Is the backup store mounted, and is this its root?`
  }
}

/** How a directory is read. */
export interface Options {
  /** The longest `.metadata` or configuration, in bytes; {@link defaultMaxTextBytes} unless told. */
  readonly maxTextBytes?: number | undefined
  /** How many chains of an environment, and how many items of each, are read at once; 4 unless told. */
  readonly concurrency?: number | undefined
  /**
   * The time zone of the server that the directory is of.
   *
   * A server loses dates whose digits the clocks of its zone skip in spring; without a zone, none is lost.
   */
  readonly serverZone?: DateTime.TimeZone | undefined
}

/** The longest `.metadata` or configuration that is read unless told: hundreds of times as long as any server writes. */
export const defaultMaxTextBytes = 4 * 2 ** 20

const defaultConcurrency = 4

/** A part of a reading: an environment, or what else stands at the root. */
export interface Part {
  readonly environments: ReadonlyArray<DirectoryReading.ReadEnvironment>
  readonly skips: ReadonlyArray<StoreSkip.StoreSkip>
}

/**
 * Reads a directory, one environment after the other in the order of a server; memory holds one of them.
 *
 * A directory without a uuid for a name counts as an environment if it holds backups.
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
    const environments = Stream.mapEffect(
      Stream.fromIterable(ServerOrder.byName(directories, (name) => name)),
      (directory) =>
        Effect.map(readEnvironment(files, directory, limits), (read) => {
          isAnyGone ||= read === undefined
          if (!BackupId.isServerUuid(directory)) unnamed.add(directory, "not-uuid", "its name is no uuid")
          return read !== undefined && DirectoryReading.isEnvironment(read.environment)
            ? { environments: [read.environment], skips: read.skips }
            : { environments: [], skips: [] }
        })
    )
    const end = Stream.fromEffect(Effect.suspend(() =>
      Effect.as(isAnyGone ? requireThere(files) : Effect.void, { environments: [], skips: unnamed.all })
    ))
    return Stream.make({ environments: [], skips: skips.all }).pipe(
      Stream.concat(environments),
      Stream.concat(end)
    )
  }))

/** Returns the absolute path of a directory, without links, and without a slash at its end. */
const rootOf = (root: string): Effect.Effect<string, DirectoryUnreadable, FileSystem.FileSystem> =>
  Effect.flatMap(FileSystem.FileSystem, (fileSystem) =>
    root === ""
      // It would be the directory that the program happens to run in.
      ? Effect.fail(new DirectoryUnreadable({ detail: "its path is empty" }))
      : Effect.mapBoth(fileSystem.realPath(root), {
        onSuccess: (real) => real.replace(/\/+$/, ""),
        onFailure: unreadable
      }))

const unreadable = (error: PlatformError): DirectoryUnreadable =>
  new DirectoryUnreadable({
    detail: error.reason._tag === "BadResource" ? "it is no directory" : TextFile.explain(error)
  })

const entriesOf = (files: StoreFiles) =>
  Effect.flatMap(
    Effect.mapError(files.entries(""), unreadable),
    (entries) =>
      entries === undefined
        ? Effect.fail(new DirectoryUnreadable({ detail: "it does not exist" }))
        : Effect.succeed(entries)
  )

/** Fails where nothing is left of a directory that held something, as one whose file system was taken away. */
const requireThere = (files: StoreFiles) =>
  Effect.flatMap(entriesOf(files), (entries) =>
    entries.length === 0
      ? Effect.fail(new DirectoryUnreadable({ detail: "all that was in it went away while it was read" }))
      : Effect.void)

/** Reads a whole directory. */
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
