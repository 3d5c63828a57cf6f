/** What reading the output of prlctl loses. */
import * as Schema from "effect/Schema"

const at = { count: Schema.Int, lines: Schema.Array(Schema.Int) }

/** Schema of a loss. */
export const Loss = Schema.TaggedUnion({
  NotPrinted: { fields: Schema.Array(Schema.String) },
  RepeatedHour: at,
  UnreadDate: at,
  IgnoredLines: at
})
export type Loss = typeof Loss.Type

/** How many line numbers a loss has. */
const maxLines = 10

/** Returns the loss at some lines, unless there are none. */
export const lossOf = (
  tag: "RepeatedHour" | "UnreadDate" | "IgnoredLines",
  lines: ReadonlyArray<number>
): ReadonlyArray<Loss> =>
  lines.length === 0 ? [] : [{ _tag: tag, count: lines.length, lines: lines.slice(0, maxLines) }]
