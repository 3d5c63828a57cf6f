/**
 * The dates of backups: what the DateTime element of a backup means, and what a server makes of it. Source: SEMANTICS 1.6.
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"

const stamp = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d+))?(?:Z|([+-])(\d\d):?(\d\d))?$/

/**
 * Reads the text of a DateTime element: the product's `yyyy-MM-dd hh:mm:ss` in UTC, or ISO 8601 (without a zone: UTC).
 *
 * An empty text, and one that names no time of the calendar, gives `undefined`.
 */
export const parse = (text: string): DateTime.Utc | undefined => {
  const match = stamp.exec(text)
  if (match === null) return undefined
  const [, date, time, fraction = "", sign, hours = "0", minutes = "0"] = match
  // The calendar decides what exists: 30 February comes back as another day, hour 24 as another date.
  const iso = `${date}T${time}.${fraction.slice(0, 3).padEnd(3, "0")}Z`
  const written = Option.filter(DateTime.make(iso), (value) => DateTime.formatIso(value) === iso)
  if (Option.isNone(written) || iso.startsWith("0000") || Number(hours) > 23 || Number(minutes) > 59) return undefined
  const offset = (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
  return offset === 0
    ? DateTime.toUtc(written.value)
    : DateTime.subtract(DateTime.toUtc(written.value), { minutes: offset })
}

/** Returns the time at which a backup was made, or `undefined` if its DateTime names none. See {@link parse}. */
export const createdAt = (backup: { readonly dateTime: string }): DateTime.Utc | undefined => parse(backup.dateTime)

const daysOfMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** Reads digits as a number; any other character gives NaN. */
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
 * Returns the time that a text names, in milliseconds, by the rules of {@link parse}.
 *
 * Use it to read every date of a large tree: it is many times faster.
 */
export const timeOf = (text: string): number | undefined => commonTime(text) ?? parse(text)?.epochMilliseconds

/** Tells whether a text names a time, by the rules of {@link parse}. */
export const isDate = (text: string): boolean => timeOf(text) !== undefined

// The server reads its own format alone: anything else is no time to it, and ranks before every time.
const serverShape = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/

/** Returns the time by which a server ranks a backup, in milliseconds: minus infinity if it cannot read the date. */
export const serverTime = (backup: { readonly dateTime: string }): number =>
  serverShape.test(backup.dateTime) ? timeOf(backup.dateTime) ?? -Infinity : -Infinity

/**
 * Returns the date that a server lists for a stored one: the same text if it is in the server's own format, else empty.
 *
 * `zone` is the server's. If it has daylight saving, the server also drops digits that the clocks of the zone skip,
 * although they are UTC.
 */
export const listedDate = (stored: string, zone?: DateTime.TimeZone): string => {
  const time = serverTime({ dateTime: stored })
  if (time === -Infinity) return ""
  if (zone === undefined) return stored
  const local = DateTime.makeZoned(time, { timeZone: zone, adjustForTimeZone: true })
  // If the clocks of the zone skip it, they show another time.
  const isShown = Option.exists(local, (date) => DateTime.formatIsoZoned(date).startsWith(stored.replace(" ", "T")))
  return isShown ? stored : ""
}
