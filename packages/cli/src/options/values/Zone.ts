/**
 * Time zones as flag values.
 */
import { Flag } from "effect/cli"
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"

/** The flag that names a time zone. */
export const zone = Flag.String("zone").pipe(
  Flag.withMetavar("ZONE"),
  Flag.filter(
    (text) => Option.isSome(DateTime.zoneFromString(text)),
    () => "a time zone such as Europe/Berlin, UTC or +02:00"
  ),
  Flag.withDescription(
    "With --output prlctl or prlctl-full: the time zone of the dates, such as Europe/Berlin (default: that of this host)"
  ),
  Flag.optional
)

/** Returns the time zone of the flag, or that of this host. */
export const resolve = (given: Option.Option<string>): DateTime.TimeZone =>
  Option.getOrElse(Option.flatMap(given, DateTime.zoneFromString), () => DateTime.zoneMakeLocal())
