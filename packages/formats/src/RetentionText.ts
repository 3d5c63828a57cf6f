/**
 * Retention plans as lines for people: a calendar of what stays for each machine, what goes, and the commands to run.
 *
 * @since 0.2.0
 */
import * as BackupSchedule from "@backup-tree/core/plan/BackupSchedule"
import * as RetentionPlan from "@backup-tree/core/plan/RetentionPlan"
import * as RetentionPolicy from "@backup-tree/core/plan/RetentionPolicy"
import type * as RetentionSimulation from "@backup-tree/core/plan/RetentionSimulation"
import * as NextBackup from "@backup-tree/core/server/NextBackup"
import * as CountText from "@backup-tree/core/text/CountText"
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import * as BackupDate from "@backup-tree/core/tree/BackupDate"
import * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as ByteCount from "./ByteCount.ts"
import * as Style from "./Style.ts"
import * as TreeText from "./TreeText.ts"

/**
 * Options for writing a plan.
 *
 * @category models
 * @since 0.2.0
 */
export interface RetentionTextOptions {
  readonly style?: Style.Style | undefined
}

/** The most months of a calendar that are shown. */
const maxMonths = 36

/**
 * Writes a retention plan as lines, without a line feed at the end, machine by machine.
 *
 * In a calendar, `F` marks a day with a full backup that stays, `i` one with an incremental, `-` a day whose backups all
 * go. Days are those of the policy's zone.
 *
 * @category rendering
 * @since 0.2.0
 */
export const lines = function*(
  plan: RetentionPlan.RetentionPlan,
  options: RetentionTextOptions = {}
): Generator<string> {
  const style = options.style ?? Style.plain
  const [kept, removed] = (["kept", "removed"] as const).map((which) =>
    plan.environments.reduce((sum, environment) => sum + environment[which].length, 0)
  )
  yield style("title", `Plan: keep ${policyText(plan.policy)}`)
  for (const environment of plan.environments) {
    yield ""
    yield* environmentLines(environment, plan.policy, style)
  }
  yield ""
  yield `Keeps ${CountText.count(kept!, "backup")}, removes ${CountText.count(removed!, "backup")}, ${
    ByteCount.print(plan.bytes)
  }.`
  for (const { message } of plan.warnings) yield `${style("warning", "WARNING")} ${message}`
  const commands = RetentionPlan.commandLines(plan)
  if (commands.length === 0) return
  yield ""
  yield "Run the lines in this order. You may stop after any of them."
  yield ""
  yield* commands
}

/** The most rows of a simulation. */
const maxRows = 24

/**
 * Writes a simulation as lines, without a line feed at the end: the backups at the end of each month, or of every few
 * months, the most at once, and a calendar of those that are left.
 *
 * @category rendering
 * @since 0.2.0
 */
export const simulation = (
  simulation: RetentionSimulation.RetentionSimulation,
  options: RetentionTextOptions = {}
): ReadonlyArray<string> => {
  const style = options.style ?? Style.plain
  const { created, end, months, peak, policy, schedule, sizes, start, tree } = simulation
  const every = Math.ceil(months.length / maxRows)
  const rows = months.filter((_, index) => (months.length - 1 - index) % every === 0)
  const dateOf = (time: DateTime.Utc) => DateTime.formatIsoDate(DateTime.setZone(time, policy.zone))
  const row = (cells: readonly [date: string, oldest: string, backups: string, fulls: string, size: string]) =>
    `  ${cells[0].padEnd(10)}  ${cells[1].padEnd(10)}  ${cells[2].padStart(7)}  ${cells[3].padStart(5)}${
      sizes === undefined ? "" : `  ${cells[4].padStart(11)}`
    }`
  return [
    style("title", `Simulation: ${BackupSchedule.print(schedule)}, from ${dateOf(start)} to ${dateOf(end)}`),
    `Keeps ${policyText(policy)}${simulation.keepChain ? ", merging the rest" : ""}.`,
    "",
    row(["newest", "oldest", "backups", "full", "size"]),
    ...rows.map(({ at, backups, bytes = 0n, fulls, oldest }) =>
      row([dateOf(at), dateOf(oldest), `${backups}`, `${fulls}`, ByteCount.print(bytes)])
    ),
    "",
    `Makes ${CountText.count(created, "backup")}. At most ${CountText.count(peak.backups, "backup")}${
      peak.bytes === undefined ? "" : `, ${ByteCount.print(peak.bytes)},`
    } at once, on ${dateOf(peak.at)} before the removals.`,
    "Left at the end:",
    ...calendar(
      tree.environments.flatMap(({ chains }) => chains.flatMap(BackupTree.backups)).map((backup) => ({ backup })),
      [],
      policy.zone
    )
  ]
}

const policyText = (policy: RetentionPolicy.RetentionPolicy): string => {
  const rules = RetentionPolicy.countingRules.flatMap((rule) => policy[rule] === 0 ? [] : [`${policy[rule]} ${rule}`])
  const within = policy.within === undefined ? [] : [`what is younger than ${Duration.format(policy.within)}`]
  return `${[...rules, ...within].join(", ")} (${DateTime.zoneToString(policy.zone)})`
}

const environmentLines = (
  { bytes, environment, ignored, kept, nextBackup, removed, warnings }: RetentionPlan.EnvironmentRetention,
  { zone }: RetentionPolicy.RetentionPolicy,
  style: Style.Style
): ReadonlyArray<string> => {
  const undated = kept.filter(({ reasons }) => reasons.includes("undated")).length
  const needed = kept.filter(({ reasons }) => reasons.every((reason) => reason === "needed-by")).length
  const notes = [
    ...(needed === 0 ? [] : [`${needed} only because a later one needs ${needed === 1 ? "it" : "them"}`]),
    ...(undated === 0 ? [] : [`${undated} without a date`])
  ]
  return [
    style("title", `${TreeText.name(environment)} (${PrintableText.escape(environment.uuid)})`),
    ...calendar(kept, removed, zone),
    `  keeps ${CountText.count(kept.length, "backup")}${
      notes.length === 0 ? "" : ` (${notes.join(", ")})`
    }, removes ${removed.length}, ${ByteCount.print(bytes)}`,
    `  next backup now: ${NextBackup.print(nextBackup.before)}; after the removals: ${
      NextBackup.print(nextBackup.after)
    }`,
    ...(ignored.length === 0
      ? []
      : [`  leaves ${CountText.count(ignored.length, "broken chain")} alone; run \`backup-tree check\``]),
    ...warnings.map(({ message }) => `  ${style("warning", "WARNING")} ${message}`)
  ]
}

type Planned = Pick<RetentionPlan.EnvironmentRetention["removed"][number], "backup">

/** The marks of a day, the stronger ones first. */
const marks = "Fi-"

/** A line for each month with backups, the newest first, and a character for each day. */
const calendar = (
  kept: ReadonlyArray<Planned>,
  removed: ReadonlyArray<Planned>,
  zone: DateTime.TimeZone
): ReadonlyArray<string> => {
  const months = new Map<string, Array<string>>()
  const mark = ({ backup }: Planned, sign: string): void => {
    const at = BackupDate.createdAt(backup)
    if (at === undefined) return
    const date = DateTime.formatIsoDate(DateTime.setZone(at, zone))
    const days = months.get(date.slice(0, 7)) ?? Array.from({ length: 31 }, () => " ")
    const day = Number(date.slice(8)) - 1
    const before = days[day] ?? " "
    if (before === " " || marks.indexOf(sign) < marks.indexOf(before)) days[day] = sign
    months.set(date.slice(0, 7), days)
  }
  for (const one of kept) mark(one, one.backup._tag === "FullBackup" ? "F" : "i")
  for (const one of removed) mark(one, "-")
  const newestFirst = [...months].toSorted(([one], [other]) => one < other ? 1 : -1)
  const left = newestFirst.length - maxMonths
  return newestFirst.length === 0 ? [] : [
    "           1   5    10   15   20   25   30",
    ...newestFirst.slice(0, maxMonths).map(([month, days]) => `  ${month}  ${days.join("").trimEnd()}`),
    ...(left > 0 ? [`  and ${CountText.count(left, "earlier month")}`] : [])
  ]
}
