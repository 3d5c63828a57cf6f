/** Selects what the reader of a backup directory left out, for the rules that report it. */
import { wasStored } from "../../../directory/ChainImages.ts"
import * as DirectoryPath from "../../../directory/DirectoryPath.ts"
import * as DirectoryReading from "../../../directory/DirectoryReading.ts"
import * as StoreNames from "../../../directory/files/StoreNames.ts"
import type { Reason, StoreSkip } from "../../../directory/files/StoreSkip.ts"
import * as PrintableText from "../../../text/PrintableText.ts"
import type { ListingHead } from "../../Rule.ts"

/** A condition on a skip, for a rule that shares a reason with another rule. */
export type SkipCondition = (skip: StoreSkip, resolve: DirectoryPath.Resolver) => boolean

/**
 * Returns whether a skip is a backup that was stored, and has lost its metadata since.
 *
 * A directory without metadata is otherwise a leftover of a running or interrupted backup.
 */
export const isLostBackup: SkipCondition = ({ path, reason }, resolve) => {
  if (reason !== "base-without-metadata" && reason !== "link-without-metadata") return false
  const { chain, name } = resolve(path)
  const number = StoreNames.itemNumber(name ?? "")
  return chain !== undefined && number !== undefined && wasStored(chain, number) === true
}

/** Returns the skips of the given reasons in the scope of a listing. */
export const skipsOf = (
  { request }: ListingHead,
  reading: DirectoryReading.DirectoryReading,
  reasons: ReadonlyArray<Reason>,
  condition: SkipCondition = () => true
): ReadonlyArray<StoreSkip> => {
  const skips = reading.skips.filter(({ reason }) => reasons.includes(reason))
  if (skips.length === 0) return []
  const resolve = DirectoryPath.resolver(reading)
  const isRequested = DirectoryPath.isRequested(request, resolve)
  return skips.filter((skip) => condition(skip, resolve) && isRequested(skip.path))
}

/** Appends the detail of a skip to a text. */
export const withDetail = (text: string, { detail }: StoreSkip): string =>
  detail === "" ? text : `${text}: ${PrintableText.excerpt(detail, 200)}`
