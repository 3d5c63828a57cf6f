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
export interface Parsed {
  readonly dateTime: string | undefined
  readonly isRepeated: boolean
}

const day = 86_400_000

/** Creates the clock of a zone. */
export const make = (zone: DateTime.TimeZone): Clock => {
  const offsetOf = cachedOffsets(zone)
  const errorOf = cachedErrors(offsetOf)
  /** What prlctl adds to a time in UTC. */
  const shiftAt = (time: number): number => {
    const error = errorOf(time)
    return error + offsetOf(time + error)
  }
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

const printDigits = (digits: number): string => {
  const iso = DateTime.formatIso(DateTime.makeUnsafe(digits))
  const [, year, month, date, time] = /^(.+)-(\d\d)-(\d\d)T([\d:]{8})/.exec(iso)!
  return `${month}/${date}/${year} ${time}`
}

/** Returns the offset of a zone at a time. Zones change it at most once a day, so most days need one calculation. */
const cachedOffsets = (zone: DateTime.TimeZone): (time: number) => number => {
  const offsets = new Map<number, number>()
  const calculate = (time: number): number => DateTime.zonedOffset(DateTime.makeZonedUnsafe(time, { timeZone: zone }))
  const atStart = (index: number): number => {
    const known = offsets.get(index)
    if (known !== undefined) return known
    const offset = calculate(index * day)
    offsets.set(index, offset)
    return offset
  }
  return (time) => {
    const index = Math.floor(time / day)
    const offset = atStart(index)
    return offset === atStart(index + 1) ? offset : calculate(time)
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
