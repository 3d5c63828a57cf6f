/** Rules about chains and backups of earlier listings that are missing now. */
import * as Uuid from "../../sdk/Uuid.ts"
import { timeText } from "../../text/TimeText.ts"
import * as BackupDate from "../../tree/BackupDate.ts"
import type * as BackupTree from "../../tree/BackupTree.ts"
import { environmentsOf, type Place } from "../../tree/TreePath.ts"
import type { Baseline, MissingBackup } from "../Baseline.ts"
import { ruleText } from "../internal/define.ts"
import type { Found } from "../internal/found.ts"

const possiblyLocked = ruleText({
  id: "possibly-locked",
  name: "no chain disappears",
  statement: "Every chain of the previous listing is in this one.",
  severity: "warning",
  breaks: "nothing",
  meaning: "The chain was removed, or the server hides it while it removes or merges backups in it.",
  advice: "Check again when no backup is being removed.",
  source: "SEMANTICS 4.2",
  needs: ["baseline"]
})

const removedBackups = ruleText({
  id: "removed-backups",
  name: "old backups are still listed",
  statement: "No chain is removed or loses its last backups.",
  severity: "info",
  breaks: "nothing",
  meaning: "Old backups were removed, for example by retention, or can no longer be read. They cannot be restored.",
  advice: "If neither a user nor the server's retention removed them, check the backup store on the server.",
  source: "SEMANTICS 4.2 and 4.3",
  needs: ["baseline"]
})

const lostNewestBackup = ruleText({
  id: "lost-newest-backup",
  name: "the newest backup of a machine is still listed",
  statement: "The newest backup of a machine is no older than at an earlier check.",
  severity: "warning",
  breaks: "nothing",
  meaning:
    "A restore brings back an older state than before: the newest backup was removed, is in use by a writer, or can "
    + "no longer be read.",
  advice: "If it was removed on purpose, run backup-tree check --state FILE --forget NAME. If not, check the backup "
    + "store: a backup with damaged metadata is not listed, although its data may still be there.",
  source: "SEMANTICS 4.2 and 4.3",
  needs: ["baseline"]
})

/** The rules about missing chains and backups. */
export const missingRules = [possiblyLocked, removedBackups, lostNewestBackup]

/** Returns the chains and backups missing since the baseline, each at its environment. */
export const findMissing = function*(baseline: Baseline, tree: BackupTree.BackupTree): Generator<Found> {
  if (baseline.missing.length === 0) return
  const environments = new Map(environmentsOf(tree).map((at) => [Uuid.key(at.environment.uuid), at]))
  const chainsOf = new Map<BackupTree.VirtualEnvironment, ReadonlySet<string>>()
  for (const missing of baseline.missing) {
    const at = environments.get(Uuid.key(missing.environment))
    // A missing environment is a separate finding.
    if (at === undefined) continue
    const { environment, place } = at
    const chains = chainsOf.get(environment) ?? new Set(environment.chains.map(({ uuid }) => Uuid.key(uuid)))
    chainsOf.set(environment, chains)
    yield found(missing, chains.has(Uuid.key(missing.chain)), place)
  }
}

/**
 * Counts the unexpectedly missing chains of earlier listings: those with the newest backup of their machine, and those
 * that the previous check still listed. Retention removes old chains.
 */
export const countMissingChains = (baseline: Baseline, tree: BackupTree.BackupTree): number => {
  if (baseline.missing.length === 0) return 0
  const listed = new Set(tree.environments.flatMap(({ chains }) => chains.map(({ uuid }) => Uuid.key(uuid))))
  const missing = baseline.missing.filter(({ chain, checks, wasNewest }) =>
    (checks === 1 || wasNewest) && !listed.has(Uuid.key(chain))
  )
  return new Set(missing.map(({ chain }) => Uuid.key(chain))).size
}

const found = (missing: MissingBackup, hasChain: boolean, place: Place): Found => {
  const { backup, chain, checks, dateTime, environment, name, since, wasNewest } = missing
  const isHidden = !hasChain && checks === 1
  const at = BackupDate.parse(dateTime)
  const last = `${backup}${at === undefined ? "" : ` (${timeText(at)})`}`
  const what = hasChain ? `backup ${last}` : `chain ${chain} with backup ${last}`
  return {
    rule: isHidden ? possiblyLocked : wasNewest ? lostNewestBackup : removedBackups,
    violation: {
      // Retention removes old chains every few days; that must not raise an alarm.
      severity: wasNewest ? "warning" : "info",
      place,
      subject: { environment, name, chain, backup: hasChain ? backup : undefined },
      message: isHidden
        ? `${what}${
          wasNewest ? ", the newest," : ""
        } was present at the previous check and is now missing; it may be locked`
        : `${what}${wasNewest ? ", then the newest," : ""} has been missing since the check of ${timeText(since)}`
    }
  }
}
