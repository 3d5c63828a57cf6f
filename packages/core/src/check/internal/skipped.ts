/** What the reader of a backup directory left out: which rule tells of it. */
import { wasStored } from "../../directory/ChainImages.ts"
import * as DirectoryPath from "../../directory/DirectoryPath.ts"
import * as DirectoryReading from "../../directory/DirectoryReading.ts"
import * as StoreNames from "../../directory/StoreNames.ts"
import type { Reason, StoreSkip } from "../../directory/StoreSkip.ts"
import * as PrintableText from "../../text/PrintableText.ts"
import type { ListingHead } from "../Rule.ts"

/**
 * Returns the id of the rule that tells of a skip, so that nothing is told twice.
 *
 * I36 looks for missing images itself. A directory without metadata is what a running backup leaves, and one that broke
 * off: I38, unless its backup is known to have been stored. Then it is lost to the server, and the reason speaks.
 */
const tellerOf = (resolve: DirectoryPath.Resolver, { path, reason }: StoreSkip): string => {
  switch (reason) {
    case "missing-image":
      return "I36"
    case "orphan-image":
    case "temp-file":
      return "I38"
    case "chain-empty":
      return "I39"
    case "base-without-metadata":
    case "link-without-metadata": {
      const { chain, name } = resolve(path)
      const number = StoreNames.itemNumber(name ?? "")
      return chain !== undefined && number !== undefined && wasStored(chain, number) === true ? reason : "I38"
    }
    default:
      return reason
  }
}

/** Returns the skips of some reasons that a rule tells of in a listing. */
export const skipsOf = (
  { request }: ListingHead,
  reading: DirectoryReading.DirectoryReading,
  rule: string,
  reasons: ReadonlyArray<Reason>
): ReadonlyArray<StoreSkip> => {
  const skips = reading.skips.filter(({ reason }) => reasons.includes(reason))
  if (skips.length === 0) return []
  const resolve = DirectoryPath.resolver(reading)
  const isRequested = DirectoryPath.isRequested(request, resolve)
  return skips.filter((skip) => tellerOf(resolve, skip) === rule && isRequested(skip.path))
}

/** Writes a path of the directory, which may hold anything. */
export const printPath = (path: string): string => PrintableText.quote(path, 400)

/** Writes the detail of a skip behind what is said of it. */
export const withDetail = (text: string, { detail }: StoreSkip): string =>
  detail === "" ? text : `${text}: ${PrintableText.excerpt(detail, 200)}`
