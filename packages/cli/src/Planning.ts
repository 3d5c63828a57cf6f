/**
 * What all kinds of plans have in common: their flags, and a listing to plan on.
 */
import type * as BackupListing from "@backup-tree/core/listing/BackupListing"
import * as ShortIds from "@backup-tree/core/listing/ShortIds"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as ExitCode from "./ExitCode.ts"
import * as OutputFlag from "./options/OutputFlag.ts"
import * as RequestOptions from "./options/RequestOptions.ts"
import * as SourceOptions from "./options/SourceOptions.ts"
import * as TimeLimit from "./options/values/TimeLimit.ts"
import * as Servers from "./Servers.ts"

/** The flags of every plan. */
export const flags = {
  ...SourceOptions.flags,
  timeout: TimeLimit.timeout,
  output: OutputFlag.textOrJson
} as const

type Given = SourceOptions.SourceOptions & { readonly timeout: Option.Option<string> }

/** Uses a listing of everything, within the time limit. */
export const withListing = Effect.fnUntraced(
  function*<A, E, R>(flags: Given, use: (listing: BackupListing.BackupListing) => Effect.Effect<A, E, R>) {
    const given = yield* SourceOptions.complete(flags)
    const planned = Effect.gen(function*() {
      const resolved = yield* RequestOptions.resolve(RequestOptions.noFilters)
      const source = yield* SourceOptions.toLayer(given)
      return yield* use(yield* Effect.provide(Servers.fetchListing(resolved), source))
    })
    return yield* TimeLimit.within(planned, given.timeout)
  }
)

/**
 * Returns the whole id for a short form, as `list` shows it on a terminal. Other texts, and the names of machines, are
 * returned unchanged.
 */
export const resolveId = (
  { tree }: BackupListing.BackupListing,
  text: string
): Result.Result<string, ShortIds.AmbiguousShortId> =>
  tree.environments.some(({ name }) => name === text) ? Result.succeed(text) : ShortIds.resolve(tree, text)

/** Returns an accepted plan, or fails with the reason why it is refused. */
export const accepted = <A, E extends { readonly message: string }>(
  result: Result.Result<A, E>
): Effect.Effect<A, ExitCode.Refused> =>
  Effect.mapError(Effect.fromResult(result), ({ message }) => new ExitCode.Refused({ message }))
