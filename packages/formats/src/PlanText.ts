/**
 * Plans as lines for people: what is read or vanishes, what stays, what is uncertain, and last the command to run.
 */
import type { PlanEnvironment, PlannedBackup, PlanWarning } from "@backup-tree/core/plan/Plan"
import * as RemovalPlan from "@backup-tree/core/plan/RemovalPlan"
import * as RestorePlan from "@backup-tree/core/plan/RestorePlan"
import * as NextBackup from "@backup-tree/core/server/NextBackup"
import * as CountText from "@backup-tree/core/text/CountText"
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import { timeText } from "@backup-tree/core/text/TimeText"
import * as BackupDate from "@backup-tree/core/tree/BackupDate"
import * as Option from "effect/Option"
import * as ByteCount from "./ByteCount.ts"
import * as Style from "./Style.ts"
import * as TreeText from "./TreeText.ts"

/** How a plan is written. */
export interface PlanTextOptions {
  readonly style?: Style.Style | undefined
}

/** Writes a plan to restore. */
export const restore = (plan: RestorePlan.RestorePlan, options: PlanTextOptions = {}): ReadonlyArray<string> => {
  const style = options.style ?? Style.plain
  const asked = plan.at === undefined ? "" : `, the newest not after ${timeText(plan.at)}`
  const virtual = plan.virtualSize === undefined ? "" : `; the restored disks hold ${ByteCount.print(plan.virtualSize)}`
  return [
    style("title", `To restore ${about(plan.environment)} from ${PrintableText.escape(plan.id)}${asked}`),
    `${CountText.count(plan.items.length, "backup")} of chain ${PrintableText.escape(plan.chain)} are read, ${
      ByteCount.print(plan.bytes)
    }${virtual}:`,
    ...plan.items.map(itemLine),
    `  the configuration comes from directory ${PrintableText.escape(plan.configuration)}`,
    ...warningLines(plan.warnings, style),
    ...commandLines(RestorePlan.commandLine(plan))
  ]
}

/** Writes a plan to remove. */
export const removal = (plan: RemovalPlan.RemovalPlan, options: PlanTextOptions = {}): ReadonlyArray<string> => {
  const style = options.style ?? Style.plain
  const resized = plan.resized.map((id) => PrintableText.escape(id)).join(", ")
  return [
    style(
      "title",
      `To remove ${PrintableText.escape(plan.id)} of ${about(plan.environment)}${
        plan.keepChain ? ", keeping its chain" : ""
      }`
    ),
    `${CountText.count(plan.removed.length, "backup")} would vanish, ${ByteCount.print(plan.bytes)}${scopeText(plan)}:`,
    ...plan.removed.map(itemLine),
    ...(resized === ""
      ? []
      : [`  its data is merged into ${resized}${plan.promoted === undefined ? "" : ", now a full backup"}`]),
    `${TreeText.summary(plan.remaining)} would stay.`,
    `The next backup of this machine, now: ${NextBackup.print(plan.nextBackup.before)}; afterwards: ${
      NextBackup.print(plan.nextBackup.after)
    }.`,
    ...warningLines(plan.warnings, style),
    ...commandLines(RemovalPlan.commandLine(plan))
  ]
}

const scopeText = ({ scope }: RemovalPlan.RemovalPlan): string =>
  scope === "environment"
    ? ", and the whole directory of the machine"
    : scope === "chain"
    ? ", which is its whole chain"
    : ""

const about = (environment: PlanEnvironment): string =>
  `${TreeText.name(environment)} (${PrintableText.escape(environment.uuid)})`

const itemLine = ({ backup, id, number }: PlannedBackup): string => {
  const createdAt = BackupDate.createdAt(backup)
  const type = `${backup._tag === "FullBackup" ? "full" : "incr"} ${number}`
  const images = backup.images.map((image) => PrintableText.escape(image)).join(", ")
  return `  ${type.padEnd(7)} ${(createdAt === undefined ? "no date" : timeText(createdAt)).padEnd(20)} ${
    ByteCount.print(backup.size).padStart(10)
  }  ${PrintableText.escape(id)}${images === "" ? "" : `  ${images}`}`
}

const warningLines = (warnings: ReadonlyArray<PlanWarning>, style: Style.Style): ReadonlyArray<string> =>
  warnings.map(({ message }) => `${style("warning", "WARNING")} ${message}`)

const commandLines = (command: Option.Option<string>): ReadonlyArray<string> =>
  Option.match(command, {
    onNone: () => ["", "No command is shown: prlctl would look in another directory than the one that was listed."],
    onSome: (line) => ["", line]
  })
