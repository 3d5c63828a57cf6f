/**
 * Renders a check as the output of a monitoring plugin: one line with performance data, and an exit code. It suits
 * Nagios, Icinga, Naemon and Checkmk.
 *
 * Source: the Monitoring Plugins Development Guidelines, <https://www.monitoring-plugins.org/doc/guidelines.html>.
 *
 * @since 0.2.0
 */
import type { CheckReport } from "@backup-tree/core/check/Check"
import * as Coverage from "@backup-tree/core/check/Coverage"
import type { Finding } from "@backup-tree/core/check/Finding"
import * as Verdict from "@backup-tree/core/check/Verdict"
import * as Steps from "@backup-tree/core/steps/Steps"
import * as CountText from "@backup-tree/core/text/CountText"
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import type * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as Machines from "@backup-tree/core/tree/Machines"
import * as Totals from "@backup-tree/core/tree/Totals"
import type * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Result from "effect/Result"
import * as FindingsText from "./FindingsText.ts"

/**
 * The maximum length of a line, in UTF-8 bytes. NRPE 2 cuts lines at 1024 bytes, which would break the performance
 * data.
 *
 * @category constructors
 * @since 0.2.0
 */
export const maxBytes = 1000

/**
 * The numbers and messages of a line.
 *
 * @category models
 * @since 0.2.0
 */
export interface NagiosSummary extends Totals.Totals {
  /** The number of sound chains, out of those listed. */
  readonly sound: number
  /** The number of hidden chains, which `chains` does not include. */
  readonly hidden: number
  /** The number of chains that are missing since earlier checks, which `chains` does not include. */
  readonly missing: number
  /** The number of findings of each severity. They determine the exit code. */
  readonly findings: Verdict.Counts
  /** The number of machines of the inventory in each state; `undefined` without an inventory. */
  readonly machines?: { readonly [S in Coverage.State]: number } | undefined
  /** The oldest age among the newest backups of all machines. */
  readonly oldest?: Duration.Duration | undefined
  /** The maximum age of a fresh backup. */
  readonly maxAge?: Duration.Duration | undefined
  /** The duration of the request and the check. */
  readonly duration?: Duration.Duration | undefined
  /** The reason why the check could not cover everything. It is shown first. */
  readonly unjudged?: string | undefined
  /** The number of findings that are ignored on request (default: 0). */
  readonly ignored?: number | undefined
  /** The problems, the worst first. As many as fit are shown. */
  readonly problems: ReadonlyArray<string>
  /** The number of further problems (default: 0). */
  readonly omitted?: number | undefined
}

/**
 * A line without a trailing line feed, and the exit code: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.
 *
 * @category models
 * @since 0.2.0
 */
export interface PluginOutput {
  readonly line: string
  readonly code: 0 | 1 | 2 | 3
}

/**
 * The part of a {@link CheckReport} that a line needs.
 *
 * @category models
 * @since 0.2.0
 */
export interface Report extends Pick<CheckReport, "coverage">, Partial<Pick<CheckReport, "ignored">> {
  readonly findings: ReadonlyArray<Pick<Finding, "severity" | "message" | "subject">>
  readonly verdict: Pick<Verdict.Verdict, "chains" | "counts">
}

/**
 * A check to summarise.
 *
 * @category models
 * @since 0.2.0
 */
export interface CheckToSummarise {
  readonly tree: BackupTree.BackupTree
  readonly report: Report
  readonly now: DateTime.Utc
  readonly maxAge?: Duration.Duration | undefined
  readonly duration?: Duration.Duration | undefined
}

/**
 * Summarises a check. Findings of severity `info` are counted, but not shown.
 *
 * @category constructors
 * @since 0.2.0
 */
export const summarise = (check: CheckToSummarise): NagiosSummary => Steps.complete(summariseInSteps(check))

/**
 * Summarises a check as {@link summarise} does, and pauses after each machine.
 *
 * @category constructors
 * @since 0.2.0
 */
export const summariseInSteps = function*(check: CheckToSummarise): Generator<undefined, NagiosSummary> {
  const { now, report: { findings, ignored = [], verdict }, tree } = check
  const coverage = check.report.coverage && Result.getOrUndefined(check.report.coverage)
  const oldest = yield* oldestOf(coverage === undefined ? lastBackups(tree, now) : coverage.machines)
  const of = (severity: "error" | "warning") => findings.filter((finding) => finding.severity === severity)
  return {
    ...Totals.ofTree(tree),
    sound: verdict.chains.sound,
    hidden: verdict.chains.hidden,
    missing: verdict.chains.missing,
    findings: verdict.counts,
    machines: coverage === undefined ? undefined : Coverage.counts(coverage),
    oldest,
    maxAge: check.maxAge ?? coverage?.maxAge,
    duration: check.duration,
    ignored: ignored.reduce((sum, { count }) => sum + count, 0),
    omitted: verdict.counts.error + verdict.counts.warning - of("error").length - of("warning").length,
    problems: [...of("error"), ...of("warning")].map(({ message, subject: { name = "" } }) => {
      // Many messages do not name the machine, because the place of the finding does.
      return name === "" || message.includes(name) ? message : `${PrintableText.quote(name)}: ${message}`
    })
  }
}

const lastBackups = function*(
  tree: BackupTree.BackupTree,
  now: DateTime.Utc
): Generator<Pick<Coverage.CoveredMachine, "last">> {
  for (const environments of Machines.group(tree.environments, ({ uuid }) => uuid).values()) {
    yield { last: Coverage.lastBackup(environments, now) }
  }
}

/** Returns the greatest age of the newest backup of a machine. */
const oldestOf = function*(
  machines: Iterable<Pick<Coverage.CoveredMachine, "last">>
): Generator<undefined, Duration.Duration | undefined> {
  let oldest: Duration.Duration | undefined
  for (const { last: { age } } of machines) {
    if (age !== undefined && (oldest === undefined || Duration.isGreaterThan(age, oldest))) oldest = age
    yield
  }
  return oldest
}

/**
 * Renders a summary as the output of a plugin.
 *
 * - CRITICAL: an error, such as a machine that was never backed up.
 * - UNKNOWN: there is no error, but the check could not cover everything.
 * - WARNING: a warning, such as a machine that is stale, undated or ambiguous.
 *
 * If the line is too long, the text is shortened, never the performance data.
 *
 * **Example**
 *
 * ```ts
 * Nagios.print(summary).line
 * // BACKUP-TREE WARNING - 1 warning; 2 of 2 chains sound; 2 environments, ... | environments=2;;;0 chains=2;;;0 ...
 * ```
 *
 * @category rendering
 * @since 0.2.0
 */
export const print = (summary: NagiosSummary): PluginOutput => {
  const code = codeOf(summary)
  const { findings, ignored = 0, machines } = summary
  const covered = machines === undefined ? [] : [coverageText(machines)]
  const facts = [
    `${FindingsText.summary(findings)}${ignored === 0 ? "" : ` (${ignored} more ignored)`}`,
    ...covered,
    chainsText(summary),
    Totals.print(summary)
  ].join("; ")
  const problems = summary.unjudged === undefined ? summary.problems : [summary.unjudged, ...summary.problems]
  return { line: lineOf(code, facts, problems, performanceData(summary), summary.omitted), code }
}

/**
 * Renders the output of a check that failed: UNKNOWN, with the reason.
 *
 * @category rendering
 * @since 0.2.0
 */
export const printUnknown = (reason: string, duration?: Duration.Duration): PluginOutput => ({
  line: lineOf(3, "no result", [reason], duration === undefined ? [] : [seconds("time", duration)]),
  code: 3
})

const codeOf = ({ findings, unjudged }: NagiosSummary): 0 | 1 | 2 | 3 => {
  const worst = Verdict.worst(findings)
  if (worst === "error") return 2
  if (unjudged !== undefined) return 3
  return worst === "warning" ? 1 : 0
}

const chainsText = ({ chains, hidden, missing, sound }: NagiosSummary): string =>
  `${sound} of ${CountText.count(chains + hidden, "chain")} sound${hidden === 0 ? "" : `, ${hidden} hidden`}${
    missing === 0 ? "" : `, ${CountText.count(missing, "more chain")} missing`
  }`

const coverageText = (machines: { readonly [S in Coverage.State]: number }): string => {
  const total = Coverage.states.reduce((sum, state) => sum + machines[state], 0)
  const lacking = ([["Never", "never backed up"], ["Stale", "stale"], ["Undated", "undated"], [
    "Ambiguous",
    "ambiguous"
  ]] as const).flatMap(([state, words]) => machines[state] === 0 ? [] : [`${machines[state]} ${words}`])
  const good = machines.Fresh === 0 && machines.Stale === 0 ?
    `${machines.Dated} of ${CountText.count(total, "machine")} backed up`
    : `${machines.Fresh} of ${CountText.count(total, "machine")} fresh`
  return [good, ...lacking].join(", ")
}

const datum = (label: string, value: number | bigint, unit: string, warning: string, critical: string): string =>
  `${label}=${value}${unit};${warning};${critical};0`

// Only digits and a point: the guidelines have no exponents and no infinities.
const seconds = (label: string, duration: Duration.Duration, warning = ""): string =>
  `${label}=${decimal(duration)}s;${warning};;0`

const decimal = (duration: Duration.Duration): string =>
  (Duration.toMillis(Duration.clamp(duration, { minimum: Duration.zero, maximum: longest })) / 1000).toFixed(3)
    .replace(/\.?0+$/, "")

const longest = Duration.days(1_000_000)

const performanceData = (summary: NagiosSummary): ReadonlyArray<string> => {
  const { findings, machines, maxAge } = summary
  return [
    datum("environments", summary.environments, "", "", ""),
    datum("chains", summary.chains, "", "", ""),
    datum("sound", summary.sound, "", "", ""),
    datum("hidden", summary.hidden, "", "", ""),
    datum("backups", summary.backups, "", "", ""),
    datum("size", summary.size, "B", "", ""),
    datum("errors", findings.error, "", "", "0"),
    datum("warnings", findings.warning, "", "0", ""),
    datum("info", findings.info, "", "", ""),
    ...(machines === undefined ? [] : [
      datum("fresh", machines.Fresh, "", "", ""),
      datum("dated", machines.Dated, "", "", ""),
      datum("stale", machines.Stale, "", "0", ""),
      datum("undated", machines.Undated, "", "0", ""),
      datum("never", machines.Never, "", "", "0"),
      datum("ambiguous", machines.Ambiguous, "", "0", "")
    ]),
    ...(summary.oldest === undefined
      ? []
      : [seconds("oldest", summary.oldest, maxAge === undefined ? "" : decimal(maxAge))]),
    ...(summary.duration === undefined ? [] : [seconds("time", summary.duration)])
  ]
}

const statusNames = ["OK", "WARNING", "CRITICAL", "UNKNOWN"] as const

// Characters that end a line, begin performance data, act as markup or macros, or are invisible.
const special = new RegExp(`[${PrintableText.unprintable}\\|<>\\\\\`$]`, "gv")

// Messages have such characters in the form that people read elsewhere, with a backslash.
const escaped = /\\(?:u\{([\da-f]{1,6})\}|([nrte]))/g
const named: { readonly [letter: string]: number } = { n: 10, r: 13, t: 9, e: 27 }

const codeText = (code: number): string => `[U+${code.toString(16).toUpperCase().padStart(4, "0")}]`

const harmless = (text: string): string =>
  text
    .replace(escaped, (_, hex: string | undefined, letter: string | undefined) =>
      codeText(hex === undefined ? named[letter ?? ""] ?? 0 : Number.parseInt(hex, 16)))
    .replace(special, (character) =>
      codeText(character.codePointAt(0) ?? 0))

const byteLength = (text: string): number => {
  let length = 0
  for (const character of text) {
    const code = character.codePointAt(0)!
    length += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x1_0000 ? 3 : 4
  }
  return length
}

/** Shortens a text to a number of bytes, between characters, and marks the cut with an ellipsis. */
const fit = (text: string, bytes: number): string => {
  if (byteLength(text) <= bytes) return text
  let room = bytes - byteLength("…")
  let kept = ""
  for (const character of text) {
    room -= byteLength(character)
    if (room < 0) break
    kept += character
  }
  return `${kept}…`
}

const maxProblemBytes = 300

const lineOf = (
  code: 0 | 1 | 2 | 3,
  facts: string,
  problems: ReadonlyArray<string>,
  data: ReadonlyArray<string>,
  omitted = 0
): string => {
  const tail = data.length === 0 ? "" : ` | ${data.join(" ")}`
  const room = maxBytes - byteLength(tail)
  let text = `BACKUP-TREE ${statusNames[code]} - ${facts}`
  for (const [index, problem] of problems.entries()) {
    const more = problems.length - index + omitted
    const longer = `${text}; ${fit(harmless(problem.slice(0, maxBytes)), maxProblemBytes)}`
    const rest = byteLength(CountText.andMore(more - 1, ";"))
    if (byteLength(longer) + rest > room) return `${fit(text + CountText.andMore(more, ";"), room)}${tail}`
    text = longer
  }
  return `${fit(text + CountText.andMore(omitted, ";"), room)}${tail}`
}
