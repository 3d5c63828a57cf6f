/**
 * The help of a command as lines that fit a terminal.
 */
import { fold } from "@backup-tree/core/text/FoldText"
import type { HelpDoc } from "effect/cli"
import * as Option from "effect/Option"

/** The longest name that has its description on the same line. */
const longestName = 22

/** Writes the help of a command. No line is longer than `width` columns, except for examples. */
export const lines = (doc: HelpDoc.HelpDoc, width: number): ReadonlyArray<string> => [
  ...fold(doc.description, width),
  ...section("USAGE", [`  ${doc.usage}`]),
  ...section(
    "SUBCOMMANDS",
    (doc.subcommands ?? []).flatMap(({ commands }) =>
      commands.flatMap(({ description, name, shortDescription }) => entry(name, shortDescription ?? description, width))
    )
  ),
  ...section("ARGUMENTS", (doc.args ?? []).flatMap((one) => entry(argumentName(one), descriptionOf(one), width))),
  ...section("FLAGS", doc.flags.flatMap((one) => entry(flagName(one), descriptionOf(one), width))),
  ...section(
    "GLOBAL FLAGS",
    (doc.globalFlags ?? []).flatMap((one) => entry(flagName(one), descriptionOf(one), width))
  ),
  ...section(
    "EXAMPLES",
    (doc.examples ?? []).flatMap(({ command, description }, index) => [
      ...(index === 0 ? [] : [""]),
      ...(description === undefined ? [] : fold(description, width - 4).map((line) => `  # ${line}`)),
      `  ${command}`
    ])
  )
]

const section = (title: string, body: ReadonlyArray<string>): ReadonlyArray<string> =>
  body.length === 0 ? [] : ["", title, ...body]

/** Writes a name, and beside or below it its description. */
const entry = (name: string, description: string, width: number): ReadonlyArray<string> => {
  const indented = fold(description, width - longestName - 4).map((line) => `${" ".repeat(longestName + 4)}${line}`)
  const [first = ""] = indented
  return name.length > longestName
    ? [`  ${name}`, ...indented]
    : [`  ${name.padEnd(longestName)}${first.slice(longestName + 2)}`, ...indented.slice(1)]
}

/** Writes the names of a flag: `-o, --output FORMAT`. */
export const flagName = ({ aliases, name, type }: HelpDoc.FlagDoc): string => {
  const value = type === "boolean" ? "" : ` ${metavars[name] ?? type}`
  const isLong = (alias: string) => alias.startsWith("--")
  return [...aliases.filter((alias) => !isLong(alias)), `--${name}`, ...aliases.filter(isLong)].join(", ") + value
}

/** Names of values that the built-in flags do not name. */
const metavars: { readonly [flag: string]: string } = { completions: "SHELL", "log-level": "LEVEL" }

const argumentName = ({ name, required, variadic }: HelpDoc.ArgDoc): string => {
  const many = variadic ? `${name}...` : name
  return required ? many : `[${many}]`
}

/** Returns a description without the choices, if the text names them all itself. */
export const descriptionOf = ({ description }: { readonly description: Option.Option<string> }): string => {
  const text = Option.getOrElse(description, () => "")
  const [, before = text, list] = /^(.*) \(choices: ([^()]*)\)$/.exec(text) ?? []
  if (list === undefined) return text
  if (list.split(", ").every((choice) => before.toLowerCase().includes(choice.toLowerCase()))) return before
  const [, what = before, rest = ""] = /^(.*?)( \(default: [^()]*\))?$/.exec(before) ?? []
  return `${what}: ${list}${rest}`
}
