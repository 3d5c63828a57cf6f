/** The values of simple elements. Source: SEMANTICS 1.4, 1.6 and 1.13. */
import * as BackupTree from "./BackupTree.ts"

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

const daysOfMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** Reads digits as a number; what is none of the ten gives NaN. */
const digits = (text: string, start: number, end: number): number => {
  let value = 0
  for (let index = start; index < end; index++) {
    const digit = text.charCodeAt(index) - 48
    value = digit >= 0 && digit <= 9 ? 10 * value + digit : NaN
  }
  return value
}

/** Returns the time of a date as the product writes them, of any day but 29 February: these need no calendar. */
const commonTime = (text: string): number | undefined => {
  if (text.length !== 19 || text[4] !== "-" || text[7] !== "-" || text[10] !== " ") return undefined
  if (text[13] !== ":" || text[16] !== ":") return undefined
  const year = digits(text, 0, 4)
  const month = digits(text, 5, 7)
  const day = digits(text, 8, 10)
  const hour = digits(text, 11, 13)
  const minute = digits(text, 14, 16)
  const second = digits(text, 17, 19)
  return year >= 1000 && day >= 1 && day <= (daysOfMonth[month - 1] ?? 0) && hour <= 23 && minute <= 59 && second <= 59
    ? Date.UTC(year, month - 1, day, hour, minute, second)
    : undefined
}

/**
 * Returns the time that a text names, in milliseconds, by the rules of `BackupTree.parseDateTime`.
 *
 * It is for those who read every date of a large tree.
 */
export const timeOf = (text: string): number | undefined =>
  commonTime(text) ?? BackupTree.parseDateTime(text)?.epochMilliseconds

/** Tells whether a text names a time, by the rules of `BackupTree.parseDateTime`. */
export const isDateTime = (text: string): boolean => timeOf(text) !== undefined
