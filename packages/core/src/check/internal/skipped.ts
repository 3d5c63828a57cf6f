/** Assigns what the reader of a backup directory left out to rules. */
import { wasStored } from "../../directory/ChainImages.ts"
import * as DirectoryPath from "../../directory/DirectoryPath.ts"
import * as DirectoryReading from "../../directory/DirectoryReading.ts"
import * as StoreNames from "../../directory/files/StoreNames.ts"
import type { Reason, StoreSkip } from "../../directory/files/StoreSkip.ts"
import * as PrintableText from "../../text/PrintableText.ts"
import type { ListingHead } from "../Rule.ts"

/**
 * Returns the id of the rule that reports a skip, so that nothing is reported twice.
 *
 * I36 finds missing images itself. A directory without metadata is a leftover of a running or interrupted backup (I38),
 * unless its backup is known to have been stored. Then the server has lost it, and the rule of the reason reports it.
 */
const ruleOf = (resolve: DirectoryPath.Resolver, { path, reason }: StoreSkip): string => {
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

/** Returns the skips of the given reasons that a rule reports for a listing. */
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
  return skips.filter((skip) => ruleOf(resolve, skip) === rule && isRequested(skip.path))
}

/** Prints a path of the directory, which may contain any character. */
export const printPath = (path: string): string => PrintableText.quote(path, 400)

/** Appends the detail of a skip to a text. */
export const withDetail = (text: string, { detail }: StoreSkip): string =>
  detail === "" ? text : `${text}: ${PrintableText.excerpt(detail, 200)}`
