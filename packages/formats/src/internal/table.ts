/** Tables of columns that fit a terminal. */
import stringWidth from "string-width"
import * as Style from "../Style.ts"
import { cut } from "./cut.ts"

/** A column of a table. */
export interface Column<Row> {
  readonly title: string
  /** The text of a cell, which must be printable. */
  readonly text: (row: Row) => string
  /** The side on which cells are aligned (default: left). */
  readonly align?: "left" | "right"
  readonly role?: (row: Row) => Style.Role | undefined
  /** The width to which cells can be cut, in columns of the terminal; otherwise they are never cut. */
  readonly narrowest?: number
  /** Columns with a rank are left out if the table is too wide: those of the highest rank first. */
  readonly rank?: number
}

/** Options for writing a table. */
export interface TableOptions {
  readonly style?: Style.Style | undefined
  /** The width of the terminal; without one, nothing is cut or left out. */
  readonly width?: number | undefined
  /** Whether the first line has the titles (default: true). */
  readonly header?: boolean | undefined
}

const gap = "  "

/** Writes a table, line by line. Lines have no blanks at their ends. */
export const lines = function*<Row>(
  columns: ReadonlyArray<Column<Row>>,
  rows: ReadonlyArray<Row>,
  options: TableOptions = {}
): Generator<string> {
  const { header = true, style = Style.plain, width = Infinity } = options
  const fitted = fit(columns.map((column) => ({ column, width: naturalWidth(column, rows, header) })), width)
  if (header) yield lineOf(fitted.map((one) => ({ ...one, text: one.column.title, role: "title" })), style)
  for (const row of rows) {
    yield lineOf(fitted.map((one) => ({ ...one, text: one.column.text(row), role: one.column.role?.(row) })), style)
  }
}

interface Fitted<Row> {
  readonly column: Column<Row>
  readonly width: number
}

const naturalWidth = <Row>({ text, title }: Column<Row>, rows: ReadonlyArray<Row>, header: boolean): number =>
  rows.reduce((widest, row) => Math.max(widest, stringWidth(text(row))), header ? stringWidth(title) : 0)

/** Leaves columns out, and cuts others, until the table fits, or nothing is left to do. */
const fit = <Row>(columns: ReadonlyArray<Fitted<Row>>, room: number): ReadonlyArray<Fitted<Row>> => {
  const narrowest = columns.map((one) => ({ ...one, width: Math.min(one.width, one.column.narrowest ?? one.width) }))
  const spare = room - widthOf(narrowest)
  const last = Math.max(...columns.map(({ column: { rank = 0 } }) => rank))
  if (spare < 0 && last > 0) return fit(columns.filter(({ column: { rank = 0 } }) => rank !== last), room)
  let left = Math.max(0, spare)
  return columns.map((one, index) => {
    const given = Math.min(one.width - narrowest[index]!.width, left)
    left -= given
    return { ...one, width: narrowest[index]!.width + given }
  })
}

const widthOf = (columns: ReadonlyArray<Fitted<never>>): number =>
  columns.reduce((sum, { width }) => sum + width, gap.length * (columns.length - 1))

interface Cell {
  readonly column: Pick<Column<never>, "align">
  readonly width: number
  readonly text: string
  readonly role: Style.Role | undefined
}

const lineOf = (cells: ReadonlyArray<Cell>, style: Style.Style): string =>
  cells.map(({ column: { align = "left" }, role, text, width }, index) => {
    const shown = cut(text, width)
    const blanks = " ".repeat(Math.max(0, width - stringWidth(shown)))
    const styled = role === undefined ? shown : style(role, shown)
    if (align === "right") return `${blanks}${styled}`
    return index === cells.length - 1 ? styled : `${styled}${blanks}`
  }).join(gap)
