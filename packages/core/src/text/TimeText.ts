/**
 * Ages, times and time limits, for messages.
 *
 * @since 0.2.0
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as CountText from "./CountText.ts"

/**
 * Formats an age in its two largest units, rounded down: `3 days 4 hours`, `26 minutes`.
 *
 * @category rendering
 * @since 0.2.0
 */
export const ageText = (age: Duration.Duration): string => {
  const { days, hours, minutes, seconds } = Duration.parts(age)
  const parts = [
    CountText.count(days, "day"),
    CountText.count(hours, "hour"),
    CountText.count(minutes, "minute"),
    CountText.count(seconds, "second")
  ]
  const first = [days, hours, minutes, seconds].findIndex((value) => value > 0)
  const shown = first === -1 ? [parts[3]!] : parts.slice(first, first + 2)
  return shown.filter((part, index) => index === 0 || !part.startsWith("0 ")).join(" ")
}

/**
 * Formats an age in its largest unit, or below 10 of it in the two largest, rounded down: `12d`, `3d 4h`, `26m`, `5s`.
 *
 * @category rendering
 * @since 0.2.0
 */
export const shortAge = (age: Duration.Duration): string => {
  const { days, hours, minutes, seconds } = Duration.parts(age)
  const parts = [[days, "d"], [hours, "h"], [minutes, "m"], [seconds, "s"]] as const
  const first = parts.findIndex(([value]) => value > 0)
  if (first === -1) return "0s"
  const [value, unit] = parts[first]!
  const [less, smaller] = parts[first + 1] ?? [0, ""]
  return value < 10 && less > 0 ? `${value}${unit} ${less}${smaller}` : `${value}${unit}`
}

/**
 * Formats a time to the second, such as `2024-03-02T02:00:07Z`.
 *
 * @category rendering
 * @since 0.2.0
 */
export const timeText = (time: DateTime.Utc): string => `${DateTime.formatIso(time).slice(0, -5)}Z`

/**
 * Formats a time limit: in seconds, or below one second in milliseconds. Examples: `1.5 s`, `5 ms`.
 *
 * @category rendering
 * @since 0.2.0
 */
export const limitText = (millis: number): string => millis < 1000 ? `${millis} ms` : `${millis / 1000} s`
