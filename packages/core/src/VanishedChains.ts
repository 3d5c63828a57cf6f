/**
 * Chains that an earlier listing had and a later one lacks: in use by a writer, which hides them, or removed.
 *
 * A server that merges or removes hides the chain for the while, so that one look cannot tell. Source: SEMANTICS 4.2.
 */
import type * as BackupTree from "./BackupTree.ts"
import type { FindingSubject, InvariantRule, Place, Severity } from "./InvariantRule.ts"
import * as Uuid from "./Uuid.ts"

/** A chain of an earlier listing. */
export interface VanishedChain {
  readonly environment: string
  readonly name: string
  readonly chain: string
}

/**
 * Returns the chains of an earlier listing that a later one lacks, while it has their environment.
 *
 * An environment that is gone as a whole is another finding (`lost-environments`).
 */
export const between = (
  earlier: BackupTree.BackupTree,
  later: BackupTree.BackupTree
): ReadonlyArray<VanishedChain> =>
  stillMissing(
    earlier.environments.flatMap(({ chains, name, uuid }) =>
      chains.map((chain) => ({ environment: uuid, name, chain: chain.uuid }))
    ),
    later
  )

/** Returns those of some missing chains that a listing still lacks, while it has their environment. */
export const stillMissing = (
  missing: ReadonlyArray<VanishedChain>,
  later: BackupTree.BackupTree
): ReadonlyArray<VanishedChain> => {
  const environments = new Set(later.environments.map(({ uuid }) => Uuid.key(uuid)))
  const chains = new Set(later.environments.flatMap(({ chains }) => chains.map(({ uuid }) => Uuid.key(uuid))))
  return missing.filter(({ chain, environment }) =>
    environments.has(Uuid.key(environment)) && !chains.has(Uuid.key(chain))
  )
}

/** What a rule about vanished chains says to people. */
export type VanishedRule = Pick<
  InvariantRule,
  "id" | "name" | "statement" | "severity" | "meaning" | "advice" | "source"
>

/** The rules: the first look that lacks a chain, and a later one that still does. */
export const rules: ReadonlyArray<VanishedRule> = [
  {
    id: "possibly-locked",
    name: "a chain that was there is there",
    statement: "A chain of the last listing is in this one.",
    severity: "warning",
    meaning: "A server hides a chain while it removes or merges backups in it; or the chain has been removed.",
    advice: "Check again when no backup is being removed; the next check calls it removed if it is still missing.",
    source: "SEMANTICS 4.2"
  },
  {
    id: "removed-chain",
    name: "a chain that was missing has come back",
    statement: "A chain that was missing at the last check is back.",
    severity: "info",
    meaning: "The chain has been removed, or can no longer be read: none of its backups can be restored.",
    advice: "If nobody removed it on purpose, look at the backup store on the server.",
    source: "SEMANTICS 4.2"
  }
]

/** Returns the rule of an id. */
export const rule = (id: string): VanishedRule | undefined => rules.find((candidate) => candidate.id === id)

/** A finding about a chain that is not in the listing. */
export interface VanishedFinding {
  readonly rule: string
  readonly severity: Severity
  readonly path: string
  readonly place: Place
  readonly subject: FindingSubject
  readonly message: string
}

/**
 * Returns the findings about vanished chains, each at its environment in the later listing.
 *
 * `missingBefore` are those that the check before this one missed already: they count as removed.
 */
export const check = (
  vanished: ReadonlyArray<VanishedChain>,
  missingBefore: ReadonlyArray<VanishedChain>,
  later: BackupTree.BackupTree
): ReadonlyArray<VanishedFinding> => {
  const before = new Set(missingBefore.map(({ chain }) => Uuid.key(chain)))
  const indices = new Map(later.environments.map(({ uuid }, index) => [Uuid.key(uuid), index]))
  return vanished.map(({ chain, environment, name }) => {
    const isOld = before.has(Uuid.key(chain))
    const { id, severity } = rules[isOld ? 1 : 0]!
    const index = indices.get(Uuid.key(environment)) ?? -1
    return {
      rule: id,
      severity,
      path: `VmItem[${index + 1}]`,
      place: { environment: index },
      subject: { environment, name, chain },
      message: isOld
        ? `chain ${chain} is still missing: it has been removed, or can no longer be read`
        : `chain ${chain} was there at the last check and is missing now: possibly locked`
    }
  })
}
