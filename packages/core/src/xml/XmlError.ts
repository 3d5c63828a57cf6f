/**
 * Why an XML text was refused, and where.
 */
import * as Schema from "effect/Schema"

/**
 * Schema of a {@link Reason}.
 *
 * Not well-formed, or well-formed XML that this library refuses: `empty` (no root element), `truncated`, `doctype`,
 * `declaration` (malformed, late, or a version other than 1.0), `encoding` (other than UTF-8), `byte-order-mark`,
 * `entity` (undefined, or no reference), `reference` (to a character outside XML 1.0), `surrogate` (half of a pair),
 * `forbidden-character` (raw, outside XML 1.0), `text` (holds `]]>`), `outside` (of the root element), `comment` (holds
 * `--`), `attribute` (malformed), `duplicate-attribute`, `name` (of XML, but refused, or none), `tag` (malformed, or
 * without its partner), `markup` (none of XML's), `parser` (two parsers disagree, which would be a defect).
 *
 * Beyond a limit: `length`, `depth`, `elements`, `notes` (faults that a tolerant reading let pass).
 *
 * Read, but not as the document that was expected: `root`, and what a strict reading refuses (SEMANTICS 9).
 */
export const Reason = Schema.Literals([
  "empty",
  "truncated",
  "doctype",
  "declaration",
  "encoding",
  "byte-order-mark",
  "entity",
  "reference",
  "surrogate",
  "forbidden-character",
  "text",
  "outside",
  "comment",
  "attribute",
  "duplicate-attribute",
  "name",
  "tag",
  "markup",
  "parser",
  "length",
  "depth",
  "elements",
  "notes",
  "root",
  "missing-required",
  "junk-number",
  "bad-date",
  "bad-letter",
  "unknown-element"
])
/** Why an XML text was refused, in one word. */
export type Reason = typeof Reason.Type

const incomplete = "Fetch the document again: a part of it is missing."
const foreign = "The product never writes this: check where the document comes from."
const tooLarge = "If the document is genuine, read it with a higher limit."
const tolerant = "Read it in tolerant mode to get the rest and a note."

const advice: { readonly [reason in Reason]?: string } = {
  empty: incomplete,
  truncated: incomplete,
  doctype: foreign,
  declaration: foreign,
  encoding: "Convert the document to UTF-8.",
  "byte-order-mark": "Remove the byte order mark.",
  reference: foreign,
  name: foreign,
  root: "Check that this is the document you meant.",
  parser: "Please report this document as a defect.",
  length: tooLarge,
  depth: tooLarge,
  elements: tooLarge,
  notes: "This is hardly the listing of a server: check where the document comes from.",
  "forbidden-character": tolerant,
  "missing-required": tolerant,
  "junk-number": tolerant,
  "bad-date": tolerant,
  "bad-letter": tolerant,
  "unknown-element": tolerant
}

/**
 * An XML text that was refused.
 *
 * `line` and `column` count from 1, columns in UTF-16 code units, a leading byte order mark left out. `path` leads
 * from the root element, which it leaves out, to the element in question, with ordinals from 1:
 * `VmItem[3]/BackupItem[1]/Size`.
 */
export class XmlError extends Schema.TaggedError<XmlError>()("XmlError", {
  reason: Reason,
  detail: Schema.String,
  path: Schema.optional(Schema.String),
  line: Schema.optional(Schema.Int),
  column: Schema.optional(Schema.Int)
}) {
  /** What is wrong, and where, without a word on what to do. */
  get fault(): string {
    const places: Array<string> = []
    if (this.line !== undefined) places.push(`line ${this.line}, column ${this.column ?? 1}`)
    if (this.path !== undefined) places.push(`in ${this.path}`)
    const where = places.length === 0 ? "" : ` (${places.join(", ")})`
    return `XML refused${where}: ${this.detail}`
  }

  override get message(): string {
    return `${this.fault}. ${advice[this.reason] ?? "Check that the document is well-formed XML."}`
  }
}
