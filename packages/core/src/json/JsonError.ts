/**
 * The error of a JSON document that was refused: the reason and the place.
 *
 * @since 0.2.0
 */
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import * as PrintableText from "../text/PrintableText.ts"

/**
 * Schema of a {@link Reason}.
 *
 * - `syntax`: the text is not JSON.
 * - `truncated`: the text ends too early.
 * - `duplicate-key`: an object has a key twice.
 * - `depth`, `values`, `memory`: the document exceeds a limit.
 * - `document`: the document is of another kind.
 * - `failure`: the document reports that the command failed which should have written another one.
 * - `version`: the document has another version than this library reads.
 * - `content`: a value of the document is missing or of the wrong type.
 *
 * @category schemas
 * @since 0.2.0
 */
export const Reason = Schema.Literals([
  "syntax",
  "truncated",
  "duplicate-key",
  "depth",
  "values",
  "memory",
  "document",
  "failure",
  "version",
  "content"
])
/**
 * The reason why a JSON document was refused.
 *
 * @category models
 * @since 0.2.0
 */
export type Reason = typeof Reason.Type

const advice: { readonly [R in Reason]: string } = {
  syntax: "Check that the file is JSON, and that nothing else was written into it.",
  truncated: "The document is incomplete. Write or copy it again.",
  "duplicate-key": "Remove one of them.",
  depth: "Check the origin of the document.",
  values: "If the document is genuine, raise the limit.",
  memory: "If the document is genuine, give the program more memory (NODE_OPTIONS=--max-old-space-size=MEGABYTES).",
  document: "Check that you selected the right file.",
  failure: "Run that command again.",
  version: "Read it with the release that wrote it, or write it again.",
  content: "Check the program that wrote or changed the document."
}

/**
 * A JSON document was refused.
 *
 * `line` and `column` count from 1, columns in UTF-16 code units. `path` leads from the root to the value, for example
 * `environments[3].chains[0].uuid`; indices count from 0, as in programs that select parts of JSON.
 *
 * @category errors
 * @since 0.2.0
 */
export class JsonError extends Schema.TaggedError<JsonError>()("JsonError", {
  reason: Reason,
  detail: Schema.String,
  path: Schema.optional(Schema.String),
  line: Schema.optional(Schema.Int),
  column: Schema.optional(Schema.Int)
}) {
  override get message(): string {
    const places: Array<string> = []
    if (this.line !== undefined) places.push(`line ${this.line}, column ${this.column ?? 1}`)
    if (this.path !== undefined && this.path !== "") places.push(`in ${PrintableText.excerpt(this.path, 60)}`)
    const where = places.length === 0 ? "" : ` (${places.join(", ")})`
    return `JSON refused${where}: ${
      PrintableText.excerpt(this.detail, this.reason === "failure" ? 200 : 150).replace(/\.$/, "")
    }. ${advice[this.reason]}`
  }
}

const format = SchemaIssue.makeFormatterStandardSchemaV1()

/**
 * Creates the error of a value that does not fit a schema. It names the first place; `at` is that of the value.
 *
 * @category constructors
 * @since 0.2.0
 */
export const fromSchemaError = ({ issue }: Schema.SchemaError, at = ""): JsonError => {
  const { issues } = format(issue)
  const path = (issues[0]?.path ?? []).reduce<string>((before, segment) => {
    const key = typeof segment === "object" ? segment.key : segment
    return typeof key === "number" ? `${before}[${key}]` : before === "" ? String(key) : `${before}.${String(key)}`
  }, at)
  const detail = (issues[0]?.message ?? "it has another form").replace(
    /^[A-Z](?=[a-z])/,
    (letter) => letter.toLowerCase()
  )
  return new JsonError({ reason: "content", detail, path })
}
