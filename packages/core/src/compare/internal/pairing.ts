/** Which parts of two trees are the same part, by their uuids or ids. */
import * as BackupId from "../../sdk/BackupId.ts"
import * as Uuid from "../../sdk/Uuid.ts"
import type * as BackupTree from "../../tree/BackupTree.ts"

/**
 * A part of a tree. `key` identifies it among its siblings: all spellings of its id, and which copy it is. `copy` is 0
 * unless others before it have the same id.
 */
export interface Keyed<A> {
  readonly value: A
  readonly key: string
  readonly copy: number
}

/** Identifies parts by the keys of their ids. */
export const keyed = <A>(values: ReadonlyArray<A>, keyOf: (value: A) => string): ReadonlyArray<Keyed<A>> => {
  const copies = new Map<string, number>()
  return values.map((value) => {
    const id = keyOf(value)
    const copy = copies.get(id) ?? 0
    copies.set(id, copy + 1)
    return { value, key: keyWith(id, copy), copy }
  })
}

/** Returns the key of a copy. The number comes first, so that no id can be mistaken for another one with a number. */
export const keyWith = (id: string, copy: number): string => `${copy} ${id}`

/** Returns the text that all spellings of the uuid of an environment or a chain share. */
export const uuidKey = ({ uuid }: { readonly uuid: string }): string => Uuid.key(uuid)

/** Returns the text that all spellings of the id of a backup share. */
export const idKey = ({ id }: BackupTree.Backup): string => BackupId.key(id)

/** The parts of two lists: those of the first with their partners in the second, and those of the second alone. */
export interface Pairs<A> {
  readonly before: ReadonlyArray<{ readonly part: Keyed<A>; readonly partner: A | undefined }>
  readonly added: ReadonlyArray<Keyed<A>>
}

/** Pairs the parts of two lists. Copies are paired in their order. */
export const pair = <A>(
  before: ReadonlyArray<A>,
  after: ReadonlyArray<A>,
  keyOf: (value: A) => string
): Pairs<A> => {
  const parts = keyed(before, keyOf)
  const others = keyed(after, keyOf)
  const byKey = new Map(others.map(({ key, value }) => [key, value]))
  const keys = new Set(parts.map(({ key }) => key))
  return {
    before: parts.map((part) => ({ part, partner: byKey.get(part.key) })),
    added: others.filter(({ key }) => !keys.has(key))
  }
}
