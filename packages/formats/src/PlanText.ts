/**
 * Plans as lines for people: the backups that are read or removed, what remains, warnings, and last the command to run.
 *
 * @since 0.2.0
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

/**
 * Options for writing a plan.
 *
 * @category models
 * @since 0.2.0
 */
export interface PlanTextOptions {
  readonly style?: Style.Style | undefined
}

/**
 * Writes a restore plan as lines, without a line feed at the end.
 *
 * @category rendering
 * @since 0.2.0
 */
export const restore = (plan: RestorePlan.RestorePlan, options: PlanTextOptions = {}): ReadonlyArray<string> => {
  const style = options.style ?? Style.plain
  const time = plan.at === undefined ? "" : `, the newest backup made at or before ${timeText(plan.at)}`
  const virtual = plan.virtualSize === undefined ? "" : `; the restored disks have ${ByteCount.print(plan.virtualSize)}`
  return [
    style("title", `Plan: restore ${about(plan.environment)} from ${PrintableText.escape(plan.id)}${time}`),
    `Reads ${CountText.count(plan.items.length, "backup")} of chain ${PrintableText.escape(plan.chain)}, ${
      ByteCount.print(plan.bytes)
    }${virtual}:`,
    ...plan.items.map(itemLine),
    `  configuration from directory ${PrintableText.escape(plan.configuration)}`,
    ...warningLines(plan.warnings, style),
    ...commandLines(RestorePlan.commandLine(plan), plan)
  ]
}

/**
 * Writes a removal plan as lines, without a line feed at the end.
 *
 * @category rendering
 * @since 0.2.0
 */
export const removal = (plan: RemovalPlan.RemovalPlan, options: PlanTextOptions = {}): ReadonlyArray<string> => {
  const style = options.style ?? Style.plain
  const resized = plan.resized.map((id) => PrintableText.escape(id)).join(", ")
  return [
    style(
      "title",
      `Plan: remove ${PrintableText.escape(plan.id)} of ${about(plan.environment)}${
        plan.keepChain ? ", keeping its chain" : ""
      }`
    ),
    `Removes ${scopeText(plan)}${CountText.count(plan.removed.length, "backup")}, ${ByteCount.print(plan.bytes)}:`,
    ...plan.removed.map(itemLine),
    ...(resized === ""
      ? []
      : [`  merges its data into ${resized}${plan.promoted === undefined ? "" : ", which becomes a full backup"}`]),
    `Keeps ${TreeText.summary(plan.remaining)}.`,
    `Next backup of this machine now: ${NextBackup.print(plan.nextBackup.before)}; after the removal: ${
      NextBackup.print(plan.nextBackup.after)
    }.`,
    ...warningLines(plan.warnings, style),
    ...commandLines(RemovalPlan.commandLine(plan), plan)
  ]
}

/**
 * Writes the plan to remove all backups of an environment as lines, without a line feed at the end.
 *
 * @category rendering
 * @since 0.2.0
 */
export const environmentRemoval = (
  plan: RemovalPlan.EnvironmentRemovalPlan,
  options: PlanTextOptions = {}
): ReadonlyArray<string> => {
  const style = options.style ?? Style.plain
  const commands = RemovalPlan.commandLines(plan)
  return [
    style("title", `Plan: remove all backups of ${about(plan.environment)}`),
    `Removes ${CountText.count(plan.removed.length, "backup")} of ${CountText.count(plan.ids.length, "chain")}, ${
      ByteCount.print(plan.bytes)
    }:`,
    ...plan.removed.map(itemLine),
    plan.remaining.environments.length === 0
      ? "Keeps nothing: the listing has no other machine."
      : `Keeps ${TreeText.summary(plan.remaining)}.`,
    ...warningLines(plan.warnings, style),
    "",
    ...(commands.length === 0 ? [otherDirectory] : commands)
  ]
}

const scopeText = ({ scope }: RemovalPlan.RemovalPlan): string =>
  scope === "environment"
    ? "the whole directory of the VM or container: "
    : scope === "chain"
    ? "the whole chain: "
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

const commandLines = (
  command: Option.Option<string>,
  { directory }: { readonly directory: string | undefined }
): ReadonlyArray<string> =>
  Option.match(command, {
    onNone: () => [
      "",
      directory === undefined ? "No command is shown, because a server does not find this id." : otherDirectory
    ],
    onSome: (line) => ["", line]
  })

const otherDirectory = "No command is shown, because prlctl would not use the listed directory but the default one."
