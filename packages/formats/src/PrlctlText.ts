/**
 * The output of `prlctl backup-list`: both layouts, written and read.
 *
 * prlctl prints local dates, so both directions need the time zone of the machine that runs it. It also omits much of a
 * tree, and reading reports what is lost.
 *
 * @see [Semantics 5](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s5)
 * @since 0.2.0
 */
import type * as BackupListing from "@backup-tree/core/listing/BackupListing"
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import * as BackupTree from "@backup-tree/core/tree/BackupTree"
import type * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Clock from "./internal/prlctl/clock.ts"
import * as Columns from "./internal/prlctl/columns.ts"
import * as Losses from "./internal/prlctl/loss.ts"
import { fail } from "./internal/prlctl/printed.ts"
import * as Reader from "./internal/prlctl/reader.ts"

/**
 * Schema of a {@link Layout}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const Layout = Schema.Literals(["table", "full"])
/**
 * A layout: the table of `prlctl backup-list`, or the blocks of `prlctl backup-list --full`.
 *
 * @category models
 * @since 0.2.0
 */
export type Layout = typeof Layout.Type

/**
 * Options for writing a tree.
 *
 * @category models
 * @since 0.2.0
 */
export interface WriteOptions {
  readonly layout: Layout
  /** The time zone of the machine that prlctl would run on. */
  readonly zone: DateTime.TimeZone
  /** Whether the table has a header (default: true). prlctl omits it with `--no-header`. */
  readonly header?: boolean | undefined
  /**
   * Whether to escape what a terminal could interpret (default: false).
   *
   * Without it, the output is that of prlctl byte for byte, and a name can move the cursor or contain a line break.
   */
  readonly escape?: boolean | undefined
}

/**
 * Writes a tree as prlctl does, without the line feed at the end of each line.
 *
 * Like prlctl, it takes the offset of 1970 for the standard offset of the zone, so dates in London are an hour late.
 *
 * @see [Semantics 5.4](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s5-4)
 * @category rendering
 * @since 0.2.0
 */
export const lines = function*(
  { environments }: Pick<BackupTree.BackupTree, "environments">,
  { escape = false, header = true, layout, zone }: WriteOptions
): Generator<string> {
  const clock = Clock.make(zone)
  const shown = escape ? PrintableText.escape : (text: string): string => text
  if (layout === "table" && header) yield Columns.row(Columns.header)
  for (const environment of environments) {
    for (const chain of environment.chains) {
      for (const backup of BackupTree.backups(chain)) {
        if (layout === "full") yield* block(environment, backup, clock, shown)
        else {
          yield Columns.row(
            [environment.uuid, backup.id, backup.host, clock.print(backup.dateTime), backup.type, String(backup.size)]
              .map(shown)
          )
        }
      }
    }
  }
}

const block = function*(
  environment: BackupTree.VirtualEnvironment,
  backup: BackupTree.Backup,
  clock: Clock.Clock,
  shown: (text: string) => string
): Generator<string> {
  yield `VM_UUID: ${shown(environment.uuid)}`
  yield `Name: ${shown(environment.name)}`
  yield `Host: ${shown(backup.host)}`
  yield `Owner: ${shown(backup.creator)}`
  yield `Backup_ID: ${shown(backup.id)}`
  yield `Date: ${shown(clock.print(backup.dateTime))}`
  yield `Type: ${shown(backup.type)}`
  yield `Size: ${backup.size}`
  yield `Description: ${shown(backup.description)}`
  yield `ServerUuid: ${shown(backup.serverUuid)}`
  yield "DiskList:"
  for (const { name, originalPath, size } of backup.disks?.list ?? []) {
    yield `\tName: ${shown(name)}`
    yield `\tOriginalPath: ${shown(originalPath)}`
    yield `\tSize: ${size}`
  }
  yield ""
}

/**
 * Schema of a {@link Loss}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const Loss = Losses.Loss
/**
 * A difference between the tree that prlctl printed and the one that was read.
 *
 * - `NotPrinted`: fields that the layout lacks. They have the values of an absent element.
 * - `RepeatedHour`: dates in the hour that the clocks of the zone show twice. The earlier moment was chosen.
 * - `UnreadDate`: dates that prlctl does not print in this zone, which are kept as they are.
 * - `IgnoredLines`: lines before the output of prlctl, such as its warnings.
 *
 * `lines` has the first ten line numbers, `count` the number of all.
 *
 * @category models
 * @since 0.2.0
 */
export type Loss = typeof Loss.Type

/**
 * A tree that was read, its layout, and what was lost.
 *
 * The table has no names and no disks: a name is empty, and `disks` is undefined. Chain uuids and numbers come from the
 * backup ids.
 *
 * @category models
 * @since 0.2.0
 */
export interface PrlctlReading {
  readonly tree: BackupTree.BackupTree
  readonly layout: Layout
  readonly losses: ReadonlyArray<Loss>
}

/**
 * A text that is not the output of `prlctl backup-list`. `line` and `column` count from 1.
 *
 * @category errors
 * @since 0.2.0
 */
export class PrlctlTextError extends Schema.TaggedError<PrlctlTextError>()("PrlctlTextError", {
  line: Schema.Int,
  column: Schema.Int,
  why: Schema.String,
  advice: Schema.String
}) {
  override get message(): string {
    return `line ${this.line}, column ${this.column}: ${this.why}. ${this.advice}`
  }
}

/**
 * Options for reading a text.
 *
 * @category models
 * @since 0.2.0
 */
export interface ReadOptions {
  /** The time zone of the machine that ran prlctl. */
  readonly zone: DateTime.TimeZone
  /** The maximum length of the text in characters (default: 200,000,000). */
  readonly maxLength?: number | undefined
}

/**
 * Reads the output of `prlctl backup-list`, in either layout, with or without a header.
 *
 * Descriptions can contain line breaks, and prlctl prints them unchanged. So a description that looks like the end of
 * its block and a new block is read as one. Do not rely on the output of a server that you do not trust.
 *
 * @see [Semantics 5.2](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s5-2)
 * @see [Semantics 5.3](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s5-3)
 * @category codecs
 * @since 0.2.0
 */
export const read = (text: string, options: ReadOptions): Result.Result<PrlctlReading, PrlctlTextError> => {
  const maxLength = options.maxLength ?? 200_000_000
  const read = text.length > maxLength
    ? fail(0, 0, `the text has more than ${maxLength} characters`, "List one machine at a time, by its uuid.")
    : Reader.read(text, Clock.make(options.zone))
  return Result.mapError(read, (fault) => new PrlctlTextError(fault))
}

/**
 * Creates a listing of a reading.
 *
 * Its completeness is `partial`, because it lacks the images and versions of chains. So no plan is made on it.
 *
 * @category constructors
 * @since 0.2.0
 */
export const toListing = (
  { tree }: PrlctlReading,
  { fetchedAt, source }: Pick<BackupListing.BackupListing, "fetchedAt" | "source">
): BackupListing.BackupListing => ({
  tree,
  notes: [],
  request: Option.none(),
  source,
  fetchedAt,
  completeness: "partial"
})
