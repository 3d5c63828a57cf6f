import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as BackupSource from "@backup-tree/io/BackupSource"

/** Asks for everything that the server lists: machines and containers. */
export const listing = BackupSource.getBackupTree({ ...BackupTreeRequest.everything, kinds: "vm+ct" })
