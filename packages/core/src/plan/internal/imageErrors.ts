/** Faults of images, which only a backup directory shows, and the part of a chain that is still restorable. */
import * as Check from "../../check/Check.ts"
import type { Finding } from "../../check/Finding.ts"
import * as RuleTable from "../../check/RuleTable.ts"
import { ChainContents } from "../../directory/ChainContents.ts"
import { absoluteBackings, chainPath, withBackings } from "../../directory/ChainImages.ts"
import * as DirectoryReading from "../../directory/DirectoryReading.ts"
import * as SkipIndex from "../../directory/SkipIndex.ts"
import type { BackupListing } from "../../listing/BackupListing.ts"
import * as CountText from "../../text/CountText.ts"
import * as PrintableText from "../../text/PrintableText.ts"
import type * as BackupTree from "../../tree/BackupTree.ts"
import type { PlanWarning } from "../Plan.ts"

/** The image errors of each backup that has some. */
export type ImageFaults = ReadonlyMap<BackupTree.Backup, ReadonlyArray<Finding>>

const imageRules = RuleTable.listingRules.filter(({ breaks }) => breaks === "images")

const none: ImageFaults = new Map()

/** The most errors that are kept of one backup. */
const maxFaults = 10

/** Finds the faults of images. A server response has none, because a server does not read images. */
export const imageFaultsOf = (listing: BackupListing): ImageFaults => {
  if (listing.directory === undefined) return none
  const located = DirectoryReading.locate(listing.directory)
  const seen = SkipIndex.make(listing.directory)
  const lost = new Map<BackupTree.BackupChain, BackupTree.Backup | undefined>()
  // Computed once per chain, because every hidden backup of a chain may have a finding.
  const afterHidden = (chain: BackupTree.BackupChain): BackupTree.Backup | undefined => {
    const at = located.get(chain.head)
    if (at !== undefined && !lost.has(chain)) lost.set(chain, firstAfterHidden(chain, new ChainContents(at, seen)))
    return lost.get(chain)
  }
  const faults = new Map<BackupTree.Backup, Array<Finding>>()
  Check.forEach(imageRules, listing, (finding) => {
    const { backup, chain: position, environment } = finding.place
    const chain = listing.tree.environments[environment ?? -1]?.chains[position ?? -1]
    if (finding.severity !== "error" || chain === undefined) return
    const broken = backup === undefined
      ? afterHidden(chain)
      : backup === 0
      ? chain.head
      : chain.incrementals[backup - 1]
    if (broken === undefined) return
    const found = faults.get(broken)
    if (found === undefined) faults.set(broken, [finding])
    else if (found.length < maxFaults) found.push(finding)
  })
  return faults
}

// All later backups need the images of a hidden backup.
const firstAfterHidden = (
  chain: BackupTree.BackupChain,
  contents: ChainContents
): BackupTree.IncrementalBackup | undefined => {
  const broken = contents.at.chain.items.find(({ content, described }) =>
    content._tag === "Damaged" && described?.images.some((image) => contents.isBroken(image))
  )
  return broken && chain.incrementals.find(({ number }) => number > broken.number)
}

/** Warns about unread images of some backups of a chain, and about images that depend on their location. */
export const imageWarnings = (
  { directory }: BackupListing,
  chain: BackupTree.BackupChain,
  backups: ReadonlyArray<BackupTree.Backup>
): ReadonlyArray<PlanWarning> => {
  if (directory === undefined) return []
  const at = DirectoryReading.locate(directory).get(chain.head)
  if (at === undefined) return []
  const seen = SkipIndex.make(directory)
  const needed = [...withBackings(at, backups.flatMap(({ images }) => images))]
  const unseen = needed.filter((image) => !at.chain.files.has(image) && seen.isUnread(`${chainPath(at)}/${image}`))
  const here = `${directory.root}/${chainPath(at)}`
  const place = absoluteBackings(at, needed).find((backing) => backing !== here)
  return [
    ...(unseen.length === 0 ? [] : [{
      code: "images-unseen" as const,
      message: `${CountText.countOrArticle(unseen.length, "An", "image")} that this backup needs could not be read (${
        unseen.length === 1 ? "" : "for example "
      }${PrintableText.quote(unseen[0]!)}), so the backup may be incomplete. Run \`backup-tree check\` for the reason.`
    }]),
    ...(place === undefined ? [] : [{
      code: "absolute-backing-files" as const,
      message:
        `Images of this backup refer to their backing files by absolute paths. Restore it only while the chain is in ${
          PrintableText.quote(place, 400)
        }; it was read in ${PrintableText.quote(here, 400)}.`
    }])
  ]
}

/** Returns an environment with only its restorable backups: a backup is lost if one that it needs is lost. */
export const restorablePart = (
  environment: BackupTree.VirtualEnvironment,
  faults: ImageFaults
): BackupTree.VirtualEnvironment =>
  faults.size === 0 ? environment : {
    ...environment,
    chains: environment.chains.filter(({ head }) => !faults.has(head)).map((chain) => {
      const broken = chain.incrementals.findIndex((incremental) => faults.has(incremental))
      return broken === -1 ? chain : { ...chain, incrementals: chain.incrementals.slice(0, broken) }
    })
  }
