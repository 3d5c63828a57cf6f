/**
 * Known texts that resemble a mistyped one.
 *
 * @since 0.2.0
 */

/** Longer texts are compared by their beginnings, so that hostile names cost little. */
const maxLength = 64

const maxFound = 3

/**
 * Returns at most three texts that differ from a mistyped one by few characters, the most similar first.
 *
 * **Example**
 *
 * ```ts
 * SimilarTexts.find("wbe01", ["web01", "db01"]) // ["web01"]
 * ```
 *
 * @category accessors
 * @since 0.2.0
 */
export const find = (text: string, known: Iterable<string>): ReadonlyArray<string> => {
  const limit = Math.ceil(Math.min(text.length, maxLength) / 3)
  const found: Array<readonly [distance: number, text: string]> = []
  for (const one of known) {
    if (Math.abs(one.length - text.length) > limit) continue
    const distance = distanceOf(text.slice(0, maxLength).toLowerCase(), one.slice(0, maxLength).toLowerCase())
    if (distance <= limit) found.push([distance, one])
  }
  return found.toSorted(([one], [other]) => one - other).slice(0, maxFound).map(([, one]) => one)
}

/** The number of characters to insert, delete or replace (Levenshtein). */
const distanceOf = (self: string, that: string): number => {
  let previous = Array.from({ length: that.length + 1 }, (_, index) => index)
  for (let row = 1; row <= self.length; row++) {
    const current = [row]
    for (let column = 1; column <= that.length; column++) {
      const replaced = previous[column - 1]! + (self[row - 1] === that[column - 1] ? 0 : 1)
      current.push(Math.min(replaced, previous[column]! + 1, current[column - 1]! + 1))
    }
    previous = current
  }
  return previous[that.length]!
}
