/**
 * A backup directory, read without a server: what a server would show of it, what it would hide, and why. Source:
 * SEMANTICS 3.
 *
 * Nothing is written, no link out of the directory is followed, and nothing that changes meanwhile fails the reading: what
 * is gone when it is looked at is not there.
 */
import * as BackupId from "@backup-tree/core/BackupId"
import * as BackupTree from "@backup-tree/core/BackupTree"
import * as BackupTreeRequest from "@backup-tree/core/BackupTreeRequest"
import type { Note } from "@backup-tree/core/BackupTreeXml"
import * as DirectoryReading from "@backup-tree/core/DirectoryReading"
import { type Place, printPlace } from "@backup-tree/core/InvariantRule"
import type { Read } from "@backup-tree/core/Narrowing"
import * as ServerModel from "@backup-tree/core/ServerModel"
import type * as StoreSkip from "@backup-tree/core/StoreSkip"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { StoreFiles } from "./internal/storeFiles.ts"
import type { Limits } from "./internal/storeItems.ts"
import { skipOdd } from "./internal/storeOddities.ts"
import * as StoreReading from "./internal/storeReading.ts"
import * as TextFile from "./TextFile.ts"

/** A backup directory cannot be read at all. */
export class DirectoryUnreadable extends Schema.TaggedError<DirectoryUnreadable>()("DirectoryUnreadable", {
  detail: Schema.String
}) {
  override get message(): string {
    return `the backup directory cannot be read: ${this.detail}. Is the backup store mounted, and is this its root?`
  }
}

/** How a directory is read. */
export interface Options {
  /** The longest `.metadata` or configuration, in bytes; {@link defaultMaxTextBytes} unless told. */
  readonly maxTextBytes?: number | undefined
  /** How many chains of an environment, and how many items of each, are read at once; 4 unless told. */
  readonly concurrency?: number | undefined
}

/** The longest `.metadata` or configuration that is read unless told: hundreds of times as long as any server writes. */
export const defaultMaxTextBytes = 4 * 2 ** 20

const defaultConcurrency = 4

/** A part of a reading: an environment, or what else stands at the root. */
export interface Part {
  readonly environments: ReadonlyArray<DirectoryReading.ReadEnvironment>
  readonly skips: ReadonlyArray<StoreSkip.StoreSkip>
}

/** Reads a directory, one environment after the other in the order of a server; memory holds one of them. */
export const stream = (
  root: string,
  options: Options = {}
): Stream.Stream<Part, DirectoryUnreadable, FileSystem.FileSystem> =>
  Stream.unwrap(Effect.gen(function*() {
    const fileSystem = yield* FileSystem.FileSystem
    const real = yield* Effect.mapError(fileSystem.realPath(root), unreadable)
    const files = new StoreFiles(fileSystem, real.replace(/\/+$/, ""))
    const entries = yield* Effect.mapError(files.entries(""), unreadable)
    if (entries === undefined) return yield* Effect.fail(new DirectoryUnreadable({ detail: "it does not exist" }))
    const limits: Limits = {
      maxTextBytes: options.maxTextBytes ?? defaultMaxTextBytes,
      concurrency: Math.max(1, options.concurrency ?? defaultConcurrency)
    }
    const skips: Array<StoreSkip.StoreSkip> = []
    const names = entries.flatMap((entry) => {
      const skip = (path: string, reason: StoreSkip.Reason, detail: string): void =>
        void skips.push({ path, reason, detail })
      if (skipOdd(entry, entry.name, skip)) return []
      if (entry.kind === "directory" && BackupId.isServerUuid(entry.name)) return [entry.name]
      skip(
        entry.name,
        "not-uuid",
        entry.kind === "file" ? "a file, where only environments belong" : "its name is no uuid"
      )
      return []
    })
    return Stream.concat(
      Stream.make({ environments: [], skips }),
      Stream.map(
        Stream.mapEffect(
          Stream.fromIterable(ServerModel.byDirectory(names.map((directory) => ({ directory })))),
          ({ directory }) => StoreReading.readEnvironment(files, directory, limits)
        ),
        (read) =>
          read === undefined ? { environments: [], skips: [] } : { environments: [read.environment], skips: read.skips }
      )
    )
  }))

const unreadable = (error: Parameters<typeof TextFile.explain>[0]): DirectoryUnreadable =>
  new DirectoryUnreadable({ detail: TextFile.explain(error) })

/** Reads a whole directory. */
export const read = (
  root: string,
  options: Options = {}
): Effect.Effect<DirectoryReading.DirectoryReading, DirectoryUnreadable, FileSystem.FileSystem> =>
  Effect.map(Stream.runCollect(stream(root, options)), (parts) => ({
    environments: parts.flatMap(({ environments }) => environments),
    skips: parts.flatMap(({ skips }) => skips).sort((one, other) =>
      one.path < other.path ? -1 : one.path > other.path ? 1 : one.reason < other.reason ? -1 : 1
    )
  }))

/** Answers a request from what was read as a server should, without its defects; the notes lead into the answer. */
export const select = (reading: Part, request: BackupTreeRequest.BackupTreeRequest): Read => {
  const { backupFlags: flags, uuid } = BackupTreeRequest.toParameters(request)
  const tree = Result.getOrElse(ServerModel.exactSelect(reading, { uuid, flags }), () => BackupTree.empty)
  const located = DirectoryReading.locate(reading)
  const notes: Array<Note> = []
  const add = (place: Place, some: ReadonlyArray<Note> = []): void => {
    for (const note of some) notes.push({ ...note, path: `${printPlace(place)}/${note.path}` })
  }
  tree.environments.forEach(({ chains }, environment) => {
    add({ environment }, chains[0] && located.get(chains[0].head)?.environment.notes)
    chains.forEach((one, chain) =>
      BackupTree.backups(one).forEach((item, backup) =>
        add({ environment, chain, backup }, located.get(item)?.item.notes)
      )
    )
  })
  return { tree, notes }
}
