/** Conflicts of a merge, as violations of the rules about unique uuids. Source: SEMANTICS 2.2 and 4.4. */
import * as Origin from "../../listing/Origin.ts"
import * as TreeMerge from "../../listing/TreeMerge.ts"
import * as CountText from "../../text/CountText.ts"
import * as PrintableText from "../../text/PrintableText.ts"
import { chainUuids, environmentUuids } from "../rules/Ids.ts"
import type { Found } from "./found.ts"

/**
 * Returns each conflict at the part that the merged tree kept. The tree itself has one of each and breaks no rule, so
 * that the conflict does not break the part.
 */
export const findConflicts = (merged: TreeMerge.MergedTree): ReadonlyArray<Found> =>
  merged.conflicts.map((conflict) => found(merged, conflict))

const found = (merged: TreeMerge.MergedTree, conflict: TreeMerge.Conflict): Found => {
  const { origins, place } = conflict
  const where = printOrigins(origins)
  if (conflict._tag === "Environment") {
    const { name, uuid } = conflict.environment
    const what = `environment ${PrintableText.excerpt(uuid)}`
    const message = `${what} appears more than once in ${where}; its chains are merged`
    return { rule: environmentUuids, violation: { place, subject: { environment: uuid, name }, message } }
  }
  const { chains, name, uuid } = merged.tree.environments[place.environment]!
  const { chain } = conflict
  const kept = chains[conflict.place.chain]!
  const what = `chain ${PrintableText.excerpt(chain.uuid)}`
  const message = TreeMerge.isCopy(merged, conflict)
    ? `${what} appears more than once in ${where}`
    : `${what} in ${where} differs from the one in ${
      printOrigins(TreeMerge.originsOf(merged, { environment: uuid, chain: kept.uuid }))
    }, which is kept`
  return { rule: chainUuids, violation: { place, subject: { environment: uuid, name, chain: chain.uuid }, message } }
}

const printOrigins = ([first, ...more]: ReadonlyArray<Origin.Origin>): string =>
  Origin.print(first!) + CountText.andMore(more.length)
