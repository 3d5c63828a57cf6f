/**
 * The proven chains of a listing: every incremental leads to its full backup, and every id can be found.
 *
 * Chains with an error that breaks them are quarantined, so a plan made from a catalog never uses a broken chain. A
 * broken chain does not block the others.
 *
 * A proven chain may have errors in its images, which only a backup directory shows. `Check.run` then does not count it
 * as sound, and plans refuse to restore its affected backups.
 *
 * @since 0.2.0
 */
import * as Option from "effect/Option"
import type { BackupListing } from "../listing/BackupListing.ts"
import * as BackupId from "../sdk/BackupId.ts"
import * as Steps from "../steps/Steps.ts"
import * as BackupTree from "../tree/BackupTree.ts"
import type { Finding } from "./Finding.ts"
import { eachFinding } from "./internal/fold.ts"
import type { RuleText } from "./Rule.ts"
import * as RuleTable from "./RuleTable.ts"

const TypeId = "~@backup-tree/core/BackupCatalog"

/**
 * A listing whose chains have been checked. Create it with {@link fromListing}.
 *
 * @category models
 * @since 0.2.0
 */
export interface BackupCatalog {
  readonly [TypeId]: typeof TypeId
  readonly listing: BackupListing
  /** The environments, each with its proven chains only. */
  readonly environments: ReadonlyArray<BackupTree.VirtualEnvironment>
  /** The other chains, with the findings that explain why they are left out. */
  readonly quarantined: ReadonlyArray<QuarantinedChain>
  /** Every backup of the proven chains, by the key that all spellings of its id share ({@link BackupId.key}). */
  readonly entries: ReadonlyMap<string, CatalogEntry>
}

/**
 * A backup with its environment and its chain.
 *
 * `ancestors` are the earlier backups that its restore also needs, the full backup first. Only a complete listing
 * contains them all; the response for one backup id lacks some. `ancestors` is a getter, so a copy by spread does not
 * have it.
 *
 * @see [Semantics 2.4](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s2-4)
 * @category models
 * @since 0.2.0
 */
export interface CatalogEntry {
  readonly environment: BackupTree.VirtualEnvironment
  readonly chain: BackupTree.BackupChain
  readonly ancestors: ReadonlyArray<BackupTree.Backup>
  readonly backup: BackupTree.Backup
}

/**
 * A chain with errors, and its first findings: at most ten about its environment, and ten about itself.
 *
 * @category models
 * @since 0.2.0
 */
export interface QuarantinedChain {
  readonly environment: BackupTree.VirtualEnvironment
  readonly chain: BackupTree.BackupChain
  readonly findings: ReadonlyArray<Finding>
}

const chainRules = RuleTable.listingRules.filter(({ breaks }) => breaks === "chain")

const rankOf = new Map<RuleText, number>(chainRules.map((rule, index) => [rule, index]))

const byRule = (one: Finding, other: Finding): number => (rankOf.get(one.rule) ?? 0) - (rankOf.get(other.rule) ?? 0)

/** The most findings that are kept of one chain, and of one environment. */
const maxFindings = 10

/**
 * Checks the chains of a listing and returns a catalog of the proven ones. Chains with errors are quarantined.
 *
 * Only rules that break a chain count. An error of an environment applies to each of its chains. Nothing of the listing
 * is lost: every chain is either proven or quarantined.
 *
 * **Example**
 *
 * ```ts
 * const catalog = BackupCatalog.fromListing(listing)
 * catalog.quarantined.map(({ chain, findings }) => `${chain.uuid}: ${findings[0]?.message}`)
 * ```
 *
 * @category constructors
 * @since 0.2.0
 */
export const fromListing = (listing: BackupListing): BackupCatalog => Steps.complete(steps(listing))

/**
 * Creates a catalog as {@link fromListing} does, and pauses after every few hundred parts of the listing.
 *
 * @category constructors
 * @since 0.2.0
 */
export const steps = function*(listing: BackupListing): Generator<undefined, BackupCatalog> {
  const errors: Errors = new Map()
  yield* eachFinding(chainRules, listing, (finding) => addError(errors, finding))
  const quarantined: Array<QuarantinedChain> = []
  const environments = listing.tree.environments.map((environment, index) => {
    const byChain = errors.get(index)
    if (byChain === undefined) return environment
    const ofAll = byChain.get(undefined) ?? []
    const chains = environment.chains.filter((chain, position) => {
      const own = byChain.get(position) ?? []
      if (ofAll.length + own.length === 0) return true
      quarantined.push({ environment, chain, findings: [...ofAll.toSorted(byRule), ...own.toSorted(byRule)] })
      return false
    })
    return { ...environment, chains }
  })
  const entries = new Map<string, CatalogEntry>()
  for (const environment of environments) yield* addEntries(entries, environment)
  return { [TypeId]: TypeId, listing, environments, quarantined, entries }
}

/** The first errors of each chain, by the positions of environment and chain. */
type Errors = Map<number | undefined, Map<number | undefined, Array<Finding>>>

const addError = (errors: Errors, finding: Finding): void => {
  const { place: { chain, environment }, severity } = finding
  if (severity !== "error") return
  const byChain = errors.get(environment) ?? new Map<number | undefined, Array<Finding>>()
  errors.set(environment, byChain)
  const found = byChain.get(chain)
  if (found === undefined) byChain.set(chain, [finding])
  else if (found.length < maxFindings) found.push(finding)
}

/** The number of chains whose backups are added in one step. */
const chainsOfStep = 256

const addEntries = function*(
  entries: Map<string, CatalogEntry>,
  environment: BackupTree.VirtualEnvironment
): Generator<undefined, void> {
  for (const [index, chain] of environment.chains.entries()) {
    BackupTree.backups(chain).forEach((backup, position) =>
      entries.set(BackupId.key(backup.id), new Entry(environment, chain, backup, position))
    )
    if ((index + 1) % chainsOfStep === 0) yield
  }
  yield
}

/**
 * Finds a backup by its id, in any spelling.
 *
 * @category accessors
 * @since 0.2.0
 */
export const get = (catalog: BackupCatalog, id: string): Option.Option<CatalogEntry> =>
  Option.fromNullishOr(catalog.entries.get(BackupId.key(id)))

class Entry implements CatalogEntry {
  readonly environment: BackupTree.VirtualEnvironment
  readonly chain: BackupTree.BackupChain
  readonly backup: BackupTree.Backup
  readonly #position: number

  constructor(
    environment: BackupTree.VirtualEnvironment,
    chain: BackupTree.BackupChain,
    backup: BackupTree.Backup,
    position: number
  ) {
    this.environment = environment
    this.chain = chain
    this.backup = backup
    this.#position = position
  }

  // Computed on access: stored lists would grow with the square of the chain length.
  get ancestors(): ReadonlyArray<BackupTree.Backup> {
    return BackupTree.backups(this.chain).slice(0, this.#position)
  }
}
