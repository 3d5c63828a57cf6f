/**
 * What `--output json` prints: one object with a schema name and version.
 */
import * as BackupListing from "@backup-tree/core/BackupListing"
import * as BackupTreeJson from "@backup-tree/core/BackupTreeJson"
import type * as Invariants from "@backup-tree/core/Invariants"
import * as DateTime from "effect/DateTime"

// It changes when a field goes away or changes its meaning.
const version = 1

const head = (name: string, listing: BackupListing.BackupListing) => ({
  schema: { name, version },
  source: BackupListing.printSource(listing.source),
  fetchedAt: DateTime.formatIso(listing.fetchedAt),
  completeness: listing.completeness
})

/** Writes a listing. */
export const listing = (self: BackupListing.BackupListing) => ({
  ...head("backup-tree/listing", self),
  ...BackupTreeJson.encode(self.tree)
})

/** Writes a listing with its findings. */
export const checked = (self: BackupListing.BackupListing, findings: ReadonlyArray<Invariants.Finding>) => ({
  ...head("backup-tree/check", self),
  ...BackupTreeJson.encode(self.tree),
  findings: findings.map(({ message, path, rule, severity, subject }) => ({ rule, severity, path, message, subject }))
})
