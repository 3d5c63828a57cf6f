/**
 * The gaps between the numbers of the backups of a chain.
 *
 * @see [Semantics 4.3](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s4-3)
 * @since 0.2.0
 */
import * as CountText from "../text/CountText.ts"

/**
 * Consecutive numbers that are missing between two backups.
 *
 * @category models
 * @since 0.2.0
 */
export interface NumberGap {
  readonly first: number
  readonly last: number
}

/**
 * Returns the gap between two numbers, or an empty array if nothing is missing between them.
 *
 * @category constructors
 * @since 0.2.0
 */
export const between = (before: number, after: number): ReadonlyArray<NumberGap> =>
  after - before > 1 ? [{ first: before + 1, last: after - 1 }] : []

/**
 * Returns how many numbers are missing in some gaps.
 *
 * @category accessors
 * @since 0.2.0
 */
export const size = (gaps: ReadonlyArray<NumberGap>): number =>
  gaps.reduce((sum, { first, last }) => sum + last - first + 1, 0)

/**
 * The maximum number of gaps that {@link print} shows.
 *
 * @category models
 * @since 0.2.0
 */
export const maxShown = 5

/**
 * Formats the numbers of some gaps.
 *
 * **Example**
 *
 * ```ts
 * NumberGap.print([{ first: 5, last: 6 }, { first: 8, last: 8 }]) // 5 to 6, 8
 * ```
 *
 * @category rendering
 * @since 0.2.0
 */
export const print = (gaps: ReadonlyArray<NumberGap>): string =>
  CountText.list(gaps, ({ first, last }) => first === last ? `${first}` : `${first} to ${last}`, { most: maxShown })
