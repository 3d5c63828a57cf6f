/**
 * Backups as a flat table, for spreadsheets and for programs that read line by line: CSV and NDJSON.
 *
 * Each backup is a row of its own, in the order of the tree.
 *
 * @since 0.2.0
 */
import { JsonSize } from "@backup-tree/core/json/JsonSize"
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import * as BackupDate from "@backup-tree/core/tree/BackupDate"
import * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"

/**
 * Schema of a {@link BackupRow}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const BackupRow = Schema.Struct({
  environment: Schema.String,
  name: Schema.String,
  kind: Schema.String,
  chain: Schema.String,
  id: Schema.String,
  number: Schema.NullOr(Schema.Int),
  type: Schema.Literals(["full", "incremental"]),
  createdAt: Schema.NullOr(Schema.String),
  size: JsonSize,
  host: Schema.String,
  creator: Schema.String,
  description: Schema.String
})
/**
 * A backup with its environment and chain.
 *
 * `environment` and `chain` are uuids. `number` is null if the id does not fit its chain. `createdAt` is an ISO 8601
 * time, or null if the server sent no valid one. `size` is in bytes.
 *
 * @category models
 * @since 0.2.0
 */
export type BackupRow = typeof BackupRow.Type

/**
 * Returns the rows of a tree.
 *
 * @category rendering
 * @since 0.2.0
 */
export const rows = function*(tree: BackupTree.BackupTree): Generator<BackupRow> {
  for (const environment of tree.environments) {
    const kind = BackupTree.kindName(environment)
    for (const chain of environment.chains) {
      for (const backup of BackupTree.backups(chain)) {
        const createdAt = BackupDate.createdAt(backup)
        yield {
          environment: environment.uuid,
          name: environment.name,
          kind,
          chain: chain.uuid,
          id: backup.id,
          number: BackupTree.number(chain, backup) ?? null,
          type: backup._tag === "FullBackup" ? "full" : "incremental",
          createdAt: createdAt === undefined ? null : DateTime.formatIso(createdAt),
          size: backup.size,
          host: backup.host,
          creator: backup.creator,
          description: backup.description
        }
      }
    }
  }
}

/**
 * Writes a tree as NDJSON: one JSON object a line, whose form is {@link BackupRow}.
 *
 * **Example**
 *
 * ```ts
 * [...BackupRows.ndjson(tree)].map((line) => JSON.parse(line).name)
 * ```
 *
 * @category rendering
 * @since 0.2.0
 */
export const ndjson = function*(tree: BackupTree.BackupTree): Generator<string> {
  for (const row of rows(tree)) {
    const fields = Object.entries(row).map(([name, value]) =>
      `${JSON.stringify(name)}:${typeof value === "bigint" ? value : JSON.stringify(value)}`
    )
    yield `{${fields.join(",")}}`
  }
}

const columns = Object.keys(BackupRow.fields) as ReadonlyArray<keyof BackupRow>

/**
 * Writes a tree as CSV (RFC 4180): a line with the names of the columns, then one line for each backup.
 *
 * A spreadsheet would run a text as a formula that begins with `=`, `+`, `-` or `@`. Such a text gets an apostrophe in
 * front, which spreadsheets do not show. Control characters and invisible ones are escaped as `PrintableText.escape`
 * does; {@link ndjson} loses none.
 *
 * @category rendering
 * @since 0.2.0
 */
export const csv = function*(tree: BackupTree.BackupTree): Generator<string> {
  yield columns.join(",")
  for (const row of rows(tree)) yield columns.map((name) => field(row[name])).join(",")
}

const field = (value: BackupRow[keyof BackupRow]): string => {
  const text = PrintableText.escape(String(value ?? ""))
  const safe = /^[=+\-@]/.test(text) ? `'${text}` : text
  return /[",]/.test(safe) ? `"${safe.replaceAll("\"", "\"\"")}"` : safe
}
