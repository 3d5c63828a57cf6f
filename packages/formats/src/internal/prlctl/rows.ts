/** Reads the rows of the table by their blanks, because long values push the rest of a row to the right. */
import * as NumberText from "@backup-tree/core/sdk/NumberText"
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import * as Result from "effect/Result"
import { fail, type Printed, type Step } from "./printed.ts"

/** The longest row: its values come from a server, and no id or host is that long. */
const maxLength = 1_000_000

const advice = "A row is `ID Backup_ID Node MM/DD/YYYY HH:MM:SS Type Size`. Read the output of prlctl unchanged."

/** Returns whether a line looks like a row: it begins with two ids, and ends with a size. */
export const isRow = (text: string): boolean => {
  const [uuid, id] = startOf(text)
  return uuid?.startsWith("{") === true && id?.startsWith("{") === true && Result.isSuccess(readRow(text, 0))
}

/** Reads each line as a row. Empty lines are skipped. */
export const rows = function*(lines: ReadonlyArray<string>, start: number): Generator<Step> {
  for (let line = start; line < lines.length; line++) {
    const text = lines[line]!
    if (text.trim() !== "") yield readRow(text, line)
  }
}

/** Returns the first two words, and where the second ends. */
const startOf = (text: string): readonly [uuid: string | undefined, id: string | undefined, end: number] => {
  const first = wordAt(text, 0)
  const second = wordAt(text, first.end)
  return [first.word, second.word, second.end]
}

const wordAt = (text: string, from: number): { readonly word: string | undefined; readonly end: number } => {
  let start = from
  while (text[start] === " ") start++
  let end = start
  while (end < text.length && text[end] !== " ") end++
  return { word: start === end ? undefined : text.slice(start, end), end }
}

/** Returns the last word before a place, and where it starts. */
const wordBefore = (text: string, to: number, from: number): { readonly word: string; readonly start: number } => {
  let end = to
  while (end > from && text[end - 1] === " ") end--
  let start = end
  while (start > from && text[start - 1] !== " ") start--
  return { word: text.slice(start, end), start }
}

/** Returns a part of a text without the blanks around it. */
const withoutBlanks = (text: string, from: number, to: number): string => {
  let [start, end] = [from, to]
  while (start < end && text[start] === " ") start++
  while (end > start && text[end - 1] === " ") end--
  return text.slice(start, end)
}

const isDate = (text: string): boolean => /^\d\d\/\d\d\/\d{4}$/.test(text)
const isTime = (text: string): boolean => /^\d\d:\d\d:\d\d$/.test(text)

const readRow = (text: string, line: number): Step => {
  if (text.length > maxLength) return fail(line, 0, `the row has more than ${maxLength} characters`, advice)
  const [environment, id, from] = startOf(text)
  if (environment === undefined || id === undefined) return fail(line, text.length, "the row ends too early", advice)
  const last = wordBefore(text, text.length, from)
  const size = /^\d+$/.test(last.word) ? NumberText.parseUInt64(last.word) : undefined
  if (size === undefined) {
    return fail(line, last.start, `${PrintableText.quote(last.word, 40)} is not a size in bytes`, advice)
  }
  const type = wordBefore(text, last.start, from)
  const isTypeless = isTime(type.word)
  const time = isTypeless ? type : wordBefore(text, type.start, from)
  const date = wordBefore(text, time.start, from)
  const hasDate = isTime(time.word) && isDate(date.word)
  if (isTypeless && !hasDate) return fail(line, type.start, "the date before the time is missing", advice)
  const row: Printed = {
    line,
    environment,
    id,
    host: withoutBlanks(text, from, hasDate ? date.start : type.start),
    date: hasDate ? `${date.word} ${time.word}` : "",
    type: isTypeless ? "" : type.word,
    size,
    name: "",
    creator: "",
    description: "",
    serverUuid: "",
    disks: undefined
  }
  return Result.succeed(row)
}
