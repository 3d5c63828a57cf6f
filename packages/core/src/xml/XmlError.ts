/**
 * The error of an XML document that was refused: the reason and the place.
 *
 * @since 0.2.0
 */
import * as Schema from "effect/Schema"

/**
 * Schema of a {@link Reason}.
 *
 * Not well-formed, or well-formed XML that this library refuses:
 *
 * - `empty`: there is no root element.
 * - `truncated`: the document ends too early.
 * - `doctype`: the document has a DOCTYPE.
 * - `declaration`: the XML declaration is malformed, misplaced, or of a version other than 1.0.
 * - `encoding`: the declared encoding is not UTF-8.
 * - `byte-order-mark`: the document starts with a byte order mark.
 * - `entity`: an entity is undefined, or `&` starts no reference.
 * - `reference`: a reference to a character outside XML 1.0.
 * - `surrogate`: a surrogate without its partner.
 * - `forbidden-character`: a raw character outside XML 1.0.
 * - `text`: a text contains `]]>`.
 * - `outside`: content outside the root element.
 * - `comment`: a comment contains `--`.
 * - `attribute`, `duplicate-attribute`: an attribute is malformed or appears twice.
 * - `name`: a name is no XML name, or is refused because it is unsafe as an object key.
 * - `tag`: a tag is malformed, or does not match its start tag.
 * - `markup`: `<!` or `<?` starts no known markup.
 * - `parser`: the scanner and the parser disagree, which is a defect of this library.
 *
 * Beyond a limit: `length`, `depth`, `elements`, `memory`, and `notes` (the problems that a tolerant reading reports).
 *
 * Well-formed, but not the expected document: `root`, and everything that strict mode refuses.
 *
 * @see [Semantics 9](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s9)
 * @category schemas
 * @since 0.2.0
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
  "memory",
  "notes",
  "root",
  "missing-required",
  "junk-number",
  "bad-date",
  "bad-letter",
  "unknown-element"
])
/**
 * The reason why an XML document was refused.
 *
 * @category models
 * @since 0.2.0
 */
export type Reason = typeof Reason.Type

const incomplete = "The document is incomplete. Fetch it again."
const foreign = "Virtuozzo never writes this. Check the origin of the document."
const tooLarge = "If the document is genuine, raise the limit."
const tolerant = "Use tolerant mode to read the rest and get a note instead."

const advice: { readonly [reason in Reason]?: string } = {
  empty: incomplete,
  truncated: incomplete,
  doctype: foreign,
  declaration: foreign,
  encoding: "Convert the document to UTF-8.",
  "byte-order-mark": "Remove the byte order mark.",
  reference: foreign,
  name: foreign,
  root: "Check that you selected the right document.",
  parser: "This is a defect of this library. Please report it with the document.",
  length: tooLarge,
  depth: tooLarge,
  elements: tooLarge,
  memory: "If the document is genuine, give the program more memory (NODE_OPTIONS=--max-old-space-size=MEGABYTES), or "
    + "request less at a time.",
  notes: "A real listing has far fewer. Check the origin of the document.",
  "forbidden-character": tolerant,
  "missing-required": tolerant,
  "junk-number": tolerant,
  "bad-date": tolerant,
  "bad-letter": tolerant,
  "unknown-element": tolerant
}

/**
 * An XML document was refused.
 *
 * `line` and `column` count from 1. Columns are UTF-16 code units; a leading byte order mark does not count. `path`
 * lists the elements below the root down to the one in question, with ordinals from 1:
 * `VmItem[3]/BackupItem[1]/Size`.
 *
 * @category errors
 * @since 0.2.0
 */
export class XmlError extends Schema.TaggedError<XmlError>()("XmlError", {
  reason: Reason,
  detail: Schema.String,
  path: Schema.optional(Schema.String),
  line: Schema.optional(Schema.Int),
  column: Schema.optional(Schema.Int)
}) {
  /** The problem and its place, without advice. */
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
