/**
 * Checks a listing and returns all its findings and the verdict.
 *
 * A check is a fold over environments: {@link start} it, pass it one environment after the other, and end it. {@link
 * run} does this for a whole listing.
 *
 * @since 0.2.0
 */
import * as Schema from "effect/Schema"
import type { BackupListing } from "../listing/BackupListing.ts"
import type * as BackupTree from "../tree/BackupTree.ts"
import * as Coverage from "./Coverage.ts"
import { Finding } from "./Finding.ts"
import { findingOf } from "./internal/findings.ts"
import { findConflicts } from "./internal/mergeConflicts.ts"
import * as RuleRun from "./internal/ruleRun.ts"
import { type Facts, type ListingHead, type ListingRest, type Rule, type RuleText, Severity } from "./Rule.ts"
import { findMissing, missingRules } from "./rules/Disappeared.ts"
import { findInCoverage, rulesOfCoverage } from "./rules/Machines.ts"
import * as RuleTable from "./RuleTable.ts"
import * as Verdict from "./Verdict.ts"

/**
 * Schema of a {@link RuleCount}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const RuleCount = Schema.Struct({ rule: RuleTable.RuleById, severity: Severity, count: Schema.Int })
/**
 * The number of findings of a rule with one severity.
 *
 * @category models
 * @since 0.2.0
 */
export type RuleCount = typeof RuleCount.Type

/**
 * Schema of a {@link CheckReport}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const CheckReport = Schema.Struct({
  /** The findings in the order of the rules: the listing, its coverage, missing backups, and merge conflicts. */
  findings: Schema.Array(Finding),
  /** The number of findings of every rule that was checked, including rules without findings. */
  rules: Schema.Array(RuleCount),
  verdict: Verdict.Verdict,
  /** The state of each machine of the inventory, or why it is unknown; `undefined` without an inventory. */
  coverage: Schema.UndefinedOr(Schema.Result(Coverage.Coverage, Coverage.CoverageError))
})
/**
 * The result of a check.
 *
 * @category models
 * @since 0.2.0
 */
export type CheckReport = typeof CheckReport.Type

/**
 * A running check. It can be abandoned at any time and must not be used after `end`.
 *
 * @category models
 * @since 0.2.0
 */
export interface Checking {
  /** Checks the next environment. */
  readonly environment: (environment: BackupTree.VirtualEnvironment) => void
  /** Ends the check and returns its report. */
  readonly end: (rest: ListingRest) => CheckReport
}

/**
 * Checks a listing by every rule, against an inventory and a baseline, and for merge conflicts.
 *
 * The request of the listing matters: the response for one backup id lacks incrementals that exist, so its gaps are not
 * reported. A rule is skipped if one of its facts is missing. An inventory determines which machines need recent
 * backups, so I40 is skipped if the inventory can be compared with the listing.
 *
 * **Example**
 *
 * ```ts
 * const { findings, verdict } = Check.run(listing, { now, maxAge: Duration.hours(26) })
 * verdict.worst // "error", "warning", "info" or undefined
 * findings.map(({ message, rule }) => `${message}. ${rule.advice}`)
 * ```
 *
 * @category rules
 * @since 0.2.0
 */
export const run = (listing: BackupListing, facts: Facts = {}): CheckReport => {
  const check = start(listing, facts)
  for (const environment of listing.tree.environments) check.environment(environment)
  return check.end({ kept: listing.tree.kept, notes: listing.notes })
}

/**
 * Starts a check of a listing whose environments arrive one after the other.
 *
 * **Example**
 *
 * ```ts
 * const check = Check.start(head, { now })
 * for (const environment of environments) check.environment(environment)
 * const { verdict } = check.end({ kept: [], notes })
 * ```
 *
 * @category rules
 * @since 0.2.0
 */
export const start = (head: ListingHead, facts: Facts = {}): Checking => {
  const { baseline, inventory, maxAge, merged, now } = facts
  const isCovered = inventory !== undefined && now !== undefined && Coverage.refusal(inventory, head) === undefined
  const given = isCovered ? { ...facts, maxAge: undefined } : facts
  const rules = RuleRun.begin(RuleTable.listingRules, head, given)
  // Only the end of the check knows which machines are missing; findings need the part at their place.
  const environments: Array<BackupTree.VirtualEnvironment> = []
  return {
    environment: (environment) => {
      environments.push(environment)
      rules.environment(environment)
    },
    end: (rest) => {
      const listing: BackupListing = { ...head, tree: { environments, kept: rest.kept }, notes: rest.notes }
      const coverage = inventory && now && Coverage.make(inventory, listing, { now, maxAge })
      const found = [
        ...rules.end(rest),
        ...(coverage === undefined ? [] : findInCoverage(coverage)),
        ...(baseline === undefined ? [] : findMissing(baseline, listing.tree)),
        ...(merged === undefined ? [] : findConflicts(merged))
      ]
      const findings = found.map(findingOf(environments, head.directory))
      const checked = [
        ...RuleTable.listingRules.filter(RuleRun.isCheckable(head, given)),
        ...[...coverage === undefined ? [] : rulesOfCoverage(coverage), ...missingRules].filter(
          RuleRun.isCheckable(head, facts)
        )
      ]
      return { findings, rules: countRules(checked, findings), verdict: Verdict.make(listing, findings), coverage }
    }
  }
}

/**
 * Checks a listing by the given rules only.
 *
 * @category rules
 * @since 0.2.0
 */
export const runRules = (
  rules: ReadonlyArray<Rule>,
  listing: BackupListing,
  facts: Facts = {}
): ReadonlyArray<Finding> => {
  const run = RuleRun.begin(rules, listing, facts)
  for (const environment of listing.tree.environments) run.environment(environment)
  return run.end({ kept: listing.tree.kept, notes: listing.notes })
    .map(findingOf(listing.tree.environments, listing.directory))
}

/** Counts the findings of each rule that was checked, and of any other rule with findings. */
const countRules = (checked: ReadonlyArray<RuleText>, findings: ReadonlyArray<Finding>): ReadonlyArray<RuleCount> => {
  const counts = new Map<RuleText, Map<Severity, number>>()
  for (const rule of checked) counts.set(rule, new Map([[rule.severity, 0]]))
  for (const { rule, severity } of findings) {
    const ofRule = counts.get(rule) ?? new Map<Severity, number>()
    counts.set(rule, ofRule.set(severity, (ofRule.get(severity) ?? 0) + 1))
  }
  return [...counts].flatMap(([rule, ofRule]) => [...ofRule].map(([severity, count]) => ({ rule, severity, count })))
}
