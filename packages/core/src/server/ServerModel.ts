/**
 * A model of the server: which backups it selects from its store for a request, and what it removes.
 *
 * `select` includes a known defect of servers, `exactSelect` does not. The model is the reference of the property
 * tests, the core of the emulator, and the filter for responses whose request is unknown.
 *
 * @see [Semantics 2.3](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s2-3)
 * @see [Semantics 2.4](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s2-4)
 * @see [Semantics 2.5](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s2-5)
 * @see [Semantics 2.6](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s2-6)
 * @see [Semantics 4.2](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s4-2)
 * @since 0.2.0
 */
import type * as Data from "effect/Data"
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

/**
 * The part of a request that selects backups: its subject and kinds. Every `BackupTreeRequest` is such a query.
 *
 * @category requests
 * @since 0.2.0
 */
export type Query = Pick<BackupTreeRequest.BackupTreeRequest, "subject" | "kinds">

/**
 * A query in the form in which it is sent: the parameters `sUuid` and `backup_flags`.
 *
 * @category requests
 * @since 0.2.0
 */
export interface FlagQuery {
  readonly uuid: string
  readonly flags: BackupFlags.BackupFlags
}

/**
 * Decodes a query as a server does. Any text is accepted as an id; an invalid one matches nothing.
 *
 * @see [Semantics 2.1](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s2-1)
 * @see [Semantics 2.3](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s2-3)
 * @category codecs
 * @since 0.2.0
 */
export const fromFlags = ({ flags, uuid }: FlagQuery): Result.Result<Query, BackupTreeRequest.InvalidParam> =>
  Result.map(BackupTreeRequest.subjectOf(uuid, flags), (subject) => ({
    subject,
    kinds: BackupTreeRequest.kindsOf(flags)
  }))

/**
 * Returns the response of a server, including its defect: for `PBT_CHAIN`, other chains of the environment leak in.
 *
 * @see [Semantics 2.5](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s2-5)
 * @category accessors
 * @since 0.2.0
 */
export const select = (store: BackupStore, query: Query): BackupTree.BackupTree => selectBy(store, query, true)

/**
 * Returns the correct response: {@link select} without the defect.
 *
 * @see [Semantics 2.5](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s2-5)
 * @category accessors
 * @since 0.2.0
 */
export const exactSelect = (store: BackupStore, query: Query): BackupTree.BackupTree => selectBy(store, query, false)

/**
 * Returns the response to a query in its sent form, as {@link select} does. Fails if the server refuses the query.
 *
 * @category accessors
 * @since 0.2.0
 */
export const selectByFlags = (
  store: BackupStore,
  query: FlagQuery
): Result.Result<BackupTree.BackupTree, BackupTreeRequest.InvalidParam> =>
  Result.map(fromFlags(query), (meant) => select(store, meant))

/**
 * Returns the response to a query in its sent form, as {@link exactSelect} does. Fails if the server refuses the query.
 *
 * @category accessors
 * @since 0.2.0
 */
export const exactSelectByFlags = (
  store: BackupStore,
  query: FlagQuery
): Result.Result<BackupTree.BackupTree, BackupTreeRequest.InvalidParam> =>
  Result.map(fromFlags(query), (meant) => exactSelect(store, meant))

/**
 * Removes backups as a server does. Returns the store afterwards, or the return code of the refusal.
 *
 * **Warning**: it is as dangerous as the server. A number that does not exist in the chain, or is not a number, removes
 * the whole chain. Without the uuid of an environment, only chains of the full listing are found.
 *
 * With keep-chain, the rewritten neighbour gets size 0, because a store does not hold image sizes.
 *
 * Where the specification is silent, the model assumes that a lock is a writer's and that a chain of another user is
 * unknown. If keep-chain must rewrite unreadable metadata, it fails with `PRL_ERR_PARSE_VM_CONFIG`.
 *
 * @see [Semantics 4.2, row 9](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s4-2-r9)
 * @category planning
 * @since 0.2.0
 */
export const remove = (store: BackupStore, removal: Removal): Result.Result<BackupStore, ReturnCode> => {
  if (removal.vmUuid !== "" || removal.id === "") return removeFrom(store, removal.vmUuid || undefined, removal)
  const { chain } = BackupId.split(removal.id)
  const owner = exactSelect(store, BackupTreeRequest.everything).environments.find(({ chains }) =>
    chains.some(({ uuid }) => uuid === chain)
  )
  return removeFrom(store, owner?.uuid, removal)
}

/** The items of chains that a query selects: all, or those that an id leads to. An invalid id selects none. */
type Mode = Data.TaggedEnum<{
  All: {}
  Backup: { readonly id: BackupId.BackupId | undefined }
  Chain: { readonly id: BackupId.BackupId | undefined }
}>

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
    // After a match, the server drops the filter for all chains that sort after it.
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
