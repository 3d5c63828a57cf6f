/**
 * What the command prints: answers on standard output, everything else on standard error.
 */
import * as Style from "@backup-tree/formats/Style"
import * as Effect from "effect/Effect"
import type { PlatformError } from "effect/PlatformError"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"

/** Prints a text on standard output, as it is. */
export const write = (text: string): Effect.Effect<void, PlatformError, Stdio.Stdio> =>
  Effect.flatMap(Stdio.Stdio, (stdio) => Stream.run(Stream.make(text), stdio.stdout({ endOnDone: false })))

/** Prints lines on standard output. */
export const lines = (texts: ReadonlyArray<string>): Effect.Effect<void, PlatformError, Stdio.Stdio> =>
  texts.length === 0 ? Effect.void : write(`${texts.join("\n")}\n`)

/** Prints a value as JSON on standard output. */
export const json = (value: unknown): Effect.Effect<void, PlatformError, Stdio.Stdio> =>
  write(`${JSON.stringify(value, null, 2)}\n`)

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
