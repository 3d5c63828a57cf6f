/** Reads both layouts of prlctl into a tree. */
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import type * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as Result from "effect/Result"
import { blocks, blockStart } from "./blocks.ts"
import type * as Clock from "./clock.ts"
import { header } from "./columns.ts"
import { type Loss, lossOf } from "./loss.ts"
import { fail, type Fault } from "./printed.ts"
import * as Rows from "./rows.ts"
import * as TreeBuilder from "./treeBuilder.ts"

/** Fields that are never printed, and those that the table does not print. */
const neverPrinted = [
  "VmType",
  "Version",
  "Uuid",
  "TibFileList",
  "OriginalSize",
  "BundlePermissions",
  "Flags",
  "LastNumber",
  "Encryption"
]
const notInTable = ["Name", "Creator", "Description", "ServerUuid", "BackupDisks"]

/** A tree that was read, its layout, and what was lost. */
interface Reading {
  readonly tree: BackupTree.BackupTree
  readonly layout: "table" | "full"
  readonly losses: ReadonlyArray<Loss>
}

/** Reads a text. */
export const read = (text: string, clock: Clock.Clock): Result.Result<Reading, Fault> => {
  const lines = toLines(text)
  const start = findStart(lines)
  if (start === undefined) {
    const line = lines.findIndex((one) => one.trim() !== "")
    return line === -1 ? Result.succeed(emptyReading) : fail(
      line,
      0,
      `${PrintableText.quote(lines[line]!, 40)} is not the output of prlctl backup-list`,
      "Save the output of `prlctl backup-list` or `prlctl backup-list --full`, and read it unchanged."
    )
  }
  const steps = start.layout === "full" ? blocks(lines, start.line) : Rows.rows(lines, start.line)
  const builder = TreeBuilder.make(clock)
  for (const step of steps) {
    const added = Result.flatMap(step, builder.add)
    if (Result.isFailure(added)) return Result.fail(added.failure)
  }
  const ignored = lines.slice(0, start.layout === "table" && start.hasHeader ? start.line - 1 : start.line)
    .flatMap((line, index) => line.trim() === "" ? [] : [index + 1])
  const losses: Array<Loss> = [
    { _tag: "NotPrinted", fields: start.layout === "full" ? neverPrinted : [...neverPrinted, ...notInTable] },
    ...builder.losses(),
    ...lossOf("IgnoredLines", ignored)
  ]
  return Result.succeed({ tree: builder.tree(), layout: start.layout, losses })
}

const emptyReading: Reading = {
  tree: { environments: [], kept: [] },
  layout: "full",
  losses: [{ _tag: "NotPrinted", fields: neverPrinted }]
}

/** Splits a text at line feeds. If the first line ends with a carriage return, an editor has added one to every line. */
const toLines = (text: string): ReadonlyArray<string> => {
  const first = text.indexOf("\n")
  const lines = (first > 0 && text[first - 1] === "\r" ? text.replaceAll("\r\n", "\n") : text).split("\n")
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines
}

/** Returns the layout and the first line after a header. Warnings of prlctl can precede it. */
const findStart = (lines: ReadonlyArray<string>) => {
  for (const [line, text] of lines.entries()) {
    if (isHeader(text)) return { layout: "table", hasHeader: true, line: line + 1 } as const
    if (text.startsWith(blockStart)) return { layout: "full", hasHeader: false, line } as const
    if (Rows.isRow(text)) return { layout: "table", hasHeader: false, line } as const
  }
  return undefined
}

/** Whether a line has the words of the header. A long line has none. */
const isHeader = (text: string): boolean =>
  text.length <= 500 && text.trim().split(/\s+/).join(" ") === header.join(" ")
