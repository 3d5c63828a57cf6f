/** The values of simple elements. Source: SEMANTICS 1.4, 1.6 and 1.13. */
import * as BackupTree from "../BackupTree.ts"

const maxUInt64 = 0xffff_ffff_ffff_ffffn
const maxDigits = 20
const unsigned = /^[ \t\n\r]*\+?([0-9]+)[ \t\n\r]*$/

/** Reads an unsigned number of 64 bits; what is no number, negative or too large gives `undefined`. */
export const parseUInt64 = (text: string): bigint | undefined => {
  const match = unsigned.exec(text)
  if (match === null) return undefined
  const digits = match[1]!.length > maxDigits ? match[1]!.replace(/^0+/, "") : match[1]!
  if (digits.length > maxDigits) return undefined
  const value = BigInt(digits)
  return value <= maxUInt64 ? value : undefined
}

// Most of the dates of the product: every day but 29 February; the calendar decides the rest.
const monthAndDay = "(?:0[1-9]|1[0-2])-(?:0[1-9]|1\\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31"
const commonDate = new RegExp(`^[12]\\d{3}-(?:${monthAndDay}) (?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d$`)

/** Tells whether a text names a time, by the rules of `BackupTree.parseDateTime`. */
export const isDateTime = (text: string): boolean => commonDate.test(text) || BackupTree.parseDateTime(text) !== null

/**
 * Returns the time that a text names, in milliseconds, by the rules of `BackupTree.parseDateTime`.
 *
 * It is for those who read every date of a large tree: most are as the product writes them, and those need no calendar.
 */
export const timeOf = (text: string): number | undefined =>
  commonDate.test(text)
    ? Date.UTC(
      Number(text.slice(0, 4)),
      Number(text.slice(5, 7)) - 1,
      Number(text.slice(8, 10)),
      Number(text.slice(11, 13)),
      Number(text.slice(14, 16)),
      Number(text.slice(17, 19))
    )
    : BackupTree.parseDateTime(text)?.epochMilliseconds
