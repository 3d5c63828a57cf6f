/**
 * Counts with their nouns, and bounded lists, for messages.
 *
 * @since 0.2.0
 */

/**
 * Returns the form of a word that agrees with a number: `chain` for 1, otherwise `chains`.
 *
 * `many` is the plural, for verbs and phrases (default: the word with an s).
 *
 * **Example**
 *
 * ```ts
 * CountText.plural(2, "has", "have") // have
 * ```
 *
 * @category rendering
 * @since 0.2.0
 */
export const plural = (number: number, one: string, many = `${one}s`): string => number === 1 ? one : many

/**
 * Formats a number with its noun.
 *
 * **Example**
 *
 * ```ts
 * CountText.count(3, "chain") // 3 chains
 * ```
 *
 * @category rendering
 * @since 0.2.0
 */
export const count = (number: number, noun: string): string => `${number} ${plural(number, noun)}`

/**
 * Formats one thing with its article and several with their number: `a disk`, `2 disks`.
 *
 * @category rendering
 * @since 0.2.0
 */
export const countOrArticle = (number: number, article: string, noun: string): string =>
  number === 1 ? `${article} ${noun}` : count(number, noun)

/**
 * Formats how many items a list leaves out, such as ` and 3 more`. Returns the empty text for a complete list.
 *
 * @category rendering
 * @since 0.2.0
 */
export const andMore = (more: number, conjunction = " and"): string => more > 0 ? `${conjunction} ${more} more` : ""

/**
 * Options of {@link list}.
 *
 * @category models
 * @since 0.2.0
 */
export interface ListOptions {
  /** The maximum number of items to print. */
  readonly most: number
  /** The number of items if the list has only the first of them (default: its length). */
  readonly total?: number | undefined
  /** The text between two items (default: a comma and a blank). */
  readonly separator?: string | undefined
  /** The text before the number of omitted items (default: ` and`). */
  readonly conjunction?: string | undefined
}

/**
 * Formats the first items of a list and the number of the rest.
 *
 * **Example**
 *
 * ```ts
 * CountText.list(["a", "b", "c", "d"], String, { most: 2 }) // a, b and 2 more
 * ```
 *
 * @category rendering
 * @since 0.2.0
 */
export const list = <A>(
  things: ReadonlyArray<A>,
  print: (thing: A) => string,
  { conjunction, most, separator = ", ", total = things.length }: ListOptions
): string => things.slice(0, most).map((thing) => print(thing)).join(separator) + andMore(total - most, conjunction)
