import { BackupTreeRequest } from "@backup-tree/core"
import { BackupSource } from "@backup-tree/io"

/** Asks for everything that the server lists: machines and containers. */
export const listing = BackupSource.getBackupTree(BackupTreeRequest.everything)
