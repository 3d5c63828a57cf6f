/**
 * The rules that a healthy backup tree obeys, as a table of values, and the check of a listing against them.
 *
 * The rules of SEMANTICS 4.4, those about an answer as a whole, the notes of the reader (SEMANTICS 9), and what the reader
 * of a backup directory left out (SEMANTICS 3.5). Rules of scope `D` need a listing of a directory.
 */
import type { BackupListing } from "../listing/BackupListing.ts"
import type * as BackupTree from "../tree/BackupTree.ts"
import { type Place, printPlace, visitParts } from "../tree/TreePath.ts"
import type { Facts, Finding, FindingSubject, Rule, Severity, Violation, Visitor } from "./Rule.ts"
import { answerRules, requestRules } from "./rules/Answers.ts"
import { absoluteBackingFiles } from "./rules/BackingFiles.ts"
import { contentRules } from "./rules/Contents.ts"
import { dateRules } from "./rules/Dates.ts"
import { directoryRules } from "./rules/Directories.ts"
import { diskRules } from "./rules/Disks.ts"
import { identityRules } from "./rules/Identity.ts"
import { imageRules } from "./rules/Images.ts"
import { noteRules } from "./rules/Notes.ts"
import { numberingRules } from "./rules/Numbering.ts"
import { originRules } from "./rules/Origins.ts"
import { skipRules } from "./rules/Skips.ts"
import { textRules } from "./rules/Texts.ts"

export type { Finding } from "./Rule.ts"

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

/** Every rule, in the order in which findings are reported: by number, then the answer as a whole, then the notes, then the skips. */
export const rules: ReadonlyArray<Rule> = [
  ...numberedRules,
  ...answerRules,
  ...noteRules,
  ...skipRules,
  absoluteBackingFiles
]

const rulesById: ReadonlyMap<string, Rule> = new Map(rules.map((rule) => [rule.id, rule]))

/** Returns the rule of an id, such as `I05` or `junk-number`. */
export const rule = (id: string): Rule | undefined => rulesById.get(id)

/**
 * Checks a listing against every rule.
 *
 * What was asked counts: the answer to one backup id lacks links that exist, and its gaps are no findings. Facts from
 * outside are arguments; a rule whose fact is missing is not checked.
 *
 * **Example**
 *
 * ```ts
 * const worst = Check.worst(Check.check(listing)) // "error", "warning", "info" or undefined
 * const stale = Check.check(listing, { now, maxAge: Duration.hours(26) })
 * ```
 */
export const check = (listing: BackupListing, facts: Facts = {}): ReadonlyArray<Finding> =>
  checkRules(rules, listing, facts)

/** Checks a listing against some rules. */
export const checkRules = (
  some: ReadonlyArray<Rule>,
  listing: BackupListing,
  facts: Facts = {}
): ReadonlyArray<Finding> => {
  const noted = Map.groupBy(listing.notes, ({ path }) => path)
  const violations = look(listing.tree, some.map((candidate) => candidate.check(listing, facts)))
  return some.flatMap((candidate, index) =>
    violations[index]!
      .map((violation) => toFinding(listing.tree, candidate, violation))
      .filter(({ path }) => !noted.get(path)?.some((note) => candidate.yieldsTo?.includes(note.rule)))
  )
}

/** Lets checks look at a tree, and returns what each of them finds. */
const look = (tree: BackupTree.BackupTree, checks: ReadonlyArray<Visitor>): ReadonlyArray<ReadonlyArray<Violation>> => {
  const found = checks.map((): Array<Violation> => [])
  /** Makes of all that looks at a kind of part one function that looks at such a part. */
  const all = <At>(lookOf: (check: Visitor) => ((at: At) => ReadonlyArray<Violation>) | undefined) => {
    const looks = checks.flatMap((check, index) => {
      const look = lookOf(check)
      return look === undefined ? [] : [{ look, found: found[index]! }]
    })
    return (at: At): void => {
      for (const { found, look } of looks) {
        const violations = look(at)
        // Of most parts nothing is found.
        if (violations.length > 0) violations.forEach((violation) => found.push(violation))
      }
    }
  }
  all<void>(({ listing }) => listing)()
  visitParts(tree, {
    environment: all(({ environment }) => environment),
    chain: all(({ chain }) => chain),
    backup: all(({ backup }) => backup)
  })
  all<void>(({ end }) => end)()
  return found
}

/** Returns the severity of the worst finding. */
export const worst = (findings: ReadonlyArray<Finding>): Severity | undefined =>
  (["error", "warning", "info"] as const).find((severity) => findings.some((finding) => finding.severity === severity))

const toFinding = (tree: BackupTree.BackupTree, { id, severity }: Rule, violation: Violation): Finding => ({
  rule: id,
  severity: violation.severity ?? severity,
  path: violation.path ?? printPlace(violation.place),
  place: violation.place,
  subject: violation.subject ?? subjectOf(tree, violation.place),
  message: violation.message
})

const subjectOf = (tree: BackupTree.BackupTree, place: Place): FindingSubject => {
  const environment = tree.environments[place.environment ?? -1]
  const chain = environment?.chains[place.chain ?? -1]
  const backup = place.backup === 0 ? chain?.head : chain?.incrementals[(place.backup ?? 0) - 1]
  return { environment: environment?.uuid, name: environment?.name, chain: chain?.uuid, backup: backup?.id }
}
