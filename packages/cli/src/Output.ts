/**
 * Prints results to standard output, and everything else to standard error.
 */
import * as Style from "@backup-tree/formats/Style"
import * as Effect from "effect/Effect"
import type { PlatformError } from "effect/PlatformError"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import { UsageError } from "./ExitCode.ts"

/** Prints a text to standard output, unchanged. */
export const write = (text: string): Effect.Effect<void, UsageError, Stdio.Stdio> =>
  Effect.flatMap(Stdio.Stdio, (stdio) => Stream.run(Stream.make(text), stdio.stdout({ endOnDone: false }))).pipe(
    Effect.mapError(({ reason }) => new UsageError({ message: `cannot write to standard output: ${why(reason)}` }))
  )

const reasons: { readonly [code: string]: string } = {
  EPIPE: "the reader closed the pipe",
  ENOSPC: "no space left on the device"
}

const why = (reason: PlatformError["reason"]): string => {
  const cause = "cause" in reason ? reason.cause : undefined
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : undefined
  return code === undefined ? reason.message : reasons[code] ?? code
}

/** Prints lines to standard output. */
export const lines = (texts: ReadonlyArray<string>): Effect.Effect<void, UsageError, Stdio.Stdio> =>
  texts.length === 0 ? Effect.void : write(`${texts.join("\n")}\n`)

/**
 * Prints a value as JSON to standard output. Characters that a terminal would interpret are written as JSON escapes.
 */
export const json = (value: unknown): Effect.Effect<void, UsageError, Stdio.Stdio> =>
  write(`${
    JSON.stringify(value, null, 2).replace(
      /[\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF]/g,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`
    )
  }\n`)

/** Prints a text to standard error, unchanged. A closed standard error is ignored. */
export const writeError = (text: string): Effect.Effect<void, never, Stdio.Stdio> =>
  Effect.flatMap(
    Stdio.Stdio,
    (stdio) => Effect.ignore(Stream.run(Stream.make(text), stdio.stderr({ endOnDone: false })))
  )

/** Prints a line to standard error. */
export const note = (text: string): Effect.Effect<void, never, Stdio.Stdio> => writeError(`${text}\n`)

/** Returns the style of standard output: colours on a terminal, unless `NO_COLOR` is set. */
export const style: Effect.Effect<Style.Style, never, Stdio.Stdio> = Effect.gen(function*() {
  const stdio = yield* Stdio.Stdio
  const isTerminal = yield* stdio.stdoutIsTerminal
  return isTerminal && !process.env["NO_COLOR"] && process.env["TERM"] !== "dumb" ? Style.ansi : Style.plain
})

/** Returns the width of standard output, between 60 and 120 columns. */
export const width = (): number => Math.min(120, Math.max(60, process.stdout.columns ?? 100))
