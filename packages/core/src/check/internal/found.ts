/** What is found in a listing. */
import type { RuleText, Violation } from "../Rule.ts"

/** A breach, and the rule that it breaks. */
export interface Found {
  readonly rule: RuleText
  readonly violation: Violation
}
