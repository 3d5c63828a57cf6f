/**
 * The failure of a command as JSON, for programs that call it with `--output json`.
 */
import * as JsonDocument from "@backup-tree/formats/json/JsonDocument"
import { BackupSourceError } from "@backup-tree/io/BackupSourceError"

/** Creates the document of a failure. `message` is what people are told. */
export const make = (error: unknown, message: string, exitCode: number): JsonDocument.ErrorDocument =>
  JsonDocument.error(
    error instanceof BackupSourceError
      ? {
        tag: error.reason._tag,
        message,
        exitCode,
        source: error.source,
        ...(error.returnCode === undefined ? {} : { returnCode: error.returnCode }),
        isRetryable: error.isRetryable
      }
      : { tag: tagOf(error), message, exitCode, isRetryable: tagOf(error) === "TimedOut" }
  )

// What the parser of arguments refuses has tags of its own.
const usageTags = new Set(["ShowHelp", "MisreadArguments"])

const tagOf = (error: unknown): string => {
  const tag = typeof error === "object" && error !== null && "_tag" in error ? String(error._tag) : "InternalError"
  return usageTags.has(tag) ? "UsageError" : tag
}
