import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as BackupSource from "@backup-tree/io/BackupSource"
import * as NodeFileSystem from "@effect/platform-node-shared/NodeFileSystem"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

/** What a directory shows, and what is left out of it. */
export const look = (path: string) =>
  Effect.map(
    BackupSource.getBackupTree({ ...BackupTreeRequest.everything, kinds: "vm+ct" }),
    ({ directory, tree }) => ({ environments: tree.environments, skips: directory?.skips ?? [] })
  ).pipe(
    Effect.provide(Layer.provide(BackupSource.layerDirectory({ path }), NodeFileSystem.layer))
  )
