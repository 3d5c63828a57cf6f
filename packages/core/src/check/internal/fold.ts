/** Folds over listings in steps: between two of them, the caller can do other work or stop. */
import type { BackupListing } from "../../listing/BackupListing.ts"
import { parsePlace } from "../../tree/TreePath.ts"
import type { Finding } from "../Finding.ts"
import type { Facts, ListingRest, Rule } from "../Rule.ts"
import * as RuleRun from "./ruleRun.ts"
import * as Findings from "./toFinding.ts"

/** A fold over a listing. */
export interface Fold<A> {
  readonly environment: RuleRun.RuleRun["environment"]
  readonly end: (rest: ListingRest) => Generator<undefined, A>
}

/** Folds over a whole listing. */
export const visit = function*<A>(fold: Fold<A>, { notes, tree }: BackupListing): Generator<undefined, A> {
  const noted = Map.groupBy(notes, ({ path }) => parsePlace(path).environment)
  for (const [index, environment] of tree.environments.entries()) {
    yield* fold.environment(environment, noted.get(index) ?? [])
    yield
  }
  return yield* fold.end({ kept: tree.kept, notes })
}

/** Calls a function with each finding of the given rules, part by part. */
export const eachFinding = (
  rules: ReadonlyArray<Rule>,
  listing: BackupListing,
  use: (finding: Finding) => void,
  facts: Facts = {}
): Generator<undefined, void> => {
  const { findingOf } = Findings.make(listing.tree.environments, listing.directory)
  const run = RuleRun.begin(rules, listing, facts, (rule, _, violation) => use(findingOf({ rule, violation })))
  return visit(run, listing)
}
