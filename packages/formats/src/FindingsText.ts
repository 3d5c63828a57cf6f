/**
 * Renders findings as text, grouped by environment, each with its meaning and its fix.
 *
 * @since 0.2.0
 */
import type { CheckReport } from "@backup-tree/core/check/Check"
import type { Finding } from "@backup-tree/core/check/Finding"
import { Severity, type Subject } from "@backup-tree/core/check/Rule"
import type * as Verdict from "@backup-tree/core/check/Verdict"
import type * as BackupListing from "@backup-tree/core/listing/BackupListing"
import * as CountText from "@backup-tree/core/text/CountText"
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import type * as BackupTree from "@backup-tree/core/tree/BackupTree"
import { fold } from "./internal/fold.ts"
import * as Style from "./Style.ts"
import * as TreeText from "./TreeText.ts"

/**
 * Options of {@link lines}.
 *
 * @category models
 * @since 0.2.0
 */
export interface FindingsTextOptions {
  /** The style (default: plain text). */
  readonly style?: Style.Style | undefined
  /** The width at which lines are folded, in characters (default: 100). */
  readonly width?: number | undefined
}

/**
 * The part of a {@link CheckReport} that is rendered.
 *
 * @category models
 * @since 0.2.0
 */
export type Report = Pick<CheckReport, "findings" | "omitted" | "rules">

/**
 * Renders the findings of a report as lines, grouped by environment.
 *
 * The findings about the listing as a whole come first, then the environments in listing order, then hidden
 * environments. The last lines have the numbers of the findings that the report omits.
 *
 * **Example**
 *
 * ```ts
 * FindingsText.lines(listing, Check.run(listing), { width: 80 }).join("\n")
 * ```
 *
 * @category rendering
 * @since 0.2.0
 */
export const lines = (
  listing: BackupListing.BackupListing,
  report: Report,
  options: FindingsTextOptions = {}
): ReadonlyArray<string> => {
  const { findings } = report
  const style = options.style ?? Style.plain
  const width = options.width ?? 100
  const listed = Map.groupBy(findings, ({ place }) => place.environment)
  const unlisted = Map.groupBy(listed.get(undefined) ?? [], ({ subject }) => keyOf(subject))
  const groups = [
    { title: "the listing as a whole", found: unlisted.get(keyOf({})) ?? [] },
    ...listing.tree.environments.map(({ name, uuid }, index) => ({
      title: titleOf({ environment: uuid, name }),
      found: listed.get(index) ?? []
    })),
    ...[...unlisted].flatMap(([key, found]) => key === keyOf({}) ? [] : [{ title: titleOf(found[0]!.subject), found }])
  ]
  const shown = groups.filter(({ found }) => found.length > 0).flatMap(({ found, title }, position) => [
    ...(position === 0 ? [] : [""]),
    style("title", title),
    ...found.flatMap((finding) => findingLines(finding, style, width))
  ])
  return [...shown, ...omittedLines(report, style)]
}

const omittedLines = ({ findings, omitted, rules }: Report, style: Style.Style): ReadonlyArray<string> => {
  if (omitted === 0) return []
  const kept = Map.groupBy(findings, ({ rule, severity }) => `${severity} ${rule.id}`)
  return [
    "",
    style("title", `${CountText.count(omitted, "more finding")} of these rules:`),
    ...rules.flatMap(({ count, rule, severity }) => {
      const more = count - (kept.get(`${severity} ${rule.id}`)?.length ?? 0)
      return more === 0 ? [] : [`  ${style(severity, severityText[severity])} ${rule.id}  ${more} of ${count}`]
    })
  ]
}

/** Returns a text that differs for different environments. Their titles may be the same, because names are cut. */
const keyOf = ({ environment, name }: Pick<Subject, "environment" | "name">): string =>
  JSON.stringify([name, environment === "" ? undefined : environment])

/** Returns the name and uuid of an environment, as far as they are known, or an empty text. */
const titleOf = ({ environment, name }: Pick<Subject, "environment" | "name">): string =>
  [
    ...(name === undefined ? [] : [TreeText.name({ name })]),
    ...(environment === undefined ? [] : [PrintableText.escape(environment)])
  ].join("  ")

const severityText: { readonly [S in Severity]: string } = { error: "ERROR", warning: "WARNING", info: "INFO" }

const findingLines = (
  { message, path, rule, severity }: Finding,
  style: Style.Style,
  width: number
): ReadonlyArray<string> => {
  const explained = [
    ...fold(`Meaning: ${rule.meaning}`, width - 4),
    ...fold(`Fix: ${rule.advice}`, width - 4)
  ]
  return [
    `  ${style(severity, severityText[severity])} ${rule.id}  ${PrintableText.escape(message)}`,
    `    ${style("faint", `at ${PrintableText.escape(path)}`)}`,
    ...explained.map((line) => `    ${line}`)
  ]
}

/**
 * Renders the number of findings of each severity as one line: `1 error, 2 warnings`, or `no findings`.
 *
 * @category rendering
 * @since 0.2.0
 */
export const summary = (counts: Verdict.Counts): string => {
  const parts = Severity.literals.flatMap((severity) =>
    counts[severity] === 0
      ? []
      : [severity === "info" ? `${counts.info} info` : CountText.count(counts[severity], severity)]
  )
  return parts.length === 0 ? "no findings" : parts.join(", ")
}

/**
 * Renders a verdict as one line: the findings, the sound chains, and the totals of the listing.
 *
 * **Example**
 *
 * ```ts
 * FindingsText.verdict(verdict, listing.tree)
 * // "1 error, 1 info; 10 of 11 chains sound (5 environments, 11 chains, 51 backups, 165.1 GiB)"
 * ```
 *
 * @category rendering
 * @since 0.2.0
 */
export const verdict = ({ chains, counts }: Verdict.Verdict, tree: BackupTree.BackupTree): string => {
  const { hidden, missing, sound, total } = chains
  const listed = TreeText.summary(tree)
  const what = hidden === 0 ? listed : `listed: ${listed}; hidden: ${CountText.count(hidden, "chain")}`
  const lost = missing === 0 ? "" : `, ${CountText.count(missing, "more chain")} missing`
  return `${summary(counts)}; ${sound} of ${CountText.count(total, "chain")} sound${lost} (${what})`
}
