/** What a single fault is, and the edits of trees that faults are made of. */
import * as NextBackup from "@backup-tree/core/server/NextBackup"
import * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as TreePath from "@backup-tree/core/tree/TreePath"

/** Another rule that a fault breaks by its nature, and why it cannot be otherwise. */
export interface Companion {
  readonly rule: string
  readonly why: string
}

/**
 * One fault: the rule that it breaks, what it does, and the rules that break with it.
 *
 * `apply` chooses a place by number; a tree that has no place for the fault gives `undefined`. On a healthy tree it adds
 * findings of `rule` and of each companion, and of no other rule.
 */
export interface Mutation {
  readonly rule: string
  readonly change: string
  readonly companions: ReadonlyArray<Companion>
  readonly apply: (tree: BackupTree.BackupTree, choice: number) => BackupTree.BackupTree | undefined
}

/** Chooses a value by number; of nothing it chooses nothing. */
export const at = <A>(values: ReadonlyArray<A>, choice: number): A | undefined =>
  values[choice % Math.max(values.length, 1)]

/** Chooses another value than {@link at} does, by the same number. */
export const another = <A>(values: ReadonlyArray<A>, choice: number): A | undefined => {
  const others = values.toSpliced(choice % Math.max(values.length, 1), 1)
  return at(others, Math.floor(choice / Math.max(values.length, 1)))
}

type EnvironmentEdit = (environment: BackupTree.VirtualEnvironment) => BackupTree.VirtualEnvironment
type ChainEdit = (chain: BackupTree.BackupChain) => BackupTree.BackupChain

/** Changes an environment. */
export const editEnvironment = (
  tree: BackupTree.BackupTree,
  place: { readonly environment: number },
  edit: EnvironmentEdit
): BackupTree.BackupTree => ({
  ...tree,
  environments: tree.environments.map((environment, e) => e === place.environment ? edit(environment) : environment)
})

/** Changes a chain. */
export const editChain = (
  tree: BackupTree.BackupTree,
  place: { readonly environment: number; readonly chain: number },
  edit: ChainEdit
): BackupTree.BackupTree =>
  editEnvironment(tree, place, (environment) => ({
    ...environment,
    chains: environment.chains.map((chain, c) => c === place.chain ? edit(chain) : chain)
  }))

/** Changes an incremental. */
export const editLink = (
  tree: BackupTree.BackupTree,
  place: { readonly environment: number; readonly chain: number; readonly backup: number },
  edit: (link: BackupTree.IncrementalBackup) => BackupTree.IncrementalBackup
): BackupTree.BackupTree =>
  editChain(tree, place, (chain) => ({
    ...chain,
    incrementals: chain.incrementals.map((link, l) => l === place.backup - 1 ? edit(link) : link)
  }))

/** Changes a backup of either kind; `edit` leaves its kind alone. */
export const editBackup = (
  tree: BackupTree.BackupTree,
  place: { readonly environment: number; readonly chain: number; readonly backup: number },
  edit: <B extends BackupTree.Backup>(backup: B) => B
): BackupTree.BackupTree =>
  place.backup === 0
    ? editChain(tree, place, (chain) => ({ ...chain, head: edit(chain.head) }))
    : editLink(tree, place, edit)

/** An incremental, its chain, its environment, and its place. */
export interface LinkAt extends TreePath.BackupAt {
  readonly backup: BackupTree.IncrementalBackup
}

/** Returns every incremental of a tree with its place. */
export const linksOf = (tree: BackupTree.BackupTree): ReadonlyArray<LinkAt> =>
  TreePath.backupsOf(tree).flatMap((at) => {
    const { backup } = at
    return backup._tag === "IncrementalBackup" ? [{ ...at, backup }] : []
  })

/** Returns the numbers of a chain, in its order; a head's that cannot be known is 1. */
export const numbersOf = (chain: BackupTree.BackupChain): ReadonlyArray<number> =>
  BackupTree.backups(chain).map((backup) => BackupTree.number(chain, backup) ?? 1)

/** Tells whether no number is missing between two of a chain. */
export const isContiguous = (chain: BackupTree.BackupChain): boolean =>
  numbersOf(chain).every((number, index, numbers) => index === 0 || number === numbers[index - 1]! + 1)

/** Tells whether a text is the same in every backup of a chain. */
export const isUniformOf = (chain: BackupTree.BackupChain, text: (backup: BackupTree.Backup) => string): boolean =>
  new Set(BackupTree.backups(chain).map(text)).size === 1

/** Tells whether a chain has nothing in it that is worth a note: no gap, one host, one creator. */
export const isPlain = (chain: BackupTree.BackupChain): boolean =>
  isContiguous(chain) && isUniformOf(chain, ({ host }) => host) && isUniformOf(chain, ({ creator }) => creator)

/** Tells whether a chain is of a version whose images are named after the disks. */
export const isCurrent = ({ chain, environment }: TreePath.ChainAt | TreePath.BackupAt): boolean =>
  BackupTree.chainVersion(environment, chain) >= 4

/** Tells whether a chain is the one that a server would extend. */
export const isNewest = ({ chain, environment }: TreePath.ChainAt): boolean =>
  NextBackup.newestChain(environment) === chain

/** Makes a fault. */
export const mutation = (
  rule: string,
  change: string,
  apply: Mutation["apply"],
  ...companions: ReadonlyArray<Companion>
): Mutation => ({ rule, change, companions, apply })
