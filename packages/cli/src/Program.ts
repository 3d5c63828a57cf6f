/**
 * The command line: sub-commands, error messages, exit codes.
 */
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import * as Nagios from "@backup-tree/formats/Nagios"
import * as Cause from "effect/Cause"
import { CliConfig, CliError, CliOutput, Command, GlobalFlag } from "effect/cli"
import * as Console from "effect/Console"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type * as Stdio from "effect/Stdio"
import { ExitWith, InterruptCode, noResult, Refused, refused, type UsageError } from "./ExitCode.ts"
import * as HelpText from "./HelpText.ts"
import { expandSocket } from "./options/SourceOptions.ts"
import * as Output from "./Output.ts"
import * as Settings from "./Settings.ts"
import * as UsageText from "./UsageText.ts"
import { version } from "./Version.ts"

const backupTree = Command.make("backup-tree").pipe(
  Command.withDescription(
    "List, check and compare the backups of Virtuozzo and OpenVZ hosts, measure their space, and plan restores and "
      + "removals"
  ),
  Command.withGlobalFlags([Output.Color])
)

// Each sub-command is loaded on demand, so that it does not wait for the modules of the others.
const subcommands = {
  list: () => import("./commands/List.ts").then(({ list }) => list),
  show: () => import("./commands/Show.ts").then(({ show }) => show),
  check: () => import("./commands/Check.ts").then(({ check }) => check),
  plan: () => import("./commands/Plan.ts").then(({ plan }) => plan),
  diff: () => import("./commands/Diff.ts").then(({ diff }) => diff),
  usage: () => import("./commands/Usage.ts").then(({ usage }) => usage),
  metrics: () => import("./commands/Metrics.ts").then(({ metrics }) => metrics),
  schema: () => import("./commands/Schema.ts").then(({ schema }) => schema),
  config: () => import("./commands/Config.ts").then(({ config }) => config),
  serve: () => import("./commands/Serve.ts").then(({ serve }) => serve),
  generate: () => import("./commands/Generate.ts").then(({ generate }) => generate),
  demo: () => import("./commands/Demo.ts").then(({ demo }) => demo)
}

/** The whole command, with all sub-commands. */
export const command = Effect.suspend(() => load([]))

const isName = (text: string | undefined): text is keyof typeof subcommands =>
  text !== undefined && Object.hasOwn(subcommands, text)

/** Loads the sub-command that the arguments name. Help, completions and unknown names need all of them. */
const load = (args: ReadonlyArray<string>) =>
  Effect.promise(() => {
    const [name] = args
    return isName(name) && !args.some((arg) => arg.startsWith("--completions"))
      ? subcommands[name]().then((one) => Command.withSubcommands(backupTree, [one]))
      : Promise.all(Object.values(subcommands).map((one) => one())).then((all) =>
        Command.withSubcommands(backupTree, all)
      )
  })

/** The number of columns of help that is no terminal. */
const columnsOfHelp = 80

// Wrong usage prints one or two lines to standard error, not the whole help page.
const presenter = (columns: number): CliOutput.Presenter => ({
  present: (event) => {
    switch (event._tag) {
      case "InvalidInvocation":
        return Console.error([
          ...event.errors.map((error) =>
            `backup-tree: ${UsageText.print(error).split(/\n+/).map(PrintableText.escape).join("\n")}`
          ),
          `Try: ${event.commandPath.join(" ")} --help`
        ].join("\n"))
      case "Help":
        return Console.log(HelpText.lines(event.helpDoc, columns).join("\n"))
      case "Version":
        return CliOutput.defaultPresenter.present(event)
    }
  }
})

// The wizard would prompt on standard output, which is reserved for results.
const builtIns = GlobalFlag.BuiltIns.filter((flag) => flag !== GlobalFlag.Wizard)

/** Runs the command with arguments and prints its errors. {@link exitCodeOf} turns its exit into the exit code. */
export const run = (args: ReadonlyArray<string>) =>
  refuseMisread(args).pipe(
    Effect.andThen(load(args)),
    Effect.flatMap((command) =>
      printLogged(Command.runWith(command, { version })(expandSocket(withoutPageFlags(args, command))))
    ),
    Effect.tapCause((cause) => isForMonitoring(args) ? printUnknown(cause) : Effect.void),
    withPresenter,
    Effect.provideService(CliConfig.CliConfig, { builtIns }),
    Effect.tapCause((cause) => {
      const message = messageOf(cause)
      return message === undefined ? Effect.void : Output.note(`backup-tree: ${message}`)
    }),
    Effect.tapCause((cause) => isForPrograms(args) ? printJson(cause) : Effect.void),
    Effect.provideService(Output.Written, { isWritten: false }),
    withSettings
  )

const withPresenter = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.flatMap(
    Output.terminalWidth,
    (columns = columnsOfHelp) =>
      Effect.provideService(self, CliOutput.Presenter, presenter(Math.min(100, Math.max(40, columns))))
  )

/** Reads the settings once, when something needs them. */
const withSettings = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.flatMap(Effect.cached(Settings.load), (load) => Effect.provideService(self, Settings.Current, load))

/**
 * Prints help, the version and completions, which the parser logs, to standard output. The console would ignore that
 * they cannot be written.
 */
const printLogged = Effect.fnUntraced(function*<E, R>(
  self: Effect.Effect<void, E, R>
): Effect.fn.Return<void, E | UsageError, R | Stdio.Stdio> {
  const logged: Array<string> = []
  const log = (...texts: ReadonlyArray<unknown>): void => void logged.push(texts.join(" "))
  const exit = yield* Effect.exit(
    Effect.provideService(self, Console.Console, { ...(yield* Console.Console), log })
  )
  if (logged.length > 0) yield* Output.lines(logged)
  return yield* exit
})

const isForPrograms = (args: ReadonlyArray<string>): boolean =>
  args.some((arg, index) =>
    arg === "--output=json" || (arg === "json" && ["--output", "-o"].includes(args[index - 1] ?? ""))
  )

/** Prints the failure as JSON, unless a result has been printed. */
const printJson = Effect.fnUntraced(function*(cause: Cause.Cause<unknown>) {
  const error = Cause.squash(cause)
  const messages = usageMessages(error)
  const message = messages.length > 0 ? messages.join("; ").replaceAll(/\s+/g, " ") : messageOf(cause)
  if (message === undefined || (yield* Output.Written).isWritten) return
  const exitCode = exitCodeOf(Exit.failCause(cause), (yield* InterruptCode).code)
  const FailureJson = yield* Effect.promise(() => import("./FailureJson.ts"))
  yield* Output.json(FailureJson.make(error, message, exitCode))
})

const isForMonitoring = (args: ReadonlyArray<string>): boolean => args.some((arg) => /^--nagios(?:=|$)/.test(arg))

// A monitoring system reads standard output only, so errors of the parser must appear there too.
const printUnknown = (cause: Cause.Cause<unknown>) => {
  const messages = Cause.hasDies(cause) ? [internalError] : usageMessages(Cause.squash(cause))
  return messages.length === 0
    ? Effect.void
    : Output.lines([Nagios.printUnknown(messages.join("; ").replaceAll(/\s+/g, " ")).line])
}

/** The messages about arguments that the parser, or this module, refuses. */
const usageMessages = (error: unknown): ReadonlyArray<string> =>
  error instanceof MisreadArguments
    ? [error.message]
    : CliError.isCliError(error) && error._tag === "ShowHelp"
    ? error.errors.map(UsageText.print)
    : []

class MisreadArguments extends Data.TaggedError("MisreadArguments")<{ readonly message: string }> {}

/** The short forms of the flags of commands. */
const shortFlags = new Set(["-o", "-q", "-s"])

const pageFlags = new Set(["--help", "-h", "--version", "-v", "--completions"])

/**
 * Refuses arguments that the parser would misread as a request for help: exit code 0 would look healthy to monitoring.
 */
const refuseMisread = (args: ReadonlyArray<string>): Effect.Effect<void, MisreadArguments> => {
  const end = args.indexOf("--")
  const flags = args.slice(0, end === -1 ? undefined : end)
  // The parser reads -26h as -2 -6 -h, which prints the help.
  const cluster = flags.find((arg) => /^-(?:[^-].|\d)/.test(arg))
  if (cluster !== undefined) {
    return Effect.fail(
      new MisreadArguments({
        message: `unknown flag ${PrintableText.excerpt(cluster)}. If a value starts with a dash, write --flag=VALUE; `
          + "put an argument that starts with a dash after --."
      })
    )
  }
  // The parser would suggest unrelated flags.
  const short = flags.find((arg) => /^-[^-]$/.test(arg) && !pageFlags.has(arg) && !shortFlags.has(arg))
  if (short !== undefined) {
    return Effect.fail(
      new MisreadArguments({
        message:
          `unknown flag ${
            PrintableText.excerpt(short)
          }. Only -h, -o, -q, -s and -v are short forms. Use the long name of a `
          + "flag; --help lists them all."
      })
    )
  }
  return isForMonitoring(args) && flags.some((arg) => pageFlags.has(arg))
    ? Effect.fail(
      new MisreadArguments({
        message: "--nagios prints one status line only. For help or the version, leave out --nagios."
      })
    )
    : Effect.void
}

/** The flags that only print a page and exit with 0. Unlike them, completions take a value. */
const onlyPages: ReadonlySet<string> = new Set(["--help", "-h", "--version", "-v"])

const flagsWithValue: ReadonlySet<string> = new Set(["--log-level", "--completions"])

/**
 * Removes the flags for help and the version if a sub-command is unknown: the parser would print a page of the parent
 * and exit with 0, and so hide the mistake.
 */
const withoutPageFlags = (args: ReadonlyArray<string>, root: Command.Command.Any): ReadonlyArray<string> => {
  let command = root
  for (const [index, arg] of args.entries()) {
    if (arg === "--") break
    if (arg.startsWith("-") || flagsWithValue.has(args[index - 1] ?? "")) continue
    const known = command.subcommands.flatMap(({ commands }) => commands)
    // What follows are arguments of the command.
    if (known.length === 0) break
    const next = known.find(({ alias, name }) => name === arg || alias === arg)
    if (next === undefined) return args.filter((arg) => !onlyPages.has(arg))
    command = next
  }
  return args
}

const internalError = "internal error in backup-tree; please report it"

/** Returns the error message of a failure, unless it has been printed already. */
const messageOf = (cause: Cause.Cause<unknown>): string | undefined => {
  if (Cause.hasInterruptsOnly(cause)) return undefined
  const error = Cause.squash(cause)
  // The parser prints its own errors.
  if (CliError.isCliError(error) || error instanceof ExitWith) return undefined
  if (!(error instanceof Error)) return internalError
  if (Cause.hasDies(cause)) {
    return `${internalError}: ${error.stack ?? error.message}`
  }
  return error.message
}

/** Returns the exit code of a run: 0 to 2 for a result, 4 for a refused plan, 3 for every other failure. */
export const exitCodeOf = (exit: Exit.Exit<unknown, unknown>, interruptCode: number): number => {
  if (Exit.isSuccess(exit)) return 0
  if (Cause.hasInterruptsOnly(exit.cause)) return interruptCode
  const error = Option.getOrUndefined(Cause.findErrorOption(exit.cause))
  if (CliError.isCliError(error) && error._tag === "ShowHelp" && error.errors.length === 0) return 0
  if (error instanceof Refused) return refused
  return error instanceof ExitWith ? error.code : noResult
}
