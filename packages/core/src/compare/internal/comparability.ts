/** Whether two listings can be compared, and what a reader of the diff must know. */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as BackupListing from "../../listing/BackupListing.ts"
import * as BackupId from "../../sdk/BackupId.ts"
import type * as BackupTreeRequest from "../../sdk/BackupTreeRequest.ts"
import { subjectText } from "../../sdk/BackupTreeRequest.ts"
import * as PrintableText from "../../text/PrintableText.ts"
import { timeText } from "../../text/TimeText.ts"
import { IncomparableListings } from "../DiffError.ts"

type Listing = BackupListing.BackupListing

/** Codes of {@link warningsOf}. */
export const warningCodes = [
  "unknown-completeness",
  "filtered",
  "unknown-request",
  "other-server",
  "other-directory",
  "nothing-in-common",
  "empty",
  "reversed"
] as const

interface Warning {
  readonly code: typeof warningCodes[number]
  readonly message: string
}

/** Returns why two listings cannot be compared, or `undefined` if they can. */
export const refusalOf = (before: Listing, after: Listing): IncomparableListings | undefined => {
  const [one, other] = [Option.getOrUndefined(before.request), Option.getOrUndefined(after.request)]
  if (one !== undefined && other !== undefined && !sameRequest(one, other)) {
    return new IncomparableListings({
      reason: "different-requests",
      detail: `${first(before)} is of ${requestText(one)}, ${second(after)} is of ${requestText(other)}.`
    })
  }
  const partial = [before, after].filter(({ completeness }) => completeness === "partial")
  if (partial.length === 0 || (partial.length === 2 && one !== undefined && other !== undefined)) return undefined
  return new IncomparableListings({
    reason: "different-extent",
    detail: partial.length === 2
      ? `${first(before)} and ${second(after)} are partial, and it is unknown whether in the same way.`
      : `${first(before)} ${extentText(before)}, ${second(after)} ${extentText(after)}.`
  })
}

const sameRequest = (one: BackupTreeRequest.BackupTreeRequest, other: BackupTreeRequest.BackupTreeRequest): boolean =>
  one.kinds === other.kinds
  && one.subject._tag === other.subject._tag
  && BackupId.key(subjectText(one.subject)) === BackupId.key(subjectText(other.subject))

const kindTexts: { readonly [K in BackupTreeRequest.Kinds]: string } = {
  vm: "VMs",
  ct: "containers",
  "vm+ct": "VMs and containers"
}

const requestText = ({ kinds, subject }: BackupTreeRequest.BackupTreeRequest): string => {
  const id = PrintableText.excerpt(subjectText(subject))
  switch (subject._tag) {
    case "Everything":
      return `all ${kindTexts[kinds]}`
    case "Environment":
      return `machine ${id} among ${kindTexts[kinds]}`
    case "Backup":
      return `backup ${id} among ${kindTexts[kinds]}`
    case "Chain":
      return `the chain from backup ${id} among ${kindTexts[kinds]}`
  }
}

const extentText = ({ completeness }: Listing): string =>
  completeness === "partial" ? "is partial" : completeness === "complete" ? "is complete" : "may be partial"

const first = (listing: Listing): string => `the first listing (${nameOf(listing)})`

const second = (listing: Listing): string => `the second listing (${nameOf(listing)})`

const nameOf = ({ source }: Listing): string => PrintableText.excerpt(BackupListing.printSource(source))

/** Returns what may make a difference where nothing changed. */
export const warningsOf = (before: Listing, after: Listing, hasCommonPart: boolean): ReadonlyArray<Warning> => {
  const unknown = [before, after].filter(({ completeness }) => completeness === "unknown").map(nameOf)
  return [
    ...(unknown.length === 0 ? [] : [{
      code: "unknown-completeness" as const,
      message: unknown.length === 1
        ? `${
          unknown[0]
        } may be a partial listing, and what is missing from it may still exist. Pass --complete if it is a `
          + "full one."
        : `${
          unknown.join(" and ")
        } may be partial listings, and what is missing from them may still exist. Pass --complete `
          + "if they are full ones."
    }]),
    ...requestWarnings(before, after),
    ...sourceWarnings(before, after, hasCommonPart),
    ...(isReversed(before, after)
      ? [{
        code: "reversed" as const,
        message: `The first listing is newer (${timeText(before.fetchedAt)}) than the second one (${
          timeText(after.fetchedAt)
        }). Removals are shown as additions, and the reverse.`
      }]
      : [])
  ]
}

// The time of a listing without a request is the time at which its file was read.
const isReversed = (before: Listing, after: Listing): boolean =>
  Option.isSome(before.request) && Option.isSome(after.request)
  && DateTime.isGreaterThan(before.fetchedAt, after.fetchedAt)

const requestWarnings = (before: Listing, after: Listing): ReadonlyArray<Warning> => {
  const [one, other] = [Option.getOrUndefined(before.request), Option.getOrUndefined(after.request)]
  if (one === undefined || other === undefined) {
    const known = one ?? other
    return known === undefined || (known.subject._tag === "Everything" && known.kinds === "vm+ct") ? [] : [{
      code: "unknown-request",
      message: `One listing is of ${requestText(known)}; the request of the other one is unknown.`
    }]
  }
  const isFiltered = before.completeness === "partial"
    && (one.subject._tag === "Everything" || one.subject._tag === "Environment")
  const directories = [one, other].map(({ directory }) => Option.getOrUndefined(directory))
  return [
    ...(isFiltered
      ? [{
        code: "filtered" as const,
        message:
          "Both listings are partial. If they lack different parts, machines and backups seem to be added or removed."
      }]
      : []),
    ...(directories[0] === directories[1] ? [] : [{
      code: "other-directory" as const,
      message: `The listings are of different backup directories of a server: ${
        directories.map((path) => path === undefined ? "the default one" : PrintableText.quote(path)).join(" and ")
      }.`
    }])
  ]
}

const isOfServers = ({ _tag }: BackupListing.Source): boolean => _tag === "Dispatcher" || _tag === "Servers"

const sourceWarnings = (before: Listing, after: Listing, hasCommonPart: boolean): ReadonlyArray<Warning> => {
  const [one, other] = [before.source, after.source]
  const isOther = BackupListing.printSource(one) !== BackupListing.printSource(other)
  if (isOther && isOfServers(one) && isOfServers(other)) {
    return [{
      code: "other-server",
      message: `The listings are of different servers: ${nameOf(before)} and ${nameOf(after)}.`
    }]
  }
  if (isOther && one._tag === "Directory" && other._tag === "Directory") {
    return [{
      code: "other-directory",
      message: `The listings are of different backup directories: ${nameOf(before)} and ${nameOf(after)}.`
    }]
  }
  const areEmpty = before.tree.environments.length === 0 || after.tree.environments.length === 0
  if (after.tree.environments.length === 0 && before.tree.environments.length > 0) {
    return [{
      code: "empty",
      message:
        `${
          second(after).replace("t", "T")
        } has no backups. A server whose backup directory is not mounted replies in the`
        + " same way."
    }]
  }
  return hasCommonPart || areEmpty ? [] : [{
    code: "nothing-in-common",
    message: "The listings have no machine in common. They may be of different servers."
  }]
}
