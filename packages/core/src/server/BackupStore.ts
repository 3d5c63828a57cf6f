/**
 * One backup directory of a server, as far as its answers depend on it. Source: SEMANTICS 3.2.
 */
import * as BackupTree from "../tree/BackupTree.ts"

/** What the directory of an item holds: a head, a link, or something that cannot be read. */
export type StoredContent =
  | {
    readonly _tag: "Head"
    readonly uuid: string
    readonly lastNumber: number
    readonly backup: BackupTree.FullBackup
  }
  | { readonly _tag: "Link"; readonly backup: BackupTree.IncrementalBackup }
  | { readonly _tag: "Damaged" }

/** An item of a chain; `number` is that of its directory, which may differ from the one it says. */
export interface StoredItem {
  readonly number: number
  readonly content: StoredContent
}

/** A chain in a store; a chain in use by a writer is locked, one of another user may be unreadable. */
export interface StoredChain {
  readonly directory: string
  readonly items: ReadonlyArray<StoredItem>
  readonly locked: boolean
  readonly readable: boolean
}

/** An environment in a store; without readable metadata it is hidden. */
export interface StoredEnvironment {
  readonly directory: string
  readonly metadata: Omit<BackupTree.VirtualEnvironment, "chains"> | undefined
  readonly chains: ReadonlyArray<StoredChain>
}

/** A backup directory: what it holds, whether a server shows it or not. */
export interface BackupStore {
  readonly environments: ReadonlyArray<StoredEnvironment>
}

/**
 * Makes the store that a tree describes, each directory named by the uuid that the tree says.
 *
 * Its complete listing is the tree, if a server can have sent that. A head whose number cannot be known stands under 0,
 * which no id names.
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
