import * as BackupCatalog from "@backup-tree/core/check/BackupCatalog"
import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as BackupSource from "@backup-tree/io/BackupSource"
import * as Effect from "effect/Effect"

/** The chains that cannot be trusted, each with the reason. */
export const untrusted = Effect.gen(function*() {
  const listing = yield* BackupSource.getBackupTree({ ...BackupTreeRequest.everything, kinds: "vm+ct" })
  const { quarantined } = BackupCatalog.fromListing(listing)
  return quarantined.map(({ chain, environment, findings }) =>
    `${environment.name} ${chain.uuid}: ${findings.map(({ message }) => message).join("; ")}`
  )
})
