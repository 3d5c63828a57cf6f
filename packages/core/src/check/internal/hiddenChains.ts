/** Chains that are present on disk, but not listed by a server. */
import * as DirectoryPath from "../../directory/DirectoryPath.ts"
import * as DirectoryReading from "../../directory/DirectoryReading.ts"
import * as Namesakes from "../../directory/Namesakes.ts"
import * as SkipIndex from "../../directory/SkipIndex.ts"
import type { BackupListing } from "../../listing/BackupListing.ts"

/** Counts the hidden chains within the scope of a listing. Returns 0 for the response of a server. */
export const countHidden = ({ directory, request }: Pick<BackupListing, "directory" | "request">): number => {
  if (directory === undefined) return 0
  const { environments } = directory
  const shown = DirectoryReading.shownItems(directory)
  const seen = SkipIndex.make(directory)
  const isRequested = DirectoryPath.isRequested(request, DirectoryPath.resolver(directory))
  return environments.reduce((sum, environment) => {
    const hidden = environment.chains.filter((chain) =>
      !chain.items.some((item) => shown.has(item))
      && isChain(environment, chain, seen)
      && Namesakes.ofChain(chain, environment.chains) !== "same"
      && isRequested(`${environment.directory}/${chain.directory}`)
    )
    // A copy of an environment that is also there under its proper name is not lost to the server.
    return hidden.length === 0 || Namesakes.ofEnvironment(environment, environments) === "same"
      ? sum
      : sum + hidden.length
  }, 0)
}

// A first backup that is running or was interrupted leaves a full backup without metadata and nothing after it.
const isChain = (
  environment: DirectoryReading.ReadEnvironment,
  chain: DirectoryReading.ReadChain,
  { isBare }: SkipIndex.SkipIndex
): boolean =>
  !chain.readable
  || chain.items.some((item) =>
    item.described !== undefined || !isBare(DirectoryReading.itemPath(environment, chain, item))
  )
