/**
 * What the command prints: answers on standard output, everything else on standard error.
 */
import * as Style from "@backup-tree/formats/Style"
import * as Effect from "effect/Effect"
import type { PlatformError } from "effect/PlatformError"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import { UsageError } from "./ExitCode.ts"

/** Prints a text on standard output, as it is. */
export const write = (text: string): Effect.Effect<void, UsageError, Stdio.Stdio> =>
  Effect.flatMap(Stdio.Stdio, (stdio) => Stream.run(Stream.make(text), stdio.stdout({ endOnDone: false }))).pipe(
    Effect.mapError(({ reason }) => new UsageError({ message: `standard output cannot be written: ${why(reason)}` }))
  )

const reasons: { readonly [code: string]: string } = {
  EPIPE: "nobody reads it any more",
  ENOSPC: "no space is left"
}

const why = (reason: PlatformError["reason"]): string => {
  const cause = "cause" in reason ? reason.cause : undefined
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : undefined
  return code === undefined ? reason.message : reasons[code] ?? code
}

/** Prints lines on standard output. */
export const lines = (texts: ReadonlyArray<string>): Effect.Effect<void, UsageError, Stdio.Stdio> =>
  texts.length === 0 ? Effect.void : write(`${texts.join("\n")}\n`)

/** Prints a value as JSON on standard output; what a terminal would interpret is escaped, which means the same. */
export const json = (value: unknown): Effect.Effect<void, UsageError, Stdio.Stdio> =>
  write(`${
    JSON.stringify(value, null, 2).replace(
      /[\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF]/g,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`
    )
  }\n`)

/** Prints a text on standard error, as it is; a standard error that is gone is no failure. */
export const writeError = (text: string): Effect.Effect<void, never, Stdio.Stdio> =>
  Effect.flatMap(
    Stdio.Stdio,
    (stdio) => Effect.ignore(Stream.run(Stream.make(text), stdio.stderr({ endOnDone: false })))
  )

/** Prints a line on standard error. */
export const note = (text: string): Effect.Effect<void, never, Stdio.Stdio> => writeError(`${text}\n`)

/** Returns the style of standard output: colours on a terminal, unless `NO_COLOR` is set. */
export const style: Effect.Effect<Style.Style, never, Stdio.Stdio> = Effect.gen(function*() {
  const stdio = yield* Stdio.Stdio
  const isTerminal = yield* stdio.stdoutIsTerminal
  return isTerminal && !process.env["NO_COLOR"] && process.env["TERM"] !== "dumb" ? Style.ansi : Style.plain
})

/** Returns the width of standard output, between 60 and 120 columns. */
export const width = (): number => Math.min(120, Math.max(60, process.stdout.columns ?? 100))
