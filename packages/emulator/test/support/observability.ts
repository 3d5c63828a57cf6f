/** The tables of the document about observability. */
import { readText } from "./documents.ts"

export const document = "docs/observability.md"

/** The rows of the table in a section of the document, each with the texts in backticks in its cells. */
export const rows = (section: string): ReadonlyArray<ReadonlyArray<ReadonlyArray<string>>> =>
  readText(document).split(/^## /m).find((text) => text.startsWith(`${section}\n`))!.split("\n")
    .filter((line) => line.startsWith("|")).slice(2)
    .map((line) =>
      line.split(/(?<!\\)\|/).slice(1, -1).map((cell) => [...cell.matchAll(/`([^`]*)`/g)].map((m) => m[1]!))
    )

export const sorted = (values: Iterable<string>): ReadonlyArray<string> => [...new Set(values)].sort()
