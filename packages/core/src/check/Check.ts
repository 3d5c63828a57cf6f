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
import * as Steps from "../steps/Steps.ts"
import type * as BackupTree from "../tree/BackupTree.ts"
import type { Note } from "../tree/Note.ts"
import * as Coverage from "./Coverage.ts"
import { Finding } from "./Finding.ts"
import * as Ignore from "./Ignore.ts"
import { Tally } from "./internal/boundedTally.ts"
import { eachFinding, type Fold, visit } from "./internal/fold.ts"
import { findConflicts } from "./internal/mergeConflicts.ts"
import * as RuleRun from "./internal/ruleRun.ts"
import * as Findings from "./internal/toFinding.ts"
import { type CheckLimits, type Facts, type ListingHead, type ListingRest, type Rule, Severity } from "./Rule.ts"
import { countMissingChains, findMissing, missingRules } from "./rules/Disappeared.ts"
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
 * Schema of an {@link IgnoredCount}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const IgnoredCount = Schema.Struct({
  rule: RuleTable.RuleId,
  machine: Schema.optional(Schema.String),
  count: Schema.Int
})
/**
 * The number of findings of a rule that were ignored: those of the machines with a name or a uuid, or all.
 *
 * @category models
 * @since 0.2.0
 */
export type IgnoredCount = typeof IgnoredCount.Type

/**
 * Schema of a {@link CheckReport}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const CheckReport = Schema.Struct({
  /**
   * The findings in the order of the rules: the listing, its coverage, missing backups, and merge conflicts.
   *
   * Their number is limited ({@link defaultLimits}); `omitted` counts the rest.
   */
  findings: Schema.Array(Finding),
  /** The number of findings that are counted, but not kept. */
  omitted: Schema.Int,
  /** The number of findings of every rule that was checked, including rules without findings. */
  rules: Schema.Array(RuleCount),
  verdict: Verdict.Verdict,
  /** The ignored entries, in the order in which they were given, with the number of their findings. */
  ignored: Schema.Array(IgnoredCount),
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
 * The limits of a check: 10,000 findings in total, and 1,000 of each rule.
 *
 * @category constructors
 * @since 0.2.0
 */
export const defaultLimits: CheckLimits = { findings: 10_000, findingsPerRule: 1000 }

/**
 * A running check. It can be abandoned at any time and must not be used after `end`.
 *
 * @category models
 * @since 0.2.0
 */
export interface Checking {
  /** Checks the next environment. `notes` are the XML reader's notes about it (default: none). */
  readonly environment: (environment: BackupTree.VirtualEnvironment, notes?: ReadonlyArray<Note>) => void
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
export const run = (listing: BackupListing, facts: Facts = {}, limits: CheckLimits = defaultLimits): CheckReport =>
  Steps.complete(steps(listing, facts, limits))

/**
 * Checks a listing as {@link run} does, but pauses after every few hundred parts. The caller can do other work, or stop.
 *
 * @category rules
 * @since 0.2.0
 */
export const steps = (
  listing: BackupListing,
  facts: Facts = {},
  limits: CheckLimits = defaultLimits
): Generator<undefined, CheckReport> => visit(begin(listing, facts, limits), listing)

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
export const start = (head: ListingHead, facts: Facts = {}, limits: CheckLimits = defaultLimits): Checking => {
  const check = begin(head, facts, limits)
  return {
    environment: (environment, notes = []) => Steps.complete(check.environment(environment, notes)),
    end: (rest) => Steps.complete(check.end(rest))
  }
}

/**
 * Checks a listing by the given rules only. Returns at most as many findings as the limits allow.
 *
 * @category rules
 * @since 0.2.0
 */
export const runRules = (
  rules: ReadonlyArray<Rule>,
  listing: BackupListing,
  facts: Facts = {},
  limits: CheckLimits = defaultLimits
): ReadonlyArray<Finding> => {
  const { findingOf, placeOf } = Findings.make(listing.tree.environments, listing.directory)
  const tally = new Tally(limits, placeOf)
  Steps.complete(visit(RuleRun.begin(rules, listing, facts, tally.section(rules)), listing))
  return tally.kept().map(findingOf)
}

/**
 * Calls a function with each finding of the given rules, part by part, and keeps none.
 *
 * @category rules
 * @since 0.2.0
 */
export const forEach = (
  rules: ReadonlyArray<Rule>,
  listing: BackupListing,
  use: (finding: Finding) => void
): void => {
  Steps.complete(eachFinding(rules, listing, use))
}

const begin = (head: ListingHead, facts: Facts, limits: CheckLimits): Fold<CheckReport> => {
  const { inventory, maxAge, now } = facts
  const isCovered = inventory !== undefined && now !== undefined && Coverage.refusal(inventory, head) === undefined
  const given = isCovered ? { ...facts, maxAge: undefined } : facts
  // Missing machines are known only at the end, and findings refer to parts of the tree.
  const environments: Array<BackupTree.VirtualEnvironment> = []
  const { findingOf, placeOf, subjectOf } = Findings.make(environments, head.directory)
  const { ignored = [] } = facts
  const ignoredBy = Ignore.matcher(ignored)
  const counts = ignored.map(() => 0)
  const tally = new Tally(limits, placeOf, (rule, violation) => {
    const index = ignoredBy(rule, () => subjectOf(violation))
    if (index !== undefined) counts[index] = (counts[index] ?? 0) + 1
    return index !== undefined
  })
  const checkable = RuleTable.listingRules.filter(RuleRun.isCheckable(head, given))
  const run = RuleRun.begin(checkable, head, given, tally.section(checkable))
  return {
    environment: (environment, notes) => {
      environments.push(environment)
      return run.environment(environment, notes)
    },
    *end(rest) {
      const listing: BackupListing = { ...head, tree: { environments, kept: rest.kept }, notes: rest.notes }
      yield* run.end(rest)
      const coverage = inventory && now && Coverage.make(inventory, listing, { now, maxAge })
      yield* others(listing, facts, coverage, tally)
      const rules = tally.counts()
      const findings = tally.kept().map(findingOf)
      return {
        findings,
        omitted: rules.reduce((sum, { count }) => sum + count, 0) - findings.length,
        rules,
        verdict: Verdict.make(
          listing,
          rules,
          tally.broken,
          facts.baseline && countMissingChains(facts.baseline, listing.tree)
        ),
        ignored: ignored.map(({ machine, rule }, index) => ({ rule, machine, count: counts[index] ?? 0 })),
        coverage
      }
    }
  }
}

/** Adds findings that need more than the listing: coverage, missing backups, and conflicts of a merge. */
const others = function*(
  listing: BackupListing,
  facts: Facts,
  coverage: CheckReport["coverage"],
  tally: Tally
): Generator<undefined, void> {
  const { baseline, merged } = facts
  const canCheck = RuleRun.isCheckable(listing, facts)
  const sections = [
    {
      rules: coverage === undefined ? [] : rulesOfCoverage(coverage).filter(canCheck),
      found: coverage === undefined ? [] : findInCoverage(coverage),
      breaks: true
    },
    {
      rules: missingRules.filter(canCheck),
      found: baseline === undefined ? [] : findMissing(baseline, listing.tree),
      breaks: true
    },
    // A conflict does not break the chain that the merge kept.
    { rules: [], found: merged === undefined ? [] : findConflicts(merged), breaks: false }
  ]
  for (const { breaks, found, rules } of sections) {
    const add = tally.section(rules, { isRanked: true, breaks })
    for (const { rule, violation } of found) {
      add(rule, "parts", violation)
      yield
    }
  }
}
