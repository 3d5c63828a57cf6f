/** Backup directories that a test writes, and what is read from them. */
import * as DirectoryReading from "@backup-tree/core/directory/DirectoryReading"
import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as BackupSource from "@backup-tree/io/BackupSource"
import * as BackupDirectory from "@backup-tree/io/directory/BackupDirectory"
import * as StoreFileSystem from "@backup-tree/io/directory/StoreFileSystem"
import { Effect, type FileSystem, type Layer } from "effect"
import { fileURLToPath } from "node:url"
import { type Files, uuid, vmItem } from "./backupStore.ts"

export const read = (
  root: string,
  options?: BackupDirectory.Options,
  fileSystem: Layer.Layer<FileSystem.FileSystem> = StoreFileSystem.layer
): Promise<DirectoryReading.DirectoryReading> =>
  Effect.runPromise(Effect.provide(BackupDirectory.read(root, options), fileSystem))

export const list = (root: string, request = BackupTreeRequest.everything) =>
  Effect.runPromise(
    BackupSource.getBackupTree(request).pipe(
      Effect.provide(BackupSource.layerDirectory({ path: root }))
    )
  )

export const skipsOf = (reading: DirectoryReading.DirectoryReading): ReadonlyArray<string> =>
  reading.skips.map(({ path, reason }) => `${reason} ${path}`)

export const idsOf = (tree: BackupTree.BackupTree): ReadonlyArray<string> =>
  tree.environments.flatMap(({ chains }) => chains.flatMap((chain) => BackupTree.backups(chain).map(({ id }) => id)))

export const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../../core/test/fixtures/${name}`, import.meta.url))

export const vm = (digits: string) => uuid("a", digits)
export const id = (digits: string) => uuid("c", digits)

/** A machine with one chain. */
export const machine = (digits: string, files: Files): Files => ({
  [vm(digits)]: { ".metadata": vmItem(vm(digits), `vm-${digits}`), [id(digits)]: files }
})

export const without = (files: Files, ...names: ReadonlyArray<string>): Files =>
  Object.fromEntries(Object.entries(files).filter(([name]) => !names.includes(name)))
