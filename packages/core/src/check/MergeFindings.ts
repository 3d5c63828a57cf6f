/**
 * What a merge of several listings left out, as findings of the rules I01 and I03. Source: SEMANTICS 2.2 and 4.4.
 */
import * as Origin from "../listing/Origin.ts"
import * as TreeMerge from "../listing/TreeMerge.ts"
import * as CountText from "../text/CountText.ts"
import * as PrintableText from "../text/PrintableText.ts"
import { printPlace } from "../tree/TreePath.ts"
import type { Finding } from "./Rule.ts"
import { identityRules } from "./rules/Identity.ts"

/**
 * Returns one finding for each conflict of a merge, at what the merged tree holds instead.
 *
 * The merged tree holds one of each, so that the rules about trees do not see them.
 *
 * **Example**
 *
 * ```ts
 * const findings = [...Check.check(listing), ...MergeFindings.check(merged)]
 * ```
 */
export const check = (merged: TreeMerge.MergedTree): ReadonlyArray<Finding> =>
  merged.conflicts.map((conflict) => toFinding(merged, conflict))

const toFinding = (merged: TreeMerge.MergedTree, conflict: TreeMerge.Conflict): Finding => {
  const { origins, place } = conflict
  const path = printPlace(place)
  const where = printOrigins(origins)
  if (conflict._tag === "Environment") {
    const { name, uuid } = conflict.environment
    const message = `environment ${
      PrintableText.excerpt(uuid)
    } stands more than once in ${where}; its chains are merged`
    return { rule: "I01", severity: severityOf("I01"), path, place, subject: { environment: uuid, name }, message }
  }
  const { chains, name, uuid } = merged.tree.environments[place.environment]!
  const { chain } = conflict
  const kept = chains[conflict.place.chain]!
  const message = TreeMerge.isCopy(merged, conflict)
    ? `chain ${PrintableText.excerpt(chain.uuid)} stands more than once in ${where}`
    : `chain ${PrintableText.excerpt(chain.uuid)} in ${where} differs from the one in ${
      printOrigins(TreeMerge.originsOf(merged, { environment: uuid, chain: kept.uuid }))
    }, which is kept`
  const subject = { environment: uuid, name, chain: chain.uuid }
  return { rule: "I03", severity: severityOf("I03"), path, place, subject, message }
}

const severityOf = (rule: "I01" | "I03") => identityRules.find(({ id }) => id === rule)!.severity

const printOrigins = ([first, ...more]: ReadonlyArray<Origin.Origin>): string =>
  Origin.print(first!) + CountText.andMore(more.length)
