/**
 * A backup tree as lines for people: each environment, its full backups, and below each its incrementals. The chain with
 * the newest backup comes first.
 *
 * Ids are complete unless they are shortened by {@link TreeTextOptions}. Server texts are escaped for the terminal.
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
import { cut } from "./internal/cut.ts"
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
  /** Shortens uuids and ids (default: none; see `ShortIds`). */
  readonly shorten?: ((id: string) => string) | undefined
  /** The width of the terminal. Descriptions are cut to it, and dates lose their times if it is less than 64. */
  readonly width?: number | undefined
}

/**
 * Writes a tree as lines, without a line feed at the end.
 *
 * @category rendering
 * @since 0.2.0
 */
export const lines = (tree: BackupTree.BackupTree, options: TreeTextOptions = {}): ReadonlyArray<string> => {
  const layout = layoutOf(options)
  const serversOf = serversText(options.origins ?? [])
  return tree.environments.flatMap((environment, index) => [
    ...(index === 0 ? [] : [""]),
    heading(environment, layout),
    ...chainLines(environment, layout, serversOf)
  ])
}

/** What all lines of a tree have in common. */
interface Layout {
  readonly style: Style.Style
  readonly shorten: (id: string) => string
  readonly width: number
}

const layoutOf = ({ shorten = (id) => id, style = Style.plain, width = Infinity }: TreeTextOptions): Layout => ({
  style,
  shorten,
  width
})

/** Sorts chains by their newest backup. Chains without a date come last. */
const newestFirst = (chains: ReadonlyArray<BackupTree.BackupChain>): ReadonlyArray<BackupTree.BackupChain> => {
  const times = new Map(chains.map((chain) => [
    chain,
    BackupTree.backups(chain).reduce(
      (newest, { dateTime }) => Math.max(newest, BackupDate.timeOf(dateTime) ?? 0),
      0
    )
  ]))
  return chains.toSorted((one, other) => times.get(other)! - times.get(one)!)
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
  layout: Layout,
  serversOf: ReturnType<typeof serversText>
): ReadonlyArray<string> => {
  const { style } = layout
  const width = labelWidth(environment)
  return branches(
    newestFirst(environment.chains).map((chain) => [
      // Incrementals are indented, and their columns are those of full backups.
      `${backupLine(chain, chain.head, width + indentation, layout)}${serversOf(environment, chain)}`,
      ...branches(chain.incrementals.map((incremental) => [backupLine(chain, incremental, width, layout)]), style)
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

const heading = (environment: BackupTree.VirtualEnvironment, { shorten, style }: Layout): string =>
  `${style("title", name(environment))}  ${kindText(environment)}  ${
    style("faint", PrintableText.escape(shorten(environment.uuid)))
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
  labelWidth: number,
  { shorten, style, width }: Layout
): string => {
  // A chain of an older product, which cannot merge backups.
  const isLegacy = backup._tag === "FullBackup" && ChainVersion.hasLegacyImage(backup.images)
  const legacy = isLegacy && width >= narrow ? "  (.tib)" : ""
  const item = columns(dateText(backup), width < narrow ? 10 : 20, backup.size, shorten(backup.id))
  const line = `${label(chain, backup).padEnd(labelWidth)} ${item}${legacy}`
  // Before it are the branches, and around it two blanks and two quotes.
  const room = width - line.length - (backup._tag === "FullBackup" ? 1 : 2) * indentation - 4
  const description = backup.description === "" || room < shortestDescription
    ? ""
    : `  "${cut(PrintableText.excerpt(backup.description, 40), room)}"`
  return `${line}${style("faint", description)}`
}

/** The width of a terminal from which dates have times. */
const narrow = 64

/** The least number of columns in which a description is shown. */
const shortestDescription = 8

/**
 * Writes the date, the size and the id of a backup, in columns.
 *
 * @category rendering
 * @since 0.2.0
 */
export const itemText = (backup: BackupTree.Backup): string => columns(dateText(backup), 20, backup.size, backup.id)

const columns = (date: string, dateWidth: number, size: bigint, id: string): string =>
  `${date.slice(0, dateWidth).padEnd(dateWidth)} ${ByteCount.print(size).padStart(10)}  ${PrintableText.escape(id)}`

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
