/** Checks several rules in one pass over a listing. */
import type * as BackupTree from "../../tree/BackupTree.ts"
import type { Note } from "../../tree/Note.ts"
import { type PartVisitor, printPlace, visitInSteps } from "../../tree/TreePath.ts"
import type { Facts, ListingHead, ListingRest, PlacedViolation, Rule, RuleText, Violation, Visitor } from "../Rule.ts"

/** Returns a predicate: whether all facts that a rule needs are known. */
export const isCheckable = ({ directory }: ListingHead, facts: Facts) => ({ needs = [] }: RuleText): boolean =>
  needs.every((need) => (need === "directory" ? directory : facts[need]) !== undefined)

/** The function of a rule that found a violation. Its violations are reported in this order. */
export type Stage = "listing" | "parts" | "end"

/** Receives the violations one by one. */
export type Report = (rule: Rule, stage: Stage, violation: Violation) => void

/** A check of one listing: run `environment` for each environment, then `end`. Both pause between their steps. */
export interface RuleRun {
  /** `notes` are those about the environment. */
  readonly environment: (
    environment: BackupTree.VirtualEnvironment,
    notes: ReadonlyArray<Note>
  ) => Generator<undefined, void>
  readonly end: (rest: ListingRest) => Generator<undefined, void>
}

/** The number of violations that are reported in one step. */
const violationsOfStep = 256

const noNotes: ReadonlyMap<string, ReadonlyArray<Note>> = new Map()

/** Begins a check by the given rules. */
export const begin = (rules: ReadonlyArray<Rule>, head: ListingHead, facts: Facts, report: Report): RuleRun => {
  const canCheck = isCheckable(head, facts)
  const checked = rules.filter((rule) => canCheck(rule)).map((rule) => ({ rule, visitor: rule.check(head, facts) }))
  let noted = noNotes
  const add = (rule: Rule, violation: PlacedViolation): void => {
    if (noted.size > 0 && rule.yieldsTo !== undefined) {
      const notes = noted.get(violation.path ?? printPlace(violation.place))
      if (notes?.some((note) => rule.yieldsTo?.includes(note.rule)) === true) return
    }
    report(rule, "parts", violation)
  }
  const visitor = combine(checked, add)
  let index = 0
  return {
    *environment(environment, notes) {
      noted = notes.length === 0 ? noNotes : Map.groupBy(notes, ({ path }) => path)
      yield* visitInSteps(environment, index++, visitor)
    },
    *end(rest) {
      let count = 0
      for (const { rule, visitor } of checked) {
        for (const stage of ["listing", "end"] as const) {
          for (const violation of visitor[stage]?.(rest) ?? []) {
            report(rule, stage, violation)
            if (++count % violationsOfStep === 0) yield
          }
          yield
        }
      }
    }
  }
}

interface Checked {
  readonly rule: Rule
  readonly visitor: Visitor
}

/** Combines the visitors of all rules into one. */
const combine = (
  checked: ReadonlyArray<Checked>,
  add: (rule: Rule, violation: PlacedViolation) => void
): PartVisitor => {
  const all = <At>(visitOf: (visitor: Visitor) => ((at: At) => Iterable<PlacedViolation>) | undefined) => {
    const visits = checked.flatMap(({ rule, visitor }) => {
      const visit = visitOf(visitor)
      return visit === undefined ? [] : [{ visit, rule }]
    })
    return (at: At): void => {
      for (const { rule, visit } of visits) {
        const violations = visit(at)
        // Most are empty arrays, and a loop over an iterator costs more.
        if (isEmptyArray(violations)) continue
        for (const violation of violations) add(rule, violation)
      }
    }
  }
  return {
    environment: all(({ environment }) => environment),
    chain: all(({ chain }) => chain),
    backup: all(({ backup }) => backup)
  }
}

const isEmptyArray = (violations: Iterable<unknown>): boolean => Array.isArray(violations) && violations.length === 0
