/** The dates that prlctl prints: the digits of a backup's date in UTC, as the clock of a time zone shows them. */
import * as BackupDate from "@backup-tree/core/tree/BackupDate"
import * as DateTime from "effect/DateTime"

/** Converts between dates of a tree and dates of prlctl in one zone. */
export interface Clock {
  /** Formats a date of a tree. A text that does not start like a date is returned unchanged. */
  readonly print: (dateTime: string) => string
  /** Parses the milliseconds that the digits of a date stand for in UTC. */
  readonly parse: (digits: number) => Parsed
}

/** A parsed date: one moment, the first of two, or none. */
interface Parsed {
  readonly dateTime: string | undefined
  readonly isRepeated: boolean
}

const day = 86_400_000

/** Creates the clock of a zone. */
export const make = (zone: DateTime.TimeZone): Clock => {
  const offsetOf = daily((time) => DateTime.zonedOffset(DateTime.makeZonedUnsafe(time, { timeZone: zone })))
  const errorOf = cachedErrors(offsetOf)
  const printDigits = printer()
  /** What prlctl adds to a time in UTC. */
  const shiftAt = daily((time) => {
    const error = errorOf(time)
    return error + offsetOf(time + error)
  })
  return {
    print: (dateTime) => {
      const time = BackupDate.serverTime({ dateTime: dateTime.slice(0, 19) })
      return time === -Infinity ? dateTime : printDigits(time + shiftAt(time))
    },
    parse: (digits) => {
      const shifts = new Set([shiftAt(digits - day), shiftAt(digits), shiftAt(digits + day)])
      const times = [...shifts].map((shift) => digits - shift).filter((time) => time + shiftAt(time) === digits)
        .toSorted((a, b) => a - b)
      const dateTime = times[0] === undefined ? undefined : stampOf(times[0])
      return { dateTime, isRepeated: times.length > 1 }
    }
  }
}

/** Formats a time as a date of the product, unless the product's format cannot hold it. */
const stampOf = (time: number): string | undefined => {
  const dateTime = BackupDate.print(DateTime.makeUnsafe(time))
  return BackupDate.serverTime({ dateTime }) === time ? dateTime : undefined
}

/** Returns a function that formats times by the clock of UTC. Most dates of a tree share their day with another. */
const printer = (): (digits: number) => string => {
  const days = new Map<number, string>()
  const dayText = (index: number): string => {
    const known = days.get(index)
    if (known !== undefined) return known
    const [, year, month, date] = /^(.+)-(\d\d)-(\d\d)T/.exec(DateTime.formatIso(DateTime.makeUnsafe(index * day)))!
    const text = `${month}/${date}/${year}`
    days.set(index, text)
    return text
  }
  const two = (number: number): string => String(Math.floor(number)).padStart(2, "0")
  return (digits) => {
    const index = Math.floor(digits / day)
    const seconds = (digits - index * day) / 1000
    return `${dayText(index)} ${two(seconds / 3600)}:${two(seconds / 60 % 60)}:${two(seconds % 60)}`
  }
}

/**
 * Makes a function of a time faster that changes its value at most once a day. On most days it is the same at both
 * ends, so one calculation a day is enough.
 */
const daily = (calculate: (time: number) => number): (time: number) => number => {
  const values = new Map<number, number>()
  const atStart = (index: number): number => {
    const known = values.get(index)
    if (known !== undefined) return known
    const value = calculate(index * day)
    values.set(index, value)
    return value
  }
  return (time) => {
    const index = Math.floor(time / day)
    const value = atStart(index)
    return value === atStart(index + 1) ? value : calculate(time)
  }
}

/**
 * Returns the error of prlctl's clock. It takes the offset of 1970 for the standard offset of the zone, which is an hour
 * too much in London (SEMANTICS 5.4).
 */
const cachedErrors = (offsetOf: (time: number) => number): (time: number) => number => {
  const errors = new Map<number, number>()
  const offsetIn1970 = offsetOf(0)
  return (time) => {
    const year = DateTime.getPartUtc(DateTime.makeUnsafe(time), "year")
    const known = errors.get(year)
    if (known !== undefined) return known
    const [january, july] = [0, 6].map((month) => offsetOf(Date.UTC(year, month, 1)))
    const error = offsetIn1970 - Math.min(january!, july!)
    errors.set(year, error)
    return error
  }
}
