/**
 * Unsigned numbers as the product reads them: decimal digits, with white space around them and a plus sign before them.
 *
 * Source: SEMANTICS 1.4 and 1.13.
 */

/** The largest number of 32 bits, and so the largest number of a backup in its chain. */
export const maxUInt32 = 0xffff_ffff

const maxUInt64 = 0xffff_ffff_ffff_ffffn

/** Reads an unsigned number of 32 bits; anything else gives `undefined`. */
export const parseUInt32 = (text: string): number | undefined => {
  if (!/^[ \t\n\r]*\+?\d+[ \t\n\r]*$/.test(text)) return undefined
  const value = Number(text)
  return value <= maxUInt32 ? value : undefined
}

const maxDigits = 20
const unsigned = /^[ \t\n\r]*\+?([0-9]+)[ \t\n\r]*$/

/** Reads an unsigned number of 64 bits; anything else gives `undefined`. */
export const parseUInt64 = (text: string): bigint | undefined => {
  const match = unsigned.exec(text)
  if (match === null) return undefined
  const digits = match[1]!.length > maxDigits ? match[1]!.replace(/^0+/, "") : match[1]!
  if (digits.length > maxDigits) return undefined
  const value = BigInt(digits)
  return value <= maxUInt64 ? value : undefined
}
