/** A source that reads a backup directory, without a server. */
import * as DirectoryReading from "@backup-tree/core/directory/DirectoryReading"
import * as BackupListing from "@backup-tree/core/listing/BackupListing"
import * as ListingFilter from "@backup-tree/core/listing/ListingFilter"
import type * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as BackupTreeXml from "@backup-tree/core/tree/BackupTreeXml"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { type BackupSourceError, RequestedBackupMissing } from "../BackupSourceError.ts"
import * as BackupDirectory from "../directory/BackupDirectory.ts"
import { submitLocal } from "./localSource.ts"
import { decodeReply, failing, requestedId, requireRequested } from "./replyListing.ts"
import type { Request, SourceImplementation, TextOptions } from "./sourceService.ts"

/**
 * Options for a source that reads a backup directory.
 *
 * @category models
 * @since 0.2.0
 */
export interface Options extends BackupDirectory.Options, TextOptions {
  /** The path of the backup directory. A request that names a directory reads that one. */
  readonly path: string
}

/** Makes a source of a backup directory. Each request reads it again. */
export const make = Effect.fnUntraced(function*(options: Options) {
  const fileSystem = yield* FileSystem.FileSystem
  const source: BackupListing.Source = { _tag: "Directory", path: options.path }
  const pathOf = ({ directory }: Request): string => Option.getOrElse(directory, () => options.path)
  const getBackupTree = Effect.fnUntraced(function*(request: Request) {
    const reading = yield* Effect.mapError(BackupDirectory.read(pathOf(request), options), failing(source))
    const selected = DirectoryReading.select(reading, request)
    yield* requireRequested(selected.tree, request, source)
    return BackupListing.fromResponse({
      ...selected,
      request,
      source,
      fetchedAt: yield* DateTime.now,
      directory: reading
    })
  }, Effect.provideService(FileSystem.FileSystem, fileSystem))
  const implementation: SourceImplementation = {
    source,
    submit: submitLocal(getBackupTree),
    streamEnvironments: (request) =>
      BackupDirectory.stream(pathOf(request), options).pipe(
        Stream.mapError(failing(source)),
        Stream.flatMap((part) => Stream.fromIterable(DirectoryReading.select(part, request).tree.environments)),
        untilRequested(request, source),
        Stream.provideService(FileSystem.FileSystem, fileSystem)
      ),
    getBackupTreeXml: (request) => Effect.map(getBackupTree(request), ({ tree }) => BackupTreeXml.encode(tree)),
    decode: decodeReply(source, options)
  }
  return implementation
})

/** Ends a stream at the requested backup, if the request names one, and fails without it. */
const untilRequested = (request: Request, source: BackupListing.Source) => {
  const id = requestedId(request)
  return <R>(
    environments: Stream.Stream<BackupTree.VirtualEnvironment, BackupSourceError, R>
  ): Stream.Stream<BackupTree.VirtualEnvironment, BackupSourceError, R> =>
    id === undefined
      ? environments
      : Stream.orElseIfEmpty(
        Stream.take(
          Stream.filter(
            environments,
            (environment) => Option.isSome(ListingFilter.requestedBackup({ environments: [environment] }, request))
          ),
          1
        ),
        () => Stream.fail(failing(source)(new RequestedBackupMissing({ id })))
      )
}
