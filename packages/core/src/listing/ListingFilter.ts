/**
 * Filters trees by a request: the response of a server, which may have more than was requested, and a whole tree.
 *
 * @see [Semantics 2.4](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s2-4)
 * @see [Semantics 2.5](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s2-5)
 * @since 0.2.0
 */
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as BackupId from "../sdk/BackupId.ts"
import type * as BackupTreeRequest from "../sdk/BackupTreeRequest.ts"
import * as Uuid from "../sdk/Uuid.ts"
import * as BackupStore from "../server/BackupStore.ts"
import * as ServerModel from "../server/ServerModel.ts"
import * as BackupTree from "../tree/BackupTree.ts"
import type { NotedTree } from "../tree/Note.ts"
import { parsePlace, type Place, printPlace } from "../tree/TreePath.ts"

/**
 * Drops the parts of a response that were not requested.
 *
 * With `PBT_CHAIN`, a server also returns other chains of the same environment. So for a request for a backup or a
 * chain, only the chain of its id is kept. The response to any other request is returned unchanged.
 *
 * @category combinators
 * @since 0.2.0
 */
export const filterResponse = (
  response: NotedTree,
  request: BackupTreeRequest.BackupTreeRequest
): NotedTree => {
  const { environments } = response.tree
  const kept = environments.flatMap((environment) => filterEnvironment(environment, request))
  const isWhole = kept.length === environments.length &&
    kept.every((environment, at) => environment === environments[at])
  return isWhole ? response : moveNotes(response, { ...response.tree, environments: kept })
}

/**
 * Returns the part of one environment that {@link filterResponse} keeps: nothing, or one environment.
 *
 * @category combinators
 * @since 0.2.0
 */
export const filterEnvironment = (
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
 * Filters a whole tree by a request, as a server without defects does.
 *
 * Unlike a server, it keeps environments of an unknown kind or with a broken uuid if the request does not exclude them,
 * so that the faults of a document stay visible. As on a server, a request that cannot match returns the empty tree,
 * for example one with another spelling of a uuid.
 *
 * @category combinators
 * @since 0.2.0
 */
export const filterTree = (whole: NotedTree, request: BackupTreeRequest.BackupTreeRequest): NotedTree => {
  const { kinds, subject } = request
  if (subject._tag === "Backup" || subject._tag === "Chain") {
    return moveNotes(whole, ServerModel.exactSelect(BackupStore.fromTree(whole.tree), request))
  }
  if (subject._tag === "Everything" && kinds === "vm+ct") return whole
  const environments = whole.tree.environments.filter(({ uuid, vmType }) =>
    (kinds === "vm+ct" || (vmType === 0) === (kinds === "vm"))
    && (subject._tag === "Everything" || uuid === subject.uuid)
  )
  return moveNotes(whole, { ...whole.tree, environments })
}

/**
 * Returns the backup with the id in a request: none if the tree lacks it, or the request has no id.
 *
 * @category accessors
 * @since 0.2.0
 */
export const requestedBackup = (
  tree: Pick<BackupTree.BackupTree, "environments">,
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

/** Moves the notes of a tree to a part of it; notes about what is gone are dropped. */
const moveNotes = ({ notes, tree: before }: NotedTree, after: BackupTree.BackupTree): NotedTree => {
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

/** Returns the parts that a note at a place may be about: a backup, or an environment and its full backups. */
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
