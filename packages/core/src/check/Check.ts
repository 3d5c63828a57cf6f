/**
 * The check of a listing: every finding there is, and what they come to.
 *
 * It is a fold over environments: {@link start} it, give it one environment after the other, and end it. {@link run} does
 * so for a listing.
 */
import * as Result from "effect/Result"
import type { BackupListing } from "../listing/BackupListing.ts"
import type * as BackupTree from "../tree/BackupTree.ts"
import * as Coverage from "./Coverage.ts"
import type { Finding } from "./Finding.ts"
import { findingOf } from "./internal/findings.ts"
import { findConflicts } from "./internal/mergeConflicts.ts"
import * as RuleRun from "./internal/ruleRun.ts"
import type { Facts, ListingHead, ListingRest, Rule, RuleText, Severity } from "./Rule.ts"
import { findInCoverage, rulesOfCoverage } from "./rules/Machines.ts"
import { findMissing, missingRules } from "./rules/Missing.ts"
import * as RuleTable from "./RuleTable.ts"
import * as Verdict from "./Verdict.ts"

/** How many findings of one severity a rule has. */
export interface RuleCount {
  readonly rule: RuleText
  readonly severity: Severity
  readonly count: number
}

/** What a check has found. */
export interface CheckReport {
  /** In the order of the rules: about the listing itself, its coverage, what is missing, and what a merge left out. */
  readonly findings: ReadonlyArray<Finding>
  /** Every rule that was checked, those without a finding too, and how often it was broken with which severity. */
  readonly rules: ReadonlyArray<RuleCount>
  readonly verdict: Verdict.Verdict
  /** The state of each machine of the inventory, or why it cannot be known; undefined without an inventory. */
  readonly coverage: Result.Result<Coverage.Coverage, Coverage.CoverageError> | undefined
}

/** A check that has begun. It can be given up at any time; after its end it is spent. */
export interface Checking {
  /** Checks the next environment. */
  readonly environment: (environment: BackupTree.VirtualEnvironment) => void
  /** Ends the check, and returns what was found. */
  readonly end: (rest: ListingRest) => CheckReport
}

/**
 * Checks a listing: by every rule, its coverage of an inventory, what is missing since the baseline, and what a merge left
 * out.
 *
 * What was asked counts: the answer to one backup id lacks links that exist, and its gaps are no findings. Facts from
 * outside are arguments, and a rule whose fact is missing is not checked. An inventory says whose age matters: if it can
 * be compared with the listing, I40 is not checked.
 *
 * **Example**
 *
 * ```ts
 * const { findings, verdict } = Check.run(listing, { now, maxAge: Duration.hours(26) })
 * verdict.worst // "error", "warning", "info" or undefined
 * findings.map(({ message, rule }) => `${message}. ${rule.advice}`)
 * ```
 */
export const run = (listing: BackupListing, facts: Facts = {}): CheckReport => {
  const check = start(listing, facts)
  for (const environment of listing.tree.environments) check.environment(environment)
  return check.end({ kept: listing.tree.kept, notes: listing.notes })
}

/**
 * Starts a check of the listing that environments are read of.
 *
 * **Example**
 *
 * ```ts
 * const check = Check.start(head, { now })
 * for (const environment of environments) check.environment(environment)
 * const { verdict } = check.end({ kept: [], notes })
 * ```
 */
export const start = (head: ListingHead, facts: Facts = {}): Checking => {
  const { baseline, inventory, maxAge, merged, now } = facts
  const isCovered = inventory !== undefined && now !== undefined && Coverage.refusal(inventory, head) === undefined
  const given = isCovered ? { ...facts, maxAge: undefined } : facts
  const rules = RuleRun.begin(RuleTable.listingRules, head, given)
  // For what can be told at the end only: which machines are missing, and what stands at a place.
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

/** Checks a listing by some rules only. */
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

/** Counts the findings of each rule: of those that were checked, and of any other that is found broken. */
const countRules = (checked: ReadonlyArray<RuleText>, findings: ReadonlyArray<Finding>): ReadonlyArray<RuleCount> => {
  const counts = new Map<RuleText, Map<Severity, number>>()
  for (const rule of checked) counts.set(rule, new Map([[rule.severity, 0]]))
  for (const { rule, severity } of findings) {
    const ofRule = counts.get(rule) ?? new Map<Severity, number>()
    counts.set(rule, ofRule.set(severity, (ofRule.get(severity) ?? 0) + 1))
  }
  return [...counts].flatMap(([rule, ofRule]) => [...ofRule].map(([severity, count]) => ({ rule, severity, count })))
}
