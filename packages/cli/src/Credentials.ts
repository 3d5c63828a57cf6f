/**
 * Where passwords come from: a file, the environment, or a prompt. Never an argument, which every process can read.
 */
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import * as TextFile from "@backup-tree/io/directory/TextFile"
import { Flag, Prompt } from "effect/cli"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stdio from "effect/Stdio"
import * as Terminal from "effect/Terminal"
import { UsageError } from "./ExitCode.ts"
import * as Output from "./Output.ts"

/** The flag that names a password file. */
export const passwordFile = Flag.String("password-file").pipe(
  Flag.withMetavar("FILE"),
  Flag.withDescription("Read the password from the first line of FILE (else BACKUP_TREE_PASSWORD, else a prompt)"),
  Flag.optional
)

// A password is at most 1024 characters; more than this is not read.
const maxFileBytes = 65_536

/** Finds the password of a user: in the file, in `BACKUP_TREE_PASSWORD`, or by asking on the terminal. */
export const findPassword = (
  file: Option.Option<string>,
  who: string
): Effect.Effect<
  Redacted.Redacted<string>,
  UsageError,
  Terminal.Terminal | Prompt.Environment | Stdio.Stdio
> =>
  Effect.gen(function*() {
    if (Option.isSome(file)) return yield* readFile(file.value)
    const fromEnvironment = process.env["BACKUP_TREE_PASSWORD"]
    if (fromEnvironment !== undefined && fromEnvironment !== "") return Redacted.make(fromEnvironment)
    return yield* ask(who)
  })

const readFile = (path: string): Effect.Effect<Redacted.Redacted<string>, UsageError> =>
  Effect.gen(function*() {
    const content = yield* Effect.mapError(
      TextFile.read(path, maxFileBytes),
      ({ message }) => new UsageError({ message: `the password file ${PrintableText.quote(path)}: ${message}` })
    )
    const line = content.split(/\r?\n/, 1)[0]!
    return line === ""
      ? yield* Effect.fail(
        new UsageError({ message: `the first line of the password file ${PrintableText.quote(path)} is empty` })
      )
      : Redacted.make(line)
  })

const ask = (who: string): Effect.Effect<
  Redacted.Redacted<string>,
  UsageError,
  Terminal.Terminal | Prompt.Environment | Stdio.Stdio
> =>
  Effect.gen(function*() {
    const stdio = yield* Stdio.Stdio
    const terminal = yield* Terminal.Terminal
    const missing = new UsageError({
      message:
        `no password for ${PrintableText.escape(who)}: give --password-file, set BACKUP_TREE_PASSWORD, or run this `
        + "on a terminal"
    })
    if (!(yield* stdio.stdinIsTerminal) || !(yield* stdio.stderrIsTerminal)) return yield* Effect.fail(missing)
    const secret = yield* Prompt.run(Prompt.Hidden({ message: `Password of ${PrintableText.escape(who)}` })).pipe(
      // Standard output is for the answer alone.
      Effect.provideService(
        Terminal.Terminal,
        Terminal.make({
          columns: terminal.columns,
          rows: terminal.rows,
          size: terminal.size,
          readInput: terminal.readInput,
          readLine: terminal.readLine,
          display: (text) => Effect.provideService(Output.writeError(text), Stdio.Stdio, stdio)
        })
      ),
      Effect.mapError(() => new UsageError({ message: `the prompt for ${PrintableText.escape(who)} was left` }))
    )
    return Redacted.value(secret) === "" ? yield* Effect.fail(missing) : secret
  })
