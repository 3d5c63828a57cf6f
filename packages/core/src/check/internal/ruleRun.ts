/** Checks several rules in one pass over a listing. */
import type * as BackupTree from "../../tree/BackupTree.ts"
import { type PartVisitor, printPlace, visitEnvironment } from "../../tree/TreePath.ts"
import type { Facts, ListingHead, ListingRest, Rule, RuleText, Violation, Visitor } from "../Rule.ts"
import type { Found } from "./found.ts"

/** Returns a predicate: whether all facts that a rule needs are known. */
export const isCheckable = ({ directory }: ListingHead, facts: Facts) => ({ needs = [] }: RuleText): boolean =>
  needs.every((need) => (need === "directory" ? directory : facts[need]) !== undefined)

/** A check of one listing: call `environment` for each environment, then `end`. */
export interface RuleRun {
  readonly environment: (environment: BackupTree.VirtualEnvironment) => void
  /** Returns the violations, rule by rule. */
  readonly end: (rest: ListingRest) => ReadonlyArray<Found>
}

/** Begins a check by the given rules. */
export const begin = (rules: ReadonlyArray<Rule>, head: ListingHead, facts: Facts): RuleRun => {
  const canCheck = isCheckable(head, facts)
  const visitors = rules.map((rule): Visitor => canCheck(rule) ? rule.check(head, facts) : {})
  const parts = visitors.map((): Array<Violation> => [])
  const visitor = combine(visitors, parts)
  let index = 0
  return {
    environment: (environment) => visitEnvironment(environment, index++, visitor),
    end: (rest) => {
      const noted = Map.groupBy(rest.notes, ({ path }) => path)
      return visitors.flatMap(({ end, listing }, position) => {
        const rule = rules[position]!
        const found = [listing?.(rest) ?? [], parts[position]!, end?.(rest) ?? []].flat()
          .map((violation): Found => ({ rule, violation }))
        return noted.size === 0 || rule.yieldsTo === undefined
          ? found
          : found.filter(({ violation }) =>
            noted.get(pathOf(violation))?.some((note) => rule.yieldsTo?.includes(note.rule)) !== true
          )
      })
    }
  }
}

const pathOf = (violation: Violation): string =>
  violation.path ?? ("storedAt" in violation ? "" : printPlace(violation.place))

/** Combines the visitors of all rules into one, which adds the violations of each rule to its own list. */
const combine = (visitors: ReadonlyArray<Visitor>, found: ReadonlyArray<Array<Violation>>): PartVisitor => {
  const all = <At>(visitOf: (visitor: Visitor) => ((at: At) => ReadonlyArray<Violation>) | undefined) => {
    const visits = visitors.flatMap((visitor, position) => {
      const visit = visitOf(visitor)
      return visit === undefined ? [] : [{ visit, found: found[position]! }]
    })
    return (at: At): void => {
      for (const { found, visit } of visits) {
        const violations = visit(at)
        // Most parts have no violations.
        if (violations.length > 0) violations.forEach((violation) => found.push(violation))
      }
    }
  }
  return {
    environment: all(({ environment }) => environment),
    chain: all(({ chain }) => chain),
    backup: all(({ backup }) => backup)
  }
}
