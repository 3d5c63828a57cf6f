/**
 * The flag that selects the output format.
 */
import { Flag } from "effect/cli"

/** Returns the flag for the formats of a command. */
export const make = <const Formats extends ReadonlyArray<string>>(formats: Formats, description: string) =>
  Flag.Literals("output", formats).pipe(
    Flag.withAlias("o"),
    Flag.withMetavar("FORMAT"),
    Flag.withDescription(`Output format: ${description}`)
  )

/** The flag of a command that prints readable text or JSON. */
export const textOrJson = make(["text", "json"], "readable text or JSON (default: text)").pipe(
  Flag.withDefault("text" as const)
)
