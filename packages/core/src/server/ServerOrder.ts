/** The order in which a server lists what it holds. Source: SEMANTICS 2.6. */
import * as BackupDate from "../tree/BackupDate.ts"
import type * as BackupTree from "../tree/BackupTree.ts"

/** Orders by a key, which is made once for each entry; what has the same key keeps its order. */
const byKey = <A>(entries: ReadonlyArray<A>, keyOf: (entry: A) => string | number): ReadonlyArray<A> =>
  entries
    .map((entry) => ({ entry, key: keyOf(entry) }))
    .toSorted((a, b) => a.key < b.key ? -1 : a.key > b.key ? 1 : 0)
    .map(({ entry }) => entry)

/** Orders by name, ignoring case. */
export const byName = <A>(entries: ReadonlyArray<A>, nameOf: (entry: A) => string): ReadonlyArray<A> =>
  byKey(entries, (entry) => nameOf(entry).toLowerCase())

/** Orders chains, or what holds one, by the dates of their heads; those without a date stand first. */
export const byDate = <A>(
  entries: ReadonlyArray<A>,
  chainOf: (entry: A) => BackupTree.BackupChain
): ReadonlyArray<A> => byKey(entries, (entry) => BackupDate.serverTime(chainOf(entry).head))

/** Orders entries as a server goes through its directories: by name, ignoring case. Source: SEMANTICS 2.3. */
export const byDirectory = <A extends { readonly directory: string }>(entries: ReadonlyArray<A>): ReadonlyArray<A> =>
  byName(entries, ({ directory }) => directory)
