/**
 * Rules whose findings are known and accepted, for all machines or for some: `I11:web*`.
 *
 * An ignored finding is counted apart: it is not reported, and does not affect the worst severity. A chain that it breaks
 * stays broken, so a plan is refused as ever.
 *
 * @since 0.2.0
 */
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Glob from "../listing/Glob.ts"
import * as Uuid from "../sdk/Uuid.ts"
import * as PrintableText from "../text/PrintableText.ts"
import * as SimilarTexts from "../text/SimilarTexts.ts"
import type { Ignored, RuleText, Subject } from "./Rule.ts"
import * as RuleTable from "./RuleTable.ts"

/**
 * Parses `RULE`, or `RULE:NAME` for the machines with that name, which can be a pattern, or with that uuid.
 *
 * **Example**
 *
 * ```ts
 * Ignore.parse("I11:web*") // Result.succeed({ rule: "I11", machine: "web*" })
 * ```
 *
 * @category codecs
 * @since 0.2.0
 */
export const parse = (text: string): Result.Result<Ignored, string> => {
  const [, id = text, machine] = /^([^:]*):(.*)$/s.exec(text) ?? []
  const rule = findRule(id)
  if (Result.isFailure(rule)) return Result.fail(rule.failure)
  if (machine === "") return Result.fail(`${PrintableText.quote(text, 80)} names no machine`)
  return Result.succeed(machine === undefined ? { rule: rule.success.id } : { rule: rule.success.id, machine })
}

/**
 * Finds a rule by its id in any case, or returns why there is none, with similar ids.
 *
 * @category accessors
 * @since 0.2.0
 */
export const findRule = (id: string): Result.Result<RuleText, string> => {
  const ids = RuleTable.all.map((rule) => rule.id)
  const known = ids.find((known) => known.toLowerCase() === id.toLowerCase())
  const rule = Option.flatMap(Option.fromUndefinedOr(known), RuleTable.find)
  if (Option.isSome(rule)) return Result.succeed(rule.value)
  const similar = SimilarTexts.find(id, ids)
  return Result.fail(
    `there is no rule ${PrintableText.quote(id, 80)}${
      similar.length === 0 ? "" : `. Did you mean ${similar.join(" or ")}?`
    }`
  )
}

/**
 * Writes what {@link parse} reads.
 *
 * @category codecs
 * @since 0.2.0
 */
export const print = ({ machine, rule }: Ignored): string => machine === undefined ? rule : `${rule}:${machine}`

/**
 * Returns a function that finds the position of the first entry that covers a finding.
 *
 * @category accessors
 * @since 0.2.0
 */
export const matcher = (
  ignored: ReadonlyArray<Ignored>
): (rule: Pick<RuleText, "id">, subject: () => Subject) => number | undefined => {
  const byRule = Map.groupBy(
    ignored.map(({ machine, rule }, index) => ({ index, rule, isMeant: machineMatcher(machine) })),
    ({ rule }) => rule
  )
  return ({ id }, subject) => {
    const entries = byRule.get(id)
    if (entries === undefined) return undefined
    const found = subject()
    return entries.find(({ isMeant }) => isMeant(found))?.index
  }
}

const machineMatcher = (machine: string | undefined): (subject: Subject) => boolean => {
  if (machine === undefined) return () => true
  const isNamed = Glob.matcher(Glob.parse(machine))
  return ({ environment, name }) =>
    (name !== undefined && isNamed(name))
    || (environment !== undefined && Uuid.isUuid(machine) && Uuid.equals(environment, machine))
}
