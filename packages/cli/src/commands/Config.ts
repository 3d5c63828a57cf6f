/**
 * `backup-tree config`: shows the settings, and where each of them comes from.
 */
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import { Command } from "effect/cli"
import * as Effect from "effect/Effect"
import * as Output from "../Output.ts"
import * as Settings from "../Settings.ts"

const show = Command.make(
  "show",
  {},
  Effect.fnUntraced(function*() {
    const settings = yield* Settings.current
    const paths = (yield* Settings.files).map(({ path }) => PrintableText.quote(path, 400))
    const rows = Settings.names.flatMap((name) => {
      const setting = settings[name]
      return setting === undefined ? [] : [[name, printed(name, setting.value), setting.origin] as const]
    })
    const width = Math.max(...rows.map(([name]) => name.length))
    yield* Output.lines([
      ...rows.map(([name, value, origin]) =>
        `${name.padEnd(width)}  ${value}  (${PrintableText.excerpt(origin, 400)})`
      ),
      rows.length === 0
        ? `no settings; ${paths.length === 0 ? "BACKUP_TREE_CONFIG is empty" : `looked for ${paths.join(" and ")}`}`
        : `Flags come first, then the environment${paths.length === 0 ? "" : `, then ${paths.join(", then ")}`}.`
    ])
  })
).pipe(Command.withDescription("Show every setting that has a value, and where the value comes from"))

// A command for a password can have the password in it.
const printed = (name: Settings.Name, value: unknown): string =>
  name === "passwordCommand" ? "(hidden)" : PrintableText.excerpt(JSON.stringify(value), 400)

/** The command. */
export const config = Command.make("config").pipe(
  Command.withDescription("Show the configuration: defaults of flags, from the environment and from files"),
  Command.withSubcommands([show])
)
