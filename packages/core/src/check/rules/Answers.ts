/** Rules about answers: whether they hold what was asked for, and what was there before. */
import * as Option from "effect/Option"
import * as BackupId from "../../sdk/BackupId.ts"
import * as Uuid from "../../sdk/Uuid.ts"
import * as CountText from "../../text/CountText.ts"
import * as BackupTree from "../../tree/BackupTree.ts"
import type { Place } from "../../tree/TreePath.ts"
import type { Facts, ListingHead, Rule } from "../Rule.ts"

/** Returns the id of the backup that was requested, alone or with what follows it. */
const requestedId = ({ request }: ListingHead): { readonly id: string; readonly isChain: boolean } | undefined => {
  const subject = Option.getOrUndefined(request)?.subject
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
  check: (head) => {
    const asked = requestedId(head)
    if (asked === undefined) return {}
    const key = BackupId.key(asked.id)
    const { chain: uuid } = BackupId.split(asked.id)
    let isEmpty = true
    let isThere = false
    let place: Place | undefined
    return {
      environment: () => {
        isEmpty = false
        return []
      },
      chain: (at) => {
        isThere ||= BackupTree.backups(at.chain).some(({ id }) => BackupId.key(id) === key)
        if (Uuid.equals(at.chain.uuid, uuid)) place ??= at.place
        return []
      },
      // An empty answer is a finding of its own.
      end: () =>
        isEmpty || isThere ? [] : [{
          place: place ?? {},
          message: `the answer lacks backup ${JSON.stringify(asked.id)}, which was asked for`
        }]
    }
  }
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
  check: (head) => {
    if (requestedId(head)?.isChain !== true) return {}
    let count = 0
    return {
      environment: ({ environment }) => {
        count += environment.chains.length
        return []
      },
      end: () => count < 2 ? [] : [{ place: {}, message: `the answer holds ${count} chains, and one was asked for` }]
    }
  }
}

/** The rules about requests, in the order of their ids. */
export const requestRules: ReadonlyArray<Rule> = [requestedBackupIsThere, onlyRequestedChain]

/** Returns the environments of earlier answers that an answer of now would hold too, were they still there. */
const expected = (
  { request }: ListingHead,
  { baseline }: Facts
): ReadonlyArray<BackupTree.VirtualEnvironment> => {
  const environments = [...Map.groupBy(baseline?.tree.environments ?? [], ({ uuid }) => Uuid.key(uuid)).values()]
    .map((group) => group[0]!)
  if (Option.isNone(request)) return environments
  const { kinds, subject } = request.value
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
  check: (head, facts) => {
    let isEmpty = true
    return {
      environment: () => {
        isEmpty = false
        return []
      },
      end: () => {
        if (!isEmpty) return []
        const before = expected(head, facts).length
        const asksForOne = Option.exists(head.request, ({ subject }) => subject._tag !== "Everything")
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
    }
  }
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
  needs: ["baseline"],
  check: (head, facts) => {
    // Only a complete answer can show that something is gone.
    if (head.completeness !== "complete") return {}
    const there = new Set<string>()
    return {
      environment: ({ environment }) => {
        there.add(Uuid.key(environment.uuid))
        return []
      },
      end: () => {
        // An empty answer is a finding of its own.
        if (there.size === 0) return []
        return expected(head, facts).filter(({ uuid }) => !there.has(Uuid.key(uuid))).map(({ name, uuid }) => ({
          place: {},
          subject: { environment: uuid, name },
          message: `environment ${uuid} (${JSON.stringify(name)}) was there, and is gone`
        }))
      }
    }
  }
}

/** The rules about an answer as a whole. */
export const answerRules: ReadonlyArray<Rule> = [emptyAnswer, lostEnvironments]
