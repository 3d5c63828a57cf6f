/**
 * The findings of each backup, for queries about them.
 *
 * @since 0.2.0
 */
import type { BackupListing } from "../listing/BackupListing.ts"
import * as Steps from "../steps/Steps.ts"
import * as BackupTree from "../tree/BackupTree.ts"
import { eachFinding } from "./internal/fold.ts"
import type { Facts } from "./Rule.ts"
import * as RuleTable from "./RuleTable.ts"

/**
 * Checks a listing, and returns the words of the findings of each backup: the ids and names of their rules, and their
 * severities. Backups without findings are left out. Rules whose facts are not given are skipped, and so are those about
 * an inventory.
 *
 * A finding about an environment or a chain concerns all its backups. A finding about the whole listing concerns none.
 *
 * **Example**
 *
 * ```ts
 * const findings = BackupFindings.make(listing, { now })
 * const selection = BackupQuery.filter(listing.tree, query, { now, findings })
 * ```
 *
 * @category constructors
 * @since 0.2.0
 */
export const make = (
  listing: BackupListing,
  facts: Facts = {}
): ReadonlyMap<BackupTree.Backup, ReadonlySet<string>> => Steps.complete(steps(listing, facts))

/**
 * Finds the words of each backup as {@link make} does, and pauses after every few hundred parts of the listing.
 *
 * @category constructors
 * @since 0.2.0
 */
export const steps = function*(
  listing: BackupListing,
  facts: Facts = {}
): Generator<undefined, ReadonlyMap<BackupTree.Backup, ReadonlySet<string>>> {
  const words = new Map<BackupTree.Backup, Set<string>>()
  yield* eachFinding(RuleTable.listingRules, listing, ({ place, rule, severity }) => {
    const environment = listing.tree.environments[place.environment ?? -1]
    const chains = place.chain === undefined
      ? environment?.chains
      : environment?.chains.slice(place.chain, place.chain + 1)
    for (const chain of chains ?? []) {
      const backups = BackupTree.backups(chain)
      for (const backup of place.backup === undefined ? backups : backups.slice(place.backup, place.backup + 1)) {
        const known = words.get(backup) ?? new Set()
        for (const word of [rule.id, rule.name, severity]) known.add(word)
        words.set(backup, known)
      }
    }
  }, facts)
  return words
}
