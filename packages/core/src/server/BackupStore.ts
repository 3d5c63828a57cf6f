/**
 * A backup directory of a server, reduced to the facts on which the server's responses depend.
 *
 * @see [Semantics 3.2](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s3-2)
 * @since 0.2.0
 */
import type * as Data from "effect/Data"
import * as BackupTree from "../tree/BackupTree.ts"

/**
 * The content of an item's directory: a full backup (`Head`), an incremental (`Link`), or files that cannot be read.
 *
 * @category models
 * @since 0.2.0
 */
export type StoredContent = Data.TaggedEnum<{
  Head: { readonly uuid: string; readonly lastNumber: number; readonly backup: BackupTree.FullBackup }
  Link: { readonly backup: BackupTree.IncrementalBackup }
  Damaged: {}
}>

/**
 * An item of a chain. `number` is the number of its directory, which may differ from the one in its metadata.
 *
 * @category models
 * @since 0.2.0
 */
export interface StoredItem {
  readonly number: number
  readonly content: StoredContent
}

/**
 * A chain in a store. It is locked while a writer uses it, and may be unreadable if it belongs to another user.
 *
 * @category models
 * @since 0.2.0
 */
export interface StoredChain {
  readonly directory: string
  readonly items: ReadonlyArray<StoredItem>
  readonly locked: boolean
  readonly readable: boolean
}

/**
 * An environment in a store. Without readable metadata it is hidden: present on disk, but not listed by the server.
 *
 * @category models
 * @since 0.2.0
 */
export interface StoredEnvironment {
  readonly directory: string
  readonly metadata: Omit<BackupTree.VirtualEnvironment, "chains"> | undefined
  readonly chains: ReadonlyArray<StoredChain>
}

/**
 * The content of a backup directory, listed by a server or not.
 *
 * @category models
 * @since 0.2.0
 */
export interface BackupStore {
  readonly environments: ReadonlyArray<StoredEnvironment>
}

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
  environments: tree.environments.map((environment) => ({
    directory: environment.uuid,
    metadata: environment,
    chains: environment.chains.map((chain) => ({
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
