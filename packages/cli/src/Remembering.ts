/**
 * What a check remembers from one time to the next: what was there, and what is missing since.
 */
import type * as BackupListing from "@backup-tree/core/BackupListing"
import * as MissingBackups from "@backup-tree/core/MissingBackups"
import * as PrintableText from "@backup-tree/core/PrintableText"
import { Flag } from "effect/cli"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { UsageError } from "./ExitCode.ts"
import * as Output from "./Output.ts"
import type * as Question from "./Question.ts"
import type * as SourceOptions from "./SourceOptions.ts"
import * as StateFile from "./StateFile.ts"
import * as TimeLimit from "./TimeLimit.ts"

/** The flags about remembering. */
export const flags = {
  state: Flag.String("state").pipe(
    Flag.withMetavar("FILE"),
    Flag.withDescription("Remember the listing in FILE, and compare it with the last one"),
    Flag.optional
  ),
  forget: Flag.String("forget").pipe(
    Flag.withMetavar("NAME|ID"),
    Flag.withDescription("With --state: what is missing of this machine, chain or backup was removed on purpose"),
    Flag.atLeast(0)
  ),
  recheckAfter: TimeLimit.durationFlag("recheck-after").pipe(
    Flag.withDescription("With --state: how long to wait before asking again for a chain that has vanished"),
    Flag.withDefault("5s")
  )
} as const

/** The flags as given. */
export interface Options {
  readonly state: Option.Option<string>
  readonly forget: ReadonlyArray<string>
  readonly recheckAfter: string
}

/** Refuses to remember what cannot be compared. */
export const requireWhole = (
  given: Options & Question.QuestionOptions & SourceOptions.SourceOptions
): Effect.Effect<void, UsageError> => {
  const usage = (message: string) => Effect.fail(new UsageError({ message }))
  if (Option.isNone(given.state)) {
    return given.forget.length === 0 ? Effect.void : usage("--forget needs --state: the file that remembers it")
  }
  // Of two answers to different questions, or to an unknown one, none says what is missing.
  const filters = [given.uuid, given.backupId, given.chain, given.flags]
  if (given.vm || given.ct || filters.some(Option.isSome)) {
    return usage(
      "--state compares whole listings: leave out --vm, --ct, --uuid, --backup-id, --chain and --flags"
    )
  }
  return Option.isSome(given.file) && !given.complete
    ? usage("--state compares whole listings: with --file, say by --complete that the file is one")
    : Effect.void
}

interface Fetched {
  readonly listing: BackupListing.BackupListing
  readonly xml: Option.Option<string>
}

/**
 * Fetches a listing and holds it against what is remembered.
 *
 * `remember` writes what was seen. It fails where the state cannot be read or written, which hides no finding.
 */
export const see = <E, R>(fetch: Effect.Effect<Fetched, E, R>, { forget, recheckAfter, state }: Options) =>
  Effect.gen(function*() {
    const first = yield* fetch
    const now = yield* DateTime.now
    if (Option.isNone(state)) return { ...first, now, memory: MissingBackups.empty, remember: Effect.void }
    const file = state.value
    const read = yield* Effect.result(StateFile.read(file, first.listing.source))
    if (Result.isFailure(read)) {
      return { ...first, now, memory: MissingBackups.empty, remember: Effect.fail(read.failure) }
    }
    const earlier = Option.getOrElse(read.success, () => MissingBackups.empty)
    // A server hides a chain while it writes in it, and a machine with its only chain.
    const isAskedAgain = first.listing.source._tag === "Dispatcher"
      && MissingBackups.isNewlyMissing(MissingBackups.look(earlier, first.listing, now), first.listing)
    if (!isAskedAgain) return yield* recall(first, now, earlier, file, forget)
    yield* Effect.sleep(Option.getOrElse(TimeLimit.parse(recheckAfter), () => Duration.zero))
    return yield* recall(yield* fetch, yield* DateTime.now, earlier, file, forget)
  })

const recall = (
  fetched: Fetched,
  now: DateTime.Utc,
  earlier: MissingBackups.Memory,
  file: string,
  forget: ReadonlyArray<string>
) =>
  Effect.gen(function*() {
    const { listing } = fetched
    let memory = MissingBackups.look(earlier, listing, now)
    for (const text of forget) {
      const less = MissingBackups.forget(memory, listing, text)
      if (Option.isNone(less)) return yield* Effect.fail(nothingMissing(text, memory, listing))
      memory = less.value
    }
    const missing = namesOf(memory, listing)
    const note = missing === "" ? Effect.void : Output.note(
      `backup-tree: ${file} remembers what is missing of ${missing}; if it was removed on purpose, say --forget NAME`
    )
    return { ...fetched, now, memory, remember: Effect.andThen(note, StateFile.write(file, listing, memory)) }
  })

const nothingMissing = (text: string, memory: MissingBackups.Memory, listing: BackupListing.BackupListing) => {
  const missing = namesOf(memory, listing)
  return new UsageError({
    message: `--forget: nothing is missing of ${PrintableText.quote(text)}`
      + (missing === "" ? ", nor of any other machine" : `; something is of ${missing}`)
  })
}

const mostNames = 5

const namesOf = (memory: MissingBackups.Memory, listing: BackupListing.BackupListing): string => {
  const names = MissingBackups.names(memory, listing)
  const shown = names.slice(0, mostNames).map((name) => PrintableText.quote(name)).join(", ")
  return names.length > mostNames ? `${shown} and ${names.length - mostNames} more` : shown
}
