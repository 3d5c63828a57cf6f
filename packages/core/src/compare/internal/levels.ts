/** The levels of a tree: how the parts of each are identified, and in which order they are compared. */
import * as BackupId from "../../sdk/BackupId.ts"
import * as Uuid from "../../sdk/Uuid.ts"
import { byDate, byName } from "../../server/ServerOrder.ts"
import type * as BackupTree from "../../tree/BackupTree.ts"

/** A level of a tree. */
export interface Level<A> {
  /** Returns the text that all spellings of the id of a part share. */
  readonly keyOf: (part: A) => string
  /** Sorts parts as a server does. Parts with the same id and the same rank keep their order. */
  readonly sort: (parts: ReadonlyArray<A>) => ReadonlyArray<A>
}

const uuidKey = ({ uuid }: { readonly uuid: string }): string => Uuid.key(uuid)

const idKey = ({ id }: BackupTree.Backup): string => BackupId.key(id)

export const environmentLevel: Level<BackupTree.VirtualEnvironment> = {
  keyOf: uuidKey,
  sort: (environments) => byName(environments, uuidKey)
}

export const chainLevel: Level<BackupTree.BackupChain> = {
  keyOf: uuidKey,
  sort: (chains) => byDate(byName(chains, uuidKey), (chain) => chain)
}

/** The backups of a chain. The first one is the full backup. */
export const backupLevel: Level<BackupTree.Backup> = {
  keyOf: idKey,
  sort: (backups) => [...backups.slice(0, 1), ...byNumber(backups.slice(1))]
}

const numberOf = (backup: BackupTree.Backup): number => backup._tag === "IncrementalBackup" ? backup.number : 1

const byNumber = <A extends BackupTree.Backup>(backups: ReadonlyArray<A>): ReadonlyArray<A> =>
  backups
    .map((backup) => ({ backup, key: idKey(backup), number: numberOf(backup) }))
    .toSorted((a, b) => a.number - b.number || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ backup }) => backup)

/** Sorts all levels of a tree. */
export const sortTree = (tree: BackupTree.BackupTree): BackupTree.BackupTree => ({
  ...tree,
  environments: environmentLevel.sort(tree.environments).map((environment) => ({
    ...environment,
    chains: chainLevel.sort(environment.chains).map((chain) => ({
      ...chain,
      incrementals: byNumber(chain.incrementals)
    }))
  }))
})
