/**
 * Renders findings as text: the worst machines first, and one explanation for all findings of a rule.
 *
 * @since 0.2.0
 */
import type { CheckReport } from "@backup-tree/core/check/Check"
import type { Finding } from "@backup-tree/core/check/Finding"
import { type RuleText, Severity } from "@backup-tree/core/check/Rule"
import * as RuleExample from "@backup-tree/core/check/RuleExample"
import type * as Verdict from "@backup-tree/core/check/Verdict"
import type * as BackupListing from "@backup-tree/core/listing/BackupListing"
import * as CountText from "@backup-tree/core/text/CountText"
import { fold } from "@backup-tree/core/text/FoldText"
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import { timeText } from "@backup-tree/core/text/TimeText"
import * as BackupDate from "@backup-tree/core/tree/BackupDate"
import * as BackupTree from "@backup-tree/core/tree/BackupTree"
import { cut } from "./internal/cut.ts"
import * as Sections from "./internal/findingSections.ts"
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
  /**
   * The number of lines that fit on the screen (default: no limit). A report that does not fit has a line for each rule
   * and machine, as many explanations as there is room for, and the number of what is left out.
   */
  readonly height?: number | undefined
  /** Shortens uuids and ids (default: none; see `ShortIds`). */
  readonly shorten?: ((id: string) => string) | undefined
  /** The least severe findings to show (default: `info`). */
  readonly severity?: Severity | undefined
  /** The ids of the rules to show (default: all). */
  readonly rules?: ReadonlyArray<string> | undefined
  /** What to read for the lines that did not fit on the screen, as a sentence that follows their number. */
  readonly more?: string | undefined
  /** Whether to write the path of the element below each finding (default: false). A report with paths is never cut. */
  readonly paths?: boolean | undefined
}

/**
 * The part of a {@link CheckReport} that is rendered.
 *
 * @category models
 * @since 0.2.0
 */
export type Report = Pick<CheckReport, "findings" | "omitted" | "rules">

/**
 * Renders the findings of a report as lines.
 *
 * Machines with errors come first, and for each of them errors before warnings before the rest. Then each rule is
 * explained once. The last lines have the numbers of the findings that the report omits.
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
  const layout = layoutOf(listing, options)
  const isShown = shownBy(options)
  const sections = Sections.sections(listing, report.findings.filter(isShown))
  const omitted = omittedLines(report, isShown, layout)
  const whole = [
    ...separated(sections.map((section) => wholeSection(section, layout, options.paths === true))),
    ...explanations(rulesOf(sections), layout).flat(),
    ...omitted
  ]
  const { height = Infinity, more } = options
  return whole.length <= height || options.paths === true
    ? whole
    : [...brief(sections, layout, height - omitted.length, more), ...omitted]
}

/**
 * Renders the explanation of a rule: what holds where it is not violated, the meaning of a violation, the fix, and
 * the message of an example.
 *
 * @category rendering
 * @since 0.2.0
 */
export const explanation = (
  rule: RuleText,
  { style = Style.plain, width = 100 }: Pick<FindingsTextOptions, "style" | "width"> = {}
): ReadonlyArray<string> => [
  ...ruleTitle(rule, style, width),
  ...[
    rule.statement,
    `Meaning: ${rule.meaning}`,
    `Fix: ${rule.advice}`,
    `Example: ${RuleExample.of(rule) ?? "none"}`
  ].flatMap((text) => indented(text, 2, width)),
  `  Severity: ${rule.severity}`
]

/** What all lines of a report have in common. */
interface Layout {
  readonly listing: BackupListing.BackupListing
  readonly style: Style.Style
  readonly width: number
  readonly shorten: ((id: string) => string) | undefined
}

const layoutOf = (
  listing: BackupListing.BackupListing,
  { shorten, style = Style.plain, width = 100 }: FindingsTextOptions
): Layout => ({ listing, style, width, shorten })

const shownBy = ({ rules, severity = "info" }: FindingsTextOptions) => {
  const least = Severity.literals.indexOf(severity)
  return ({ rule, severity }: Pick<Finding, "rule" | "severity">): boolean =>
    Severity.literals.indexOf(severity) <= least && (rules === undefined || rules.includes(rule.id))
}

/** Puts an empty line between blocks. */
const separated = (blocks: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> =>
  blocks.flatMap((block, index) => index === 0 ? block : ["", ...block])

const titleOf = ({ subject }: Sections.Section, { shorten = (id) => id, style, width }: Layout): string => {
  if (subject === undefined) return style("title", "the listing as a whole")
  const { environment, name } = subject
  const id = environment === undefined ? "" : PrintableText.escape(shorten(environment))
  const named = name === undefined ? "" : TreeText.name({ name })
  return named === "" ? style("title", id) : `${style("title", cut(named, width))}${id === "" ? "" : `  ${id}`}`
}

const label = (severity: Severity, style: Style.Style): string =>
  `  ${style(severity, severity.toUpperCase())}${" ".repeat(labelWidth - severity.length)}`

const labelWidth = "warning".length + 1

/** The width of what is before the text of a finding. */
const margin = labelWidth + 2

const wholeSection = (section: Sections.Section, layout: Layout, hasPaths: boolean): ReadonlyArray<string> => [
  titleOf(section, layout),
  ...section.groups.flatMap(({ findings, severity }) =>
    findings.flatMap((finding) => {
      const [first, ...more] = fold(findingText(finding, layout), layout.width - margin)
      const path = hasPaths ? [layout.style("faint", `at ${PrintableText.escape(finding.path)}`)] : []
      return [
        `${label(severity, layout.style)}${first}`,
        ...[...more, ...path].map((line) => `${" ".repeat(margin)}${line}`)
      ]
    })
  )
]

const findingText = (finding: Finding, layout: Layout): string =>
  `${finding.rule.id}${placeText(finding, layout)}: ${shortened(PrintableText.escape(finding.message), layout)}`

/** Returns the date and the id of the backup that a finding is about, or the id of the chain, after a blank. */
const placeText = (
  { place, subject }: Finding,
  { listing: { tree }, shorten = (id) => id }: Layout,
  lengthOfDate = 20
): string => {
  const chain = tree.environments[place.environment ?? -1]?.chains[place.chain ?? -1]
  const backup = chain && BackupTree.backups(chain)[place.backup ?? -1]
  const id = subject.backup ?? subject.chain
  const date = backup && BackupDate.createdAt(backup)
  return [
    ...(date === undefined ? [] : [` ${timeText(date).slice(0, lengthOfDate)}`]),
    ...(id === undefined ? [] : [` ${PrintableText.excerpt(shorten(id))}`])
  ].join("")
}

/** Shortens the uuids of a message. An ellipsis marks that they are not whole. */
const shortened = (text: string, { shorten }: Layout): string =>
  shorten === undefined
    ? text
    : text.replace(/\{[0-9a-f]{8}-[0-9a-f-]{27}\}/gi, (uuid) => uuid === shorten(uuid) ? uuid : `{${shorten(uuid)}…}`)

const rulesOf = (sections: ReadonlyArray<Sections.Section>): ReadonlyArray<RuleText> => [
  ...new Set(
    Severity.literals.flatMap((severity) =>
      sections.flatMap(({ groups }) => groups.flatMap((group) => group.severity === severity ? [group.rule] : []))
    )
  )
]

const explanations = (rules: ReadonlyArray<RuleText>, { style, width }: Layout): ReadonlyArray<ReadonlyArray<string>> =>
  rules.map((rule) => [
    "",
    ...ruleTitle(rule, style, width),
    ...[`Meaning: ${rule.meaning}`, `Fix: ${rule.advice}`].flatMap((text) => indented(text, 2, width))
  ])

const ruleTitle = ({ id, name }: RuleText, style: Style.Style, width: number): ReadonlyArray<string> => {
  const [first, ...rest] = fold(name, width - id.length - 2)
  return [`${style("title", id)}  ${first}`, ...rest.map((line) => `  ${line}`)]
}

const indented = (text: string, by: number, width: number): ReadonlyArray<string> =>
  fold(text, width - by).map((line) => `${" ".repeat(by)}${line}`)

/** Writes what fits on a screen: the worst machines, then explanations, then the number of what is left out. */
const brief = (
  sections: ReadonlyArray<Sections.Section>,
  layout: Layout,
  height: number,
  more: string | undefined
): ReadonlyArray<string> => {
  const blocks = sections.map((section) => briefSection(section, layout))
  // The last three lines are about what is left out. The worst machine is always there.
  const room = Math.max(height - 3, blocks[0]?.length ?? 0)
  const shown = longestStart(blocks, room)
  const machines = blocks.slice(0, shown).flat()
  const explained = explanations(rulesOf(sections), layout)
  const told = longestStart(explained, room - machines.length)
  const left = [
    ...(shown === blocks.length ? [] : [CountText.count(blocks.length - shown, "more machine")]),
    ...(told === explained.length ? [] : [CountText.count(explained.length - told, "explanation")])
  ]
  const fitted = left.length === 0 ? "Long lines are cut." : `Left out: ${left.join(", ")}.`
  return [
    ...machines,
    ...explained.slice(0, told).flat(),
    "",
    ...fold(more === undefined ? fitted : `${fitted} ${more}`, layout.width)
  ]
}

/** Returns how many of the first blocks fit. */
const longestStart = (blocks: ReadonlyArray<ReadonlyArray<string>>, room: number): number => {
  let used = 0
  for (const [index, block] of blocks.entries()) {
    used += block.length
    if (used > room) return index
  }
  return blocks.length
}

/** Writes a line for each error and warning, and one for all that is less severe. */
const briefSection = (section: Sections.Section, layout: Layout): ReadonlyArray<string> => {
  const severe = section.groups.filter(({ severity }) => severity !== "info")
  const others = section.groups.filter(({ severity }) => severity === "info")
  const counts = others.map(({ findings, rule }) => counted(rule, findings)).join(", ")
  return [
    titleOf(section, layout),
    ...severe.map(({ findings, rule, severity }) => {
      const [first] = findings
      const text = shortened(PrintableText.escape(first!.message), layout)
      const place = placeText(first!, layout, "2026-01-01".length)
      const line = cut(`${counted(rule, findings)}${place}: ${text}`, layout.width - margin)
      return `${label(severity, layout.style)}${line}`
    }),
    ...(others.length === 0 ? [] : [`${label("info", layout.style)}${cut(counts, layout.width - margin)}`])
  ]
}

const counted = ({ id }: RuleText, { length }: ReadonlyArray<Finding>): string =>
  length === 1 ? id : `${id} (${length})`

const omittedLines = (
  { findings, omitted, rules }: Report,
  isShown: (count: Pick<Finding, "rule" | "severity">) => boolean,
  { style }: Layout
): ReadonlyArray<string> => {
  if (omitted === 0) return []
  const kept = Map.groupBy(findings, ({ rule, severity }) => `${severity} ${rule.id}`)
  const lines = rules.filter(isShown).flatMap(({ count, rule, severity }) => {
    const more = count - (kept.get(`${severity} ${rule.id}`)?.length ?? 0)
    return more === 0 ? [] : [`${label(severity, style)}${rule.id}: ${more} of ${count}`]
  })
  return lines.length === 0 ? [] : ["", style("title", "Further findings, which are only counted:"), ...lines]
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

/**
 * Renders a verdict as {@link verdict} does, folded into lines and with the colour of its worst finding.
 *
 * @category rendering
 * @since 0.2.0
 */
export const verdictLines = (
  result: Verdict.Verdict,
  tree: BackupTree.BackupTree,
  { style = Style.plain, width = 100 }: Pick<FindingsTextOptions, "style" | "width"> = {}
): ReadonlyArray<string> => fold(verdict(result, tree), width).map((line) => style(result.worst ?? "good", line))
