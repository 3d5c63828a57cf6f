/** Findings by machine and rule, the worst first. */
import type { Finding } from "@backup-tree/core/check/Finding"
import { type RuleText, Severity, type Subject } from "@backup-tree/core/check/Rule"
import type * as BackupListing from "@backup-tree/core/listing/BackupListing"
import * as Order from "effect/Order"

/** The findings of a rule about one machine that have the same severity. */
interface Group {
  readonly rule: RuleText
  readonly severity: Severity
  readonly findings: ReadonlyArray<Finding>
}

/** The findings about a machine, or about the listing as a whole, which has no subject. Errors come first. */
export interface Section {
  readonly subject: Pick<Subject, "environment" | "name"> | undefined
  readonly groups: ReadonlyArray<Group>
}

const severityOrder = Order.mapInput(Order.Number, (severity: Severity) => Severity.literals.indexOf(severity))

/** Groups findings. Machines with errors come first, and else the listing as a whole and the order of the listing. */
export const sections = (
  { tree: { environments } }: BackupListing.BackupListing,
  findings: ReadonlyArray<Finding>
): ReadonlyArray<Section> => {
  const byEnvironment = Map.groupBy(findings, ({ place }) => place.environment)
  const unlisted = Map.groupBy(byEnvironment.get(undefined) ?? [], ({ subject }) => keyOf(subject))
  const general = unlisted.get(keyOf({}))
  unlisted.delete(keyOf({}))
  const listed = [...byEnvironment.keys()].filter((index) => index !== undefined).toSorted((a, b) => a - b)
  return [
    ...(general === undefined ? [] : [{ subject: undefined, groups: groupsOf(general) }]),
    ...listed.map((index) => {
      const { name, uuid } = environments[index]!
      return { subject: { environment: uuid, name }, groups: groupsOf(byEnvironment.get(index)!) }
    }),
    ...Array.from(unlisted.values(), (found) => ({ subject: found[0]!.subject, groups: groupsOf(found) }))
  ].toSorted(Order.mapInput(severityOrder, ({ groups }: Section) => groups[0]!.severity))
}

const groupsOf = (findings: ReadonlyArray<Finding>): ReadonlyArray<Group> =>
  Array.from(
    Map.groupBy(findings, ({ rule, severity }) => `${severity} ${rule.id}`).values(),
    (findings): Group => ({ rule: findings[0]!.rule, severity: findings[0]!.severity, findings })
  ).toSorted(Order.mapInput(severityOrder, ({ severity }: Group) => severity))

/** Returns a text that differs for different environments. Their titles may be the same, because names are cut. */
const keyOf = ({ environment, name }: Pick<Subject, "environment" | "name">): string =>
  JSON.stringify([name, environment === "" ? undefined : environment])
