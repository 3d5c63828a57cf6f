/**
 * The order in which people expect names: `web2` before `web10`, and upper case beside lower case.
 *
 * @since 0.2.0
 */

/**
 * Compares two texts: negative if the first comes before the second, and zero only for equal texts.
 *
 * Numbers are compared by value, and letters without their case first. The order is the same on every machine, so it
 * ignores the rules of languages.
 *
 * **Example**
 *
 * ```ts
 * ["web10", "Web2", "db01"].toSorted(NaturalOrder.compare) // db01, Web2, web10
 * ```
 *
 * @category accessors
 * @since 0.2.0
 */
export const compare = (one: string, other: string): number =>
  compareParts(partsOf(one), partsOf(other)) || compareTexts(one, other)

/** Splits a text into words at even places, and numbers at odd ones. */
const partsOf = (text: string): ReadonlyArray<string> => text.toLowerCase().split(/(\d+)/)

const compareParts = (ones: ReadonlyArray<string>, others: ReadonlyArray<string>): number => {
  for (const [index, one] of ones.entries()) {
    const other = others[index]
    if (other === undefined) return 1
    const compared = index % 2 === 0 ? compareTexts(one, other) : compareNumbers(one, other)
    if (compared !== 0) return compared
  }
  return ones.length - others.length
}

/** Compares numbers of any length: without leading zeros, the longer one is the greater. */
const compareNumbers = (one: string, other: string): number => {
  const [digits, others] = [one.replace(/^0+/, ""), other.replace(/^0+/, "")]
  return digits.length - others.length || compareTexts(digits, others)
}

const compareTexts = (one: string, other: string): number => one < other ? -1 : one > other ? 1 : 0
