/**
 * The result of a check in numbers: the worst severity, the number of findings, and the number of sound chains.
 *
 * @since 0.2.0
 */
import * as Schema from "effect/Schema"
import type { BackupListing } from "../listing/BackupListing.ts"
import type { Finding } from "./Finding.ts"
import { countHidden } from "./internal/hiddenChains.ts"
import { Severity } from "./Rule.ts"

/**
 * Schema of {@link Counts}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const Counts = Schema.Struct({ error: Schema.Int, warning: Schema.Int, info: Schema.Int })
/**
 * The number of findings of each severity.
 *
 * @category models
 * @since 0.2.0
 */
export type Counts = typeof Counts.Type

/**
 * Schema of {@link Chains}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const Chains = Schema.Struct({
  total: Schema.Int,
  sound: Schema.Int,
  hidden: Schema.Int,
  missing: Schema.Int
})
/**
 * The number of chains in total, of sound chains, of hidden chains, and of missing chains.
 *
 * A chain is sound if it is listed and no error breaks it or the images of one of its backups. A hidden chain is
 * present on disk, but not listed by the server; only a backup directory shows it. The total includes hidden chains.
 *
 * A missing chain was listed by an earlier check and is not listed now. It counts if it was still there at the previous
 * check, or has the newest backup of its machine; the total does not include it.
 *
 * Every sound chain is listed in the catalog of the listing (`BackupCatalog`). The catalog also lists chains with errors
 * in their images, because some of their backups may still be restored. Without a directory, no images are checked, and
 * the two are the same.
 *
 * @category models
 * @since 0.2.0
 */
export type Chains = typeof Chains.Type

/**
 * Schema of a {@link Verdict}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const Verdict = Schema.Struct({ worst: Schema.UndefinedOr(Severity), counts: Counts, chains: Chains })
/**
 * The result of a check in numbers. `worst` is the worst severity, or `undefined` if there are no findings.
 *
 * @category models
 * @since 0.2.0
 */
export type Verdict = typeof Verdict.Type

/**
 * Counts findings by severity.
 *
 * @category accessors
 * @since 0.2.0
 */
export const count = (findings: Iterable<Pick<Finding, "severity">>): Counts => {
  const counts = { error: 0, warning: 0, info: 0 }
  for (const { severity } of findings) counts[severity] += 1
  return counts
}

/**
 * Returns the worst severity with at least one finding, or `undefined` if there are no findings.
 *
 * @category accessors
 * @since 0.2.0
 */
export const worst = (counts: Counts): Severity | undefined =>
  Severity.literals.find((severity) => counts[severity] > 0)

/**
 * Computes the verdict on a listing from the exact number of findings of each rule, and the chains that they break.
 *
 * `broken` has the positions of broken chains by the position of their environment. `missing` is the number of chains
 * that are missing since earlier checks.
 *
 * @category constructors
 * @since 0.2.0
 */
export const make = (
  listing: BackupListing,
  found: Iterable<{ readonly severity: Severity; readonly count: number }>,
  broken: ReadonlyMap<number, "all" | ReadonlySet<number>>,
  missing = 0
): Verdict => {
  const counts = { error: 0, warning: 0, info: 0 }
  for (const { count, severity } of found) counts[severity] += count
  const { environments } = listing.tree
  const listed = environments.reduce((sum, { chains }) => sum + chains.length, 0)
  const hidden = countHidden(listing)
  let unsound = 0
  for (const [environment, chains] of broken) {
    const { length } = environments[environment]?.chains ?? []
    unsound += chains === "all" ? length : [...chains].filter((chain) => chain < length).length
  }
  return { worst: worst(counts), counts, chains: { total: listed + hidden, sound: listed - unsound, hidden, missing } }
}
