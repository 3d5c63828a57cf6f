import { BackupTreeRequest } from "@backup-tree/core"
import { BackupSource } from "@backup-tree/io"
import { Effect } from "effect"

/** Returns what a directory lists, and what is left out of the listing. */
export const readDirectory = (path: string) =>
  Effect.map(
    BackupSource.getBackupTree(BackupTreeRequest.everything),
    ({ directory, tree }) => ({ environments: tree.environments, skips: directory?.skips ?? [] })
  ).pipe(Effect.provide(BackupSource.layerDirectory({ path })))
