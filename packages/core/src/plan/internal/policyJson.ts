/** A retention policy as JSON. */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import type { RetentionPolicy } from "../RetentionPolicy.ts"

export const PolicyJson = Schema.Struct({
  last: Schema.Int,
  hourly: Schema.Int,
  daily: Schema.Int,
  weekly: Schema.Int,
  monthly: Schema.Int,
  yearly: Schema.Int,
  withinSeconds: Schema.NullOr(Schema.Number),
  zone: Schema.String
})

export const encodePolicy = (
  { daily, hourly, last, monthly, weekly, within, yearly, zone }: RetentionPolicy
): typeof PolicyJson.Type => ({
  last,
  hourly,
  daily,
  weekly,
  monthly,
  yearly,
  withinSeconds: within === undefined ? null : Duration.toSeconds(within),
  zone: DateTime.zoneToString(zone)
})
