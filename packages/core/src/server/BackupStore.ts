/**
 * A backup directory of a server, reduced to the facts on which the server's responses depend.
 *
 * @see [Semantics 3.2](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s3-2)
 * @since 0.2.0
 */
import * as Schema from "effect/Schema"
import * as BackupTree from "../tree/BackupTree.ts"

/**
 * Schema of {@link StoredContent}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const StoredContent = Schema.TaggedUnion({
  Head: { uuid: Schema.String, lastNumber: BackupTree.BackupChain.fields.lastNumber, backup: BackupTree.FullBackup },
  Link: { backup: BackupTree.IncrementalBackup },
  Damaged: {}
})
/**
 * The content of an item's directory: a full backup (`Head`), an incremental (`Link`), or files that cannot be read.
 *
 * @category models
 * @since 0.2.0
 */
export type StoredContent = typeof StoredContent.Type

/**
 * Schema of a {@link StoredItem}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const StoredItem = Schema.Struct({ number: Schema.Int, content: StoredContent })
/**
 * An item of a chain. `number` is the number of its directory, which may differ from the one in its metadata.
 *
 * @category models
 * @since 0.2.0
 */
export type StoredItem = typeof StoredItem.Type

/**
 * Schema of a {@link StoredChain}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const StoredChain = Schema.Struct({
  directory: Schema.String,
  items: Schema.Array(StoredItem),
  locked: Schema.Boolean,
  readable: Schema.Boolean
})
/**
 * A chain in a store. It is locked while a writer uses it, and may be unreadable if it belongs to another user.
 *
 * @category models
 * @since 0.2.0
 */
export type StoredChain = typeof StoredChain.Type

const { kept, name, uuid, version, vmType } = BackupTree.VirtualEnvironment.fields

/**
 * Schema of a {@link StoredEnvironment}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const StoredEnvironment = Schema.Struct({
  directory: Schema.String,
  metadata: Schema.UndefinedOr(Schema.Struct({ uuid, name, vmType, version, kept })),
  chains: Schema.Array(StoredChain)
})
/**
 * An environment in a store. Without readable metadata it is hidden: present on disk, but not listed by the server.
 *
 * @category models
 * @since 0.2.0
 */
export type StoredEnvironment = typeof StoredEnvironment.Type

/**
 * Schema of a {@link BackupStore}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const BackupStore = Schema.Struct({ environments: Schema.Array(StoredEnvironment) })
/**
 * The content of a backup directory, listed by a server or not.
 *
 * @category models
 * @since 0.2.0
 */
export type BackupStore = typeof BackupStore.Type

/**
 * Creates the store that a tree describes, with each directory named by its uuid in the tree.
 *
 * The store's complete listing is the tree, if a server can have sent that tree. A full backup of unknown number
 * becomes item 0, which no id names.
 *
 * @category constructors
 * @since 0.2.0
 */
export const fromTree = (tree: BackupTree.BackupTree): BackupStore => ({
  environments: tree.environments.map(({ chains, ...metadata }) => ({
    directory: metadata.uuid,
    metadata,
    chains: chains.map((chain) => ({
      directory: chain.uuid,
      locked: false,
      readable: true,
      items: BackupTree.backups(chain).map((backup) => ({
        number: BackupTree.number(chain, backup) ?? 0,
        content: backup._tag === "FullBackup"
          ? { _tag: "Head", uuid: chain.uuid, lastNumber: chain.lastNumber, backup }
          : { _tag: "Link", backup }
      }))
    }))
  }))
})
