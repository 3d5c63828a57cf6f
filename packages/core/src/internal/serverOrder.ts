/** The order in which a server lists what it holds. Source: SEMANTICS 2.6. */
import type * as BackupTree from "../BackupTree.ts"
import { serverTime } from "./serverTime.ts"

/** Orders what has a directory by the name of it, ignoring case. */
export const byName = <A>(entries: ReadonlyArray<A>, nameOf: (entry: A) => string): ReadonlyArray<A> => {
  const name = (entry: A) => nameOf(entry).toLowerCase()
  return entries.toSorted((a, b) => name(a) < name(b) ? -1 : name(a) > name(b) ? 1 : 0)
}

/** Orders chains, or what holds one, by the dates of their heads; those without a date stand first. */
export const byDate = <A>(
  entries: ReadonlyArray<A>,
  chainOf: (entry: A) => BackupTree.BackupChain
): ReadonlyArray<A> => {
  const time = (entry: A) => serverTime(chainOf(entry).head)
  return entries.toSorted((a, b) => time(a) === time(b) ? 0 : time(a) - time(b))
}
