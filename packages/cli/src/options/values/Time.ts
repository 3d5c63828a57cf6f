/**
 * Times as flag values.
 */
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import * as BackupDate from "@backup-tree/core/tree/BackupDate"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { UsageError } from "../../ExitCode.ts"

/** Parses the time of a flag. A date means the end of that day, in UTC. */
export const parse = (flag: string, text: string): Effect.Effect<DateTime.Utc, UsageError> => {
  const time = BackupDate.parse(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text} 23:59:59` : text)
  return time === undefined
    ? Effect.fail(
      new UsageError({
        message: `${flag}: ${
          PrintableText.quote(text)
        } is not a valid time. Use 2024-03-03, '2024-03-03 02:00:00' or ISO 8601.`
      })
    )
    : Effect.succeed(time)
}
