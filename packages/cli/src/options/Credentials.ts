/**
 * Reads passwords from a file, the environment, or a prompt. They are never arguments, because every process can read
 * those.
 */
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import * as TextFile from "@backup-tree/io/directory/TextFile"
import { Flag, Prompt } from "effect/cli"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stdio from "effect/Stdio"
import * as Terminal from "effect/Terminal"
import { UsageError } from "../ExitCode.ts"
import * as Output from "../Output.ts"

/** The flag that names a password file. */
export const passwordFile = Flag.String("password-file").pipe(
  Flag.withMetavar("FILE"),
  Flag.withDescription("Read the password from the first line of FILE (default: BACKUP_TREE_PASSWORD, then a prompt)"),
  Flag.optional
)

// A password has at most 1024 characters; the limit stops endless files such as /dev/zero.
const maxFileBytes = 65_536

/** Finds the password of an account: in the file, in `BACKUP_TREE_PASSWORD`, or by prompting on the terminal. */
export const findPassword = Effect.fnUntraced(function*(file: Option.Option<string>, account: string): Effect.fn.Return<
  Redacted.Redacted<string>,
  UsageError,
  Terminal.Terminal | Prompt.Environment | Stdio.Stdio
> {
  if (Option.isSome(file)) return yield* readFile(file.value)
  const fromEnvironment = process.env["BACKUP_TREE_PASSWORD"]
  if (fromEnvironment !== undefined && fromEnvironment !== "") return Redacted.make(fromEnvironment)
  return yield* prompt(account)
})

const readFile = Effect.fnUntraced(function*(path: string): Effect.fn.Return<Redacted.Redacted<string>, UsageError> {
  const content = yield* Effect.mapError(
    TextFile.read(path, maxFileBytes),
    ({ detail }) =>
      new UsageError({ message: `the password file ${PrintableText.quote(path)} cannot be read: ${detail}` })
  )
  const line = content.split(/\r?\n/, 1)[0]!
  return line === ""
    ? yield* Effect.fail(
      new UsageError({ message: `the password file ${PrintableText.quote(path)} has no password on its first line` })
    )
    : Redacted.make(line)
})

const prompt = Effect.fnUntraced(function*(account: string): Effect.fn.Return<
  Redacted.Redacted<string>,
  UsageError,
  Terminal.Terminal | Prompt.Environment | Stdio.Stdio
> {
  const stdio = yield* Stdio.Stdio
  const terminal = yield* Terminal.Terminal
  const missing = new UsageError({
    message:
      `no password for ${PrintableText.escape(account)}. Use --password-file, set BACKUP_TREE_PASSWORD, or run the `
      + "command in a terminal."
  })
  if (!(yield* stdio.stdinIsTerminal) || !(yield* stdio.stderrIsTerminal)) return yield* Effect.fail(missing)
  const secret = yield* Prompt.run(Prompt.Hidden({ message: `Password for ${PrintableText.escape(account)}` })).pipe(
    // Standard output is for results alone.
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
    Effect.mapError(() =>
      new UsageError({ message: `the password prompt for ${PrintableText.escape(account)} was cancelled` })
    )
  )
  return Redacted.value(secret) === "" ? yield* Effect.fail(missing) : secret
})
