/** Rules about the contents of environments and backups: letters, flags, sizes, kinds. */
import * as BackupFlags from "../../sdk/BackupFlags.ts"
import type * as BackupTree from "../../tree/BackupTree.ts"
import { printPlace } from "../../tree/TreePath.ts"
import { rule } from "../internal/define.ts"
import { quoted } from "../internal/quoted.ts"

const lettersOf: { readonly [Tag in BackupTree.Backup["_tag"]]: readonly [string, ...ReadonlyArray<string>] } = {
  FullBackup: ["f"],
  IncrementalBackup: ["i", "d"]
}

const letters = rule({
  id: "I17",
  name: "type letters match their backups",
  statement: "A full backup has type f; an incremental has type i, or d in old data.",
  severity: "warning",
  scope: "T",
  breaks: "nothing",
  meaning: "No effect on restores: Virtuozzo goes by the position of the element, not by its letter.",
  advice:
    "Check which program produced this listing. A server corrects the letters when it loads its files, and a reader "
    + "of those files must do the same.",
  source: "SEMANTICS 4.4 and 1.5",
  yieldsTo: ["bad-letter", "missing-required"],
  check: () => ({
    backup: ({ backup, place }) =>
      lettersOf[backup._tag].includes(backup.type) ? [] : [{
        place,
        path: `${printPlace(place)}/Type`,
        message: `backup ${backup.id} has type ${quoted(backup.type)}; expected ${quoted(lettersOf[backup._tag][0])}`
      }]
  })
})

const creationFlags = rule({
  id: "I18",
  name: "flags match the type of backup",
  statement: "A full backup has the flag PBT_FULL, an incremental has PBT_INCREMENTAL, or there are no flags.",
  severity: "info",
  scope: "T",
  breaks: "nothing",
  meaning: "No effect on restores, which ignore these flags.",
  advice: "No action needed. If other values of this backup are unusual too, its .metadata was edited.",
  source: "SEMANTICS 4.4 and 1.10",
  check: () => ({
    backup: ({ backup, place }) => {
      const flag = backup._tag === "FullBackup" ? "PBT_FULL" : "PBT_INCREMENTAL"
      return backup.flags === BackupFlags.none || BackupFlags.has(backup.flags, flag) ? [] : [{
        place,
        message: `backup ${backup.id} has the flags ${BackupFlags.print(backup.flags)}, but not ${flag}`
      }]
    }
  })
})

const positiveSizes = rule({
  id: "I19",
  name: "every backup has a size",
  statement: "The size of a backup is greater than 0.",
  severity: "warning",
  scope: "T",
  breaks: "nothing",
  meaning: "The server could not measure this backup, or a merge failed halfway. Its images may be incomplete.",
  advice: "Check the images of this backup in the chain directory, and test a restore before you rely on it.",
  source: "SEMANTICS 4.4",
  yieldsTo: ["junk-number", "missing-required"],
  check: () => ({
    backup: ({ backup, place }) =>
      backup.size > 0n ? [] : [{
        place,
        path: `${printPlace(place)}/Size`,
        message: `backup ${backup.id} has size 0`
      }]
  })
})

const maxSize = 2n ** 60n
const maxSum = 2n ** 64n - 1n

const believableSizes = rule({
  id: "I20",
  name: "sizes are plausible",
  statement: "No backup is larger than 2^60 bytes, and the total fits in 64 bits.",
  severity: "warning",
  scope: "T",
  breaks: "nothing",
  meaning: "No effect on restores, which ignore the size. Totals of sizes are wrong.",
  advice: "Check Size in the backup's .metadata: the number is corrupt.",
  source: "SEMANTICS 4.4 and 1.13",
  check: () => {
    let sum = 0n
    return {
      backup: ({ backup, place }) => {
        sum += backup.size
        return backup.size <= maxSize ? [] : [{
          place,
          path: `${printPlace(place)}/Size`,
          message: `backup ${backup.id} has a size of ${backup.size} bytes`
        }]
      },
      end: () => sum <= maxSum ? [] : [{ place: {}, message: `the backups have a total size of ${sum} bytes` }]
    }
  }
})

const knownKinds = rule({
  id: "I27",
  name: "environment kinds are known",
  statement: "The kind of an environment is 0, 1, 2 or 3.",
  severity: "error",
  scope: "T",
  breaks: "chain",
  meaning: "This program does not know this kind of environment and cannot judge whether its backups can be restored.",
  advice: "Check for a newer version of this program, and check the version of the server.",
  source: "SEMANTICS 4.4 and 1.2",
  check: () => ({
    environment: ({ environment, place }) =>
      environment.vmType <= 3
        ? []
        : [{ place, message: `the environment has the unknown VmType ${environment.vmType}` }]
  })
})

const emptyEnvironments = rule({
  id: "I28",
  name: "every environment has a backup",
  statement: "Every environment in the listing has a chain.",
  severity: "warning",
  scope: "T",
  breaks: "nothing",
  meaning: "This environment cannot be restored from here.",
  advice: "Check which program produced this listing: a server leaves out an environment without a readable chain.",
  source: "SEMANTICS 4.4",
  check: () => ({
    environment: ({ environment, place }) =>
      environment.chains.length > 0 ? [] : [{ place, message: "the environment has no backup" }]
  })
})

/** The rules about contents, in the order of their ids. */
export const contentRules = [
  letters,
  creationFlags,
  positiveSizes,
  believableSizes,
  knownKinds,
  emptyEnvironments
]
