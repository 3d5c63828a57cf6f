/**
 * A backup tree as lines for people: each environment, its full backups, and below each its incrementals.
 *
 * Ids are complete, so that they can be copied. Server texts are escaped for the terminal.
 *
 * @since 0.2.0
 */
import type { ChainOrigins } from "@backup-tree/core/listing/BackupListing"
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import { timeText } from "@backup-tree/core/text/TimeText"
import * as BackupDate from "@backup-tree/core/tree/BackupDate"
import * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as ChainVersion from "@backup-tree/core/tree/ChainVersion"
import * as Totals from "@backup-tree/core/tree/Totals"
import * as ByteCount from "./ByteCount.ts"
import { branches, indentation } from "./internal/branches.ts"
import * as Style from "./Style.ts"

/**
 * Options for writing a tree.
 *
 * @category models
 * @since 0.2.0
 */
export interface TreeTextOptions {
  readonly style?: Style.Style | undefined
  /** The servers of each chain, if the tree is merged from those of several servers. */
  readonly origins?: ReadonlyArray<ChainOrigins> | undefined
}

/**
 * Writes a tree as lines, without a line feed at the end.
 *
 * @category rendering
 * @since 0.2.0
 */
export const lines = (tree: BackupTree.BackupTree, options: TreeTextOptions = {}): ReadonlyArray<string> => {
  const style = options.style ?? Style.plain
  const serversOf = serversText(options.origins ?? [])
  return tree.environments.flatMap((environment, index) => [
    ...(index === 0 ? [] : [""]),
    heading(environment, style),
    ...chainLines(environment, style, serversOf)
  ])
}

/** Returns a function that writes the servers of a chain. */
const serversText = (origins: ReadonlyArray<ChainOrigins>) => {
  const byChain = new Map(origins.map(({ chain, endpoints, environment }) => [`${environment} ${chain}`, endpoints]))
  return ({ uuid: environment }: BackupTree.VirtualEnvironment, { uuid: chain }: BackupTree.BackupChain): string => {
    const endpoints = byChain.get(`${environment} ${chain}`)
    return endpoints === undefined ? "" : `  on ${endpoints.map((each) => PrintableText.excerpt(each)).join(", ")}`
  }
}

const chainLines = (
  environment: BackupTree.VirtualEnvironment,
  style: Style.Style,
  serversOf: ReturnType<typeof serversText>
): ReadonlyArray<string> => {
  const width = labelWidth(environment)
  return branches(
    environment.chains.map((chain) => [
      // Incrementals are indented, and their columns are those of full backups.
      `${backupLine(chain, chain.head, width + indentation, style)}${serversOf(environment, chain)}`,
      ...branches(chain.incrementals.map((incremental) => [backupLine(chain, incremental, width, style)]), style)
    ]),
    style
  )
}

/**
 * Writes the numbers of environments, chains and backups of a tree, and their total size, as one line.
 *
 * @category rendering
 * @since 0.2.0
 */
export const summary = (tree: BackupTree.BackupTree): string => {
  const totals = Totals.ofTree(tree)
  return `${Totals.print(totals)}, ${ByteCount.print(totals.size)}`
}

/**
 * The maximum length of a name, in characters before escaping. Longer names end in an ellipsis; ids and paths do not,
 * because people copy them.
 *
 * @category constructors
 * @since 0.2.0
 */
export const maxNameLength = 200

/**
 * Writes the name of an environment, escaped for the terminal and cut after {@link maxNameLength} characters, or
 * `(no name)`.
 *
 * @category rendering
 * @since 0.2.0
 */
export const name = (environment: { readonly name: string }): string =>
  environment.name === "" ? "(no name)" : PrintableText.excerpt(environment.name, maxNameLength)

/**
 * Writes the kind of an environment, such as `virtual machine`.
 *
 * @category rendering
 * @since 0.2.0
 */
export const kindText = (environment: BackupTree.VirtualEnvironment): string => {
  const kind = BackupTree.kind(environment)
  switch (kind._tag) {
    case "Vm":
      return "virtual machine"
    case "Container":
      return `container (${kind.layout})`
    case "Unknown":
      return `unknown kind ${kind.vmType}`
  }
}

const heading = (environment: BackupTree.VirtualEnvironment, style: Style.Style): string =>
  `${style("title", name(environment))}  ${kindText(environment)}  ${
    style("faint", PrintableText.escape(environment.uuid))
  }`

const label = (chain: Pick<BackupTree.BackupChain, "uuid">, backup: BackupTree.Backup): string =>
  `${backup._tag === "FullBackup" ? "full" : "incr"} ${BackupTree.number(chain, backup) ?? "?"}`

/** Returns the width of the first column of an environment: two digits, or more if a number has more. */
const labelWidth = ({ chains }: BackupTree.VirtualEnvironment): number => {
  let width = "incr 10".length
  for (const chain of chains) {
    for (const backup of BackupTree.backups(chain)) width = Math.max(width, label(chain, backup).length)
  }
  return width
}

const backupLine = (
  chain: BackupTree.BackupChain,
  backup: BackupTree.Backup,
  width: number,
  style: Style.Style
): string => {
  const description = backup.description === "" ? "" : `  ${PrintableText.quote(backup.description, 40)}`
  // A chain of an older product, which cannot merge backups.
  const legacy = backup._tag === "FullBackup" && ChainVersion.hasLegacyImage(backup.images) ? "  (.tib)" : ""
  return `${label(chain, backup).padEnd(width)} ${itemText(backup)}${legacy}${style("faint", description)}`
}

/**
 * Writes the date, the size and the id of a backup, in columns.
 *
 * @category rendering
 * @since 0.2.0
 */
export const itemText = (backup: BackupTree.Backup): string =>
  `${dateText(backup).padEnd(20)} ${ByteCount.print(backup.size).padStart(10)}  ${PrintableText.escape(backup.id)}`

/**
 * Writes the type, the number, the date, the size and the id of a backup of a chain.
 *
 * @category rendering
 * @since 0.2.0
 */
export const backupText = (chain: Pick<BackupTree.BackupChain, "uuid">, backup: BackupTree.Backup): string =>
  `${label(chain, backup)}  ${itemText(backup)}`

const dateText = (backup: BackupTree.Backup): string => {
  const createdAt = BackupDate.createdAt(backup)
  if (createdAt !== undefined) return timeText(createdAt)
  return backup.dateTime === "" ? "no date" : PrintableText.quote(backup.dateTime, 18)
}
