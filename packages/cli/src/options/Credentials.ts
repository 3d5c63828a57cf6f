/**
 * Reads passwords from a file, a file descriptor, a command, the environment, or a prompt. They are never arguments,
 * because every process can read those.
 */
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import * as TextFile from "@backup-tree/io/directory/TextFile"
import { Flag, Prompt } from "effect/cli"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stdio from "effect/Stdio"
import * as Terminal from "effect/Terminal"
import { spawn } from "node:child_process"
import { UsageError, wrongUsage } from "../ExitCode.ts"
import * as Output from "../Output.ts"
import * as Settings from "../Settings.ts"
import { wholeNumberFlag } from "./values/WholeNumber.ts"

/** The flags that name the origin of a password. */
export const flags = {
  passwordFile: Flag.String("password-file").pipe(
    Flag.withMetavar("FILE"),
    Flag.withDescription(
      "Read the password from the first line of FILE (default: BACKUP_TREE_PASSWORD, then a prompt)"
    ),
    Flag.optional
  ),
  passwordFd: wholeNumberFlag("password-fd", { min: 0 }).pipe(
    Flag.withDescription("Read the password from the file descriptor N, which the caller opened"),
    Flag.optional
  ),
  passwordCommand: Flag.String("password-command").pipe(
    Flag.withMetavar("COMMAND"),
    Flag.withDescription("Run COMMAND with /bin/sh, and read the password from its first line of output"),
    Flag.optional
  )
} as const

/** The values of {@link flags}. */
export interface PasswordOptions {
  readonly passwordFile: Option.Option<string>
  readonly passwordFd: Option.Option<number>
  readonly passwordCommand: Option.Option<string>
}

/** Options without an origin of a password. */
export const none: PasswordOptions = {
  passwordFile: Option.none(),
  passwordFd: Option.none(),
  passwordCommand: Option.none()
}

/** Returns whether the flags name an origin. */
export const isGiven = (given: PasswordOptions): boolean =>
  [given.passwordFile, given.passwordFd, given.passwordCommand].some((each) => Option.isSome<unknown>(each))

/** Fills in the origin of the settings, unless a flag names one. */
export const complete = (given: PasswordOptions, settings: Settings.Settings): PasswordOptions =>
  isGiven(given)
    ? given
    : {
      ...given,
      passwordFile: Settings.valueOf(settings.passwordFile),
      passwordCommand: settings.passwordFile === undefined ? Settings.valueOf(settings.passwordCommand) : Option.none()
    }

// A password has at most 1024 characters; the limit stops endless files such as /dev/zero.
const maxFileBytes = 65_536

/**
 * Finds the password of an account: where the flags say, in `BACKUP_TREE_PASSWORD`, or by prompting on the terminal.
 */
export const findPassword = Effect.fnUntraced(function*(
  given: PasswordOptions,
  account: string
): Effect.fn.Return<Redacted.Redacted<string>, UsageError, Terminal.Terminal | Prompt.Environment | Stdio.Stdio> {
  const { passwordCommand, passwordFd, passwordFile } = given
  if ([passwordCommand, passwordFd, passwordFile].filter((each) => Option.isSome<unknown>(each)).length > 1) {
    return yield* wrongUsage("use only one of --password-file, --password-fd and --password-command")
  }
  if (Option.isSome(passwordFile)) {
    return yield* passwordIn(
      TextFile.read(passwordFile.value, maxFileBytes),
      `the password file ${PrintableText.quote(passwordFile.value)}`
    )
  }
  if (Option.isSome(passwordFd)) {
    return yield* passwordIn(
      TextFile.readDescriptor(passwordFd.value, maxFileBytes),
      `the file descriptor ${passwordFd.value} of --password-fd`
    )
  }
  if (Option.isSome(passwordCommand)) return yield* runCommand(passwordCommand.value)
  const fromEnvironment = process.env["BACKUP_TREE_PASSWORD"]
  if (fromEnvironment !== undefined && fromEnvironment !== "") return Redacted.make(fromEnvironment)
  return yield* prompt(account)
})

const passwordIn = (
  text: Effect.Effect<string, TextFile.FileUnreadable>,
  what: string
): Effect.Effect<Redacted.Redacted<string>, UsageError> =>
  text.pipe(
    Effect.mapError(({ detail }) => new UsageError({ message: `${what} cannot be read: ${detail}` })),
    Effect.flatMap((text) => firstLine(text, what))
  )

const firstLine = (text: string, what: string): Effect.Effect<Redacted.Redacted<string>, UsageError> => {
  const [line = ""] = text.split(/\r?\n/, 1)
  return line === "" ? wrongUsage(`${what} has no password on its first line`) : Effect.succeed(Redacted.make(line))
}

/** The time that a command has, which may ask a person. */
const commandTimeout = Duration.minutes(2)

// Its standard error and input are those of this process, because it may ask for something itself. Its words are not
// shown in messages: they can have secrets.
const runCommand = (command: string): Effect.Effect<Redacted.Redacted<string>, UsageError> => {
  const what = "the password command"
  return Effect.callback<string, UsageError>((resume) => {
    const child = spawn("/bin/sh", ["-c", command], { stdio: ["inherit", "pipe", "inherit"] })
    let output = ""
    const fail = (why: string) => resume(wrongUsage(`${what} ${why}`))
    // What the shell has started may go on, but cannot write any more.
    const stop = () => {
      child.stdout.destroy()
      child.kill("SIGKILL")
    }
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text
      if (output.length <= maxFileBytes) return
      stop()
      fail(`printed more than ${maxFileBytes} characters`)
    })
    child.on("error", ({ message }) => fail(`cannot be run: ${message}`))
    child.on(
      "close",
      (code, signal) =>
        code === 0
          ? resume(Effect.succeed(output))
          : fail(`failed with ${code === null ? signal : `exit code ${code}`}`)
    )
    return Effect.sync(stop)
  }).pipe(
    Effect.timeoutOrElse({
      duration: commandTimeout,
      orElse: () => wrongUsage(`${what} did not end within 2 minutes`)
    }),
    Effect.flatMap((text) => firstLine(text, what))
  )
}

const prompt = Effect.fnUntraced(function*(account: string): Effect.fn.Return<
  Redacted.Redacted<string>,
  UsageError,
  Terminal.Terminal | Prompt.Environment | Stdio.Stdio
> {
  const stdio = yield* Stdio.Stdio
  const terminal = yield* Terminal.Terminal
  const missing = new UsageError({
    message: `no password for ${PrintableText.escape(account)}. Use --password-file or --password-command, set `
      + "BACKUP_TREE_PASSWORD, or run the command in a terminal."
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
