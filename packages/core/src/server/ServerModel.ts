/**
 * How a server selects an answer from its store, `select` as it does, `exactSelect` as it should, and what it removes.
 *
 * The model is the reference for laws, the core of the emulator, and the filter for answers whose request is unknown.
 * Source: SEMANTICS 2.3 to 2.6, 4.2.
 */
import * as Result from "effect/Result"
import type * as BackupFlags from "../sdk/BackupFlags.ts"
import * as BackupId from "../sdk/BackupId.ts"
import * as BackupTreeRequest from "../sdk/BackupTreeRequest.ts"
import type { ReturnCode } from "../sdk/ReturnCode.ts"
import type * as BackupTree from "../tree/BackupTree.ts"
import type { BackupStore, StoredChain, StoredEnvironment } from "./BackupStore.ts"
import { type Removal, removeFrom } from "./internal/removal.ts"
import * as ServerOrder from "./ServerOrder.ts"

export type { Removal }

/** What a server is asked: about what, and for which kinds. Every `BackupTreeRequest` is such a query. */
export type Query = Pick<BackupTreeRequest.BackupTreeRequest, "subject" | "kinds">

/** A query as it is sent: the parameters `sUuid` and `backup_flags`. */
export interface FlagQuery {
  readonly uuid: string
  readonly flags: BackupFlags.BackupFlags
}

/** Reads a query as a server does; it accepts any text for an id, and then finds nothing. Source: SEMANTICS 2.1 and 2.3. */
export const fromFlags = ({ flags, uuid }: FlagQuery): Result.Result<Query, BackupTreeRequest.InvalidParam> =>
  Result.map(BackupTreeRequest.subjectOf(uuid, flags), (subject) => ({
    subject,
    kinds: BackupTreeRequest.kindsOf(flags)
  }))

/** Answers as a server does, the defect of `PBT_CHAIN` included: chains of the same environment leak in. */
export const select = (store: BackupStore, query: Query): BackupTree.BackupTree => selectBy(store, query, true)

/** Answers as a server should: {@link select} without the defect of SEMANTICS 2.5. */
export const exactSelect = (store: BackupStore, query: Query): BackupTree.BackupTree => selectBy(store, query, false)

/** Answers a query as it is sent, as {@link select} does, or refuses it. */
export const selectByFlags = (
  store: BackupStore,
  query: FlagQuery
): Result.Result<BackupTree.BackupTree, BackupTreeRequest.InvalidParam> =>
  Result.map(fromFlags(query), (meant) => select(store, meant))

/** Answers a query as it is sent, as {@link exactSelect} does, or refuses it. */
export const exactSelectByFlags = (
  store: BackupStore,
  query: FlagQuery
): Result.Result<BackupTree.BackupTree, BackupTreeRequest.InvalidParam> =>
  Result.map(fromFlags(query), (meant) => exactSelect(store, meant))

/**
 * Removes as a server does: the store afterwards, or the code with which it refuses.
 *
 * Dangerous as the server is: a number that a chain does not have, or that is none, removes the whole chain (row 9 of
 * SEMANTICS 4.2). Without the uuid of an environment, only chains of the full listing are found.
 *
 * The neighbour that keep-chain rewrites gets the size 0, for the sizes of its images are not in a store. Where the
 * semantics are silent, the model takes a lock for a writer's, a chain of another user for an unknown one, and fails
 * with `PRL_ERR_PARSE_VM_CONFIG` where keep-chain has to rewrite metadata that cannot be read.
 */
export const remove = (store: BackupStore, removal: Removal): Result.Result<BackupStore, ReturnCode> => {
  if (removal.vmUuid !== "" || removal.id === "") return removeFrom(store, removal.vmUuid || undefined, removal)
  const { chain } = BackupId.split(removal.id)
  const owner = exactSelect(store, BackupTreeRequest.everything).environments.find(({ chains }) =>
    chains.some(({ uuid }) => uuid === chain)
  )
  return removeFrom(store, owner?.uuid, removal)
}

/** What a query leaves to look for among chains: all of them, or the items that an id leads to; none for a bad id. */
type Mode =
  | { readonly _tag: "All" }
  | { readonly _tag: "Backup" | "Chain"; readonly id: BackupId.BackupId | undefined }

const modeOf = ({ subject }: Query): Mode =>
  subject._tag === "Everything" || subject._tag === "Environment"
    ? { _tag: "All" }
    : { _tag: subject._tag, id: Result.getOrUndefined(BackupId.parse(subject.id)) }

const selectBy = (store: BackupStore, query: Query, leaks: boolean): BackupTree.BackupTree => {
  const { kinds, subject } = query
  const mode = modeOf(query)
  const environments: Array<BackupTree.VirtualEnvironment> = []
  for (const stored of ServerOrder.byDirectory(store.environments)) {
    const metadata = stored.metadata
    if (!BackupId.isServerUuid(stored.directory) || metadata === undefined) continue
    if (subject._tag === "Environment" && stored.directory !== subject.uuid) continue
    if (kinds !== "vm+ct" && (metadata.vmType === 0) !== (kinds === "vm")) continue
    const chains = metadata.vmType > 2 ? [] : chainsOf(stored, mode, leaks)
    if (chains.length === 0) continue
    const { kept, name, uuid, version, vmType } = metadata
    environments.push({ uuid, name, vmType, version, chains: ServerOrder.byDate(chains, (chain) => chain), kept })
    if (mode._tag !== "All") break
  }
  return { environments, kept: [] }
}

const chainsOf = (stored: StoredEnvironment, mode: Mode, leaks: boolean): ReadonlyArray<BackupTree.BackupChain> => {
  const chains: Array<BackupTree.BackupChain> = []
  for (const chain of ServerOrder.byDirectory(stored.chains)) {
    if (chain.locked || !chain.readable || !BackupId.isServerUuid(chain.directory)) continue
    // After a match the server forgets the filter for the chains that sort after it.
    const whole = mode._tag === "All" || (leaks && mode._tag === "Chain" && chains.length > 0)
    const picked = whole ? pick(chain, () => true) : pickById(chain, mode)
    if (picked === undefined) continue
    chains.push(picked)
    if (mode._tag === "Backup") break
  }
  return chains
}

const pickById = (chain: StoredChain, mode: Mode): BackupTree.BackupChain | undefined => {
  if (mode._tag === "All" || mode.id === undefined) return undefined
  const { chain: directory, number } = mode.id
  if (chain.directory !== directory || !chain.items.some((item) => item.number === number)) return undefined
  return pick(chain, mode._tag === "Backup" ? (x) => x === number : (x) => x >= number)
}

const pick = (chain: StoredChain, wanted: (number: number) => boolean): BackupTree.BackupChain | undefined => {
  const [first, ...rest] = chain.items
  if (first === undefined || first.content._tag !== "Head") return undefined
  const { backup, lastNumber, uuid } = first.content
  return {
    uuid,
    head: backup,
    incrementals: rest.flatMap(({ content, number }) =>
      wanted(number) && content._tag === "Link" ? [content.backup] : []
    ),
    lastNumber
  }
}
