/** The manual pages and the reference of all commands, which `npm run manual` writes. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { CliConfig, CliOutput, Command, GlobalFlag, type HelpDoc } from "effect/cli"
import * as Effect from "effect/Effect"
import * as HelpText from "../../src/HelpText.ts"
import * as Program from "../../src/Program.ts"
import { version } from "../../src/Version.ts"

/** The help of a command, and the words that call it. */
export interface CommandHelp {
  readonly path: ReadonlyArray<string>
  readonly doc: HelpDoc.HelpDoc
}

/** Returns the help of the command and of all its sub-commands. */
export const commands: Effect.Effect<ReadonlyArray<CommandHelp>> = Effect.gen(function*() {
  const command = yield* Program.command
  const helpOf = (path: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<CommandHelp>> =>
    Effect.gen(function*() {
      const found: Array<HelpDoc.HelpDoc> = []
      yield* Effect.ignore(Command.runWith(command, { version })([...path, "--help"])).pipe(
        Effect.provideService(CliOutput.Presenter, {
          present: (event) => Effect.sync(() => event._tag === "Help" && found.push(event.helpDoc))
        }),
        Effect.provideService(CliConfig.CliConfig, {
          builtIns: GlobalFlag.BuiltIns.filter((flag) => flag !== GlobalFlag.Wizard)
        }),
        Effect.provide(NodeServices.layer)
      )
      const doc = found[0]!
      const names = (doc.subcommands ?? []).flatMap(({ commands }) => commands.map(({ name }) => name))
      const below = yield* Effect.forEach(names, (name) => helpOf([...path, name]))
      return [{ path, doc }, ...below.flat()]
    })
  return yield* helpOf([])
})

const nameOf = ({ path }: CommandHelp, separator: string): string => ["backup-tree", ...path].join(separator)

/** Writes a text for roff, where a backslash, a dash, and a point or quote at the start of a line have a meaning. */
const roff = (text: string): string => text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replace(/^(?=[.'])/gm, "\\&")

const roffEntry = (name: string, description: string): ReadonlyArray<string> => [
  ".TP",
  `.B ${roff(name)}`,
  roff(description === "" ? name : description)
]

/** Writes the manual page of a command for section 1. */
export const manPage = (help: CommandHelp): string => {
  const { doc } = help
  const name = nameOf(help, "-")
  const section = (title: string, body: ReadonlyArray<string>) => body.length === 0 ? [] : [`.SH ${title}`, ...body]
  const flags = (all: ReadonlyArray<HelpDoc.FlagDoc>) =>
    all.flatMap((flag) => roffEntry(HelpText.flagName(flag), HelpText.descriptionOf(flag)))
  const below = (doc.subcommands ?? []).flatMap(({ commands }) => commands)
  const related = [
    ...(help.path.length === 0 ? [] : [nameOf({ ...help, path: help.path.slice(0, -1) }, "-")]),
    ...below.map((one) => `${name}-${one.name}`)
  ]
  return [
    `.TH ${name.toUpperCase()} 1 "" "backup-tree ${version}" "User Commands"`,
    ".SH NAME",
    `${roff(name)} \\- ${roff(firstSentence(doc.description))}`,
    ...section("SYNOPSIS", [`.B ${roff(doc.usage)}`]),
    ...section("DESCRIPTION", [roff(doc.description)]),
    ...section("COMMANDS", below.flatMap((one) => roffEntry(one.name, one.shortDescription ?? one.description))),
    ...section(
      "ARGUMENTS",
      (doc.args ?? []).flatMap((one) => roffEntry(one.name, HelpText.descriptionOf(one)))
    ),
    ...section("OPTIONS", flags(doc.flags)),
    ...section("GLOBAL OPTIONS", flags(doc.globalFlags ?? [])),
    ...section(
      "EXAMPLES",
      (doc.examples ?? []).flatMap(({ command, description = "" }) => roffEntry(description, command))
    ),
    ...section("EXIT STATUS", exitStatus.flatMap(([code, meaning]) => roffEntry(code, meaning))),
    ...section("FILES", [
      ...roffEntry("~/.config/backup-tree.json, /etc/backup-tree.json", "Defaults of options.")
    ]),
    ...section(
      "SEE ALSO",
      [related.map((one) => `.BR ${roff(one)} (1)`).join(" ,\n"), ".PP", "https://github.com/backup-tree/backup-tree"]
        .filter((line) => line !== "")
    ),
    ""
  ].join("\n")
}

const firstSentence = (text: string): string => text.split(/\. /)[0]!

const exitStatus = [
  ["0", "The command did what it should; for check without warnings and errors, for diff without a difference."],
  ["1", "check found warnings, or diff found differences."],
  ["2", "check found errors."],
  ["3", "There is no result: wrong usage, no connection, an unreadable file, a time limit, an interrupt."],
  ["4", "A plan is refused."]
] as const

/** Writes the reference of all commands. */
export const reference = (all: ReadonlyArray<CommandHelp>): string => {
  const table = (rows: ReadonlyArray<readonly [string, string]>, title: string) =>
    rows.length === 0 ? [] : [
      "",
      `| ${title} | meaning |`,
      "| --- | --- |",
      ...rows.map(([name, meaning]) => `| \`${cell(name)}\` | ${cell(meaning)} |`)
    ]
  const cell = (text: string): string => text.replaceAll("|", "\\|")
  const flagsOf = (flags: ReadonlyArray<HelpDoc.FlagDoc>) =>
    flags.map((flag) => [HelpText.flagName(flag), HelpText.descriptionOf(flag)] as const)
  const [top] = all
  return [
    "# Commands",
    "",
    "Every command has these flags:",
    ...table(flagsOf(top?.doc.globalFlags ?? []), "flag"),
    ...all.slice(1).flatMap((help) => [
      "",
      `## ${nameOf(help, " ")}`,
      "",
      `${help.doc.description}.`,
      "",
      "```",
      help.doc.usage,
      "```",
      ...table((help.doc.args ?? []).map((one) => [one.name, HelpText.descriptionOf(one)]), "argument"),
      ...table(flagsOf(help.doc.flags), "flag"),
      ...(help.doc.examples === undefined || help.doc.examples.length === 0 ? [] : [
        "",
        "```sh",
        ...help.doc.examples.map(({ command, description }) => `${command}    # ${description ?? ""}`),
        "```"
      ])
    ]),
    ""
  ].join("\n")
}
