/**
 * Refuses empty values: an empty shell variable must not silently select something else.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type UsageError, wrongUsage } from "../../ExitCode.ts"

type Values = { readonly [flag: string]: Option.Option<string> }

/** Returns the message about the first flag whose value is empty, if there is one. */
export const find = (values: Values): string | undefined => {
  const empty = Object.entries(values).find(([, value]) => Option.isSome(value) && value.value === "")
  return empty === undefined
    ? undefined
    : `--${empty[0]} is empty. Pass a value; if you use a shell variable, check that it is set.`
}

/** Fails if the value of a flag is empty. */
export const refuse = (values: Values): Effect.Effect<void, UsageError> => {
  const message = find(values)
  return message === undefined ? Effect.void : wrongUsage(message)
}
