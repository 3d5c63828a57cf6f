/** Constructors of rules that keep the literal type of an id, so that types can be derived from the table of rules. */
import type { Rule, RuleText } from "../Rule.ts"

/** Returns a rule as it is. */
export const rule = <const Id extends string>(rule: Rule<Id>): Rule<Id> => rule

/** Returns the texts of a rule as they are, for rules that do not visit a listing. */
export const ruleText = <const Id extends string>(text: RuleText<Id>): RuleText<Id> => text
