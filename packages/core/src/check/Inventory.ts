/**
 * Inventories: the machines that need backups, read from the output of `prlctl` or from a plain list.
 *
 * `prlctl list --json` has no published specification, so the reader ignores fields that it does not need. It rejects
 * an invalid uuid or name with its place, because a machine that is silently skipped would count as backed up.
 *
 * @since 0.2.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Uuid from "../sdk/Uuid.ts"
import * as PrintableText from "../text/PrintableText.ts"

/**
 * Schema of an {@link InventoryKind}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const InventoryKind = Schema.Literals(["vm", "ct"])
/**
 * The kind of a machine: virtual machine or container.
 *
 * @category models
 * @since 0.2.0
 */
export type InventoryKind = typeof InventoryKind.Type

/**
 * Schema of an {@link InventoryEntry}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const InventoryEntry = Schema.Struct({
  uuid: Schema.UndefinedOr(Schema.String),
  name: Schema.UndefinedOr(Schema.String),
  kind: Schema.UndefinedOr(InventoryKind),
  place: Schema.String
})
/**
 * A machine of an inventory.
 *
 * It has a `uuid`, a `name`, or both, spelled as in the inventory. `place` is its position for messages, counted from
 * 1: `line 3` of a list or `entry 3` of a JSON array.
 *
 * @category models
 * @since 0.2.0
 */
export type InventoryEntry = typeof InventoryEntry.Type

/**
 * The maximum length of an inventory, in UTF-16 code units.
 *
 * @category constructors
 * @since 0.2.0
 */
export const maxLength = 2 ** 25
/**
 * The maximum number of machines in an inventory.
 *
 * @category constructors
 * @since 0.2.0
 */
export const maxEntries = 100_000

/**
 * Schema of a {@link Reason}.
 *
 * - `length`, `entries`: the inventory exceeds a limit.
 * - `empty`: the text names no machine, for example because a command failed. An empty JSON array is valid.
 * - `json`: the text begins like JSON, but is not valid JSON.
 * - `shape`: the JSON is not an array of objects.
 * - `entry`: an entry has neither a uuid nor a name, or an invalid one.
 * - `table`: the text is the table that `prlctl list` prints without `--json`.
 * - `text`: the text contains markup or control characters.
 *
 * @category schemas
 * @since 0.2.0
 */
export const Reason = Schema.Literals(["length", "entries", "empty", "json", "shape", "entry", "table", "text"])
/**
 * The reason why an inventory was rejected.
 *
 * @category errors
 * @since 0.2.0
 */
export type Reason = typeof Reason.Type

const advice: { readonly [reason in Reason]: string } = {
  length: "Use the output of `prlctl list --all --json`, or one uuid or name per line.",
  entries: "Use the inventory of one server or cluster at a time.",
  empty: "Check the command that wrote it; a node without machines prints [].",
  json:
    "Create it again with `prlctl list --all --json`. If it is a plain list whose first name begins with a bracket, "
    + "add a comment line (#) at the top.",
  shape: "Create it with `prlctl list --all --json`, which prints an array of objects with uuid and name.",
  entry: "Correct the entry, or create the inventory again with `prlctl list --all --json`.",
  table: "Create it with `prlctl list --all --json`, or write one uuid or name per line and nothing else.",
  text: "Use the output of `prlctl list --all --json`, or one uuid or name per line."
}

/**
 * The inventory was rejected. `line` or `entry` is the position, counted from 1.
 *
 * @category errors
 * @since 0.2.0
 */
export class InventoryError extends Schema.TaggedError<InventoryError>()("InventoryError", {
  reason: Reason,
  detail: Schema.String,
  line: Schema.optional(Schema.Int),
  entry: Schema.optional(Schema.Int)
}) {
  override get message(): string {
    const where = this.line !== undefined
      ? ` (line ${this.line})`
      : this.entry !== undefined
      ? ` (entry ${this.entry})`
      : ""
    return `Invalid inventory${where}: ${this.detail}. ${advice[this.reason]}`
  }
}

/**
 * Reads an inventory: the output of `prlctl list --all --json`, short or long (`-i`), or a plain list.
 *
 * From each JSON object, reads `uuid` or `ID`, `name` or `Name`, and `type` or `Type`, and ignores the rest. A plain
 * list has one uuid or name per line. Surrounding blanks, blank lines and lines that begin with `#` are ignored. Braces
 * around uuids are optional. Keeps the order and duplicate entries, which `Coverage` reports.
 *
 * **Example**
 *
 * ```ts
 * Inventory.parse(`[{"uuid": "4f6a1c2e-8f0b-4a44-9a53-2f1d7f3c9b10", "status": "running", "name": "web01"}]`)
 * Inventory.parse("# production\nweb01\n{4f6a1c2e-8f0b-4a44-9a53-2f1d7f3c9b10}\n")
 * ```
 *
 * @category constructors
 * @since 0.2.0
 */
export const parse = (text: string): Result.Result<ReadonlyArray<InventoryEntry>, InventoryError> => {
  if (text.length > maxLength) {
    return refuse("length", `it has ${text.length} characters; the maximum is ${maxLength}`)
  }
  const content = text.startsWith("\uFEFF") ? text.slice(1) : text
  return isJson(content) ? parseJson(content) : parseList(content)
}

const refuse = (
  reason: Reason,
  detail: string,
  place: { readonly line?: number; readonly entry?: number } = {}
): Result.Result<never, InventoryError> => Result.fail(new InventoryError({ reason, detail, ...place }))

// A list may begin with a uuid in braces.
const isJson = (text: string): boolean => /^\s*(?:\[|\{(?![0-9a-fA-F]{8}-))/.test(text)

const parseJson = (text: string): Result.Result<ReadonlyArray<InventoryEntry>, InventoryError> => {
  const value = Result.try({
    try: (): unknown => JSON.parse(text),
    catch: (cause) =>
      new InventoryError({
        reason: "json",
        detail: `it begins like JSON, but is not valid: ${PrintableText.excerpt(messageOf(cause), 200)}`
      })
  })
  if (Result.isFailure(value)) return Result.fail(value.failure)
  if (!Array.isArray(value.success)) return refuse("shape", "it is a JSON object, not an array of objects")
  const items: ReadonlyArray<unknown> = value.success
  if (items.length > maxEntries) return tooMany()
  const entries: Array<InventoryEntry> = []
  for (const [index, item] of items.entries()) {
    const entry = parseEntry(item, index + 1)
    if (Result.isFailure(entry)) return Result.fail(entry.failure)
    entries.push(entry.success)
  }
  return Result.succeed(entries)
}

const messageOf = (cause: unknown): string => cause instanceof Error ? cause.message : "it cannot be read"

const tooMany = (): Result.Result<never, InventoryError> =>
  refuse("entries", `it names more than ${maxEntries} machines, which is the maximum`)

const parseEntry = (item: unknown, entry: number): Result.Result<InventoryEntry, InventoryError> => {
  if (!isObject(item)) return refuse("shape", "it is not a JSON object", { entry })
  const uuid = textOf(item, ["uuid", "ID"], entry)
  if (Result.isFailure(uuid)) return Result.fail(uuid.failure)
  const name = textOf(item, ["name", "Name"], entry)
  if (Result.isFailure(name)) return Result.fail(name.failure)
  if (uuid.success === undefined && name.success === undefined) {
    return refuse("entry", "it has neither a uuid nor a name", { entry })
  }
  if (uuid.success !== undefined && !Uuid.isUuid(uuid.success)) {
    return refuse("entry", `${PrintableText.quote(uuid.success)} is not a uuid`, { entry })
  }
  return Result.succeed({
    uuid: uuid.success,
    name: name.success,
    kind: kindOf(item["type"] ?? item["Type"]),
    place: `entry ${entry}`
  })
}

interface JsonObject {
  readonly [key: string]: unknown
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/**
 * Returns the text of either key. An empty text, null and a single dash, which prlctl prints for nothing, count as
 * absent.
 */
const textOf = (
  item: JsonObject,
  [short, long]: readonly [short: string, long: string],
  entry: number
): Result.Result<string | undefined, InventoryError> => {
  const texts: Array<string> = []
  for (const key of [short, long]) {
    const value = item[key] ?? ""
    if (typeof value !== "string") return refuse("entry", `its ${key} is not a string`, { entry })
    if (value !== "" && value !== "-") texts.push(value)
  }
  const [first, second = first] = texts
  return first === second ? Result.succeed(first) : refuse("entry", `its ${short} and its ${long} differ`, { entry })
}

const kindOf = (value: unknown): InventoryKind | undefined => {
  const word = typeof value === "string" ? value.toLowerCase() : ""
  return word === "vm" || word === "ct" ? word : undefined
}

const parseList = (text: string): Result.Result<ReadonlyArray<InventoryEntry>, InventoryError> => {
  const entries: Array<InventoryEntry> = []
  let line = 0
  // Reads one line at a time; a split would first allocate every line.
  for (const [raw] of text.matchAll(/[^\r\n]*(?:\r\n|\n|\r|$)/g)) {
    line += 1
    const content = raw.trim()
    if (content === "" || content.startsWith("#")) continue
    if (entries.length === maxEntries) return tooMany()
    const fault = entries.length === 0 ? faultOfFirst(content) ?? faultOf(content) : faultOf(content)
    if (fault !== undefined) return refuse(fault.reason, fault.detail, { line })
    const isUuid = Uuid.isUuid(content)
    entries.push({
      uuid: isUuid ? content : undefined,
      name: isUuid ? undefined : content,
      kind: undefined,
      place: `line ${line}`
    })
  }
  return entries.length === 0 ? refuse("empty", "it names no machine") : Result.succeed(entries)
}

interface Fault {
  readonly reason: Reason
  readonly detail: string
}

const header: Fault = { reason: "table", detail: "it is the heading of a table" }
const markup: Fault = { reason: "text", detail: "it is markup, not a uuid or name" }

const faultOfFirst = (content: string): Fault | undefined =>
  /^UUID(?:\s|$)/.test(content) ? header : content.startsWith("<") ? markup : undefined

const faultOf = (content: string): Fault | undefined => {
  if (/(?!\t)\p{Cc}/u.test(content)) {
    return { reason: "text", detail: `${PrintableText.quote(content)} contains control characters` }
  }
  const [first = "", second] = content.split(/[\s,;]+/, 2)
  return second !== undefined && Uuid.isUuid(first)
    ? { reason: "table", detail: `there is more text after the uuid: ${PrintableText.quote(content)}` }
    : undefined
}
