/**
 * Diffs as lines for people: a line for each change, grouped by machine, and a summary.
 *
 * @since 0.2.0
 */
import type { Change, Content, Facts, Item } from "@backup-tree/core/compare/TreeChange"
import * as TreeDiff from "@backup-tree/core/compare/TreeDiff"
import * as BackupListing from "@backup-tree/core/listing/BackupListing"
import * as Uuid from "@backup-tree/core/sdk/Uuid"
import * as CountText from "@backup-tree/core/text/CountText"
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import { timeText } from "@backup-tree/core/text/TimeText"
import * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as Totals from "@backup-tree/core/tree/Totals"
import * as ByteCount from "./ByteCount.ts"
import { factsText } from "./internal/factsText.ts"
import * as Style from "./Style.ts"
import * as TreeText from "./TreeText.ts"

/**
 * Options for writing a diff.
 *
 * @category models
 * @since 0.2.0
 */
export interface DiffTextOptions {
  readonly style?: Style.Style | undefined
}

/**
 * Writes a diff as lines, without a line feed at the end.
 *
 * A line begins with `+` for what was added, `-` for what was removed, and `~` for what changed. The highest number of a
 * chain is left out if an added backup explains it.
 *
 * **Example**
 *
 * ```ts
 * [...DiffText.lines(diff)].join("\n")
 * ```
 *
 * @category rendering
 * @since 0.2.0
 */
export const lines = function*(diff: TreeDiff.TreeDiff, options: DiffTextOptions = {}): Generator<string> {
  const style = options.style ?? Style.plain
  yield `A: ${sideText(diff.before)}`
  yield `B: ${sideText(diff.after)}`
  for (const { message } of diff.warnings) yield `${style("warning", "WARNING")} ${message}`
  let group: string | undefined
  for (const change of shown(diff.changes)) {
    const key = groupOf(change.item)
    if (key !== group) {
      yield ""
      yield titleOf(change, style)
    }
    group = key
    yield `  ${changeText(change, style)}`
  }
  yield ""
  yield summary(diff)
}

/**
 * Writes the number of changes of each kind as one line.
 *
 * **Example**
 *
 * ```ts
 * DiffText.summary(diff) // "2 machines differ: 3 added, 1 removed (1 possibly locked), 1 renamed"
 * ```
 *
 * @category rendering
 * @since 0.2.0
 */
export const summary = ({ changes }: Pick<TreeDiff.TreeDiff, "changes">): string => {
  if (changes.length === 0) return "no differences"
  const machines = new Set(changes.flatMap(({ item }) => item.environment === undefined ? [] : [groupOf(item)])).size
  const counts = TreeDiff.counts(shown(changes))
  const parts = [
    [counts.Added, "added"],
    [counts.Removed, `removed${removedText(changes)}`],
    [counts.Promoted, "promoted"],
    [counts.Merged, "merged"],
    [counts.Renamed, "renamed"],
    [counts.Moved, "moved"],
    [counts.Resized, "resized"],
    [counts.Changed + counts.Renumbered, "changed"]
  ] as const
  const what = machines === 0
    ? "the listings differ"
    : `${CountText.count(machines, "machine")} ${CountText.plural(machines, "differs", "differ")}`
  const counted = parts.flatMap(([count, kind]) => count === 0 ? [] : [`${count} ${kind}`])
  return `${what}: ${counted.join(", ")}`
}

const shown = (changes: ReadonlyArray<Change>): ReadonlyArray<Change> =>
  changes.filter((change) => change._tag !== "Renumbered" || !change.isExpected)

const removedText = (changes: ReadonlyArray<Change>): string => {
  const removed = TreeDiff.removed(changes)
  const parts = (["merged", "possibly-locked", "possibly-hidden"] as const).flatMap((kind) => {
    const count = removed.filter(({ why }) => why === kind).length
    return count === 0 ? [] : [`${count} ${kind === "merged" ? "merged into others" : kind.replace("-", " ")}`]
  })
  return parts.length === 0 ? "" : ` (${parts.join(", ")})`
}

const sideText = ({ fetchedAt, source, totals }: TreeDiff.Side): string => {
  // The time of a file is the time at which it was read.
  const at = source._tag === "File" ? "" : ` at ${timeText(fetchedAt)}`
  const what = totals.environments === 0
    ? "no backups"
    : `${Totals.print(totals)}, ${ByteCount.print(totals.size)}`
  return `${PrintableText.escape(BackupListing.printSource(source))}${at}: ${what}`
}

/** Returns a text that the items of one environment share. */
const groupOf = ({ copy, environment }: Item): string =>
  environment === undefined ? "" : `${copy?.environment ?? 0} ${Uuid.key(environment)}`

const titleOf = ({ item: { environment, name } }: Change, style: Style.Style): string =>
  environment === undefined
    ? style("title", "the listing as a whole")
    : `${style("title", TreeText.name({ name: name ?? "" }))}  ${style("faint", PrintableText.escape(environment))}`

const changeText = (change: Change, style: Style.Style): string => {
  switch (change._tag) {
    case "Added":
      return `${style("good", "+")} ${contentText(change.content, change.item)}${
        change.isOlder
          ? style("faint", "  older than the newest backup of A; not listed then, for example because it was locked")
          : ""
      }`
    case "Removed":
      return `${style("warning", "-")} ${contentText(change.content, change.item)}${
        style("faint", whyText(change.why, change.mergedInto))
      }`
    default:
      return `${style("info", "~")} ${differenceText(change)}`
  }
}

const whyText = (why: Extract<Change, { readonly _tag: "Removed" }>["why"], mergedInto: string | undefined): string => {
  switch (why) {
    case "removed":
      return ""
    case "merged":
      return `  merged into ${PrintableText.escape(mergedInto ?? "")}`
    case "possibly-locked":
      return "  removed, or locked by a removal or merge; compare again later"
    case "possibly-hidden":
      return "  removed, or its metadata cannot be read"
  }
}

const contentText = (content: Content, { chain = "" }: Item): string => {
  switch (content._tag) {
    case "Environment": {
      const { backups, chains, size } = Totals.ofTree({ environments: [content.environment] })
      return `${TreeText.kindText(content.environment)}: ${CountText.count(chains, "chain")}, ${
        CountText.count(backups, "backup")
      }, ${ByteCount.print(size)}`
    }
    case "Chain": {
      const { uuid } = content.chain
      const { backups, size } = Totals.make(
        [{ chains: [content.chain] }],
        (chain) => BackupTree.backups(chain).map((backup) => backup.size)
      )
      return `chain ${PrintableText.escape(uuid)}: ${CountText.count(backups, "backup")}, ${ByteCount.print(size)}`
    }
    case "Backup":
      return TreeText.backupText({ uuid: chain }, content.backup)
  }
}

const differenceText = (change: Exclude<Change, { readonly _tag: "Added" | "Removed" }>): string => {
  const { after, before, item } = change
  const id = item.backup ?? item.chain
  const what = id === undefined
    ? ""
    : `${item.backup === undefined ? "chain " : ""}${PrintableText.escape(id)}: `
  switch (change._tag) {
    case "Renamed":
      return `renamed from ${PrintableText.quote(before.name ?? "", TreeText.maxNameLength)}`
    case "Moved":
      return `the newest backup is of another host: ${hostText(before, after)}`
    case "Promoted":
      return `${what}became the full backup of its chain, ${sizeText(before, after)}`
    case "Merged":
      return `${what}has the data of ${CountText.count(change.merged.length, "removed backup")} now, ${
        sizeText(before, after)
      }`
    default:
      return `${what}${factsText(before, after)}`
  }
}

/** Writes the names of two hosts, or also their uuids if they have the same name. */
const hostText = (before: Facts, after: Facts): string =>
  before.host === after.host || before.host === undefined || after.host === undefined
    ? factsText(before, after)
    : factsText({ host: before.host }, { host: after.host })

const sizeText = ({ size: before }: Facts, { size: after }: Facts): string =>
  before === undefined || after === undefined
    ? "with the same size"
    : factsText({ size: before }, { size: after })
