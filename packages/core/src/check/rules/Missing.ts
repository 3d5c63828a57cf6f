/** Rules about what earlier listings had: the first check that lacks a chain; a later one that lacks backups. */
import * as Uuid from "../../sdk/Uuid.ts"
import { timeText } from "../../text/TimeText.ts"
import * as BackupDate from "../../tree/BackupDate.ts"
import type * as BackupTree from "../../tree/BackupTree.ts"
import { environmentsOf, type Place } from "../../tree/TreePath.ts"
import type { Baseline, MissingBackup } from "../Baseline.ts"
import type { Found } from "../internal/found.ts"
import type { RuleText } from "../Rule.ts"

const possiblyLocked: RuleText = {
  id: "possibly-locked",
  name: "a chain that was there is there",
  statement: "A chain of the last listing is in this one.",
  severity: "warning",
  breaks: "nothing",
  meaning: "A server hides a chain while it removes or merges backups in it; or the chain has been removed.",
  advice: "Check again when no backup is being removed.",
  source: "SEMANTICS 4.2",
  needs: ["baseline"]
}

const removedBackups: RuleText = {
  id: "removed-backups",
  name: "old backups stay",
  statement: "No chain loses its last backups, and none is removed.",
  severity: "info",
  breaks: "nothing",
  meaning: "Old backups have been removed, as retention does, or can no longer be read: they cannot be restored.",
  advice: "If neither a person nor the retention of the server removed them, look at the backup store on the server.",
  source: "SEMANTICS 4.2 and 4.3",
  needs: ["baseline"]
}

const lostNewestBackup: RuleText = {
  id: "lost-newest-backup",
  name: "the newest backup of a machine stays",
  statement: "The newest backup of a machine is not older than it was at an earlier check.",
  severity: "warning",
  breaks: "nothing",
  meaning: "A restore brings back an older state than it would have: the newest backup has been removed, is still in "
    + "use by a writer, or can no longer be read.",
  advice: "If it was removed on purpose, say so (backup-tree check --state FILE --forget NAME). If not, look at the "
    + "backup store: a backup whose description is damaged is not listed, although its data may be there.",
  source: "SEMANTICS 4.2 and 4.3",
  needs: ["baseline"]
}

/** The rules about what is missing. */
export const missingRules: ReadonlyArray<RuleText> = [possiblyLocked, removedBackups, lostNewestBackup]

/** Returns what is missing of the environments of a tree, each at its environment. */
export const findMissing = (baseline: Baseline, tree: BackupTree.BackupTree): ReadonlyArray<Found> => {
  const environments = new Map(
    environmentsOf(tree).map(({ environment, place }) => [Uuid.key(environment.uuid), { environment, place }])
  )
  return baseline.missing.flatMap((missing) => {
    const at = environments.get(Uuid.key(missing.environment))
    // An environment that is gone as a whole is a finding of its own.
    if (at === undefined) return []
    const hasChain = at.environment.chains.some(({ uuid }) => Uuid.equals(uuid, missing.chain))
    return [found(missing, hasChain, at.place)]
  })
}

const found = (missing: MissingBackup, hasChain: boolean, place: Place): Found => {
  const { backup, chain, checks, dateTime, environment, name, since, wasNewest } = missing
  const isHidden = !hasChain && checks === 1
  const at = BackupDate.parse(dateTime)
  const last = `${backup}${at === undefined ? "" : ` of ${timeText(at)}`}`
  const what = hasChain ? `backup ${last}` : `chain ${chain} with backup ${last}`
  return {
    rule: isHidden ? possiblyLocked : wasNewest ? lostNewestBackup : removedBackups,
    violation: {
      // Retention removes old chains every few days, and nobody is to be woken by that.
      severity: wasNewest ? "warning" : "info",
      place,
      subject: { environment, name, chain, backup: hasChain ? backup : undefined },
      message: isHidden
        ? `${what}${wasNewest ? ", the newest," : ""} was there at the last check and is missing now: possibly locked`
        : `${what}${wasNewest ? ", then the newest," : ""} is missing since the check of ${timeText(since)}`
    }
  }
}
