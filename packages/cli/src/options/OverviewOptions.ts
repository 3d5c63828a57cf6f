/**
 * The flags that shape the table of machines.
 */
import * as Overview from "@backup-tree/core/check/Overview"
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import * as OverviewText from "@backup-tree/formats/OverviewText"
import { Flag } from "effect/cli"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { wrongUsage } from "../ExitCode.ts"

/** The flags. */
export const flags = {
  sort: Flag.Literals("sort", Overview.orders).pipe(
    Flag.withMetavar("ORDER"),
    Flag.withDescription("With a table: sort machines by ORDER, the most urgent first (default: name)"),
    Flag.optional
  ),
  columns: Flag.String("columns").pipe(
    Flag.withMetavar("NAMES"),
    Flag.withDescription(`With a table: the columns to show, separated by commas: ${OverviewText.columns.join(", ")}`),
    Flag.optional
  ),
  header: Flag.Boolean("header").pipe(
    Flag.withDescription("With a table: print the titles of the columns (default: true)"),
    Flag.withDefault(true)
  )
} as const

/** The values of {@link flags}. */
export interface OverviewOptions {
  readonly sort: Option.Option<Overview.Order>
  readonly columns: Option.Option<string>
  readonly header: boolean
}

/** The order and the layout of a table. */
export interface Layout {
  readonly order: Overview.Order
  readonly header: boolean
  readonly columns: ReadonlyArray<OverviewText.Column> | undefined
}

/** The layout without options. */
export const defaultLayout: Layout = { order: "name", header: true, columns: undefined }

/** Returns whether the options shape a table. */
export const isGiven = ({ columns, header, sort }: OverviewOptions): boolean =>
  Option.isSome(sort) || Option.isSome(columns) || !header

/** Parses the options. */
export const parse = Effect.fnUntraced(function*({ columns, header, sort }: OverviewOptions) {
  const chosen: Array<OverviewText.Column> = []
  for (const name of Option.match(columns, { onNone: () => [], onSome: (text) => text.split(",") })) {
    const column = OverviewText.columns.find((one) => one === name.trim().toLowerCase())
    if (column === undefined) {
      return yield* wrongUsage(
        `--columns: there is no column ${PrintableText.quote(name)}. Use ${OverviewText.columns.join(", ")}.`
      )
    }
    chosen.push(column)
  }
  const layout: Layout = {
    order: Option.getOrElse(sort, () => defaultLayout.order),
    header,
    columns: chosen.length === 0 ? undefined : chosen
  }
  return layout
})
