import { BackupCatalog, BackupTreeRequest } from "@backup-tree/core"
import { BackupSource } from "@backup-tree/io"
import { Effect } from "effect"

/** The chains that cannot be trusted, each with the reason. */
export const untrusted = Effect.gen(function*() {
  const listing = yield* BackupSource.getBackupTree(BackupTreeRequest.everything)
  const { quarantined } = BackupCatalog.fromListing(listing)
  return quarantined.map(({ chain, environment, findings }) =>
    `${environment.name} ${chain.uuid}: ${findings.map(({ message }) => message).join("; ")}`
  )
})
