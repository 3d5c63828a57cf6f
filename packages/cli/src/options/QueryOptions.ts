/**
 * The names and the query that filter a listing.
 */
import * as BackupFindings from "@backup-tree/core/check/BackupFindings"
import type * as BackupListing from "@backup-tree/core/listing/BackupListing"
import * as BackupQuery from "@backup-tree/core/listing/BackupQuery"
import * as QueryText from "@backup-tree/core/listing/QueryText"
import * as CountText from "@backup-tree/core/text/CountText"
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import type * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as Totals from "@backup-tree/core/tree/Totals"
import * as Cooperative from "@backup-tree/io/Cooperative"
import { Argument, Flag } from "effect/cli"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { type UsageError, wrongUsage } from "../ExitCode.ts"

/** The arguments and the flag that filter a listing. */
export const flags = {
  names: Argument.String("name").pipe(
    Argument.withDescription(
      "Only these VMs and containers: names, patterns such as 'web*', or uuids (default: all)"
    ),
    Argument.variadic()
  ),
  where: Flag.String("where").pipe(
    Flag.withMetavar("QUERY"),
    Flag.withDescription(
      "Only backups that match QUERY, with the backups they need, such as 'name=web* and age>7d'. Fields: name, host, "
        + "creator, description, uuid, chain, id, kind, type, date, age, size, latest, finding"
    ),
    Flag.optional
  )
} as const

/** The values of {@link flags}. */
export interface QueryOptions {
  readonly names: ReadonlyArray<string>
  readonly where: Option.Option<string>
}

/** Returns whether the options filter a listing. */
export const isGiven = ({ names, where }: QueryOptions): boolean => names.length > 0 || Option.isSome(where)

/** Parses `--where` before anything is requested. */
export const parse = Effect.fnUntraced(
  function*({ names, where }: QueryOptions): Effect.fn.Return<BackupQuery.BackupQuery, UsageError> {
    // An empty shell variable must not select nothing, or everything.
    if (names.includes("")) {
      return yield* wrongUsage(
        "a name is empty. Pass a name, or leave it out; if you use a shell variable, check that it is set."
      )
    }
    if (Option.isNone(where)) return BackupQuery.everything
    const query = QueryText.parse(where.value)
    return Result.isSuccess(query)
      ? query.success
      : yield* wrongUsage(`--where: ${query.failure.message}`)
  }
)

/** A filtered listing, and a summary of the filter. */
export interface Filtered {
  readonly listing: BackupListing.BackupListing
  readonly summary: string
}

/** Filters a listing by the names and the parsed query. */
export const filter = Effect.fnUntraced(
  function*(
    listing: BackupListing.BackupListing,
    names: ReadonlyArray<string>,
    where: BackupQuery.BackupQuery
  ): Effect.fn.Return<Filtered, UsageError> {
    const { tree } = listing
    const machines = BackupQuery.forMachines(tree, names)
    const [unknown] = machines.unknown
    if (unknown !== undefined) return yield* wrongUsage(unknownMessage(unknown))
    const [ambiguity] = BackupQuery.ambiguities(tree, where)
    if (ambiguity !== undefined) return yield* wrongUsage(ambiguityMessage(ambiguity))
    const query = BackupQuery.and(machines.query, where)
    const now = yield* DateTime.now
    const findings = BackupQuery.needsFindings(query)
      ? yield* Cooperative.run(() => BackupFindings.steps(listing, { now, cadence: true }))
      : new Map()
    const selection = BackupQuery.filter(tree, query, { now, findings })
    yield* Effect.yieldNow
    const filtered = BackupQuery.restrict(listing, selection)
    yield* Effect.yieldNow
    return { listing: filtered, summary: summaryOf(tree, filtered.tree, BackupQuery.count(selection)) }
  }
)

const unknownMessage = ({ similar, word }: { readonly word: string; readonly similar: ReadonlyArray<string> }) =>
  `no VM or container in this listing matches ${PrintableText.quote(word)}. ${
    similar.length === 0
      ? "Run `backup-tree list` without names to see all."
      : `Did you mean ${similar.map((name) => PrintableText.quote(name)).join(" or ")}?`
  }`

const ambiguityMessage = ({ candidates, field, part, total }: BackupQuery.Ambiguity): string =>
  `--where: ${field}=${PrintableText.excerpt(part)} is ambiguous: ${
    CountText.list(candidates.slice(0, 5), (uuid) => PrintableText.excerpt(uuid), { most: 5, total })
  } contain it. Use more characters.`

const summaryOf = (whole: BackupTree.BackupTree, filtered: BackupTree.BackupTree, matching: number): string => {
  const total = Totals.ofTree(whole).backups
  const needed = Totals.ofTree(filtered).backups - matching
  const more = needed === 0 ? "" : `, with ${needed} more that ${CountText.plural(matching, "it needs", "they need")}`
  return `${matching} of ${CountText.count(total, "backup")} ${CountText.plural(matching, "matches", "match")}${more}`
}
