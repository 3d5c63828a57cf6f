/** Warnings about backups of a plan that a server may not find, or that have no images. */
import * as BackupId from "../../sdk/BackupId.ts"
import * as CountText from "../../text/CountText.ts"
import * as PrintableText from "../../text/PrintableText.ts"
import type * as BackupTree from "../../tree/BackupTree.ts"
import type { PlanWarning } from "../Plan.ts"

/** Warns about an id that a server does not find, because it compares the bytes of the chain's uuid. */
export const idWarning = (
  { uuid }: BackupTree.BackupChain,
  { id }: BackupTree.Backup
): ReadonlyArray<PlanWarning> =>
  BackupId.split(id).chain === uuid ? [] : [{
    code: "dead-id",
    message: `A server does not find ${PrintableText.excerpt(id)} in chain ${PrintableText.excerpt(uuid)}, because it `
      + "compares ids byte by byte. First correct the id in the metadata of the backup."
  }]

/** Returns whether a warning states that a server cannot find the id of the plan. */
export const isDead = (warnings: ReadonlyArray<PlanWarning>): boolean => warnings.some(({ code }) => code === "dead-id")

const maxNamed = 5

/** Warns about backups that have disks and no image: the restore has nothing to read for them. */
export const imagelessWarning = (backups: ReadonlyArray<BackupTree.Backup>): ReadonlyArray<PlanWarning> => {
  const without = backups.filter(({ disks, images }) => images.length === 0 && (disks?.list.length ?? 0) > 0)
  return without.length === 0 ? [] : [{
    code: "images-missing",
    message: `${CountText.list(without, ({ id }) => PrintableText.excerpt(id), { most: maxNamed })} ${
      CountText.plural(without.length, "has", "have")
    } disks, but no images. The restore may fail, or restore older data. Test it before you rely on it.`
  }]
}
