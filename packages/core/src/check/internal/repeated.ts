/** Violations of uniqueness. */
import * as CountText from "../../text/CountText.ts"
import { type Place, printPlace } from "../../tree/TreePath.ts"
import type { Subject, Violation } from "../Rule.ts"

/** Groups values that share a key, in the order of their first appearance. Returns only groups of two or more. */
export const duplicates = <A>(values: ReadonlyArray<A>, key: (value: A) => string): ReadonlyArray<ReadonlyArray<A>> =>
  [...Map.groupBy(values, key).values()].filter((group) => group.length > 1)

/** Reports at each of several places that the same value appears at another one too. */
export const repeated = (
  what: string,
  places: ReadonlyArray<{ readonly place: Place; readonly subject?: Subject | undefined }>
): ReadonlyArray<Violation> =>
  places.map(({ place, subject }, index) => ({
    place,
    subject,
    message: `${what} also appears at ${printPlace(places[index === 0 ? 1 : 0]!.place)}`
      + CountText.andMore(places.length - 2)
  }))
