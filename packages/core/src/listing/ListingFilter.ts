/**
 * Cutting an answer down to what was meant: servers answer with more than was asked for. Source: SEMANTICS 2.4 and 2.5.
 */
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as BackupId from "../sdk/BackupId.ts"
import * as BackupTreeRequest from "../sdk/BackupTreeRequest.ts"
import * as Uuid from "../sdk/Uuid.ts"
import * as ServerModel from "../server/ServerModel.ts"
import * as BackupTree from "../tree/BackupTree.ts"
import type { Note } from "../tree/Note.ts"
import { parsePlace, type Place, printPlace } from "../tree/TreePath.ts"

/** A tree and what its reader noted; the paths of the notes lead into the tree. */
export interface Read {
  readonly tree: BackupTree.BackupTree
  readonly notes: ReadonlyArray<Note>
}

/**
 * Keeps of a server's answer what the request meant: of a backup or a chain, the chain that its id names.
 *
 * `PBT_CHAIN` leaks other chains of the same environment into an answer. Other requests are kept whole.
 */
export const narrow = (answer: Read, request: BackupTreeRequest.BackupTreeRequest): Read => {
  const { environments } = answer.tree
  const kept = environments.flatMap((environment) => narrowEnvironment(environment, request))
  const isWhole = kept.length === environments.length &&
    kept.every((environment, at) => environment === environments[at])
  return isWhole ? answer : follow(answer, { ...answer.tree, environments: kept })
}

/** Keeps of an environment of a server's answer what {@link narrow} keeps of it: nothing, or one environment. */
export const narrowEnvironment = (
  environment: BackupTree.VirtualEnvironment,
  { subject }: BackupTreeRequest.BackupTreeRequest
): ReadonlyArray<BackupTree.VirtualEnvironment> => {
  if (subject._tag === "Everything" || subject._tag === "Environment") return [environment]
  const wanted = Result.match(BackupId.parse(subject.id), {
    onFailure: () => subject.id,
    onSuccess: ({ chain }) => chain
  })
  const chains = environment.chains.filter(({ uuid }) => Uuid.equals(uuid, wanted))
  return chains.length === 0
    ? []
    : chains.length === environment.chains.length
    ? [environment]
    : [{ ...environment, chains }]
}

/**
 * Answers a request from a whole tree as a server should.
 *
 * What a filter does not exclude stays: a server shows no environment of an unknown kind and no broken uuid, but whoever
 * reads a document wants to see what is wrong with it. What the request cannot match, such as another spelling of a uuid,
 * gives the empty tree, as on a server.
 */
export const select = (whole: Read, request: BackupTreeRequest.BackupTreeRequest): Read => {
  const { kinds, subject } = request
  if (subject._tag === "Backup" || subject._tag === "Chain") {
    const { backupFlags, uuid } = BackupTreeRequest.toParameters(request)
    const selected = ServerModel.exactSelect(ServerModel.fromTree(whole.tree), { uuid, flags: backupFlags })
    return follow(whole, Result.getOrElse(selected, () => BackupTree.empty))
  }
  if (subject._tag === "Everything" && kinds === "vm+ct") return whole
  const environments = whole.tree.environments.filter(({ uuid, vmType }) =>
    (kinds === "vm+ct" || (vmType === 0) === (kinds === "vm"))
    && (subject._tag === "Everything" || uuid === subject.uuid)
  )
  return follow(whole, { ...whole.tree, environments })
}

/** Returns the backup that a request asks for by id, and nothing where the tree lacks it or no id was asked for. */
export const requestedBackup = (
  tree: BackupTree.BackupTree,
  request: BackupTreeRequest.BackupTreeRequest
): Option.Option<BackupTree.Backup> => {
  const subject = request.subject
  if (subject._tag === "Everything" || subject._tag === "Environment") return Option.none()
  const wanted = BackupId.key(subject.id)
  return Option.fromNullishOr(
    tree.environments
      .flatMap(({ chains }) => chains.flatMap(BackupTree.backups))
      .find(({ id }) => BackupId.key(id) === wanted)
  )
}

/** Leads the notes of a tree into a part of it; notes about what is gone are dropped. */
const follow = ({ notes, tree: before }: Read, after: BackupTree.BackupTree): Read => {
  if (notes.length === 0) return { tree: after, notes }
  const paths = new Map<BackupTree.VirtualEnvironment | BackupTree.Backup, string>()
  after.environments.forEach((environment, e) => {
    paths.set(environment, printPlace({ environment: e }))
    environment.chains.forEach((chain, c) =>
      BackupTree.backups(chain).forEach((backup, b) =>
        paths.set(backup, printPlace({ environment: e, chain: c, backup: b }))
      )
    )
  })
  return {
    tree: after,
    notes: notes.flatMap((note) => {
      const place = parsePlace(note.path)
      const environment = before.environments[place.environment ?? -1]
      if (environment === undefined) return [note]
      const path = standsAt(environment, place).map((one) => paths.get(one)).find((found) => found !== undefined)
      if (path === undefined) return []
      const moved = place.chain === undefined ? path.replace(/\/.*/, "") : path
      return [{ ...note, path: moved + note.path.slice(printPlace(place).length) }]
    })
  }
}

/** Returns the backup at a place; of an environment itself and its heads, since a part of it is made anew. */
const standsAt = (
  environment: BackupTree.VirtualEnvironment,
  place: Place
): ReadonlyArray<BackupTree.VirtualEnvironment | BackupTree.Backup> => {
  if (place.chain === undefined) return [environment, ...environment.chains.map(({ head }) => head)]
  const chain = environment.chains[place.chain]
  if (chain === undefined) return []
  const backup = place.backup === undefined || place.backup === 0 ? chain.head : chain.incrementals[place.backup - 1]
  return backup === undefined ? [] : [backup]
}
