/**
 * A backup tree as lines for people: each environment, its full backups, and below each its incrementals.
 *
 * Ids are written whole, for they are what one copies; texts of the server cannot reach the terminal unescaped.
 */
import * as CountText from "@backup-tree/core/text/CountText"
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import { timeText } from "@backup-tree/core/text/TimeText"
import * as BackupDate from "@backup-tree/core/tree/BackupDate"
import * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as ChainVersion from "@backup-tree/core/tree/ChainVersion"
import * as ByteCount from "./ByteCount.ts"
import { branches } from "./internal/branches.ts"
import * as Style from "./Style.ts"

/** How a tree is written. */
export interface TreeTextOptions {
  readonly style?: Style.Style | undefined
}

/** Writes a tree as lines, without a line feed at the end. */
export const lines = (tree: BackupTree.BackupTree, options: TreeTextOptions = {}): ReadonlyArray<string> => {
  const style = options.style ?? Style.plain
  return tree.environments.flatMap((environment, index) => [
    ...(index === 0 ? [] : [""]),
    heading(environment, style),
    ...branches(
      environment.chains.map((chain) => [
        backupLine(chain, chain.head, style),
        ...branches(chain.incrementals.map((incremental) => [backupLine(chain, incremental, style)]), style)
      ]),
      style
    )
  ])
}

/** Counts what a tree holds, as one line. */
export const summary = (tree: BackupTree.BackupTree): string => {
  const chains = tree.environments.flatMap((environment) => environment.chains)
  const backups = chains.flatMap(BackupTree.backups)
  const size = backups.reduce((sum, backup) => sum + backup.size, 0n)
  return `${CountText.count(tree.environments.length, "environment")}, ${CountText.count(chains.length, "chain")}, `
    + `${CountText.count(backups.length, "backup")}, ${ByteCount.print(size)}`
}

/** Writes the name of an environment, safe to show; an empty one says so. */
export const name = (environment: { readonly name: string }): string =>
  environment.name === "" ? "(no name)" : PrintableText.escape(environment.name)

/** Writes the kind of an environment. */
export const kindText = (environment: BackupTree.VirtualEnvironment): string => {
  const kind = BackupTree.kind(environment)
  switch (kind._tag) {
    case "Vm":
      return "virtual machine"
    case "Container":
      return `container (${kind.layout})`
    case "Unknown":
      return `of unknown kind ${kind.vmType}`
  }
}

const heading = (environment: BackupTree.VirtualEnvironment, style: Style.Style): string =>
  `${style("title", name(environment))}  ${kindText(environment)}  ${
    style("faint", PrintableText.escape(environment.uuid))
  }`

const backupLine = (chain: BackupTree.BackupChain, backup: BackupTree.Backup, style: Style.Style): string => {
  const number = BackupTree.number(chain, backup)
  const type = `${backup._tag === "FullBackup" ? "full" : "incr"} ${number === undefined ? "?" : number}`
  const description = backup.description === "" ? "" : `  ${PrintableText.quote(backup.description, 40)}`
  // Such a chain comes from an older product, which cannot take a backup out of the middle.
  const legacy = backup._tag === "FullBackup" && ChainVersion.hasLegacyImage(backup.images) ? "  (.tib)" : ""
  return `${type.padEnd(7)} ${itemText(backup)}${legacy}${style("faint", description)}`
}

/** Writes the date, the size and the id of a backup, in columns. */
export const itemText = (backup: BackupTree.Backup): string =>
  `${dateText(backup).padEnd(20)} ${ByteCount.print(backup.size).padStart(10)}  ${PrintableText.escape(backup.id)}`

const dateText = (backup: BackupTree.Backup): string => {
  const createdAt = BackupDate.createdAt(backup)
  if (createdAt !== undefined) return timeText(createdAt)
  return backup.dateTime === "" ? "no date" : PrintableText.quote(backup.dateTime, 18)
}
