/** The columns of prlctl's table. */

/** The header of the table, and the least width of each column in bytes. A negative width aligns to the left. */
const columns = [
  ["ID", 38],
  ["Backup_ID", -38],
  ["Node", -20],
  ["Date", -20],
  ["Type", 4],
  ["Size", 10]
] as const

/** The words of the header. */
export const header: ReadonlyArray<string> = columns.map(([title]) => title)

/** Formats a row of the table. */
export const row = (values: ReadonlyArray<string>): string =>
  columns.map(([, width], index) => pad(values[index] ?? "", width)).join(" ")

const pad = (text: string, width: number): string => {
  const blanks = " ".repeat(Math.max(0, Math.abs(width) - byteLength(text, Math.abs(width))))
  return width < 0 ? text + blanks : blanks + text
}

/** Counts the bytes of a text in UTF-8, at least up to a limit. */
const byteLength = (text: string, limit: number): number => {
  let bytes = 0
  for (let index = 0; index < text.length && bytes < limit; index++) {
    const code = text.codePointAt(index)!
    if (code > 0xffff) index++
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
  }
  return bytes
}
