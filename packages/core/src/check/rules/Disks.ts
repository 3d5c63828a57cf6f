/** Rules about the virtual disks of a chain: which they are, and by which keys they are encrypted. */
import type * as BackupTree from "../../tree/BackupTree.ts"
import type { BackupAt } from "../../tree/TreePath.ts"
import type { Rule, Violation } from "../Rule.ts"

type Disks = ReadonlyArray<BackupTree.BackupDisk>

/** Compares the disks of an incremental with those of its head, where both are known. */
const compare =
  (judge: (disks: Disks, headDisks: Disks, at: BackupAt) => ReadonlyArray<Violation>) =>
  (at: BackupAt): ReadonlyArray<Violation> => {
    const { backup, chain: { head } } = at
    return backup._tag === "FullBackup" || backup.disks === undefined || head.disks === undefined
      ? []
      : judge(backup.disks.list, head.disks.list, at)
  }

const printDisk = (disk: BackupTree.BackupDisk | undefined): string =>
  disk === undefined ? "none" : `${JSON.stringify(disk.originalPath)} of ${disk.size} bytes`

const sameDisks: Rule = {
  id: "I29",
  name: "a chain has the same disks throughout",
  statement: "The disks of an incremental are those of its head: as many, of the same paths and sizes, in their order.",
  severity: "warning",
  scope: "T",
  breaks: "nothing",
  meaning:
    "The disks were changed while the chain went on. A new full backup should have been made; whether this backup "
    + "restores is not known.",
  advice: "Make a full backup of this environment, and try a restore before you rely on the chain.",
  source: "SEMANTICS 4.4 and 4.1, CT:160-172",
  check: () => ({
    backup: compare((disks, headDisks, { backup, place }) => {
      const isSame = (disk: BackupTree.BackupDisk | undefined, index: number): boolean =>
        disk?.originalPath === headDisks[index]?.originalPath && disk?.size === headDisks[index]?.size
      const longest = disks.length >= headDisks.length ? disks : headDisks
      const index = longest.findIndex((_, position) => !isSame(disks[position], position))
      return index === -1 ? [] : [{
        place,
        message: `disk ${index + 1} of backup ${backup.id} is ${printDisk(disks[index])}, and that of its full backup `
          + printDisk(headDisks[index])
      }]
    })
  })
}

const isAlike = (disk: BackupTree.BackupDisk, head: BackupTree.BackupDisk | undefined): boolean =>
  disk.originalPath === head?.originalPath && disk.encryption.keyId === head.encryption.keyId

/** Gives each disk a name of its own: its path, and how often that path has stood before. */
const byPath = (disks: ReadonlyArray<BackupTree.BackupDisk>): ReadonlyMap<string, BackupTree.BackupDisk> =>
  new Map(
    [...Map.groupBy(disks, ({ originalPath }) => originalPath)].flatMap(([path, group]) =>
      group.map((disk, index) => [`${index} ${path}`, disk] as const)
    )
  )

const sameKeys: Rule = {
  id: "I32",
  name: "a chain has the same keys throughout",
  statement: "A disk has the same encryption key in an incremental as in its head.",
  severity: "warning",
  scope: "T",
  breaks: "nothing",
  meaning: "A restore of this backup needs two keys: the one that the disk has now, and the one that it had before.",
  advice: "Keep the old key as long as the chain, or make a full backup.",
  source: "SEMANTICS 4.4, INF:2290",
  check: () => ({
    backup: compare((disks, headDisks, { backup, place }) => {
      // Most chains have nothing to pair: their disks are the same, in the same order.
      if (disks.every((disk, index) => isAlike(disk, headDisks[index]))) return []
      const before = byPath(headDisks)
      return [...byPath(disks)].flatMap(([path, disk]) => {
        const head = before.get(path)
        return head === undefined || head.encryption.keyId === disk.encryption.keyId ? [] : [{
          place,
          message: `disk ${JSON.stringify(disk.originalPath)} of backup ${backup.id} has the key ${
            JSON.stringify(disk.encryption.keyId)
          }, and that of its full backup ${JSON.stringify(head.encryption.keyId)}`
        }]
      })
    })
  })
}

/** The rules about disks, in the order of their ids. */
export const diskRules: ReadonlyArray<Rule> = [sameDisks, sameKeys]
