/** The places of a tree where a mutation applies. */
import * as NextBackup from "@backup-tree/core/server/NextBackup"
import * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as ChainVersion from "@backup-tree/core/tree/ChainVersion"
import * as TreePath from "@backup-tree/core/tree/TreePath"

/** Selects an element by number; `undefined` for an empty array. */
export const at = <A>(values: ReadonlyArray<A>, choice: number): A | undefined =>
  values[choice % Math.max(values.length, 1)]

/** Selects another element than {@link at} does for the same number. */
export const another = <A>(values: ReadonlyArray<A>, choice: number): A | undefined => {
  const others = values.toSpliced(choice % Math.max(values.length, 1), 1)
  return at(others, Math.floor(choice / Math.max(values.length, 1)))
}

/** An incremental, its chain, its environment, and its place. */
export interface IncrementalAt extends TreePath.BackupAt {
  readonly backup: BackupTree.IncrementalBackup
}

/** Returns every incremental of a tree with its place. */
export const incrementalsOf = (tree: BackupTree.BackupTree): ReadonlyArray<IncrementalAt> =>
  TreePath.backupsOf(tree).flatMap((at) => {
    const { backup } = at
    return backup._tag === "IncrementalBackup" ? [{ ...at, backup }] : []
  })

/** Returns the numbers of a chain, in its order. The number of a head is 1 if unknown. */
export const numbersOf = (chain: BackupTree.BackupChain): ReadonlyArray<number> =>
  BackupTree.backups(chain).map((backup) => BackupTree.number(chain, backup) ?? 1)

/** Tests whether a chain has no gap. */
export const isContiguous = (chain: BackupTree.BackupChain): boolean =>
  numbersOf(chain).every((number, index, numbers) => index === 0 || number === numbers[index - 1]! + 1)

/** Tests whether a text is the same in every backup of a chain. */
export const isUniformOf = (chain: BackupTree.BackupChain, text: (backup: BackupTree.Backup) => string): boolean =>
  new Set(BackupTree.backups(chain).map(text)).size === 1

/** Tests whether no rule has an info about a chain: it has no gap, one host and one creator. */
export const isPlain = (chain: BackupTree.BackupChain): boolean =>
  isContiguous(chain) && isUniformOf(chain, ({ host }) => host) && isUniformOf(chain, ({ creator }) => creator)

/** Tests whether the images of a chain are named after its disks, as in versions from 4 on. */
export const isCurrent = ({ chain, environment }: TreePath.ChainAt | TreePath.BackupAt): boolean =>
  ChainVersion.of(environment, chain) >= 4

/** Tests whether a server would add the next backup to a chain. */
export const isNewest = ({ chain, environment }: TreePath.ChainAt): boolean =>
  NextBackup.newestChain(environment) === chain
