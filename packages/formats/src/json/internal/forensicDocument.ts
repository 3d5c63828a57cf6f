/** The whole content of a backup directory as a JSON document. */
import { StoreSkip } from "@backup-tree/core/directory/files/StoreSkip"
import type * as ForensicTree from "@backup-tree/core/directory/ForensicTree"
import * as JsonHeader from "@backup-tree/core/json/JsonHeader"
import * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as BackupTreeJson from "@backup-tree/core/tree/BackupTreeJson"
import * as Schema from "effect/Schema"

const marks = Schema.Array(StoreSkip)

/**
 * Schema of the whole content of a backup directory. Readable backups have the same form as in a listing.
 *
 * `uuid`, `name` and `kind` are null if the metadata of the environment cannot be read.
 *
 * @category schemas
 * @since 0.2.0
 */
export const ForensicDocument = Schema.Struct({
  schema: JsonHeader.schemaOf("forensic"),
  source: Schema.String,
  environments: Schema.Array(
    Schema.Struct({
      directory: Schema.String,
      uuid: Schema.NullOr(Schema.String),
      name: Schema.NullOr(Schema.String),
      kind: Schema.NullOr(Schema.String),
      isShown: Schema.Boolean,
      chains: Schema.Array(
        Schema.Struct({
          directory: Schema.String,
          isShown: Schema.Boolean,
          items: Schema.Array(
            Schema.Struct({
              directory: Schema.String,
              number: Schema.Int,
              backup: Schema.NullOr(BackupTreeJson.BackupJson),
              isShown: Schema.Boolean,
              marks
            })
          ),
          marks
        })
      ),
      marks
    })
  ),
  marks
})
/**
 * The whole content of a backup directory as a JSON document.
 *
 * @category models
 * @since 0.2.0
 */
export type ForensicDocument = typeof ForensicDocument.Type

/**
 * Creates the document of the whole content of a backup directory; `source` is its path.
 *
 * @category codecs
 * @since 0.2.0
 */
export const forensic = (source: string, { environments, marks }: ForensicTree.ForensicTree): ForensicDocument => ({
  schema: JsonHeader.make("forensic"),
  source,
  environments: environments.map(({ metadata, ...environment }) => ({
    ...environment,
    uuid: metadata?.uuid ?? null,
    name: metadata?.name ?? null,
    kind: metadata === undefined ? null : BackupTree.kindName(metadata),
    chains: environment.chains.map((chain) => ({
      ...chain,
      items: chain.items.map(({ backup, ...item }) => ({
        ...item,
        backup: backup === undefined ? null : BackupTreeJson.encodeBackup(backup, item.number)
      }))
    }))
  })),
  marks
})
