/** Violations of uniqueness. */
import * as CountText from "../../text/CountText.ts"
import { type Place, printPlace } from "../../tree/TreePath.ts"
import type { PlacedViolation, Subject } from "../Rule.ts"

/** Groups values that share a key, in the order of their first appearance. Returns only groups of two or more. */
export const duplicates = <A>(values: ReadonlyArray<A>, key: (value: A) => string): ReadonlyArray<ReadonlyArray<A>> => {
  const shared = sharedKeys(values, (value) => [key(value)])
  // Most listings have none, so only values with a shared key are grouped.
  return shared.size === 0
    ? []
    : [...Map.groupBy(values.filter((value) => shared.has(key(value))), key).values()]
}

/** Returns the keys that occur more than once. */
export const sharedKeys = <A>(
  values: Iterable<A>,
  keys: (value: A) => ReadonlyArray<string>
): ReadonlySet<string> => {
  const met = new Set<string>()
  const shared = new Set<string>()
  for (const value of values) {
    for (const key of keys(value)) {
      if (met.has(key)) shared.add(key)
      else met.add(key)
    }
  }
  return shared
}

/** Reports at each of several places that the same value appears at another one too. */
export const repeated = function*(
  what: string,
  places: ReadonlyArray<{ readonly place: Place; readonly subject?: Subject | undefined }>
): Generator<PlacedViolation> {
  const more = CountText.andMore(places.length - 2)
  for (const [index, { place, subject }] of places.entries()) {
    const other = printPlace(places[index === 0 ? 1 : 0]!.place)
    yield { place, subject, message: `${what} also appears at ${other}${more}` }
  }
}
