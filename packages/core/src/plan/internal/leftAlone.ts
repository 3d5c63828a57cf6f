/** The chains from which a retention plan removes nothing. */
import type { BackupCatalog } from "../../check/BackupCatalog.ts"
import * as BackupTree from "../../tree/BackupTree.ts"
import { idWarning } from "./doubts.ts"
import { imageFaultsOf } from "./imageErrors.ts"
import { isProven } from "./lookup.ts"

/** Returns for a chain why a plan leaves it alone, or `undefined` if its backups count. */
export const leftAloneReasons = (
  catalog: BackupCatalog
): (chain: BackupTree.BackupChain) => "broken" | "images-broken" | "dead-id" | undefined => {
  const faults = imageFaultsOf(catalog.listing)
  const known = new Map<BackupTree.BackupChain, "broken" | "images-broken" | "dead-id" | undefined>()
  const find = (chain: BackupTree.BackupChain) => {
    if (!isProven(catalog, chain)) return "broken"
    const backups = BackupTree.backups(chain)
    if (faults.size > 0 && backups.some((backup) => faults.has(backup))) return "images-broken"
    // A removal by such an id fails, and so does a restore.
    return backups.some((backup) => idWarning(chain, backup).length > 0) ? "dead-id" : undefined
  }
  return (chain) => {
    if (!known.has(chain)) known.set(chain, find(chain))
    return known.get(chain)
  }
}
