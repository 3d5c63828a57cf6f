/** The periods of the wall clock of a zone that a time lies in, as numbers that are equal within a period. */
import * as DateTime from "effect/DateTime"
import type { CountingRule } from "../RetentionPolicy.ts"

const hour = 3_600_000
const day = 24 * hour

/** A rule that keeps the newest backup of each period. */
export type PeriodRule = Exclude<CountingRule, "last">

/** Returns a function from a time in milliseconds to the number of its period. */
export const make = (zone: DateTime.TimeZone): (time: number, rule: PeriodRule) => number => {
  const offsetAt = offsets(zone)
  const months = new Map<number, number>()
  // The calendar of a day is found out once.
  const monthOf = (date: number): number => {
    const known = months.get(date)
    if (known !== undefined) return known
    const { month, year } = DateTime.toPartsUtc(DateTime.makeUnsafe(date * day))
    const found = year * 12 + month - 1
    months.set(date, found)
    return found
  }
  return (time, rule) => {
    const local = time + offsetAt(time)
    const date = Math.floor(local / day)
    switch (rule) {
      case "hourly":
        return Math.floor(local / hour)
      case "daily":
        return date
      case "weekly":
        // 1 January 1970 was a Thursday, and weeks begin on Monday.
        return Math.floor((date + 3) / 7)
      case "monthly":
        return monthOf(date)
      case "yearly":
        return Math.floor(monthOf(date) / 12)
    }
  }
}

/** Returns the offset of a zone. To calculate it is slow, and on nearly every day it is the same at both ends. */
const offsets = (zone: DateTime.TimeZone): (time: number) => number => {
  const exact = (time: number): number => DateTime.zonedOffset(DateTime.setZone(DateTime.makeUnsafe(time), zone))
  const ofDays = new Map<number, number | undefined>()
  return (time) => {
    const date = Math.floor(time / day)
    if (!ofDays.has(date)) {
      const [first, last] = [exact(date * day), exact((date + 1) * day)]
      ofDays.set(date, first === last ? first : undefined)
    }
    return ofDays.get(date) ?? exact(time)
  }
}
