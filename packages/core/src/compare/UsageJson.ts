/**
 * The space that backups occupy, as JSON. Sizes are JSON integers, in bytes; times are ISO 8601.
 *
 * @since 0.2.0
 */
import * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import { JsonSize, JsonSum } from "../json/JsonSize.ts"
import * as BackupListing from "../listing/BackupListing.ts"
import * as Usage from "./Usage.ts"

const space = { backups: Schema.Int, bytes: JsonSum }

/**
 * Schema of the space that the backups of a listing occupy.
 *
 * `groups` are the greatest ones; `others` are those that are left out. `growth` is null without an earlier listing.
 * `disk` is null without a capacity; its `fullAt` is null if the disk does not fill up within a hundred years.
 *
 * @category schemas
 * @since 0.2.0
 */
export const UsageJson = Schema.Struct({
  source: Schema.String,
  fetchedAt: Schema.String,
  by: Usage.Grouping,
  total: Schema.Struct(space),
  groups: Schema.Array(Schema.Struct({ key: Schema.String, name: Schema.String, ...space })),
  others: Schema.Struct({ groups: Schema.Int, ...space }),
  growth: Schema.NullOr(
    Schema.Struct({
      since: Schema.String,
      before: Schema.Struct(space),
      /** The average change of a day in whole bytes, negative if the space shrank; null if less than a day has passed. */
      bytesPerDay: Schema.NullOr(Schema.Finite)
    })
  ),
  disk: Schema.NullOr(Schema.Struct({ bytes: JsonSize, fullAt: Schema.NullOr(Schema.String) }))
})
/**
 * The space that the backups of a listing occupy, as JSON.
 *
 * @category models
 * @since 0.2.0
 */
export type UsageJson = typeof UsageJson.Type

/**
 * Encodes a report as a value for `JSON.stringify`.
 *
 * @category codecs
 * @since 0.2.0
 */
export const encode = (report: Usage.Report): UsageJson => {
  const { disk, growth, listing } = report
  return {
    source: BackupListing.printSource(listing.source),
    fetchedAt: DateTime.formatIso(listing.fetchedAt),
    by: report.by,
    total: report.total,
    groups: report.groups,
    others: report.others,
    growth: growth === undefined ? null : {
      since: DateTime.formatIso(growth.since),
      before: growth.before,
      bytesPerDay: growth.bytesPerDay === undefined ? null : Number(growth.bytesPerDay)
    },
    disk: disk === undefined ? null : {
      bytes: disk.bytes,
      fullAt: disk.fullAt === undefined ? null : DateTime.formatIso(disk.fullAt)
    }
  }
}
