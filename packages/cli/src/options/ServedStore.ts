/**
 * The stores that `backup-tree serve` serves: listings in files, and backup directories.
 */
import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import * as DispatcherEmulator from "@backup-tree/emulator/DispatcherEmulator"
import * as BackupSource from "@backup-tree/io/BackupSource"
import * as BackupDirectory from "@backup-tree/io/directory/BackupDirectory"
import * as StoreFileSystem from "@backup-tree/io/directory/StoreFileSystem"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import type * as Stdio from "effect/Stdio"
import { UsageError } from "../ExitCode.ts"
import * as Output from "../Output.ts"

/** A store to serve, and its name for people. */
export interface ServedStore {
  readonly name: string
  readonly store: DispatcherEmulator.StoreSource
}

/** Returns the store of the one option that is given: a listing in a file, or a backup directory. */
export const find = Effect.fnUntraced(function*(file: Option.Option<string>, directory: Option.Option<string>) {
  if (Option.isSome(file) === Option.isSome(directory)) {
    return yield* Effect.fail(new UsageError({ message: "specify exactly one of --file and --directory" }))
  }
  return yield* Option.isSome(file) ? ofFile(file.value) : ofDirectory(Option.getOrThrow(directory))
})

/** Returns the store at a path: a backup directory, or a listing in a file. */
export const at = Effect.fnUntraced(function*(path: string) {
  const fileSystem = yield* FileSystem.FileSystem
  const isDirectory = yield* Effect.match(fileSystem.stat(path), {
    // What cannot be found is reported by the reader of files.
    onFailure: () => false,
    onSuccess: ({ type }) => type === "Directory"
  })
  return yield* isDirectory ? ofDirectory(path) : ofFile(path)
})

const ofDirectory = Effect.fnUntraced(function*(name: string) {
  const where = PrintableText.escape(name)
  yield* Effect.mapError(
    Effect.provide(BackupDirectory.read(name), StoreFileSystem.layer),
    ({ message }) => new UsageError({ message: `${where}: ${message}` })
  )
  const store = BackupDirectory.read(name).pipe(
    // A server whose store is not mounted returns an empty tree (SEMANTICS 6), so the emulator does the same.
    Effect.catch(({ message }) => Effect.as(Output.note(`backup-tree: ${where}: ${message}`), { environments: [] })),
    Effect.provide(StoreFileSystem.layer),
    Effect.provideContext(yield* Effect.context<Stdio.Stdio>())
  )
  return { name, store } satisfies ServedStore
})

const ofFile = Effect.fnUntraced(function*(file: string) {
  const text = yield* Effect.provide(
    BackupSource.getBackupTreeXml(BackupTreeRequest.everything),
    BackupSource.layerFile({ path: file })
  )
  const store = yield* Effect.mapError(
    Effect.fromResult(DispatcherEmulator.storeFromXml(text)),
    ({ message }) => new UsageError({ message: `${PrintableText.escape(file)}: ${message}` })
  )
  return { name: file, store } satisfies ServedStore
})
