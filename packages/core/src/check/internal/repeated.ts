/** Breaches of uniqueness. */
import * as CountText from "../../text/CountText.ts"
import { type Place, printPlace } from "../../tree/TreePath.ts"
import type { Violation } from "../Rule.ts"

/** Says of each of several places that the same stands at another one too. */
export const repeated = (what: string, places: ReadonlyArray<Place>): ReadonlyArray<Violation> =>
  places.map((place, index) => ({
    place,
    message: `${what} also stands at ${printPlace(places[index === 0 ? 1 : 0]!)}`
      + CountText.andMore(places.length - 2)
  }))
