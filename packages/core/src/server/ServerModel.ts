/**
 * How a server selects an answer from its store, `select` as it does, `exactSelect` as it should, and what it removes.
 *
 * The model is the reference for laws, the brain of the emulator, and the filter for answers whose question is unknown.
 * Source: SEMANTICS 2.3 to 2.6, 4.2.
 */
import * as Result from "effect/Result"
import * as BackupFlags from "../sdk/BackupFlags.ts"
import * as BackupId from "../sdk/BackupId.ts"
import { InvalidParam } from "../sdk/BackupTreeRequest.ts"
import type { ReturnCode } from "../sdk/ReturnCode.ts"
import * as BackupTree from "../tree/BackupTree.ts"
import { removeFrom } from "./internal/removal.ts"
import { byDate, byName } from "./ServerOrder.ts"

/** What the directory of an item holds: a head, a link, or something that cannot be read. */
export type StoredContent =
  | {
    readonly _tag: "Head"
    readonly uuid: string
    readonly lastNumber: number
    readonly backup: BackupTree.FullBackup
  }
  | { readonly _tag: "Link"; readonly backup: BackupTree.IncrementalBackup }
  | { readonly _tag: "Damaged" }

/** An item of a chain; `number` is that of its directory, which may differ from the one it says. */
export interface StoredItem {
  readonly number: number
  readonly content: StoredContent
}

/** A chain in a store; a chain in use by a writer is locked, one of another user may be unreadable. */
export interface StoredChain {
  readonly directory: string
  readonly items: ReadonlyArray<StoredItem>
  readonly locked: boolean
  readonly readable: boolean
}

/** An environment in a store; without readable metadata it is hidden. */
export interface StoredEnvironment {
  readonly directory: string
  readonly metadata: Omit<BackupTree.VirtualEnvironment, "chains"> | undefined
  readonly chains: ReadonlyArray<StoredChain>
}

/** One backup directory, as far as a listing depends on it. Source: SEMANTICS 3.2. */
export interface Store {
  readonly environments: ReadonlyArray<StoredEnvironment>
}

/** What a server is asked: the parameters `sUuid` and `backup_flags`. */
export interface Query {
  readonly uuid: string
  readonly flags: BackupFlags.BackupFlags
}

/** What a server is told to remove; an empty text is a parameter that was not given. Source: SEMANTICS 4.2. */
export interface Removal {
  readonly vmUuid: string
  readonly id: string
  /** `PBT_KEEP_CHAIN`: merge the backup into the next one, and keep what depends on it. */
  readonly keepChain: boolean
  /** `PBT_IGNORE_NOT_EXISTS`: an unknown chain is a success. */
  readonly ignoreNotExists: boolean
}

/**
 * Makes the store that a tree describes, each directory named by the uuid that the tree says.
 *
 * Its complete listing is the tree, if a server can have sent that. A head whose number cannot be known stands under 0,
 * which no id names.
 */
export const fromTree = (tree: BackupTree.BackupTree): Store => ({
  environments: tree.environments.map((environment) => ({
    directory: environment.uuid,
    metadata: environment,
    chains: environment.chains.map((chain) => ({
      directory: chain.uuid,
      locked: false,
      readable: true,
      items: BackupTree.backups(chain).map((backup) => ({
        number: BackupTree.number(chain, backup) ?? 0,
        content: backup._tag === "FullBackup"
          ? { _tag: "Head", uuid: chain.uuid, lastNumber: chain.lastNumber, backup }
          : { _tag: "Link", backup }
      }))
    }))
  }))
})

/** Answers as a server does, the defect of `PBT_CHAIN` included: chains of the same environment leak in. */
export const select = (store: Store, query: Query): Result.Result<BackupTree.BackupTree, InvalidParam> =>
  Result.map(modeOf(query), (mode) => selectBy(store, query, mode, true))

/** Answers as a server should: `select` without the defect of SEMANTICS 2.5. */
export const exactSelect = (store: Store, query: Query): Result.Result<BackupTree.BackupTree, InvalidParam> =>
  Result.map(modeOf(query), (mode) => selectBy(store, query, mode, false))

/** The question for everything: of every kind, and no id. */
export const everyKind: Query = { uuid: "", flags: BackupFlags.of("PBT_VM", "PBT_CT") }

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
export const remove = (store: Store, removal: Removal): Result.Result<Store, ReturnCode> => {
  if (removal.vmUuid !== "" || removal.id === "") return removeFrom(store, removal.vmUuid || undefined, removal)
  const { chain } = BackupId.split(removal.id)
  const owner = selectBy(store, everyKind, { _tag: "All" }, false).environments.find(({ chains }) =>
    chains.some(({ uuid }) => uuid === chain)
  )
  return removeFrom(store, owner?.uuid, removal)
}

type Mode =
  | { readonly _tag: "All" }
  | { readonly _tag: "Id" | "Chain"; readonly id: BackupId.BackupId | undefined }

const modeOf = (query: Query): Result.Result<Mode, InvalidParam> => {
  const byBackup = BackupFlags.has(query.flags, "PBT_BACKUP_ID")
  const byChain = BackupFlags.has(query.flags, "PBT_CHAIN")
  if (!byBackup && !byChain) return Result.succeed({ _tag: "All" })
  if (query.uuid === "") return Result.fail(new InvalidParam({ why: "a backup id is asked for and none is given" }))
  if (byBackup && byChain) {
    return Result.fail(new InvalidParam({ why: "PBT_BACKUP_ID and PBT_CHAIN exclude each other" }))
  }
  const id = Result.getOrUndefined(BackupId.parse(query.uuid))
  return Result.succeed({ _tag: byBackup ? "Id" : "Chain", id })
}

const selectBy = (store: Store, query: Query, mode: Mode, leaks: boolean): BackupTree.BackupTree => {
  const vm = BackupFlags.has(query.flags, "PBT_VM")
  const ct = BackupFlags.has(query.flags, "PBT_CT")
  const environments: Array<BackupTree.VirtualEnvironment> = []
  for (const stored of byDirectory(store.environments)) {
    const metadata = stored.metadata
    if (!BackupId.isServerUuid(stored.directory) || metadata === undefined) continue
    if (mode._tag === "All" && query.uuid !== "" && stored.directory !== query.uuid) continue
    if (metadata.vmType === 0 ? !(vm || !ct) : !ct) continue
    const chains = metadata.vmType > 2 ? [] : chainsOf(stored, mode, leaks)
    if (chains.length === 0) continue
    const { kept, name, uuid, version, vmType } = metadata
    environments.push({ uuid, name, vmType, version, chains: byDate(chains, (chain) => chain), kept })
    if (mode._tag !== "All") break
  }
  return { environments, kept: [] }
}

const chainsOf = (stored: StoredEnvironment, mode: Mode, leaks: boolean): ReadonlyArray<BackupTree.BackupChain> => {
  const chains: Array<BackupTree.BackupChain> = []
  for (const chain of byDirectory(stored.chains)) {
    if (chain.locked || !chain.readable || !BackupId.isServerUuid(chain.directory)) continue
    // After a match the server forgets the filter for the chains that sort behind it.
    const whole = mode._tag === "All" || (leaks && mode._tag === "Chain" && chains.length > 0)
    const picked = whole ? pick(chain, () => true) : pickById(chain, mode)
    if (picked === undefined) continue
    chains.push(picked)
    if (mode._tag === "Id") break
  }
  return chains
}

const pickById = (chain: StoredChain, mode: Mode): BackupTree.BackupChain | undefined => {
  if (mode._tag === "All" || mode.id === undefined) return undefined
  const { chain: directory, number } = mode.id
  if (chain.directory !== directory || !chain.items.some((item) => item.number === number)) return undefined
  return pick(chain, mode._tag === "Id" ? (x) => x === number : (x) => x >= number)
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

/** Orders entries as a server goes through its directories: by name, ignoring case. Source: SEMANTICS 2.3. */
export const byDirectory = <A extends { readonly directory: string }>(entries: ReadonlyArray<A>): ReadonlyArray<A> =>
  byName(entries, ({ directory }) => directory)
