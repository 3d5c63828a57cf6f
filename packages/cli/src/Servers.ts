/**
 * Fetches the listing of a source, or those of several servers.
 */
import type * as BackupListing from "@backup-tree/core/listing/BackupListing"
import * as ServersListing from "@backup-tree/core/listing/ServersListing"
import type * as TreeMerge from "@backup-tree/core/listing/TreeMerge"
import * as BackupSource from "@backup-tree/io/BackupSource"
import type { BackupSourceError } from "@backup-tree/io/BackupSourceError"
import * as Arr from "effect/Array"
import * as Clock from "effect/Clock"
import type * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type * as Stdio from "effect/Stdio"
import type * as Terminal from "effect/Terminal"
import { ExitWith, noResult, type UsageError, wrongUsage } from "./ExitCode.ts"
import type * as RequestOptions from "./options/RequestOptions.ts"
import * as SourceOptions from "./options/SourceOptions.ts"
import * as TimeLimit from "./options/values/TimeLimit.ts"
import * as Output from "./Output.ts"
import * as StatusLine from "./StatusLine.ts"

/** Submits a request and returns its listing. On a terminal, it shows the progress. */
export const fetchListing = (resolved: RequestOptions.ResolvedRequest) =>
  Effect.scoped(StatusLine.follow(BackupSource.submit(resolved.request, resolved.options), { always: false }))

/** Servers that are queried at the same time. */
const concurrency = 8

/** The outcome of one source. */
export interface Fetched {
  readonly source: string
  readonly result: Result.Result<BackupListing.BackupListing, BackupSourceError>
  readonly duration: Duration.Duration
}

/** The sources that the flags select, ready to be queried. */
export type Servers = ReadonlyArray<
  { readonly source: string; readonly services: Context.Context<BackupSource.BackupSource> }
>

type Given = SourceOptions.SourceOptions & { readonly timeout: Option.Option<string> }

/** Opens the sources that the flags select. Requests all passwords, once. */
export const open = Effect.fnUntraced(function*(given: Given) {
  yield* requireDistinct(given)
  const requestTimeout = requestTimeoutOf(given)
  return yield* Effect.forEach(
    SourceOptions.each(given),
    Effect.fnUntraced(function*(one) {
      const source = SourceOptions.print(one)
      return { source, services: yield* Layer.build(yield* SourceOptions.toLayer({ ...one, requestTimeout })) }
    })
  )
})

// One of several servers may hang until the time of the whole command is over. The results of the others need time too.
const requestTimeoutOf = ({ server, timeout }: Given): Duration.Duration | undefined =>
  server.length <= 1
    ? undefined
    : Option.getOrUndefined(
      Option.map(Option.flatMap(timeout, TimeLimit.parse), (limit) => Duration.millis(0.75 * Duration.toMillis(limit)))
    )

/** Refuses a server that is named twice. */
export const requireDistinct = (given: SourceOptions.SourceOptions): Effect.Effect<void, UsageError> => {
  const names = SourceOptions.each(given).map(SourceOptions.print)
  const repeated = names.find((name, index) => names.indexOf(name) < index)
  return repeated === undefined ? Effect.void : wrongUsage(`--server names ${repeated} twice; name each server once`)
}

/** Fetches the listing of each source. */
export const fetchEach = (
  servers: Servers,
  resolved: RequestOptions.ResolvedRequest
): Effect.Effect<ReadonlyArray<Fetched>, never, Stdio.Stdio | Terminal.Terminal> =>
  Effect.forEach(
    servers,
    Effect.fnUntraced(function*({ services, source }) {
      const begun = yield* Clock.currentTimeMillis
      // The progress of several servers does not fit into one line.
      const fetch = servers.length === 1
        ? fetchListing(resolved)
        : BackupSource.getBackupTree(resolved.request, resolved.options)
      const result = yield* Effect.result(Effect.provide(fetch, services))
      return { source, result, duration: Duration.millis((yield* Clock.currentTimeMillis) - begun) }
    }),
    { concurrency }
  )

/** The listing of the sources that could be fetched, and the errors of those that could not. */
export interface FetchedListing {
  readonly listing: BackupListing.BackupListing
  readonly merged: TreeMerge.MergedTree | undefined
  readonly failures: ReadonlyArray<BackupSourceError>
}

/** Fetches the listing of a source, or merges those of several servers. Fails if none can be fetched. */
export const fetch = (
  servers: Servers,
  resolved: RequestOptions.ResolvedRequest
): Effect.Effect<FetchedListing, BackupSourceError, Stdio.Stdio | Terminal.Terminal> =>
  Effect.flatMap(fetchEach(servers, resolved), merge)

/** Merges the listings of several servers; that of a single one stays as it is. Fails if there is none. */
export const merge = (
  fetched: ReadonlyArray<Fetched>
): Effect.Effect<FetchedListing, BackupSourceError, Stdio.Stdio> => {
  const [listings, failures] = Arr.partition(fetched, ({ result }) => result)
  if (Arr.isReadonlyArrayNonEmpty(listings)) {
    return Effect.succeed(
      fetched.length === 1
        ? { listing: listings[0], merged: undefined, failures }
        : { ...ServersListing.merge(listings, { isPartial: failures.length > 0 }), failures }
    )
  }
  const [first, ...others] = failures
  return Effect.andThen(noteFailures(others), Effect.fail(first!))
}

/** Prints the errors of the servers that could not be queried to standard error. */
export const noteFailures = (failures: ReadonlyArray<BackupSourceError>) =>
  Effect.forEach(failures, ({ message }) => Output.note(`backup-tree: ${message}`), { discard: true })

/** Fails with the exit code for no result if a server could not be queried. */
export const requireAll = (failures: ReadonlyArray<BackupSourceError>): Effect.Effect<void, ExitWith> =>
  failures.length === 0 ? Effect.void : Effect.fail(new ExitWith({ code: noResult }))
