/** Rules about responses: whether they contain what was requested and what was there before. */
import * as Option from "effect/Option"
import * as BackupId from "../../sdk/BackupId.ts"
import * as Uuid from "../../sdk/Uuid.ts"
import * as CountText from "../../text/CountText.ts"
import * as BackupTree from "../../tree/BackupTree.ts"
import type { Place } from "../../tree/TreePath.ts"
import { rule } from "../internal/define.ts"
import { quoted } from "../internal/quoted.ts"
import type { Facts, ListingHead } from "../Rule.ts"

/** Returns the id of the requested backup, and whether its chain was requested too. */
const requestedId = ({ request }: ListingHead): { readonly id: string; readonly isChain: boolean } | undefined => {
  const subject = Option.getOrUndefined(request)?.subject
  return subject?._tag === "Backup" || subject?._tag === "Chain"
    ? { id: subject.id, isChain: subject._tag === "Chain" }
    : undefined
}

const requestedBackupIsThere = rule({
  id: "I34",
  name: "the response contains the requested backup",
  statement: "The response to a request for a backup, or for its chain, contains the backup with that id.",
  severity: "error",
  scope: "X",
  breaks: "nothing",
  meaning:
    "The backup is gone, or the server cannot read its metadata, so it cannot be restored by its id. The response "
    + "contains another backup instead.",
  advice: "List the whole environment, and look for the directory with this number in the chain directory.",
  source: "SEMANTICS 4.4 and 2.4",
  check: (head) => {
    const requested = requestedId(head)
    if (requested === undefined) return {}
    const key = BackupId.key(requested.id)
    const { chain: uuid } = BackupId.split(requested.id)
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
      // An empty response is a separate finding.
      end: () =>
        isEmpty || isThere ? [] : [{
          place: place ?? {},
          message: `the response does not contain the requested backup ${quoted(requested.id)}`
        }]
    }
  }
})

const onlyRequestedChain = rule({
  id: "I35",
  name: "the response contains only the requested chain",
  statement: "The response to a request for a chain contains exactly one chain.",
  severity: "warning",
  scope: "X",
  breaks: "nothing",
  meaning: "No effect on restores: servers add other chains of the environment to such a response.",
  advice: "Use only the chain with the requested uuid.",
  source: "SEMANTICS 4.4 and 2.5",
  check: (head) => {
    if (requestedId(head)?.isChain !== true) return {}
    let count = 0
    return {
      environment: ({ environment }) => {
        count += environment.chains.length
        return []
      },
      end: () =>
        count < 2 ? [] : [{ place: {}, message: `the response contains ${count} chains, but only one was requested` }]
    }
  }
})

/** The rules about requests, in the order of their ids. */
export const requestRules = [requestedBackupIsThere, onlyRequestedChain]

/** Returns the environments of earlier listings that this response would contain if they still existed. */
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

const emptyAnswer = rule({
  id: "empty-answer",
  name: "the response is not empty",
  statement: "The response contains at least one environment.",
  severity: "warning",
  scope: "answer",
  breaks: "nothing",
  meaning: "Nothing can be restored from here. A server whose backup store is not mounted sends the same response.",
  advice: "Check that the backup store is mounted on the server, and that the id or directory is correct.",
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
        const isForOne = Option.exists(head.request, ({ subject }) => subject._tag !== "Everything")
        const message = isForOne
          ? "no readable backup matches the request"
          : "the response contains no backups"
        return [{
          place: {},
          severity: isForOne || before > 0 ? "error" : "warning",
          message: before === 0
            ? message
            : `${message}; an earlier listing contained ${CountText.countOrArticle(before, "an", "environment")}`
        }]
      }
    }
  }
})

const lostEnvironments = rule({
  id: "lost-environments",
  name: "no environment disappears",
  statement: "Every environment of an earlier listing is in this one.",
  severity: "error",
  scope: "answer",
  breaks: "nothing",
  meaning:
    "This environment can no longer be restored from here: all its chains were removed, are in use by a writer, or "
    + "cannot be read.",
  advice:
    "If its backups were removed on purpose, run backup-tree check --state FILE --forget NAME. If not, check again "
    + "in a few minutes, because a chain in use is not listed. If it is still missing, look for its directory in the "
    + "backup store.",
  source: "SEMANTICS 6 and 4.2",
  needs: ["baseline"],
  check: (head, facts) => {
    // Only a complete response shows that something is gone.
    if (head.completeness !== "complete") return {}
    const there = new Set<string>()
    return {
      environment: ({ environment }) => {
        there.add(Uuid.key(environment.uuid))
        return []
      },
      end: () => {
        // An empty response is a separate finding.
        if (there.size === 0) return []
        return expected(head, facts).filter(({ uuid }) => !there.has(Uuid.key(uuid))).map(({ name, uuid }) => ({
          place: {},
          subject: { environment: uuid, name },
          message: `environment ${uuid} (${quoted(name)}) was listed earlier and is now missing`
        }))
      }
    }
  }
})

/** The rules about a response as a whole. */
export const answerRules = [emptyAnswer, lostEnvironments]
