/**
 * What is proven of a listing: every incremental resolves to its full backup, and every id is found.
 *
 * Chains that an error names are quarantined, so that a plan made from a catalog cannot rest on a broken chain; one
 * broken chain never blocks the others.
 */
import * as Option from "effect/Option"
import type { BackupListing } from "../listing/BackupListing.ts"
import * as BackupId from "../sdk/BackupId.ts"
import * as BackupTree from "../tree/BackupTree.ts"
import * as Check from "./Check.ts"
import type { Finding } from "./Finding.ts"
import * as RuleTable from "./RuleTable.ts"

const TypeId = "~@backup-tree/core/BackupCatalog"

/** A proven listing. Only {@link fromListing} makes one. */
export interface BackupCatalog {
  readonly [TypeId]: typeof TypeId
  readonly listing: BackupListing
  /** The environments, each with its proven chains only. */
  readonly environments: ReadonlyArray<BackupTree.VirtualEnvironment>
  /** The chains of the listing that are left out, so that a refusal can say why. */
  readonly quarantined: ReadonlyArray<QuarantinedChain>
  /** Every proven backup, by the key that all spellings of its id share ({@link BackupId.key}). */
  readonly entries: ReadonlyMap<string, CatalogEntry>
}

/**
 * A backup in its surroundings.
 *
 * `ancestors` are the backups of the listing that its restore needs besides itself, the full one first. The answer to one
 * backup id lacks some of them (SEMANTICS 2.4), so that only a complete listing holds them all. They are made when they
 * are looked at, and a copy by spread has none.
 */
export interface CatalogEntry {
  readonly environment: BackupTree.VirtualEnvironment
  readonly chain: BackupTree.BackupChain
  readonly ancestors: ReadonlyArray<BackupTree.Backup>
  readonly backup: BackupTree.Backup
}

/** A chain that is not trusted, and the findings that name it. */
export interface QuarantinedChain {
  readonly environment: BackupTree.VirtualEnvironment
  readonly chain: BackupTree.BackupChain
  readonly findings: ReadonlyArray<Finding>
}

const chainRules = RuleTable.listingRules.filter(({ breaks }) => breaks === "chain")

/**
 * Proves a listing: its sound chains become a catalog, which has the others as quarantined with the errors that name them.
 *
 * The errors are those of rules whose breach breaks a chain. One that names an environment names each of its chains.
 * Total: nothing of the listing is lost.
 */
export const fromListing = (listing: BackupListing): BackupCatalog => {
  const errors = Map.groupBy(
    Check.runRules(chainRules, listing).filter(({ severity }) => severity === "error"),
    ({ place }) => place.environment
  )
  const quarantined: Array<QuarantinedChain> = []
  const environments = listing.tree.environments.map((environment, index) => {
    const about = errors.get(index)
    if (about === undefined) return environment
    const byChain = Map.groupBy(about, ({ place }) => place.chain)
    const ofAll = byChain.get(undefined) ?? []
    const chains = environment.chains.filter((chain, position) => {
      const findings = [...ofAll, ...byChain.get(position) ?? []]
      if (findings.length > 0) quarantined.push({ environment, chain, findings })
      return findings.length === 0
    })
    return { ...environment, chains }
  })
  return make(listing, environments, quarantined)
}

/** Returns the backup of an id, in any spelling of it. */
export const get = (catalog: BackupCatalog, id: string): Option.Option<CatalogEntry> =>
  Option.fromNullishOr(catalog.entries.get(BackupId.key(id)))

class Entry implements CatalogEntry {
  readonly environment: BackupTree.VirtualEnvironment
  readonly chain: BackupTree.BackupChain
  readonly backup: BackupTree.Backup
  private readonly position: number

  constructor(
    environment: BackupTree.VirtualEnvironment,
    chain: BackupTree.BackupChain,
    backup: BackupTree.Backup,
    position: number
  ) {
    this.environment = environment
    this.chain = chain
    this.backup = backup
    this.position = position
  }

  // Made when it is looked at: the lists of a long chain would hold a number of items that grows by its square.
  get ancestors(): ReadonlyArray<BackupTree.Backup> {
    return BackupTree.backups(this.chain).slice(0, this.position)
  }
}

const make = (
  listing: BackupListing,
  environments: ReadonlyArray<BackupTree.VirtualEnvironment>,
  quarantined: ReadonlyArray<QuarantinedChain>
): BackupCatalog => {
  const entries = new Map<string, CatalogEntry>()
  for (const environment of environments) {
    for (const chain of environment.chains) {
      BackupTree.backups(chain).forEach((backup, position) =>
        entries.set(BackupId.key(backup.id), new Entry(environment, chain, backup, position))
      )
    }
  }
  return { [TypeId]: TypeId, listing, environments, quarantined, entries }
}
