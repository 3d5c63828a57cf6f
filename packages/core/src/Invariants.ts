/**
 * The rules that a healthy backup tree obeys, as a table of values, and the check of a listing against them.
 *
 * Of SEMANTICS 4.4 the errors of scope T are here, with the notes of the reader (SEMANTICS 9) and the empty answer.
 */
import type { BackupListing } from "./BackupListing.ts"
import type * as BackupTree from "./BackupTree.ts"
import { answerRules } from "./internal/invariants/Answers.ts"
import { contentRules } from "./internal/invariants/Contents.ts"
import { identityRules } from "./internal/invariants/Identity.ts"
import { type InvariantRule, type Place, printPlace, type Severity, type Violation } from "./InvariantRule.ts"

/** Every rule, in the order in which findings are reported. */
export const rules: ReadonlyArray<InvariantRule> = [...identityRules, ...contentRules, ...answerRules]

/** Returns the rule of an id, such as `I05` or `junk-number`. */
export const rule = (id: string): InvariantRule | undefined => rules.find((candidate) => candidate.id === id)

/** The ids of what a finding is about, as the listing says them. */
export interface FindingSubject {
  readonly environment?: string | undefined
  readonly name?: string | undefined
  readonly chain?: string | undefined
  readonly backup?: string | undefined
}

/** A breach of a rule in a listing. */
export interface Finding {
  readonly rule: string
  readonly severity: Severity
  /** The element path, with 1-based ordinals. */
  readonly path: string
  readonly place: Place
  readonly subject: FindingSubject
  readonly message: string
}

/**
 * Checks a listing against every rule.
 *
 * **Example**
 *
 * ```ts
 * const worst = Invariants.worst(Invariants.check(listing)) // "error", "warning", "info" or undefined
 * ```
 */
export const check = (listing: BackupListing): ReadonlyArray<Finding> =>
  rules.flatMap((candidate) =>
    candidate.check(listing).map((violation) => toFinding(listing.tree, candidate, violation))
  )

/** Returns the severity of the worst finding. */
export const worst = (findings: ReadonlyArray<Finding>): Severity | undefined =>
  (["error", "warning", "info"] as const).find((severity) => findings.some((finding) => finding.severity === severity))

const toFinding = (tree: BackupTree.BackupTree, { id, severity }: InvariantRule, violation: Violation): Finding => ({
  rule: id,
  severity: violation.severity ?? severity,
  path: violation.path ?? printPlace(violation.place),
  place: violation.place,
  subject: subjectOf(tree, violation.place),
  message: violation.message
})

const subjectOf = (tree: BackupTree.BackupTree, place: Place): FindingSubject => {
  const environment = tree.environments[place.environment ?? -1]
  const chain = environment?.chains[place.chain ?? -1]
  const backup = place.backup === 0 ? chain?.head : chain?.incrementals[(place.backup ?? 0) - 1]
  return { environment: environment?.uuid, name: environment?.name, chain: chain?.uuid, backup: backup?.id }
}
