/** Rules about what environments and backups consist of: letters, flags, sizes, kinds. */
import * as BackupFlags from "../../sdk/BackupFlags.ts"
import type * as BackupTree from "../../tree/BackupTree.ts"
import { printPlace } from "../../tree/TreePath.ts"
import type { Rule } from "../Rule.ts"

const lettersOf: { readonly [Tag in BackupTree.Backup["_tag"]]: ReadonlyArray<string> } = {
  FullBackup: ["f"],
  IncrementalBackup: ["i", "d"]
}

const letters: Rule = {
  id: "I17",
  name: "letters fit their backups",
  statement: "A full backup has type f, an incremental i, or d in old data.",
  severity: "warning",
  scope: "T",
  breaks: "nothing",
  meaning: "Nothing for a restore: the product goes by the place of the item, not by its letter.",
  advice:
    "Ask what produced this listing: a server forces the letters when it loads them, and so must a reader of its files.",
  source: "SEMANTICS 4.4 and 1.5, INF:2218",
  yieldsTo: ["bad-letter", "missing-required"],
  check: () => ({
    backup: ({ backup, place }) =>
      lettersOf[backup._tag].includes(backup.type) ? [] : [{
        place,
        path: `${printPlace(place)}/Type`,
        message: `backup ${backup.id} has type ${JSON.stringify(backup.type)}, where ${
          JSON.stringify(lettersOf[backup._tag][0])
        } belongs`
      }]
  })
}

const creationFlags: Rule = {
  id: "I18",
  name: "flags say how a backup was made",
  statement: "The flags of a full backup have PBT_FULL, those of an incremental PBT_INCREMENTAL, or there are none.",
  severity: "info",
  scope: "T",
  breaks: "nothing",
  meaning: "Nothing for a restore, which does not look at them.",
  advice: "Nothing to do, unless other things about this backup are odd too: then somebody edited its .metadata.",
  source: "SEMANTICS 4.4 and 1.10, CT:174-176",
  check: () => ({
    backup: ({ backup, place }) => {
      const flag = backup._tag === "FullBackup" ? "PBT_FULL" : "PBT_INCREMENTAL"
      return backup.flags === BackupFlags.none || BackupFlags.has(backup.flags, flag) ? [] : [{
        place,
        message: `the flags of backup ${backup.id} are ${BackupFlags.print(backup.flags)}, without ${flag}`
      }]
    }
  })
}

const positiveSizes: Rule = {
  id: "I19",
  name: "every backup has a size",
  statement: "The size of a backup is greater than 0.",
  severity: "warning",
  scope: "T",
  breaks: "nothing",
  meaning:
    "The server could not measure this backup, or a merge failed half-way: whether its images are whole is not known.",
  advice: "Look at the images of this backup in the chain directory, and try a restore before you rely on it.",
  source: "SEMANTICS 4.4, RM:287-294",
  yieldsTo: ["junk-number", "missing-required"],
  check: () => ({
    backup: ({ backup, place }) =>
      backup.size > 0n ? [] : [{
        place,
        path: `${printPlace(place)}/Size`,
        message: `the size of backup ${backup.id} is 0`
      }]
  })
}

const maxSize = 2n ** 60n
const maxSum = 2n ** 64n - 1n

const believableSizes: Rule = {
  id: "I20",
  name: "sizes can be believed",
  statement: "No backup is larger than 2^60 bytes, and all of them together fit 64 bits.",
  severity: "warning",
  scope: "T",
  breaks: "nothing",
  meaning: "Nothing for a restore, which does not look at it; sums of sizes are worth nothing.",
  advice: "Look at the Size in the item's .metadata: the number was corrupted.",
  source: "SEMANTICS 4.4 and 1.13",
  check: () => {
    let sum = 0n
    return {
      backup: ({ backup, place }) => {
        sum += backup.size
        return backup.size <= maxSize ? [] : [{
          place,
          path: `${printPlace(place)}/Size`,
          message: `the size of backup ${backup.id} is ${backup.size} bytes`
        }]
      },
      end: () => sum <= maxSum ? [] : [{ place: {}, message: `all backups together take ${sum} bytes` }]
    }
  }
}

const knownKinds: Rule = {
  id: "I27",
  name: "the kind of an environment is known",
  statement: "The kind of an environment is 0, 1, 2 or 3.",
  severity: "error",
  scope: "T",
  breaks: "chain",
  meaning: "This kind of environment came after this program: whether its backups restore cannot be judged.",
  advice: "Look for a newer version of this program, and check the server's version.",
  source: "SEMANTICS 4.4 and 1.2",
  check: () => ({
    environment: ({ environment, place }) =>
      environment.vmType <= 3 ? [] : [{ place, message: `VmType is ${environment.vmType}` }]
  })
}

const emptyEnvironments: Rule = {
  id: "I28",
  name: "every environment has a backup",
  statement: "No environment is listed without a chain.",
  severity: "warning",
  scope: "T",
  breaks: "nothing",
  meaning: "Nothing of this environment can be restored from here.",
  advice: "Ask what produced this listing: a server leaves out an environment without a readable chain.",
  source: "SEMANTICS 4.4, GBT:322-325",
  check: () => ({
    environment: ({ environment, place }) =>
      environment.chains.length > 0 ? [] : [{ place, message: "the environment is listed without a backup" }]
  })
}

/** The rules about contents, in the order of their ids. */
export const contentRules: ReadonlyArray<Rule> = [
  letters,
  creationFlags,
  positiveSizes,
  believableSizes,
  knownKinds,
  emptyEnvironments
]
