/**
 * Builds the JSON of `--output json`: one object with a schema name and version.
 */
import type { CheckReport } from "@backup-tree/core/check/Check"
import * as Coverage from "@backup-tree/core/check/Coverage"
import * as Finding from "@backup-tree/core/check/Finding"
import type * as ForensicTree from "@backup-tree/core/directory/ForensicTree"
import * as BackupListing from "@backup-tree/core/listing/BackupListing"
import * as Salvage from "@backup-tree/core/salvage/Salvage"
import * as SalvageJson from "@backup-tree/core/salvage/SalvageJson"
import * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as BackupTreeJson from "@backup-tree/core/tree/BackupTreeJson"
import * as DateTime from "effect/DateTime"
import * as Result from "effect/Result"

// Increase it when a field is removed or changes its meaning.
const version = 1

/** Returns the name and version of a schema. */
export const schema = (name: string) => ({ name: `backup-tree/${name}`, version })

const head = (name: string, listing: BackupListing.BackupListing) => ({
  schema: schema(name),
  source: BackupListing.printSource(listing.source),
  fetchedAt: DateTime.formatIso(listing.fetchedAt),
  completeness: listing.completeness
})

/** Encodes the skipped items of a backup directory; a listing from a server has none. */
export const skips = ({ directory }: BackupListing.BackupListing) =>
  directory === undefined ? {} : { skips: directory.skips }

/** Encodes a listing. */
export const listing = (self: BackupListing.BackupListing) => ({
  ...head("listing", self),
  ...BackupTreeJson.encode(self.tree),
  ...skips(self)
})

/** Encodes the whole content of a directory. Readable backups have the same form as in a listing. */
export const forensic = (source: string, { environments, marks }: ForensicTree.ForensicTree) => ({
  schema: schema("forensic"),
  source,
  environments: environments.map(({ metadata, ...environment }) => ({
    ...environment,
    uuid: metadata?.uuid ?? null,
    name: metadata?.name ?? null,
    kind: metadata === undefined ? null : BackupTree.kindName({ ...metadata, chains: [] }),
    chains: environment.chains.map((chain) => ({
      ...chain,
      items: chain.items.map(({ backup, ...item }) => ({
        ...item,
        backup: backup === undefined ? null : BackupTreeJson.encodeBackup(backup, item.number)
      }))
    }))
  })),
  marks
})

/** Encodes a listing with its findings and, with an inventory, the state of each machine. */
export const checked = (self: BackupListing.BackupListing, { coverage, findings }: CheckReport) => ({
  ...head("check", self),
  ...BackupTreeJson.encode(self.tree),
  ...skips(self),
  ...(self.directory === undefined ? {} : { salvage: Salvage.fromListing(self).map(SalvageJson.encode) }),
  findings: findings.map(Finding.encode),
  ...(coverage === undefined || Result.isFailure(coverage)
    ? {}
    : { machines: coverage.success.machines.map(Coverage.encodeMachine) })
})
