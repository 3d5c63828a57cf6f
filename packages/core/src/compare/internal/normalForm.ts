/** The order in which trees are compared. */
import * as BackupId from "../../sdk/BackupId.ts"
import { byDate, byName } from "../../server/ServerOrder.ts"
import type * as BackupTree from "../../tree/BackupTree.ts"
import { uuidKey } from "./pairing.ts"

/** Sorts a tree. Parts with the same id keep their order. */
export const sorted = (tree: BackupTree.BackupTree): BackupTree.BackupTree => ({
  ...tree,
  environments: byName(tree.environments, uuidKey).map((environment) => ({
    ...environment,
    chains: byDate(byName(environment.chains, uuidKey), (chain) => chain).map((chain) => ({
      ...chain,
      incrementals: byNumber(chain.incrementals)
    }))
  }))
})

const byNumber = (
  incrementals: ReadonlyArray<BackupTree.IncrementalBackup>
): ReadonlyArray<BackupTree.IncrementalBackup> =>
  incrementals
    .map((backup) => ({ backup, key: BackupId.key(backup.id) }))
    .toSorted((a, b) => a.backup.number - b.backup.number || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ backup }) => backup)
