/**
 * The baseline of a check, kept in a state file, and the backups that are missing since.
 */
import * as Baseline from "@backup-tree/core/check/Baseline"
import type * as BackupListing from "@backup-tree/core/listing/BackupListing"
import type { MergedTree } from "@backup-tree/core/listing/TreeMerge"
import * as CountText from "@backup-tree/core/text/CountText"
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import type { BackupSourceError } from "@backup-tree/io/BackupSourceError"
import * as Cooperative from "@backup-tree/io/Cooperative"
import { Flag } from "effect/cli"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import { type StateFileError, UsageError, wrongUsage } from "../ExitCode.ts"
import * as StateFile from "../StateFile.ts"
import type * as RequestOptions from "./RequestOptions.ts"
import type * as SourceOptions from "./SourceOptions.ts"
import * as EmptyValue from "./values/EmptyValue.ts"
import * as TimeLimit from "./values/TimeLimit.ts"

/** The flags about the baseline. */
export const flags = {
  state: Flag.String("state").pipe(
    Flag.withMetavar("FILE"),
    Flag.withDescription("Save the listing to FILE, and report backups that are missing since the previous run"),
    Flag.optional
  ),
  forget: Flag.String("forget").pipe(
    Flag.withMetavar("NAME|ID"),
    Flag.withDescription("With --state: stop reporting this VM, container, chain or backup as missing (repeatable)"),
    Flag.atLeast(0)
  ),
  recheckAfter: TimeLimit.durationFlag("recheck-after").pipe(
    Flag.withDescription(
      "With --state: time to wait before querying the server again for missing backups (default: 5s)"
    ),
    Flag.optional
  )
} as const

/** The flags as given. */
export interface Options {
  readonly state: Option.Option<string>
  readonly forget: ReadonlyArray<string>
  readonly recheckAfter: Option.Option<string>
}

const defaultRecheckAfter = "5s"

/** Refuses a state file if the listing cannot be compared with it. */
export const requireWhole = (
  given:
    & Options
    & RequestOptions.RequestOptions
    & SourceOptions.SourceOptions
    & { readonly timeout: Option.Option<string> }
): Effect.Effect<void, UsageError> => {
  if (Option.isNone(given.state)) {
    const lone = given.forget.length > 0
      ? "--forget"
      : Option.isSome(given.recheckAfter)
      ? "--recheck-after"
      : undefined
    return lone === undefined
      ? Effect.void
      : wrongUsage(`${lone} requires --state FILE, which records the previous run`)
  }
  const empty = EmptyValue.find({
    state: given.state,
    ...(given.forget.includes("") ? { forget: Option.some("") } : {})
  })
  if (empty !== undefined) return wrongUsage(empty)
  if (given.state.value === "-") return wrongUsage("--state requires a file name; standard input (-) cannot be used")
  // Listings of different or unknown requests do not show what is missing.
  const filters = [given.uuid, given.backupId, given.chain, given.backupDirectory, given.flags]
  if (given.vm || given.ct || filters.some(Option.isSome)) {
    return wrongUsage(
      "--state compares full listings; leave out --vm, --ct, --uuid, --backup-id, --chain, --backup-directory and --flags"
    )
  }
  if (Option.isSome(given.file) && !given.complete) {
    return wrongUsage("--state compares full listings; if the file is one, add --complete")
  }
  const timeout = Option.flatMap(given.timeout, TimeLimit.parse)
  return Option.isNone(given.file) && Option.isNone(given.directory) && Option.isSome(timeout)
      && Duration.isLessThanOrEqualTo(timeout.value, recheckAfter(given))
    ? wrongUsage(
      "--timeout leaves no time to query the server again for missing backups; use a longer --timeout or a shorter --recheck-after"
    )
    : Effect.void
}

const recheckAfter = ({ recheckAfter }: Options): Duration.Duration =>
  Option.getOrThrow(TimeLimit.parse(Option.getOrElse(recheckAfter, () => defaultRecheckAfter)))

/** A listing, and its XML if it was requested. */
export interface Fetched {
  readonly listing: BackupListing.BackupListing
  readonly xml: Option.Option<string>
  /** The merge of the listings of several servers. */
  readonly merged: MergedTree | undefined
  /** The errors of the servers that could not be queried. */
  readonly failures: ReadonlyArray<BackupSourceError>
}

/** A fetched listing, and the baseline to compare it with. */
export interface Compared extends Fetched {
  readonly now: DateTime.Utc
  /** Undefined without a usable state file. */
  readonly baseline: Baseline.Baseline | undefined
  /** Lines about the baseline, to print. */
  readonly notes: ReadonlyArray<string>
  /**
   * Saves the baseline for the next check; run it after the report is printed. A failure explains why the baseline
   * cannot be saved or trusted. Neither hides a finding.
   */
  readonly save: Result.Result<Effect.Effect<void, StateFileError>, StateFileError | UsageError>
}

/**
 * Fetches a listing and updates the baseline with it. The prepared state file belongs to the scope, and so does its lock.
 *
 * The file is not locked while a server is queried, because another check waits only a few seconds for the lock. After
 * the second query, the file is opened and read again: another check may have changed it meanwhile.
 */
export const compare = Effect.fnUntraced(
  function*<E, R>(
    fetch: Effect.Effect<Fetched, E, R>,
    options: Options
  ): Effect.fn.Return<Compared, E, R | FileSystem.FileSystem | Scope.Scope> {
    const first = yield* fetch
    const now = yield* DateTime.now
    if (Option.isNone(options.state)) return { ...alone(first, now), save: Result.succeed(Effect.void) }
    const file = options.state.value
    const lock = yield* Scope.fork(yield* Effect.scope)
    const opened = yield* Scope.provide(Effect.result(update(file, first, now)), lock)
    if (Result.isFailure(opened)) return { ...alone(first, now), save: Result.fail(opened.failure) }
    if (!opened.success.isQueriedAgain) return yield* settle(first, now, opened.success, options.forget)
    yield* Scope.close(lock, Exit.void)
    yield* Effect.sleep(recheckAfter(options))
    const again = yield* Effect.orElseSucceed(fetch, () => first)
    const then = yield* DateTime.now
    const reopened = yield* Effect.result(update(file, again, then))
    return Result.isFailure(reopened)
      ? { ...alone(again, then), save: Result.fail(reopened.failure) }
      : yield* settle(again, then, reopened.success, options.forget)
  }
)

const alone = (fetched: Fetched, now: DateTime.Utc) => ({ ...fetched, now, baseline: undefined, notes: [] })

/** A locked state file, and its baseline updated with a listing. */
interface Updated {
  readonly state: StateFile.StateFile
  readonly baseline: Baseline.Baseline
  readonly notes: ReadonlyArray<string>
  readonly isQueriedAgain: boolean
}

const update = Effect.fnUntraced(
  function*(
    file: string,
    { listing }: Fetched,
    now: DateTime.Utc
  ): Effect.fn.Return<Updated, StateFileError, FileSystem.FileSystem | Scope.Scope> {
    const state = yield* StateFile.open(file)
    const read = yield* StateFile.read(state, listing.source)
    const earlier = Option.getOrElse(read, () => Baseline.empty)
    const baseline = yield* Cooperative.run(() => Baseline.updateInSteps(earlier, listing, now))
    return {
      state,
      baseline,
      notes: Option.isNone(read)
        ? [`backup-tree: ${PrintableText.quote(file)} is a new state file; the next check compares against it`]
        : [],
      // A server hides a chain while it writes to it, and a machine together with its only chain.
      isQueriedAgain: listing.source._tag === "Dispatcher" && Baseline.isNewlyMissing(earlier, baseline)
    }
  }
)

/** Forgets backups that were removed on purpose, and prepares the new state file. */
const settle = Effect.fnUntraced(
  function*(
    fetched: Fetched,
    now: DateTime.Utc,
    { baseline: updated, notes, state }: Updated,
    texts: ReadonlyArray<string>
  ): Effect.fn.Return<Compared, never, FileSystem.FileSystem | Scope.Scope> {
    const forgotten = forget(updated, texts)
    if (Result.isFailure(forgotten)) {
      return { ...fetched, now, baseline: updated, notes, save: Result.fail(forgotten.failure) }
    }
    const { baseline, what } = forgotten.success
    const missing = namesOf(baseline)
    return {
      ...fetched,
      now,
      baseline,
      notes: [
        ...notes,
        ...what.map((what) => `backup-tree: no longer reported as missing: ${what}`),
        ...(missing === "" ? [] : [
          `backup-tree: ${
            PrintableText.quote(state.file)
          } records missing backups of ${missing}. If they were removed on `
          + "purpose, run the check again with --forget and the name or id."
        ])
      ],
      save: yield* Effect.result(StateFile.prepare(state, fetched.listing, baseline))
    }
  }
)

const forget = (
  baseline: Baseline.Baseline,
  texts: ReadonlyArray<string>
): Result.Result<Baseline.Forgotten, UsageError> => {
  let forgotten: Baseline.Forgotten = { baseline, what: [] }
  for (const text of new Set(texts)) {
    const next = Baseline.forget(forgotten.baseline, text)
    if (Result.isFailure(next)) return Result.fail(notForgotten(text, next.failure, forgotten.baseline))
    forgotten = { baseline: next.success.baseline, what: [...forgotten.what, ...next.success.what] }
  }
  return Result.succeed(forgotten)
}

const notForgotten = (
  text: string,
  why: Baseline.NotForgotten,
  baseline: Baseline.Baseline
): UsageError => {
  const name = PrintableText.quote(text)
  if (why._tag === "Ambiguous") {
    const uuids = CountText.list(why.uuids, (uuid) => PrintableText.excerpt(uuid), { most: mostNames })
    return new UsageError({
      message: `--forget: ${why.uuids.length} machines are named ${name}: ${uuids}. Use the uuid instead.`
    })
  }
  const missing = namesOf(baseline)
  return new UsageError({
    message: `--forget: ${name} has no missing backups`
      + (missing === "" ? ", nor has any other machine" : `. Machines with missing backups: ${missing}`)
  })
}

const mostNames = 5

const namesOf = (baseline: Baseline.Baseline): string =>
  CountText.list(
    Baseline.machines(baseline),
    ({ name, uuid }) => `${PrintableText.quote(name)} ${PrintableText.excerpt(uuid)}`,
    { most: mostNames }
  )
