/** Numbers of things, and bounded lists of them, in messages. */

/** Writes a noun as a number wants it: `chain` for 1, else `chains`. */
export const plural = (number: number, noun: string): string => number === 1 ? noun : `${noun}s`

/**
 * Writes a number with its noun.
 *
 * **Example**
 *
 * ```ts
 * CountText.count(3, "chain") // 3 chains
 * ```
 */
export const count = (number: number, noun: string): string => `${number} ${plural(number, noun)}`

/** Writes one thing with its article, and several with their number: `a disk`, `2 disks`. */
export const countOrArticle = (number: number, article: string, noun: string): string =>
  number === 1 ? `${article} ${noun}` : count(number, noun)

/** Writes how many things a list leaves out, and nothing if it is complete: ` and 3 more`. */
export const andMore = (more: number, conjunction = " and"): string => more > 0 ? `${conjunction} ${more} more` : ""

/** How a list is written. */
export interface ListOptions {
  /** How many things are written at most. */
  readonly most: number
  /** What comes between two things (default: a comma). */
  readonly separator?: string | undefined
  /** What comes before the number of the others (default: `and`). */
  readonly conjunction?: string | undefined
}

/**
 * Writes the first things of a list, and how many others there are.
 *
 * **Example**
 *
 * ```ts
 * CountText.list(["a", "b", "c", "d"], String, { most: 2 }) // a, b and 2 more
 * ```
 */
export const list = <A>(
  things: ReadonlyArray<A>,
  print: (thing: A) => string,
  { conjunction, most, separator = ", " }: ListOptions
): string =>
  things.slice(0, most).map((thing) => print(thing)).join(separator) + andMore(things.length - most, conjunction)
