/**
 * Queries as people type them: `name=web* and (age>7d or size>10GiB)`.
 *
 * A query combines comparisons with `and`, `or`, `not` and parentheses; `and` binds tighter than `or`. A comparison is a
 * field, an operator (`=`, `!=`, `<`, `<=`, `>`, `>=`) and a value. A value with blanks or one of `()"=<>!` needs double
 * quotes; a quote within them is doubled.
 *
 * | fields                                   | values                                             |
 * | ---------------------------------------- | -------------------------------------------------- |
 * | `name` `host` `creator` `description`    | a pattern with `*` and `?` (see `Glob`)            |
 * | `uuid` `chain` `id`                      | a part of a uuid; `id` also with a number: `0b8f.3` |
 * | `kind`                                   | `vm` `ct` `ct-vzfs` `ct-ploop` `ct-vzwin` `unknown` |
 * | `type`                                   | `full` `incremental`                               |
 * | `date`                                   | `2024-03-01`, `2024-03-01T02:00:00Z`, in UTC       |
 * | `age`                                    | `90m` `26h` `7d` `4w`                              |
 * | `size`                                   | `512` `100MiB` `10GiB`                             |
 * | `latest`                                 | the newest N backups of each machine               |
 * | `finding`                                | a rule id, its name or `error`, `warning`, `info`  |
 *
 * `everything` and `nothing` are queries too.
 *
 * @since 0.2.0
 */
import * as DateTime from "effect/DateTime"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Amount from "../text/Amount.ts"
import * as PrintableText from "../text/PrintableText.ts"
import type { BackupQuery } from "./BackupQuery.ts"
import * as Parser from "./internal/queryParser.ts"

/** How many characters around the error are shown. */
const context = 40

const wide =
  /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}\uFF01-\uFF60]/u

/** A blank as wide as a character is on a terminal: none, one column, or two. */
const blank = (character: string): string => /\p{Mark}/u.test(character) ? "" : wide.test(character) ? "\u3000" : " "

/**
 * A text that is not a query. `offset` is the index of the character where it fails.
 *
 * @category errors
 * @since 0.2.0
 */
export class QueryError extends Schema.TaggedError<QueryError>()("QueryError", {
  text: Schema.String,
  offset: Schema.Int,
  why: Schema.String
}) {
  /** The message states the fault, and shows the text with a caret below the character. */
  override get message(): string {
    const start = Math.max(0, this.offset - context)
    const before = (start > 0 ? "…" : "") + PrintableText.escape(this.text.slice(start, this.offset))
    const after = PrintableText.excerpt(this.text.slice(this.offset), context)
    return `${this.why}\n  ${before}${after}\n  ${before.replace(/./gsu, blank)}^`
  }
}

/**
 * Parses a query. A text has at most 4,000 characters, and 50 levels of parentheses and `not`.
 *
 * **Example**
 *
 * ```ts
 * QueryText.parse("name=web* and age>7d")
 * ```
 *
 * @category codecs
 * @since 0.2.0
 */
export const parse = (text: string): Result.Result<BackupQuery, QueryError> =>
  Result.mapError(Parser.parse(text), ({ offset, why }) => new QueryError({ text, offset, why }))

/**
 * Writes a query so that {@link parse} returns it again. The text is printable.
 *
 * @category codecs
 * @since 0.2.0
 */
export const print = (query: BackupQuery): string => {
  switch (query._tag) {
    case "Everything":
      return "everything"
    case "Nothing":
      return "nothing"
    case "And":
      return query.queries.length === 0 ? "everything" : query.queries.map(operand).join(" and ")
    case "Or":
      return query.queries.length === 0 ? "nothing" : query.queries.map(operand).join(" or ")
    case "Not":
      return `not ${operand(query.query)}`
    case "Text":
      return `${query.field}=${value(query.pattern.pattern)}`
    case "Part":
      return `${query.field}=${value(PrintableText.escape(query.part))}`
    case "Kind":
      return `kind=${query.kind}`
    case "Type":
      return `type=${query.type}`
    case "Date":
      return `date${query.comparison}${DateTime.formatIso(query.time).replace(".000Z", "Z")}`
    case "Age":
      return `age${query.comparison}${Amount.print(BigInt(query.milliseconds), Amount.timeUnits)}`
    case "Size":
      return `size${query.comparison}${Amount.print(query.bytes, Amount.sizeUnits)}`
    case "Latest":
      return `latest=${query.count}`
  }
}

const operand = (query: BackupQuery): string =>
  query._tag === "And" || query._tag === "Or" ? `(${print(query)})` : print(query)

const value = (text: string): string => Parser.isBare(text) ? text : `"${text.replaceAll("\"", "\"\"")}"`
