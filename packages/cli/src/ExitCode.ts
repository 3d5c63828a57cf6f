/**
 * The exit codes of the command, and the errors that carry them.
 */
import type { Severity } from "@backup-tree/core/check/Rule"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"

/** A completed answer without errors or warnings. */
export const healthy = 0
/** Everything that is no completed answer: wrong usage, a failed conversation, an unreadable file, an interruption. */
export const noAnswer = 3

/** A plan that is refused, because of what the listing holds. */
export const refused = 4

/** Returns the exit code of a check by its worst finding: 0, 1 for warnings, 2 for errors. */
export const ofSeverity = (worst: Severity | undefined): number => worst === "error" ? 2 : worst === "warning" ? 1 : 0

/** Ends the command with a code, after everything has been said. */
export class ExitWith extends Data.TaggedError("ExitWith")<{ readonly code: number }> {
  override get message(): string {
    return `exit code ${this.code}`
  }
}

/** Ends the command because of how it was used, or of what it was given. */
export class UsageError extends Data.TaggedError("UsageError")<{ readonly message: string }> {}

/** Fails because of how the command was used. */
export const wrongUsage = (message: string): Effect.Effect<never, UsageError> =>
  Effect.fail(new UsageError({ message }))

/** Ends the command because a plan is refused. */
export class Refused extends Data.TaggedError("Refused")<{ readonly message: string }> {}

/** The code of an interrupted command; a server that is told to stop has done its work. */
export class InterruptCode extends Context.Reference<{ code: number }>("backup-tree/InterruptCode", {
  defaultValue: () => ({ code: noAnswer })
}) {}
