/**
 * The order in which a server lists environments, chains and backups.
 *
 * @see [Semantics 2.6](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s2-6)
 * @since 0.2.0
 */
import * as BackupDate from "../tree/BackupDate.ts"
import type * as BackupTree from "../tree/BackupTree.ts"

/** Sorts entries by a key, which is computed once per entry. The sort is stable. */
const byKey = <A>(entries: ReadonlyArray<A>, keyOf: (entry: A) => string | number): ReadonlyArray<A> =>
  entries
    .map((entry) => ({ entry, key: keyOf(entry) }))
    .toSorted((a, b) => a.key < b.key ? -1 : a.key > b.key ? 1 : 0)
    .map(({ entry }) => entry)

/**
 * Sorts entries by name, ignoring case.
 *
 * @category combinators
 * @since 0.2.0
 */
export const byName = <A>(entries: ReadonlyArray<A>, nameOf: (entry: A) => string): ReadonlyArray<A> =>
  byKey(entries, (entry) => nameOf(entry).toLowerCase())

/**
 * Sorts chains, or entries that hold one, by the date of the full backup. Undated ones come first.
 *
 * @category combinators
 * @since 0.2.0
 */
export const byDate = <A>(
  entries: ReadonlyArray<A>,
  chainOf: (entry: A) => BackupTree.BackupChain
): ReadonlyArray<A> => byKey(entries, (entry) => BackupDate.serverTime(chainOf(entry).head))

/**
 * Sorts entries as a server reads its directories: by name, ignoring case.
 *
 * @see [Semantics 2.3](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s2-3)
 * @category combinators
 * @since 0.2.0
 */
export const byDirectory = <A extends { readonly directory: string }>(entries: ReadonlyArray<A>): ReadonlyArray<A> =>
  byName(entries, ({ directory }) => directory)
