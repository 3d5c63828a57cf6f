/** Faults of images, which only a backup directory shows, and what they leave of a chain. Source: SEMANTICS 4.1, 4.3. */
import type { BackupListing } from "../BackupListing.ts"
import type * as BackupTree from "../BackupTree.ts"
import * as DirectoryReading from "../DirectoryReading.ts"
import * as Invariants from "../Invariants.ts"

/** The errors about the images of each backup that has some. */
export type ImageFaults = ReadonlyMap<BackupTree.Backup, ReadonlyArray<Invariants.Finding>>

const rules = ["I36", "I37"].flatMap((id) => Invariants.rule(id) ?? [])

const none: ImageFaults = new Map()

/** Finds the faults of images; none in an answer of a server, which looks at no image. */
export const imageFaultsOf = (listing: BackupListing): ImageFaults => {
  if (listing.directory === undefined) return none
  const located = DirectoryReading.locate(listing.directory)
  const faults = new Map<BackupTree.Backup, Array<Invariants.Finding>>()
  for (const finding of Invariants.checkRules(rules, listing)) {
    const { backup, chain: position, environment } = finding.place
    const chain = listing.tree.environments[environment ?? -1]?.chains[position ?? -1]
    if (finding.severity !== "error" || chain === undefined) continue
    const broken = backup === undefined
      ? firstBehindHidden(chain, located.get(chain.head))
      : backup === 0
      ? chain.head
      : chain.incrementals[backup - 1]
    if (broken === undefined) continue
    const found = faults.get(broken)
    if (found === undefined) faults.set(broken, [finding])
    else found.push(finding)
  }
  return faults
}

// The images of a hidden backup are needed by all that came after it.
const firstBehindHidden = (
  chain: BackupTree.BackupChain,
  at: DirectoryReading.StoredAt | undefined
): BackupTree.IncrementalBackup | undefined => {
  const broken = at?.chain.items.find(({ content, described }) =>
    content._tag === "Damaged" && described?.images.some((image) => (at.chain.files.get(image)?.size ?? 0n) === 0n)
  )
  return broken && chain.incrementals.find(({ number }) => number > broken.number)
}

/** Returns an environment with no more than what can be restored: a backup is lost with any that it needs. */
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
