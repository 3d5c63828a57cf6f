/**
 * Parses unsigned numbers as the product does: decimal digits, with optional white space around them and an optional
 * plus sign before them.
 *
 * @see [Semantics 1.4](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s1-4)
 * @see [Semantics 1.13](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s1-13)
 * @since 0.2.0
 */

/**
 * The largest number of 32 bits, which is also the largest number of a backup in its chain.
 *
 * @category constants
 * @since 0.2.0
 */
export const maxUInt32 = 0xffff_ffff

const maxUInt64 = 0xffff_ffff_ffff_ffffn

/**
 * Parses an unsigned number of 32 bits. Returns `undefined` for any other text.
 *
 * @category codecs
 * @since 0.2.0
 */
export const parseUInt32 = (text: string): number | undefined => {
  if (!/^[ \t\n\r]*\+?\d+[ \t\n\r]*$/.test(text)) return undefined
  const value = Number(text)
  return value <= maxUInt32 ? value : undefined
}

const maxDigits = 20
const unsigned = /^[ \t\n\r]*\+?([0-9]+)[ \t\n\r]*$/

/**
 * Parses an unsigned number of 64 bits. Returns `undefined` for any other text.
 *
 * @category codecs
 * @since 0.2.0
 */
export const parseUInt64 = (text: string): bigint | undefined => {
  const match = unsigned.exec(text)
  if (match === null) return undefined
  const digits = match[1]!.length > maxDigits ? match[1]!.replace(/^0+/, "") : match[1]!
  if (digits.length > maxDigits) return undefined
  const value = BigInt(digits)
  return value <= maxUInt64 ? value : undefined
}
