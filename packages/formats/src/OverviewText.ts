/**
 * The machines of a listing as a table: a line for each, with the age of its newest backup and its state.
 *
 * @since 0.2.0
 */
import type * as Overview from "@backup-tree/core/check/Overview"
import type { ChainOrigins } from "@backup-tree/core/listing/BackupListing"
import * as CountText from "@backup-tree/core/text/CountText"
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import { shortAge, timeText } from "@backup-tree/core/text/TimeText"
import * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as ByteCount from "./ByteCount.ts"
import * as Table from "./internal/table.ts"
import type * as Style from "./Style.ts"
import * as TreeText from "./TreeText.ts"

/**
 * Contains the name of every column, in the order of the table.
 *
 * @category models
 * @since 0.2.0
 */
export const columns = [
  "name",
  "kind",
  "newest",
  "age",
  "chains",
  "backups",
  "size",
  "state",
  "uuid",
  "servers"
] as const
/**
 * The name of a column.
 *
 * @category models
 * @since 0.2.0
 */
export type Column = typeof columns[number]

/** The columns that are shown unless others are chosen. */
const defaultColumns: ReadonlyArray<Column> = ["name", "kind", "newest", "age", "chains", "backups", "size", "state"]

/**
 * Options for writing an overview.
 *
 * @category models
 * @since 0.2.0
 */
export interface OverviewTextOptions {
  readonly style?: Style.Style | undefined
  /** The width of the terminal. Without one, every column is whole. */
  readonly width?: number | undefined
  /** Whether the first line has the titles (default: true). */
  readonly header?: boolean | undefined
  /**
   * The columns to show. Chosen columns are never left out. By default, all but `uuid` are shown, and `servers` only if
   * origins are given.
   */
  readonly columns?: ReadonlyArray<Column> | undefined
  /** The servers of each chain, if the listing is that of several servers. */
  readonly origins?: ReadonlyArray<ChainOrigins> | undefined
}

/**
 * Writes an overview as lines, without line feeds.
 *
 * On a narrow terminal, names are cut, and less important columns are left out unless they were chosen.
 *
 * **Example**
 *
 * ```ts
 * const machines = Overview.sort(Overview.make(listing, { now }), "age")
 * Array.from(OverviewText.lines(machines, { width: 80 })).join("\n")
 * ```
 *
 * @category rendering
 * @since 0.2.0
 */
export const lines = (
  machines: ReadonlyArray<Overview.MachineOverview>,
  { columns: chosen, origins, ...options }: OverviewTextOptions = {}
): Iterable<string> => {
  const cells = { ...cellsOfMachine, servers: serversCell(origins ?? []) }
  const wanted: ReadonlyArray<Column> = origins === undefined ? defaultColumns : [...defaultColumns, "servers"]
  const shown = chosen === undefined
    ? wanted.map((column) => ({ ...cells[column], rank: ranks[column] ?? 0 }))
    : chosen.map((column) => cells[column])
  return Table.lines(shown, machines, options)
}

/**
 * Writes how many machines have errors or warnings, and how to see them, or nothing if none has any.
 *
 * @category rendering
 * @since 0.2.0
 */
export const advice = (machines: ReadonlyArray<Overview.MachineOverview>): ReadonlyArray<string> => {
  const count = (state: Overview.State) => machines.filter((machine) => machine.state === state).length
  const [errors, warnings] = [count("error"), count("warning")]
  const found = [
    ...(errors === 0 ? [] : [`${CountText.count(errors, "machine")} with errors`]),
    ...(warnings === 0 ? [] : [`${CountText.count(warnings, "machine")} with warnings`])
  ]
  return found.length === 0 ? [] : [`${found.join(", ")}: run \`backup-tree check\` for details`]
}

/** The order in which columns are left out: the highest rank first. */
const ranks: { readonly [C in Column]?: number } = { chains: 4, newest: 3, kind: 2, backups: 1 }

const roles: { readonly [S in Overview.State]: Style.Role } = { ok: "good", warning: "warning", error: "error" }

const serversCell = (origins: ReadonlyArray<ChainOrigins>): Table.Column<Overview.MachineOverview> => {
  const byEnvironment = Map.groupBy(origins, ({ environment }) => environment)
  return {
    title: "SERVERS",
    text: ({ environment: { uuid } }) => {
      const servers = new Set((byEnvironment.get(uuid) ?? []).flatMap(({ endpoints }) => endpoints))
      return [...servers].map((each) => PrintableText.excerpt(each)).join(", ")
    },
    narrowest: 12
  }
}

const cellsOfMachine: { readonly [C in Exclude<Column, "servers">]: Table.Column<Overview.MachineOverview> } = {
  name: { title: "NAME", text: ({ environment }) => TreeText.name(environment), narrowest: 16 },
  kind: { title: "KIND", text: ({ environment }) => shortKind(environment) },
  newest: {
    title: "NEWEST",
    text: ({ last: { at } }) =>
      at === undefined ? "no date" : `${timeText(at).slice(0, 10)} ${timeText(at).slice(11, 16)}Z`
  },
  age: { title: "AGE", text: ({ last: { age } }) => age === undefined ? "-" : shortAge(age), align: "right" },
  chains: { title: "CHAINS", text: ({ chains }) => `${chains}`, align: "right" },
  backups: { title: "BACKUPS", text: ({ last: { backups } }) => `${backups}`, align: "right" },
  size: { title: "SIZE", text: ({ size }) => ByteCount.print(size), align: "right" },
  state: { title: "STATE", text: ({ state }) => state, role: ({ state }) => roles[state] },
  uuid: { title: "UUID", text: ({ environment }) => PrintableText.escape(environment.uuid), role: () => "faint" }
}

const shortKind = (environment: BackupTree.VirtualEnvironment): string => {
  const kind = BackupTree.kind(environment)
  return kind._tag === "Vm" ? "VM" : kind._tag === "Container" ? "CT" : `${kind.vmType}?`
}
