/** Which parts of two trees are the same part, by their uuids or ids. */
import type { Level } from "./levels.ts"

/**
 * A part of a tree. `key` identifies it among its siblings: all spellings of its id, and which copy it is. `copy` is 0
 * unless others before it have the same id.
 */
export interface Keyed<A> {
  readonly value: A
  readonly key: string
  readonly copy: number
}

/** Identifies parts by their ids. Parts with the same id are counted in the order of the server. */
export const keyed = <A>(parts: ReadonlyArray<A>, { keyOf, sort }: Level<A>): ReadonlyArray<Keyed<A>> => {
  const found = counted(parts, keyOf)
  return found.some(({ copy }) => copy > 0) ? counted(sort(parts), keyOf) : found
}

const counted = <A>(parts: ReadonlyArray<A>, keyOf: (part: A) => string): ReadonlyArray<Keyed<A>> => {
  const copies = new Map<string, number>()
  return parts.map((value) => {
    const id = keyOf(value)
    const copy = copies.get(id) ?? 0
    copies.set(id, copy + 1)
    return { value, key: keyWith(id, copy), copy }
  })
}

/** Returns the key of a copy. The number comes first, so that no id can be mistaken for another one with a number. */
export const keyWith = (id: string, copy: number): string => `${copy} ${id}`

/** The parts of two lists: those of the first with their partners in the second, and those of the second alone. */
export interface Pairs<A> {
  readonly before: ReadonlyArray<{ readonly part: Keyed<A>; readonly partner: A | undefined }>
  readonly added: ReadonlyArray<Keyed<A>>
}

/** Pairs the parts of two lists. Copies are paired in their order. */
export const pair = <A>(before: ReadonlyArray<A>, after: ReadonlyArray<A>, level: Level<A>): Pairs<A> => {
  const parts = keyed(before, level)
  const others = keyed(after, level)
  const byKey = new Map(others.map(({ key, value }) => [key, value]))
  const keys = new Set(parts.map(({ key }) => key))
  return {
    before: parts.map((part) => ({ part, partner: byKey.get(part.key) })),
    added: others.filter(({ key }) => !keys.has(key))
  }
}
