import { BackupTreeRequest } from "@backup-tree/core"
import { BackupSource } from "@backup-tree/io"

/** Lists everything that the server shows: machines and containers. */
export const listing = BackupSource.getBackupTree(BackupTreeRequest.everything)
