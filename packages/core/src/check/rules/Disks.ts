/** Rules about the virtual disks of a chain and their encryption keys. */
import type * as BackupTree from "../../tree/BackupTree.ts"
import type { BackupAt } from "../../tree/TreePath.ts"
import { rule } from "../internal/define.ts"
import { quoted } from "../internal/quoted.ts"
import type { PlacedViolation } from "../Rule.ts"

type Disks = ReadonlyArray<BackupTree.BackupDisk>

/** Compares the disks of an incremental with those of its full backup, if both are known. */
const compare =
  (judge: (disks: Disks, headDisks: Disks, at: BackupAt) => Iterable<PlacedViolation>) =>
  (at: BackupAt): Iterable<PlacedViolation> => {
    const { backup, chain: { head } } = at
    return backup._tag === "FullBackup" || backup.disks === undefined || head.disks === undefined
      ? []
      : judge(backup.disks.list, head.disks.list, at)
  }

const printDisk = (disk: BackupTree.BackupDisk | undefined): string =>
  disk === undefined ? "none" : `${quoted(disk.originalPath)} (${disk.size} bytes)`

const sameDisks = rule({
  id: "I29",
  name: "disks stay the same along a chain",
  statement: "An incremental has the same disks as its full backup: the same number, paths, sizes and order.",
  severity: "warning",
  scope: "T",
  breaks: "nothing",
  meaning: "The disks changed, but the server did not start a new full backup. Whether this backup can be restored is "
    + "unknown.",
  advice: "Create a full backup of this environment, and test a restore before you rely on the chain.",
  source: "SEMANTICS 4.4 and 4.1",
  check: () => ({
    backup: compare((disks, headDisks, { backup, place }) => {
      const isSame = (disk: BackupTree.BackupDisk | undefined, index: number): boolean =>
        disk?.originalPath === headDisks[index]?.originalPath && disk?.size === headDisks[index]?.size
      const longest = disks.length >= headDisks.length ? disks : headDisks
      const index = longest.findIndex((_, position) => !isSame(disks[position], position))
      return index === -1 ? [] : [{
        place,
        message: `disk ${index + 1} of backup ${backup.id} is ${printDisk(disks[index])}, but in its full backup it is `
          + printDisk(headDisks[index])
      }]
    })
  })
})

const isAlike = (disk: BackupTree.BackupDisk, head: BackupTree.BackupDisk | undefined): boolean =>
  disk.originalPath === head?.originalPath && disk.encryption.keyId === head.encryption.keyId

/** Indexes disks by a unique name: the path, and how many disks with that path precede it. */
const byPath = (disks: ReadonlyArray<BackupTree.BackupDisk>): ReadonlyMap<string, BackupTree.BackupDisk> =>
  new Map(
    [...Map.groupBy(disks, ({ originalPath }) => originalPath)].flatMap(([path, group]) =>
      group.map((disk, index) => [`${index} ${path}`, disk] as const)
    )
  )

const sameKeys = rule({
  id: "I32",
  name: "encryption keys stay the same along a chain",
  statement: "A disk has the same encryption key in an incremental as in its full backup.",
  severity: "warning",
  scope: "T",
  breaks: "nothing",
  meaning: "A restore of this backup needs two keys: the current key of the disk and the previous one.",
  advice: "Keep the old key as long as the chain, or create a full backup.",
  source: "SEMANTICS 4.4",
  check: () => ({
    // Most chains need no pairing: their disks are the same, in the same order.
    backup: compare((disks, headDisks, at) =>
      disks.every((disk, index) => isAlike(disk, headDisks[index])) ? [] : differentKeys(disks, headDisks, at)
    )
  })
})

const differentKeys = function*(
  disks: Disks,
  headDisks: Disks,
  { backup, place }: BackupAt
): Generator<PlacedViolation> {
  const before = byPath(headDisks)
  for (const [path, disk] of byPath(disks)) {
    const head = before.get(path)
    if (head === undefined || head.encryption.keyId === disk.encryption.keyId) continue
    yield {
      place,
      message: `disk ${quoted(disk.originalPath)} of backup ${backup.id} has key ${quoted(disk.encryption.keyId)}`
        + `, but in its full backup it has ${quoted(head.encryption.keyId)}`
    }
  }
}

/** The rules about disks, in the order of their ids. */
export const diskRules = [sameDisks, sameKeys]
