/**
 * The errors of the parser in the words of this command.
 */
import type { CliError } from "effect/cli"

/** Prints an error of the parser. It may have several lines. */
export const print = (error: CliError.CliError | { readonly message: string }): string => {
  if (!("_tag" in error)) return error.message
  switch (error._tag) {
    case "UnrecognizedOption":
      return unrecognized(error)
    case "InvalidValue":
      return withPlainList(error.message)
    default:
      return error.message
  }
}

const withPlainList = (message: string): string =>
  message.replace(
    /Expected:? ("[^"|]*"(?: \| "[^"|]*")+)$/,
    (_, values: string) => `Expected: ${values.replaceAll("\"", "").replaceAll(" | ", ", ")}`
  )

const unrecognized = ({ command = [], option, suggestions }: CliError.UnrecognizedOption): string => {
  const where = command.length === 0 ? "" : ` in command ${command.join(" ")}`
  const suggested = [
    ...formatOf(option, command[1]),
    // The parser also suggests short flags that have nothing in common with the given one.
    ...suggestions.filter((flag) => flag.slice(0, 3) === option.slice(0, 3))
  ]
  return `Unrecognized flag: ${option}${where}`
    + (suggested.length === 0 ? "" : `\n  Did you mean this?\n    ${suggested.join("\n    ")}`)
}

const jsonCommands = new Set(["list", "check", "plan", "diff", "usage"])

/** Returns the flag for an output format that was given as a flag of its own. */
const formatOf = (option: string, command: string | undefined): ReadonlyArray<string> =>
  (option === "--json" && jsonCommands.has(command ?? ""))
    || (option === "--xml" && (command === "list" || command === "check"))
    ? [`--output ${option.slice(2)}`]
    : []
