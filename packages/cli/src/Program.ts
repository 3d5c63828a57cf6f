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
import { ExitWith, noAnswer, Refused, refused } from "./ExitCode.ts"
import * as Output from "./Output.ts"
import { expandSocket } from "./SourceOptions.ts"
import { version } from "./Version.ts"

const backupTree = Command.make("backup-tree").pipe(
  Command.withDescription("The backups of Virtuozzo and OpenVZ hosts: what is there, and whether it can be restored")
)

// Each is loaded when it is to run, so that none waits for the modules of another.
const subcommands = {
  list: () => import("./commands/List.ts").then(({ list }) => list),
  check: () => import("./commands/Check.ts").then(({ check }) => check),
  plan: () => import("./commands/Plan.ts").then(({ plan }) => plan),
  metrics: () => import("./commands/Metrics.ts").then(({ metrics }) => metrics),
  serve: () => import("./commands/Serve.ts").then(({ serve }) => serve),
  generate: () => import("./commands/Generate.ts").then(({ generate }) => generate),
  demo: () => import("./commands/Demo.ts").then(({ demo }) => demo)
}

const isName = (text: string | undefined): text is keyof typeof subcommands =>
  text !== undefined && Object.hasOwn(subcommands, text)

/** Loads what arguments ask for: all sub-commands for the help, for completions, and for a name that is none of theirs. */
const load = (args: ReadonlyArray<string>) =>
  Effect.promise(() => {
    const [name] = args
    return isName(name) && !args.some((arg) => arg.startsWith("--completions"))
      ? subcommands[name]().then((one) => Command.withSubcommands(backupTree, [one]))
      : Promise.all(Object.values(subcommands).map((one) => one())).then((all) =>
        Command.withSubcommands(backupTree, all)
      )
  })

// Wrong usage is said in a line or two on standard error; the help is one command away.
const presenter: CliOutput.Presenter = {
  present: (event) =>
    event._tag === "InvalidInvocation"
      ? Console.error([
        ...event.errors.map(({ message }) =>
          `backup-tree: ${message.split(/\n+/).map(PrintableText.escape).join("\n")}`
        ),
        `Try: ${event.commandPath.join(" ")} --help`
      ].join("\n"))
      : CliOutput.defaultPresenter.present(event)
}

// The wizard asks on standard output for what the help says at a glance.
const builtIns = GlobalFlag.BuiltIns.filter((flag) => flag !== GlobalFlag.Wizard)

/** Runs the command with arguments and says what went wrong; the exit code is {@link exitCodeOf} its exit. */
export const run = (args: ReadonlyArray<string>) =>
  refuse(args).pipe(
    Effect.andThen(load(args)),
    Effect.flatMap((command) => Command.runWith(command, { version })(expandSocket(args))),
    Effect.tapError((error) => isForMonitoring(args) ? sayUnknown(error) : Effect.void),
    Effect.provideService(CliOutput.Presenter, presenter),
    Effect.provideService(CliConfig.CliConfig, { builtIns }),
    Effect.tapCause((cause) => {
      const message = messageOf(cause)
      return message === undefined ? Effect.void : Output.note(`backup-tree: ${message}`)
    })
  )

const isForMonitoring = (args: ReadonlyArray<string>): boolean => args.some((arg) => /^--nagios(?:=|$)/.test(arg))

// A monitoring system shows what is on standard output, and the parser's errors too.
const sayUnknown = (error: unknown) => {
  const messages = error instanceof Misleading
    ? [error.message]
    : CliError.isCliError(error) && error._tag === "ShowHelp"
    ? error.errors.map(({ message }) => message)
    : []
  return messages.length === 0
    ? Effect.void
    : Output.lines([Nagios.printUnknown(messages.join("; ").replaceAll(/\s+/g, " ")).line])
}

class Misleading extends Data.TaggedError("Misleading")<{ readonly message: string }> {}

const pages = new Set(["--help", "-h", "--version", "-v", "--completions"])

/** Refuses what the parser would take for another question, whose answer a monitoring system would read as healthy. */
const refuse = (args: ReadonlyArray<string>): Effect.Effect<void, Misleading> => {
  const end = args.indexOf("--")
  const flags = args.slice(0, end === -1 ? undefined : end)
  // The parser takes -26h for a cluster of flags that asks for help.
  const cluster = flags.find((arg) => /^-[^-]./.test(arg))
  if (cluster !== undefined) {
    return Effect.fail(
      new Misleading({
        message:
          `${PrintableText.excerpt(cluster)} is no flag. A value that begins with a dash is written --flag=VALUE, `
          + "and an argument that does comes behind --"
      })
    )
  }
  return isForMonitoring(args) && flags.some((arg) => pages.has(arg))
    ? Effect.fail(new Misleading({ message: "--nagios prints one line; ask for help without it" }))
    : Effect.void
}

/** Returns what a failure has to say that has not been said. */
const messageOf = (cause: Cause.Cause<unknown>): string | undefined => {
  if (Cause.hasInterruptsOnly(cause)) return undefined
  const error = Cause.squash(cause)
  // The parser has printed its own errors, with the help they need.
  if (CliError.isCliError(error) || error instanceof ExitWith) return undefined
  if (!(error instanceof Error)) return "something went wrong inside the program; please report it"
  if (Cause.hasDies(cause)) {
    return `something went wrong inside the program; please report it: ${error.stack ?? error.message}`
  }
  return error.message
}

/** Returns the exit code of a run: 0 to 2 for an answer, 4 for a plan that is refused, 3 for everything else. */
export const exitCodeOf = (exit: Exit.Exit<unknown, unknown>, interruptCode: number): number => {
  if (Exit.isSuccess(exit)) return 0
  if (Cause.hasInterruptsOnly(exit.cause)) return interruptCode
  const error = Option.getOrUndefined(Cause.findErrorOption(exit.cause))
  if (CliError.isCliError(error) && error._tag === "ShowHelp" && error.errors.length === 0) return 0
  if (error instanceof Refused) return refused
  return error instanceof ExitWith ? error.code : noAnswer
}
