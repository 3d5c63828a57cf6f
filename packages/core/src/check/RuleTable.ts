/**
 * The rules that a healthy backup tree obeys, as a table of values.
 *
 * The rules of SEMANTICS 4.4, those about an answer as a whole, the notes of the reader (SEMANTICS 9), what the reader of
 * a backup directory left out (SEMANTICS 3.5), and those about an inventory and about earlier listings.
 */
import * as Option from "effect/Option"
import type { Rule, RuleText } from "./Rule.ts"
import { answerRules, requestRules } from "./rules/Answers.ts"
import { absoluteBackingFiles } from "./rules/BackingFiles.ts"
import { contentRules } from "./rules/Contents.ts"
import { dateRules } from "./rules/Dates.ts"
import { directoryRules } from "./rules/Directories.ts"
import { diskRules } from "./rules/Disks.ts"
import { identityRules } from "./rules/Identity.ts"
import { imageRules } from "./rules/Images.ts"
import { machineRules } from "./rules/Machines.ts"
import { missingRules } from "./rules/Missing.ts"
import { noteRules } from "./rules/Notes.ts"
import { numberingRules } from "./rules/Numbering.ts"
import { originRules } from "./rules/Origins.ts"
import { skipRules } from "./rules/Skips.ts"
import { textRules } from "./rules/Texts.ts"

const numberedRules = [
  ...identityRules,
  ...numberingRules,
  ...dateRules,
  ...contentRules,
  ...imageRules,
  ...diskRules,
  ...originRules,
  ...textRules,
  ...requestRules,
  ...directoryRules
].toSorted((a, b) => a.id < b.id ? -1 : 1)

/**
 * The rules about a listing itself, in the order in which findings are reported: by number, then the answer as a whole,
 * then the notes, then the skips.
 */
export const listingRules: ReadonlyArray<Rule> = [
  ...numberedRules,
  ...answerRules,
  ...noteRules,
  ...skipRules,
  absoluteBackingFiles
]

/** Every rule that a finding can name: those about a listing, then those about the machines of an inventory, then those about what is missing since the baseline. */
export const all: ReadonlyArray<RuleText> = [...listingRules, ...machineRules, ...missingRules]

const byId: ReadonlyMap<string, RuleText> = new Map(all.map((rule) => [rule.id, rule]))

/** Finds the rule of an id, such as `I05`, `junk-number` or `stale-backup`. */
export const find = (id: string): Option.Option<RuleText> => Option.fromUndefinedOr(byId.get(id))
