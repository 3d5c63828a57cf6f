/** The result of a rule. */
import type { RuleText, Violation } from "../Rule.ts"

/** A violation and its rule. */
export interface Found {
  readonly rule: RuleText
  readonly violation: Violation
}
