/**
 * The space that backups occupy as lines for people.
 *
 * @since 0.2.0
 */
import type * as Usage from "@backup-tree/core/compare/Usage"
import * as BackupListing from "@backup-tree/core/listing/BackupListing"
import * as CountText from "@backup-tree/core/text/CountText"
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import { timeText } from "@backup-tree/core/text/TimeText"
import * as DateTime from "effect/DateTime"
import * as ByteCount from "./ByteCount.ts"
import * as Style from "./Style.ts"

/**
 * Options for writing a report.
 *
 * @category models
 * @since 0.2.0
 */
export interface UsageTextOptions {
  readonly style?: Style.Style | undefined
}

const titles: { readonly [G in Usage.Grouping]: string } = {
  backup: "backup",
  chain: "chain",
  environment: "machine",
  host: "host",
  kind: "kind"
}

/**
 * Writes a report as lines, without a line feed at the end.
 *
 * @category rendering
 * @since 0.2.0
 */
export const lines = (report: Usage.Report, options: UsageTextOptions = {}): ReadonlyArray<string> => {
  const style = options.style ?? Style.plain
  const { by, groups, others, total } = report
  const row = (size: string, share: string, backups: string, group: string) =>
    `${size.padStart(11)}  ${share.padStart(5)}  ${backups.padStart(7)}  ${group}`
  const rowOf = ({ backups, bytes }: Usage.Space, group: string) =>
    row(ByteCount.print(bytes), percent(bytes, total.bytes), `${backups}`, group)
  return [
    style("title", row("size", "share", "backups", titles[by])),
    ...groups.map((share) => rowOf(share, groupText(by, share))),
    ...(others.groups === 0 ? [] : [rowOf(others, `${others.groups} more`)]),
    rowOf(total, `total, from ${PrintableText.escape(BackupListing.printSource(report.listing.source))}`),
    ...growthLines(report)
  ]
}

const percent = (part: bigint, whole: bigint): string => whole === 0n ? "" : `${(part * 100n + whole / 2n) / whole} %`

const groupText = (by: Usage.Grouping, { key, name }: Usage.Share): string => {
  const id = by === "host" ? PrintableText.excerpt(key) : PrintableText.escape(key)
  if (by === "host") return key === "" ? "(no host)" : id
  if (by === "kind") return id
  return `${name === "" ? "(no name)" : PrintableText.excerpt(name)} (${id})`
}

const growthLines = ({ disk, growth }: Usage.Report): ReadonlyArray<string> => {
  if (growth === undefined) return []
  const { after, before, since } = growth
  return [
    "",
    `${rateText(growth)} since ${timeText(since)}: ${CountText.count(before.backups, "backup")} with ${
      ByteCount.print(before.bytes)
    } then, ${after.backups} with ${ByteCount.print(after.bytes)} now.`,
    ...(disk === undefined ? [] : [diskText(disk, growth)])
  ]
}

const rateText = ({ after, before, bytesPerDay }: Usage.Growth): string => {
  const bytes = bytesPerDay ?? after.bytes - before.bytes
  if (bytes === 0n) return "No growth"
  const amount = ByteCount.print(bytes < 0n ? -bytes : bytes)
  return `${bytes < 0n ? "Shrank" : "Grew"} by ${amount}${bytesPerDay === undefined ? "" : " a day"}`
}

const diskText = (
  { bytes, fullAt }: NonNullable<Usage.Report["disk"]>,
  { after, bytesPerDay }: Usage.Growth
): string => {
  const size = `A disk of ${ByteCount.print(bytes)}`
  if (after.bytes >= bytes) return `${size} is too small for these backups.`
  if (bytesPerDay === undefined) return "The listings are less than a day apart, which is too short for a forecast."
  return fullAt === undefined
    ? `${size} does not fill up at this rate.`
    : `${size} with nothing but these backups is full on ${DateTime.formatIsoDateUtc(fullAt)} at this rate.`
}
