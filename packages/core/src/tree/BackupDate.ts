/**
 * The dates of backups: how this library and how a server interpret a DateTime element.
 *
 * @see [Semantics 1.6](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s1-6)
 * @since 0.2.0
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"

const stamp = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d+))?(?:Z|([+-])(\d\d):?(\d\d))?$/

/**
 * Parses the text of a DateTime element: the product's `yyyy-MM-dd hh:mm:ss` in UTC, or ISO 8601 (default zone: UTC).
 *
 * Returns `undefined` for an empty text, and for a text that is not a valid time of the calendar.
 *
 * @category codecs
 * @since 0.2.0
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

/**
 * Formats a time as the product writes a DateTime element: `yyyy-MM-dd hh:mm:ss` in UTC, without fractions of a second.
 *
 * **Example**
 *
 * ```ts
 * BackupDate.print(DateTime.makeUnsafe("2024-03-03T02:00:00.5Z")) // 2024-03-03 02:00:00
 * ```
 *
 * @category codecs
 * @since 0.2.0
 */
export const print = (time: DateTime.DateTime): string => DateTime.formatIso(time).slice(0, 19).replace("T", " ")

/**
 * Returns the creation time of a backup, or `undefined` if its DateTime is not valid. See {@link parse}.
 *
 * @category accessors
 * @since 0.2.0
 */
export const createdAt = (backup: { readonly dateTime: string }): DateTime.Utc | undefined => parse(backup.dateTime)

const daysOfMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** Parses digits as a number. Any other character returns NaN. */
const digits = (text: string, start: number, end: number): number => {
  let value = 0
  for (let index = start; index < end; index++) {
    const digit = text.charCodeAt(index) - 48
    value = digit >= 0 && digit <= 9 ? 10 * value + digit : NaN
  }
  return value
}

/** Returns the time of a date in the product's format, except on 29 February: no calendar is needed. */
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
 * Parses a date into milliseconds since the epoch, by the rules of {@link parse}.
 *
 * Use it for every date of a large tree: it is many times faster.
 *
 * @category codecs
 * @since 0.2.0
 */
export const timeOf = (text: string): number | undefined => commonTime(text) ?? parse(text)?.epochMilliseconds

/**
 * Returns whether a text is a valid date by the rules of {@link parse}.
 *
 * @category predicates
 * @since 0.2.0
 */
export const isDate = (text: string): boolean => timeOf(text) !== undefined

// The server parses its own format only. Any other text ranks before every date.
const serverShape = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/

/**
 * Returns the time by which a server ranks a backup, in milliseconds. It is minus infinity for a date that the server
 * cannot parse.
 *
 * @category accessors
 * @since 0.2.0
 */
export const serverTime = (backup: { readonly dateTime: string }): number =>
  serverShape.test(backup.dateTime) ? timeOf(backup.dateTime) ?? -Infinity : -Infinity

/**
 * Returns the date that a server lists for a stored date: the same text if it has the server's own format, otherwise
 * the empty text.
 *
 * `zone` is the server's time zone. If it has daylight saving, the server also drops digits that the clocks of the zone
 * skip, although stored dates are UTC.
 *
 * @category codecs
 * @since 0.2.0
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
