/**
 * Exit codes of the command, and the errors that carry them.
 */
import type { Severity } from "@backup-tree/core/check/Rule"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"

/** The exit code of a command that succeeded; for `check`, of a listing without errors and warnings. */
export const healthy = 0
/** The exit code of `diff` if the listings differ. */
export const different = 1

/** The exit code when there is no result: wrong usage, a failed connection, an unreadable file, an interrupted run. */
export const noResult = 3

/** The exit code of a plan that is refused because of the state of the listing. */
export const refused = 4

/** Returns the exit code for the worst finding of a check: 2 for errors, 1 for warnings, else 0. */
export const ofSeverity = (worst: Severity | undefined): number => worst === "error" ? 2 : worst === "warning" ? 1 : 0

/** Ends the command with an exit code. Nothing more is printed. */
export class ExitWith extends Data.TaggedError("ExitWith")<{ readonly code: number }> {
  override get message(): string {
    return `exit code ${this.code}`
  }
}

/** Ends the command because of its arguments or its input. */
export class UsageError extends Data.TaggedError("UsageError")<{ readonly message: string }> {}

/** The command took longer than its time limit. */
export class TimedOut extends Data.TaggedError("TimedOut")<{ readonly message: string }> {}

/** The state file of a check cannot be used. Errors among the findings still decide the exit code. */
export class StateFileError extends Data.TaggedError("StateFileError")<{ readonly message: string }> {}

/** The reason why there is no listing, without the texts of its message, which can name what must not be named. */
export class DetailsWithheld extends Data.TaggedError("DetailsWithheld")<{ readonly reason: string }> {
  override get message(): string {
    return `there is no listing to anonymise (${this.reason}). The reason can contain names, so it is not shown. Run the `
      + "same command without --anonymise to see it."
  }
}

/** A defect of this program. */
export class InternalError extends Data.TaggedError("InternalError")<{ readonly defect: unknown }> {
  override get message(): string {
    const { defect } = this
    return `internal error in backup-tree; please report it: ${defect instanceof Error ? defect.message : "unknown"}`
  }
}

/** Fails with a {@link UsageError}. */
export const wrongUsage = (message: string): Effect.Effect<never, UsageError> =>
  Effect.fail(new UsageError({ message }))

/** Ends the command because a plan is refused. */
export class Refused extends Data.TaggedError("Refused")<{ readonly message: string }> {}

/** The exit code after an interruption. `serve` sets it to 0, because stopping it is not a failure. */
export class InterruptCode extends Context.Reference<{ code: number }>("backup-tree/InterruptCode", {
  defaultValue: () => ({ code: noResult })
}) {}
