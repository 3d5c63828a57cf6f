/**
 * What a check comes to: how bad it is, how many findings there are, and how many chains are sound.
 */
import * as Schema from "effect/Schema"
import type { BackupListing } from "../listing/BackupListing.ts"
import type * as BackupTree from "../tree/BackupTree.ts"
import type { Finding } from "./Finding.ts"
import { countHidden } from "./internal/hiddenChains.ts"
import { Severity } from "./Rule.ts"

/** Schema of the number of findings of each severity. */
export const Counts = Schema.Struct({ error: Schema.Int, warning: Schema.Int, info: Schema.Int })
/** The number of findings of each severity. */
export type Counts = typeof Counts.Type

/** Schema of {@link Chains}. */
export const Chains = Schema.Struct({ total: Schema.Int, sound: Schema.Int, hidden: Schema.Int })
/**
 * How many chains there are, listed or hidden; how many of them are sound; how many are hidden.
 *
 * A chain is sound if it is listed, and no error names it that breaks a chain, or the images of one of its backups. A
 * hidden chain is present on disk, but not listed by the server: only a backup directory shows it.
 */
export type Chains = typeof Chains.Type

/** Schema of a {@link Verdict}. */
export const Verdict = Schema.Struct({ worst: Schema.UndefinedOr(Severity), counts: Counts, chains: Chains })
/** What a check comes to; `worst` is the severity of the worst finding, and undefined where nothing was found. */
export type Verdict = typeof Verdict.Type

/** Counts findings by severity. */
export const count = (findings: Iterable<Pick<Finding, "severity">>): Counts => {
  const counts = { error: 0, warning: 0, info: 0 }
  for (const { severity } of findings) counts[severity] += 1
  return counts
}

/** Returns the severity of the worst of some findings. */
export const worst = (counts: Counts): Severity | undefined =>
  Severity.literals.find((severity) => counts[severity] > 0)

/** Judges a listing by all that was found of it. */
export const make = (listing: BackupListing, findings: ReadonlyArray<Finding>): Verdict => {
  const counts = count(findings)
  const listed = listing.tree.environments.reduce((sum, { chains }) => sum + chains.length, 0)
  const hidden = countHidden(listing)
  const broken = brokenChains(listing.tree, findings)
  return {
    worst: worst(counts),
    counts,
    chains: { total: listed + hidden, sound: listed - broken.size, hidden }
  }
}

const brokenChains = (
  { environments }: BackupTree.BackupTree,
  findings: ReadonlyArray<Finding>
): ReadonlySet<BackupTree.BackupChain> => {
  const broken = new Set<BackupTree.BackupChain>()
  for (const { place, rule, severity } of findings) {
    if (severity !== "error" || rule.breaks === "nothing") continue
    const chains = environments[place.environment ?? -1]?.chains ?? []
    if (place.chain !== undefined) {
      const chain = chains[place.chain]
      if (chain !== undefined) broken.add(chain)
    } else if (rule.breaks === "chain") chains.forEach((chain) => broken.add(chain))
  }
  return broken
}
