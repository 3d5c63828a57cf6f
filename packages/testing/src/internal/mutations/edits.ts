/** Edits of one place in a tree. */
import type * as BackupTree from "@backup-tree/core/tree/BackupTree"

type EnvironmentEdit = (environment: BackupTree.VirtualEnvironment) => BackupTree.VirtualEnvironment
type ChainEdit = (chain: BackupTree.BackupChain) => BackupTree.BackupChain

/** Edits an environment. */
export const editEnvironment = (
  tree: BackupTree.BackupTree,
  place: { readonly environment: number },
  edit: EnvironmentEdit
): BackupTree.BackupTree => ({
  ...tree,
  environments: tree.environments.map((environment, e) => e === place.environment ? edit(environment) : environment)
})

/** Edits a chain. */
export const editChain = (
  tree: BackupTree.BackupTree,
  place: { readonly environment: number; readonly chain: number },
  edit: ChainEdit
): BackupTree.BackupTree =>
  editEnvironment(tree, place, (environment) => ({
    ...environment,
    chains: environment.chains.map((chain, c) => c === place.chain ? edit(chain) : chain)
  }))

/** Edits an incremental. */
export const editIncremental = (
  tree: BackupTree.BackupTree,
  place: { readonly environment: number; readonly chain: number; readonly backup: number },
  edit: (incremental: BackupTree.IncrementalBackup) => BackupTree.IncrementalBackup
): BackupTree.BackupTree =>
  editChain(tree, place, (chain) => ({
    ...chain,
    incrementals: chain.incrementals.map((incremental, i) => i === place.backup - 1 ? edit(incremental) : incremental)
  }))

/** Edits a full backup or an incremental, and leaves its kind as it is. */
export const editBackup = (
  tree: BackupTree.BackupTree,
  place: { readonly environment: number; readonly chain: number; readonly backup: number },
  edit: <B extends BackupTree.Backup>(backup: B) => B
): BackupTree.BackupTree =>
  place.backup === 0
    ? editChain(tree, place, (chain) => ({ ...chain, head: edit(chain.head) }))
    : editIncremental(tree, place, edit)
