/** Rules about answers: whether they hold what was asked for, and what was there before. */
import * as Option from "effect/Option"
import type { BackupListing } from "../../listing/BackupListing.ts"
import * as ListingFilter from "../../listing/ListingFilter.ts"
import * as BackupId from "../../sdk/BackupId.ts"
import * as Uuid from "../../sdk/Uuid.ts"
import * as CountText from "../../text/CountText.ts"
import type * as BackupTree from "../../tree/BackupTree.ts"
import { chainsOf, type Place } from "../../tree/TreePath.ts"
import type { Rule, Violation } from "../Rule.ts"

/** Returns the id of the backup that was asked for, alone or with what follows it. */
const requestedId = (
  listing: BackupListing
): { readonly id: string; readonly isChain: boolean } | undefined => {
  const subject = Option.getOrUndefined(listing.request)?.subject
  return subject?._tag === "Backup" || subject?._tag === "Chain"
    ? { id: subject.id, isChain: subject._tag === "Chain" }
    : undefined
}

const requestedBackupIsThere: Rule = {
  id: "I34",
  name: "an answer holds the backup that was asked for",
  statement: "The answer to a request for one backup, or for its chain, holds the backup of that id.",
  severity: "error",
  scope: "X",
  breaks: "nothing",
  meaning:
    "The description of this backup cannot be read on the server, or the backup is gone: it cannot be restored by its "
    + "id. What the answer does hold is another backup.",
  advice: "List the whole environment, and look for the directory of this number in the chain directory.",
  source: "SEMANTICS 4.4 and 2.4",
  check: (listing) => ({
    listing: () => {
      const asked = requestedId(listing)
      // An empty answer is a finding of its own.
      if (asked === undefined || listing.tree.environments.length === 0) return []
      if (
        Option.isSome(
          Option.flatMap(listing.request, (request) => ListingFilter.requestedBackup(listing.tree, request))
        )
      ) {
        return []
      }
      const { chain } = BackupId.split(asked.id)
      const place: Place = chainsOf(listing.tree).find((at) => Uuid.equals(at.chain.uuid, chain))?.place ?? {}
      return [{ place, message: `the answer lacks backup ${JSON.stringify(asked.id)}, which was asked for` }]
    }
  })
}

const onlyRequestedChain: Rule = {
  id: "I35",
  name: "an answer holds only the chain that was asked for",
  statement: "The answer to a request for a chain holds exactly one chain.",
  severity: "warning",
  scope: "X",
  breaks: "nothing",
  meaning: "Nothing for a restore: servers add other chains of the environment to such an answer.",
  advice: "Use only the chain whose uuid was asked for.",
  source: "SEMANTICS 4.4 and 2.5, GBT:310-313",
  check: (listing) => ({
    listing: () => {
      const count = listing.tree.environments.reduce((sum, { chains }) => sum + chains.length, 0)
      return requestedId(listing)?.isChain !== true || count < 2
        ? []
        : [{ place: {}, message: `the answer holds ${count} chains, and one was asked for` }]
    }
  })
}

/** The rules about requests, in the order of their ids. */
export const requestRules: ReadonlyArray<Rule> = [requestedBackupIsThere, onlyRequestedChain]

/** Returns the environments of an earlier answer that an answer of now would hold too, were they still there. */
const expected = (
  listing: BackupListing,
  previous: BackupTree.BackupTree | undefined
): ReadonlyArray<BackupTree.VirtualEnvironment> => {
  const request = Option.getOrUndefined(listing.request)
  const environments = [...Map.groupBy(previous?.environments ?? [], ({ uuid }) => Uuid.key(uuid)).values()]
    .map((group) => group[0]!)
  if (request === undefined) return environments
  const { kinds, subject } = request
  return environments.filter(({ uuid, vmType }) =>
    (subject._tag === "Everything" || (subject._tag === "Environment" && Uuid.equals(subject.uuid, uuid)))
    && (kinds === "vm+ct" || (kinds === "vm") === (vmType === 0))
  )
}

const emptyAnswer: Rule = {
  id: "empty-answer",
  name: "an answer is not empty",
  statement: "An answer holds at least one environment.",
  severity: "warning",
  scope: "answer",
  breaks: "nothing",
  meaning: "Nothing can be restored from here. A server whose backup store is not mounted answers just like this.",
  advice: "Check that the backup store is mounted on the server, and that the id or the directory is the right one.",
  source: "SEMANTICS 6",
  check: (listing, { previous }) => ({
    listing: () => {
      if (listing.tree.environments.length > 0) return []
      const before = expected(listing, previous).length
      const asksForOne = Option.exists(listing.request, ({ subject }) => subject._tag !== "Everything")
      const message = asksForOne
        ? "the server knows no readable backup of what was asked for"
        : "the answer holds no backup at all"
      return [{
        place: {},
        severity: asksForOne || before > 0 ? "error" : "warning",
        message: before === 0
          ? message
          : `${message}; an earlier answer held ${CountText.countOrArticle(before, "an", "environment")}`
      }]
    }
  })
}

const lostEnvironments: Rule = {
  id: "lost-environments",
  name: "no environment is lost",
  statement: "Every environment of an earlier answer is in this one.",
  severity: "error",
  scope: "answer",
  breaks: "nothing",
  meaning:
    "Nothing of this environment can be restored from here any more: all its chains were removed, are in use by a "
    + "writer, or cannot be read.",
  advice:
    "If nobody removed its backups, ask again in a few minutes, since a chain in use is not listed; then look for its "
    + "directory in the backup store. If somebody did, say so (backup-tree check --state FILE --forget NAME).",
  source: "SEMANTICS 6 and 4.2",
  check: (listing, { previous }) => ({
    listing: () => {
      // An empty answer is a finding of its own, and only a complete one can show that something is gone.
      if (listing.completeness !== "complete" || listing.tree.environments.length === 0) return []
      const there = new Set(listing.tree.environments.map(({ uuid }) => Uuid.key(uuid)))
      return expected(listing, previous).filter(({ uuid }) => !there.has(Uuid.key(uuid))).map((
        { name, uuid }
      ): Violation => ({
        place: {},
        subject: { environment: uuid, name },
        message: `environment ${uuid} (${JSON.stringify(name)}) was there, and is gone`
      }))
    }
  })
}

/** The rules about an answer as a whole. */
export const answerRules: ReadonlyArray<Rule> = [emptyAnswer, lostEnvironments]
