/**
 * An inventory: the machines that ought to have backups, read from what `prlctl` prints or from a plain list.
 *
 * No specification of `prlctl list --json` is at hand, so the reader is tolerant where it does not care and strict where
 * it does: fields it does not need may be there or not, in any form; a uuid or a name that it cannot take for one is an
 * error with its place, since a machine that is passed over in silence would count as backed up.
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Uuid from "../sdk/Uuid.ts"
import * as PrintableText from "../text/PrintableText.ts"

/** Schema of an {@link InventoryKind}. */
export const InventoryKind = Schema.Literals(["vm", "ct"])
/** What a machine is, where its inventory says so. */
export type InventoryKind = typeof InventoryKind.Type

/** Schema of an {@link InventoryEntry}. */
export const InventoryEntry = Schema.Struct({
  uuid: Schema.NullOr(Schema.String),
  name: Schema.NullOr(Schema.String),
  kind: Schema.NullOr(InventoryKind),
  place: Schema.String
})
/**
 * A machine of an inventory.
 *
 * At least one of `uuid` and `name` is there, each as it was written. `place` says where it stands, for people: `line 3`
 * of a list, `entry 3` of JSON, from 1.
 */
export type InventoryEntry = typeof InventoryEntry.Type

/** The longest inventory that is read, in UTF-16 code units. */
export const maxLength = 2 ** 25
/** The most machines that an inventory may name. */
export const maxEntries = 100_000

/**
 * Schema of why an inventory was refused.
 *
 * `length` and `entries`: beyond a limit. `empty`: a text that names no machine, as a command that failed leaves behind;
 * an empty JSON array is none. `json`: it begins as JSON, and is none. `shape`: JSON, but not an array of objects.
 * `entry`: an entry without uuid and name, or with one that is none. `table`: the table that `prlctl list` prints without
 * `--json`. `text`: markup or control characters, so no list of names.
 */
export const Reason = Schema.Literals(["length", "entries", "empty", "json", "shape", "entry", "table", "text"])
/** Why an inventory was refused, in one word. */
export type Reason = typeof Reason.Type

const advice: { readonly [reason in Reason]: string } = {
  length: "Give only what `prlctl list --all --json` prints, or one uuid or name a line.",
  entries: "Give the inventory of one server or cluster at a time.",
  empty: "Check the command that wrote it; a node without machines prints [].",
  json: "Write it anew with `prlctl list --all --json`; in a plain list whose first name begins with a bracket, put a "
    + "comment (#) first.",
  shape: "Write it with `prlctl list --all --json`, which prints an array of objects with uuid and name.",
  entry: "Mend the entry, or write the inventory anew with `prlctl list --all --json`.",
  table: "Write it with `prlctl list --all --json`, or give one uuid or name a line, and nothing else.",
  text: "Give what `prlctl list --all --json` prints, or one uuid or name a line."
}

/** An inventory that was refused; `line` or `entry` says where, from 1. */
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
    return `Inventory refused${where}: ${this.detail}. ${advice[this.reason]}`
  }
}

/**
 * Reads an inventory: the JSON that `prlctl list --all --json` prints, short or long (`-i`), or a plain list.
 *
 * Of each JSON object it takes `uuid` or `ID`, `name` or `Name`, `type` or `Type`; the rest is ignored. A plain list has
 * one uuid or name a line; blanks around it, blank lines, and lines that begin with `#` are passed over. Uuids may have
 * braces or not. The order is kept, and so are entries that name one machine twice: `Coverage` reports them.
 *
 * **Example**
 *
 * ```ts
 * Inventory.parse(`[{"uuid": "4f6a1c2e-8f0b-4a44-9a53-2f1d7f3c9b10", "status": "running", "name": "web01"}]`)
 * Inventory.parse("# production\nweb01\n{4f6a1c2e-8f0b-4a44-9a53-2f1d7f3c9b10}\n")
 * ```
 */
export const parse = (text: string): Result.Result<ReadonlyArray<InventoryEntry>, InventoryError> => {
  if (text.length > maxLength) {
    return refuse("length", `it has ${text.length} characters, and ${maxLength} are the most that is read`)
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
        detail: `it begins like JSON, and is none: ${PrintableText.excerpt(said(cause), 200)}`
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

const said = (cause: unknown): string => cause instanceof Error ? cause.message : "it cannot be read"

const tooMany = (): Result.Result<never, InventoryError> =>
  refuse("entries", `it names more than ${maxEntries} machines, the most that is read`)

const parseEntry = (item: unknown, entry: number): Result.Result<InventoryEntry, InventoryError> => {
  if (!isObject(item)) return refuse("shape", "this is no JSON object", { entry })
  const uuid = textOf(item, ["uuid", "ID"], entry)
  if (Result.isFailure(uuid)) return Result.fail(uuid.failure)
  const name = textOf(item, ["name", "Name"], entry)
  if (Result.isFailure(name)) return Result.fail(name.failure)
  if (uuid.success === null && name.success === null) {
    return refuse("entry", "it has neither a uuid nor a name", { entry })
  }
  if (uuid.success !== null && !Uuid.isUuid(uuid.success)) {
    return refuse("entry", `${PrintableText.quote(uuid.success)} is no uuid`, { entry })
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

/** The text of either key; no text, null and a mere dash, which prlctl prints for nothing, are none. */
const textOf = (
  item: JsonObject,
  [short, long]: readonly [short: string, long: string],
  entry: number
): Result.Result<string | null, InventoryError> => {
  const texts: Array<string> = []
  for (const key of [short, long]) {
    const value = item[key] ?? ""
    if (typeof value !== "string") return refuse("entry", `its ${key} is not a text`, { entry })
    if (value !== "" && value !== "-") texts.push(value)
  }
  const [first = null, second = first] = texts
  return first === second ? Result.succeed(first) : refuse("entry", `its ${short} and its ${long} differ`, { entry })
}

const kindOf = (value: unknown): InventoryKind | null => {
  const word = typeof value === "string" ? value.toLowerCase() : ""
  return word === "vm" || word === "ct" ? word : null
}

const parseList = (text: string): Result.Result<ReadonlyArray<InventoryEntry>, InventoryError> => {
  const entries: Array<InventoryEntry> = []
  let line = 0
  // One line after the other: a split would first make as many texts as there are line feeds.
  for (const [raw] of text.matchAll(/[^\r\n]*(?:\r\n|\n|\r|$)/g)) {
    line += 1
    const content = raw.trim()
    if (content === "" || content.startsWith("#")) continue
    if (entries.length === maxEntries) return tooMany()
    const fault = entries.length === 0 ? faultOfFirst(content) ?? faultOf(content) : faultOf(content)
    if (fault !== undefined) return refuse(fault.reason, fault.detail, { line })
    const isUuid = Uuid.isUuid(content)
    entries.push({
      uuid: isUuid ? content : null,
      name: isUuid ? null : content,
      kind: null,
      place: `line ${line}`
    })
  }
  return entries.length === 0 ? refuse("empty", "it names no machine") : Result.succeed(entries)
}

interface Fault {
  readonly reason: Reason
  readonly detail: string
}

const header: Fault = { reason: "table", detail: "this is the heading of a table" }
const markup: Fault = { reason: "text", detail: "this is markup, and no uuid or name" }

const faultOfFirst = (content: string): Fault | undefined =>
  /^UUID(?:\s|$)/.test(content) ? header : content.startsWith("<") ? markup : undefined

const faultOf = (content: string): Fault | undefined => {
  if (/(?!\t)\p{Cc}/u.test(content)) {
    return { reason: "text", detail: `${PrintableText.quote(content)} holds control characters` }
  }
  const [first = "", second] = content.split(/[\s,;]+/, 2)
  return second !== undefined && Uuid.isUuid(first)
    ? { reason: "table", detail: `after the uuid stands more: ${PrintableText.quote(content)}` }
    : undefined
}
