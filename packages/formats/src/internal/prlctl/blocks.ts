/** Reads the blocks of the long layout, whose values can contain line breaks. */
import * as NumberText from "@backup-tree/core/sdk/NumberText"
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import * as Result from "effect/Result"
import { fail, type Fault, type Printed, type Step } from "./printed.ts"

/** The first line of a block. */
export const blockStart = "VM_UUID: "
const keys = [
  "VM_UUID",
  "Name",
  "Host",
  "Owner",
  "Backup_ID",
  "Date",
  "Type",
  "Size",
  "Description",
  "ServerUuid"
] as const
type Key = typeof keys[number]

const diskKeys = ["Name", "OriginalPath", "Size"]
const listStart = "DiskList:"
const advice = "Read the whole output of `prlctl backup-list --full`, unchanged."

/** A line of a text, counted from 0. */
interface Cursor {
  readonly lines: ReadonlyArray<string>
  line: number
}

/** Reads block after block. It ends after the first failure. */
export const blocks = function*(lines: ReadonlyArray<string>, start: number): Generator<Step> {
  const cursor: Cursor = { lines, line: start }
  while (cursor.line < lines.length) {
    if (lines[cursor.line] === "" && lines.slice(cursor.line).every((line) => line.trim() === "")) return
    const step = readBlock(cursor)
    yield step
    if (Result.isFailure(step)) return
  }
}

const readBlock = (cursor: Cursor): Step => {
  const line = cursor.line
  const values: { [key in Key]?: string } = {}
  const starts: { [key in Key]?: number } = {}
  for (const [index, key] of keys.entries()) {
    const text = cursor.lines[cursor.line] ?? ""
    if (!hasKey(text, key)) return fail(cursor.line, 0, `expected "${key}: "${foundText(cursor)}`, advice)
    starts[key] = cursor.line
    const end = endOfValue(cursor, keys[index + 1])
    if (end === undefined) {
      return fail(cursor.line, 0, `the block has no line "${keys[index + 1] ?? listStart}" after ${key}`, advice)
    }
    values[key] = cursor.lines.slice(cursor.line, end).join("\n").slice(key.length + 2)
    cursor.line = end
  }
  cursor.line += 1
  const disks = readDisks(cursor)
  if (Result.isFailure(disks)) return Result.fail(disks.failure)
  const size = sizeOf(values.Size!, starts.Size!, "Size: ".length)
  return Result.map(size, (size): Printed => ({
    line,
    environment: values.VM_UUID!,
    name: values.Name!,
    host: values.Host!,
    creator: values.Owner!,
    id: values.Backup_ID!,
    date: values.Date!,
    type: values.Type!,
    size,
    description: values.Description!,
    serverUuid: values.ServerUuid!,
    disks: disks.success
  }))
}

const foundText = ({ line, lines }: Cursor): string =>
  line < lines.length ? `, found ${PrintableText.quote(lines[line]!, 40)}` : ", found the end of the text"

/** Whether a line begins with a key. Editors remove the blank of an empty value. */
const hasKey = (text: string, key: string): boolean => text.startsWith(`${key}: `) || text === `${key}:`

/**
 * Returns the line after a value: that of the next key. The description ends where the rest of the block fits, because
 * its lines can look like keys.
 */
const endOfValue = ({ line, lines }: Cursor, next: Key | undefined): number | undefined => {
  for (let end = line + 1; end < lines.length; end++) {
    const text = lines[end]!
    if (next === undefined) {
      if (text === listStart) return end
    } else if (isBlockStart(lines, end, next)) return undefined
    else if (hasKey(text, next) && (next !== "ServerUuid" || isEndOfBlock(lines, end))) return end
  }
  return undefined
}

/** Whether the next block starts, so that a value cannot go on. A line of a description can look like its first one. */
const isBlockStart = (lines: ReadonlyArray<string>, line: number, next: Key): boolean =>
  lines[line]!.startsWith(blockStart) && (next !== "ServerUuid"
    || (lines[line - 1] === "" && keys.every((key, index) => index > 4 || hasKey(lines[line + index] ?? "", key))))

const isEndOfBlock = (lines: ReadonlyArray<string>, line: number): boolean => {
  if (lines[line + 1] !== listStart) return false
  let end = line + 2
  while (diskKeys.every((key, index) => hasKey(lines[end + index] ?? "", `\t${key}`))) end += diskKeys.length
  if (end === lines.length) return true
  const after = lines[end + 1]
  return lines[end] === "" && (after === undefined || after === "" || after.startsWith(blockStart))
}

const readDisks = (cursor: Cursor): Result.Result<NonNullable<Printed["disks"]>, Fault> => {
  const disks: Array<NonNullable<Printed["disks"]>[number]> = []
  while (cursor.line < cursor.lines.length && cursor.lines[cursor.line] !== "") {
    const values: Array<string> = []
    for (const key of diskKeys) {
      const text = cursor.lines[cursor.line] ?? ""
      if (!hasKey(text, `\t${key}`)) {
        return fail(cursor.line, 0, `expected "${key}: " after a tab${foundText(cursor)}`, advice)
      }
      values.push(text.slice(key.length + 3))
      cursor.line += 1
    }
    const size = sizeOf(values[2]!, cursor.line - 1, "\tSize: ".length)
    if (Result.isFailure(size)) return Result.fail(size.failure)
    disks.push({ name: values[0]!, originalPath: values[1]!, size: size.success })
  }
  cursor.line += 1
  return Result.succeed(disks)
}

const sizeOf = (text: string, line: number, column: number): Result.Result<bigint, Fault> => {
  const size = /^\d+$/.test(text) ? NumberText.parseUInt64(text) : undefined
  return size === undefined
    ? fail(line, column, `${PrintableText.quote(text, 40)} is not a size in bytes`, advice)
    : Result.succeed(size)
}
