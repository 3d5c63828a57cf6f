/** A source that reads a backup directory. */
import * as DirectoryReading from "@backup-tree/core/directory/DirectoryReading"
import * as BackupListing from "@backup-tree/core/listing/BackupListing"
import * as ListingFilter from "@backup-tree/core/listing/ListingFilter"
import type * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import type * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as BackupTreeXml from "@backup-tree/core/tree/BackupTreeXml"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { BackupSource } from "../BackupSource.ts"
import { type BackupSourceError, RequestedBackupMissing } from "../BackupSourceError.ts"
import * as BackupDirectory from "../directory/BackupDirectory.ts"
import { decodeAnswer, failing, requestedId, requireRequested, submitLocal, type TextOptions } from "./LocalSource.ts"

type Service = BackupSource["Service"]
type Request = BackupTreeRequest.BackupTreeRequest

/** Makes a source of a backup directory, which is read anew for each question. */
export const makeDirectory = (
  root: string,
  options: BackupDirectory.Options & TextOptions,
  fileSystem: FileSystem.FileSystem
): Service => {
  const source: BackupListing.Source = { _tag: "Directory", path: root }
  const pathOf = ({ directory }: Request): string => Option.getOrElse(directory, () => root)
  const onFileSystem = Effect.provideService(FileSystem.FileSystem, fileSystem)
  const getBackupTree: Service["getBackupTree"] = (request) =>
    Effect.gen(function*() {
      const reading = yield* Effect.mapError(BackupDirectory.read(pathOf(request), options), failing(source))
      const selected = DirectoryReading.select(reading, request)
      yield* requireRequested(selected.tree, request, source)
      return BackupListing.fromAnswer({
        ...selected,
        request,
        source,
        fetchedAt: yield* DateTime.now,
        directory: reading
      })
    }).pipe(onFileSystem)
  return {
    submit: submitLocal(getBackupTree),
    getBackupTree,
    streamEnvironments: (request) =>
      BackupDirectory.stream(pathOf(request), options).pipe(
        Stream.mapError(failing(source)),
        Stream.flatMap((part) => Stream.fromIterable(DirectoryReading.select(part, request).tree.environments)),
        requireRequestedOf(request, source),
        Stream.provideService(FileSystem.FileSystem, fileSystem)
      ),
    getBackupTreeXml: (request) => Effect.map(getBackupTree(request), ({ tree }) => BackupTreeXml.encode(tree)),
    decode: decodeAnswer(source, options)
  }
}

/** Ends a stream of environments at the backup that a request asks for by id, and fails where it is not there. */
const requireRequestedOf = (request: Request, source: BackupListing.Source) => {
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
            (environment) =>
              Option.isSome(ListingFilter.requestedBackup({ environments: [environment], kept: [] }, request))
          ),
          1
        ),
        () => Stream.fail(failing(source)(new RequestedBackupMissing({ id })))
      )
}
