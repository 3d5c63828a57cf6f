/**
 * Prints results to standard output, and everything else to standard error.
 */
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import * as JsonText from "@backup-tree/formats/json/JsonText"
import * as Style from "@backup-tree/formats/Style"
import { Flag, GlobalFlag } from "effect/cli"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { PlatformError } from "effect/PlatformError"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import * as Terminal from "effect/Terminal"
import { UsageError } from "./ExitCode.ts"
import * as Settings from "./Settings.ts"

/** Prints a text to standard output, unchanged. */
export const write = (text: string): Effect.Effect<void, UsageError, Stdio.Stdio> => pieces(parts(text))

/** Whether something has been printed to standard output. */
export class Written extends Context.Reference<{ isWritten: boolean }>("backup-tree/Written", {
  defaultValue: () => ({ isWritten: false })
}) {}

/**
 * Prints the pieces of a text to standard output. Timers and signals get their turn about every ten milliseconds, if the
 * iterable can pause as often: an empty piece is only a pause.
 */
export const pieces = (pieces: Iterable<string>): Effect.Effect<void, UsageError, Stdio.Stdio> =>
  Effect.gen(function*() {
    const written = yield* Written
    const stdio = yield* Stdio.Stdio
    const yielding = Stream.fromIterable(slices(pieces), { chunkSize: 1 }).pipe(
      Stream.tap(() => Effect.yieldNow),
      Stream.filter((slice) => slice !== ""),
      Stream.tap(() => Effect.sync(() => void (written.isWritten = true)))
    )
    yield* Stream.run(yielding, stdio.stdout({ endOnDone: false }))
  }).pipe(
    Effect.mapError(({ reason }) => new UsageError({ message: `cannot write to standard output: ${why(reason)}` }))
  )

/** The number of characters from which a slice is printed. */
const charactersOfSlice = 1 << 16

/** Cuts a text into parts, but no surrogate pair. */
export const parts = function*(text: string): Generator<string> {
  for (let start = 0, end = 0; start < text.length; start = end) {
    end = start + charactersOfSlice
    if (isLowSurrogate(text.charCodeAt(end))) end += 1
    yield text.slice(start, end)
  }
}

const isLowSurrogate = (code: number): boolean => code >= 0xdc00 && code <= 0xdfff

/** The time after which a slice is printed, in milliseconds. */
const timeOfSlice = 10

/** Joins pieces, because each write costs time, and a text may be longer than the longest string. */
export const slices = function*(pieces: Iterable<string>): Generator<string> {
  let slice = ""
  let end = performance.now() + timeOfSlice
  for (const piece of pieces) {
    slice += piece
    if (slice.length < charactersOfSlice && performance.now() < end) continue
    yield slice
    slice = ""
    end = performance.now() + timeOfSlice
  }
  yield slice
}

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
export const lines = (texts: Iterable<string>): Effect.Effect<void, UsageError, Stdio.Stdio> => pieces(ended(texts))

const ended = function*(texts: Iterable<string>): Generator<string> {
  for (const text of texts) yield `${text}\n`
}

/**
 * Prints a value as JSON to standard output. Characters that a terminal would interpret, and invisible ones, are written
 * as JSON escapes.
 */
export const json = (value: unknown): Effect.Effect<void, UsageError, Stdio.Stdio> => pieces(jsonPieces(value))

/** Prints lines of JSON to standard output, escaped as {@link json} does. */
export const jsonLines = (texts: Iterable<string>): Effect.Effect<void, UsageError, Stdio.Stdio> =>
  lines(escapedLines(texts))

const escapedLines = function*(texts: Iterable<string>): Generator<string> {
  for (const text of texts) yield text.replace(unprintable, jsonEscape)
}

const jsonPieces = function*(value: unknown): Generator<string> {
  for (const piece of JsonText.pieces(value)) {
    yield piece.replace(unprintable, jsonEscape)
  }
  yield "\n"
}

// Line feeds are those of the layout: JsonText has escaped all others.
const unprintable = new RegExp(`(?!\n)${PrintableText.unprintable}`, "gv")

/** Escapes a character of JSON text; one beyond U+FFFF takes two escapes. */
const jsonEscape = (character: string): string =>
  character.split("").map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`).join("")

/** Prints a text to standard error, unchanged. A closed standard error is ignored. */
export const writeError = (text: string): Effect.Effect<void, never, Stdio.Stdio> =>
  Effect.flatMap(
    Stdio.Stdio,
    (stdio) => Effect.ignore(Stream.run(Stream.make(text), stdio.stderr({ endOnDone: false })))
  )

/** Prints a line to standard error. */
export const note = (text: string): Effect.Effect<void, never, Stdio.Stdio> => writeError(`${text}\n`)

/** Whether standard output is a terminal, which would interpret control characters. */
export const isTerminal: Effect.Effect<boolean, never, Stdio.Stdio> = Effect.flatMap(
  Stdio.Stdio,
  (stdio) => stdio.stdoutIsTerminal
)

/** When to use colours. */
const colorModes = ["auto", "always", "never"] as const

/** The flag that decides about colours. All commands have it. */
export const Color = GlobalFlag.Setting("color")({
  flag: Flag.Literals("color", colorModes).pipe(
    Flag.withMetavar("WHEN"),
    Flag.withDescription("Use colours: auto (on a terminal), always, or never (default: auto)"),
    Flag.optional
  )
})

/**
 * Returns the style of standard output. The flag comes before `NO_COLOR` and `FORCE_COLOR`, and they before the
 * configuration; without any of them, a terminal that is not dumb has colours.
 */
export const style = Effect.gen(function*() {
  const flag = Option.flatten(yield* Effect.serviceOption(Color))
  const { color } = yield* Settings.current
  const { environment } = yield* Settings.Sources
  const mode = Option.getOrElse(flag, () => fromEnvironment(environment) ?? color?.value ?? "auto")
  const isColoured = mode === "auto" ? (yield* isTerminal) && environment["TERM"] !== "dumb" : mode === "always"
  return isColoured ? Style.ansi : Style.plain
})

/** Follows no-color.org and force-color.org. */
const fromEnvironment = (environment: { readonly [name: string]: string | undefined }) =>
  environment["NO_COLOR"] ? "never" : environment["FORCE_COLOR"] ? "always" : undefined

/** Returns the number of columns of the terminal, or `undefined` if standard output is none. */
export const terminalWidth = Effect.gen(function*() {
  const { columns } = yield* Terminal.Terminal
  // A terminal that does not know its size has 0 columns.
  return (yield* isTerminal) ? (yield* columns) || 80 : undefined
})

/** Returns the number of lines of the terminal without that of the prompt, or `undefined` if there is no terminal. */
export const terminalHeight = Effect.gen(function*() {
  const { rows } = yield* Terminal.Terminal
  return (yield* isTerminal) ? ((yield* rows) || 24) - 1 : undefined
})

/** Returns the width at which texts are folded: that of the terminal, between 40 and 120 columns. */
export const width = Effect.map(terminalWidth, (columns = 100) => Math.min(120, Math.max(40, columns)))
