/** Counts violations exactly, and keeps a bounded number of them. */
import type { Place } from "../../tree/TreePath.ts"
import { type CheckLimits, type RuleText, Severity, type Violation } from "../Rule.ts"
import type { Found } from "./found.ts"
import type { Stage } from "./ruleRun.ts"

/** The violations of one rule in one part of a report. */
interface Entry {
  readonly rule: RuleText
  readonly counts: { [S in Severity]: number }
  readonly kept: { readonly [S in Stage]: Array<Kept> }
}

interface Kept {
  readonly violation: Violation
  /** How many violations of the section came before it. */
  readonly rank: number
}

interface Section {
  readonly entries: ReadonlyMap<RuleText, Entry>
  /** Whether the violations are reported as they came, and not rule by rule. */
  readonly isRanked: boolean
}

/** The chains that errors break: all of an environment, or those at some positions. */
export type Broken = ReadonlyMap<number, "all" | ReadonlySet<number>>

/** A report that grows by sections: the rules of a later section are reported after those of an earlier one. */
export class Tally {
  readonly #limits: CheckLimits
  readonly #placeOf: (violation: Violation) => Place
  readonly #sections: Array<Section> = []
  readonly #broken = new Map<number, "all" | Set<number>>()
  readonly #isIgnored: (rule: RuleText, violation: Violation) => boolean

  /** An ignored violation is neither counted nor kept, but it breaks its chain like any other. */
  constructor(
    limits: CheckLimits,
    placeOf: (violation: Violation) => Place,
    isIgnored: (rule: RuleText, violation: Violation) => boolean = () => false
  ) {
    this.#limits = limits
    this.#placeOf = placeOf
    this.#isIgnored = isIgnored
  }

  /**
   * Begins a section with some rules, and returns a function to add to it. Its findings are reported rule by rule, in
   * the order of the rules, or else as they came (`isRanked`). By default, its errors break the chains at their places.
   */
  section(
    rules: Iterable<RuleText>,
    { breaks = true, isRanked = false }: { readonly breaks?: boolean; readonly isRanked?: boolean } = {}
  ): (rule: RuleText, stage: Stage, violation: Violation) => void {
    let rank = 0
    const entries = new Map<RuleText, Entry>()
    const entryOf = (rule: RuleText): Entry => {
      const entry = entries.get(rule) ?? {
        rule,
        counts: { error: 0, warning: 0, info: 0 },
        kept: { listing: [], parts: [], end: [] }
      }
      entries.set(rule, entry)
      return entry
    }
    for (const rule of rules) entryOf(rule)
    this.#sections.push({ entries, isRanked })
    return (rule, stage, violation) => {
      const { counts, kept } = entryOf(rule)
      const severity = violation.severity ?? rule.severity
      if (breaks && severity === "error" && rule.breaks !== "nothing") this.#break(rule, violation)
      if (this.#isIgnored(rule, violation)) return
      counts[severity] += 1
      if (kept[stage].length < this.#limits.findingsPerRule) kept[stage].push({ violation, rank })
      rank += 1
    }
  }

  #break(rule: RuleText, violation: Violation): void {
    const { chain, environment } = this.#placeOf(violation)
    if (environment === undefined) return
    const broken = this.#broken.get(environment)
    if (broken === "all") return
    if (chain !== undefined) this.#broken.set(environment, (broken ?? new Set()).add(chain))
    else if (rule.breaks === "chain") this.#broken.set(environment, "all")
  }

  /** The chains that are not sound. */
  get broken(): Broken {
    return this.#broken
  }

  /** Returns the exact number of violations of each rule that was checked or has some, by severity. */
  counts(): ReadonlyArray<{ readonly rule: RuleText; readonly severity: Severity; readonly count: number }> {
    const counts = new Map<RuleText, { [S in Severity]: number }>()
    for (const { counts: ofEntry, rule } of this.#sections.flatMap(({ entries }) => [...entries.values()])) {
      const sum = counts.get(rule) ?? { error: 0, warning: 0, info: 0 }
      for (const severity of Severity.literals) sum[severity] += ofEntry[severity]
      counts.set(rule, sum)
    }
    return [...counts].flatMap(([rule, ofRule]) => [
      { rule, severity: rule.severity, count: ofRule[rule.severity] },
      ...Severity.literals.flatMap((severity) =>
        severity === rule.severity || ofRule[severity] === 0 ? [] : [{ rule, severity, count: ofRule[severity] }]
      )
    ])
  }

  /**
   * Returns the violations that are kept, in the order of the sections and their rules.
   *
   * If there are too many as a whole, each rule keeps the same number of violations, or all if it has fewer.
   */
  kept(): ReadonlyArray<Found> {
    const { findings, findingsPerRule } = this.#limits
    const sections = this.#sections.map(({ entries, isRanked }) => ({
      isRanked,
      groups: Array.from(
        entries.values(),
        ({ kept: { end, listing, parts }, rule }) =>
          [...listing, ...parts, ...end].slice(0, findingsPerRule).map((kept) => ({ ...kept, rule }))
      )
    }))
    const most = share(sections.flatMap(({ groups }) => groups.map(({ length }) => length)), findings)
    return sections.flatMap(({ groups, isRanked }) => {
      const kept = groups.flatMap((group) => group.slice(0, most))
      return isRanked ? kept.toSorted((a, b) => a.rank - b.rank) : kept
    }).map(({ rule, violation }) => ({ rule, violation }))
  }
}

/** Returns the greatest number of items that every group may keep so that all keep at most `room`. */
const share = (sizes: ReadonlyArray<number>, room: number): number => {
  let left = room
  const ascending = sizes.toSorted((a, b) => a - b)
  for (const [index, size] of ascending.entries()) {
    const groups = ascending.length - index
    if (size * groups > left) return Math.floor(left / groups)
    left -= size
  }
  return Infinity
}
