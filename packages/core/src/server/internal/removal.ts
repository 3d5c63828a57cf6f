/** The part of a removal that the server with the store performs. Source: SEMANTICS 4.2. */
import * as Result from "effect/Result"
import * as BackupId from "../../sdk/BackupId.ts"
import { codes, type ReturnCode } from "../../sdk/ReturnCode.ts"
import * as ChainVersion from "../../tree/ChainVersion.ts"
import type { BackupStore, StoredChain, StoredContent, StoredEnvironment, StoredItem } from "../BackupStore.ts"

/**
 * The parameters of a removal. An empty text is an omitted parameter. Source: SEMANTICS 4.2.
 *
 * @category requests
 * @since 0.2.0
 */
export interface Removal {
  readonly vmUuid: string
  readonly id: string
  /** `PBT_KEEP_CHAIN`: merge the backup into the next one, and keep the backups that depend on it. */
  readonly keepChain: boolean
  /** `PBT_IGNORE_NOT_EXISTS`: report success if the chain is unknown. */
  readonly ignoreNotExists: boolean
}

/** Removes from the environment of a directory. Without a directory, nothing is found. */
export const removeFrom = (
  store: BackupStore,
  directory: string | undefined,
  query: Removal
): Result.Result<BackupStore, ReturnCode> => {
  const environment = store.environments.find((candidate) => candidate.directory === directory)
  if (environment === undefined) return notFound(store, query)
  if (query.id === "") return Result.succeed(replace(store, environment, undefined))
  const { chain: name, number } = BackupId.address(query.id)
  const chain = environment.chains.find((candidate) => candidate.directory === name && isIndexed(candidate))
  if (chain === undefined || !chain.readable) return notFound(store, query)
  if (chain.locked) return Result.fail(codes.PRL_ERR_BACKUP_LOCKED_FOR_WRITING)
  const position = chain.items.findIndex((item) => item.number === number)
  if (query.keepChain) {
    if (versionOf(environment, chain) < ChainVersion.keepChainVersion) {
      return Result.fail(codes.PRL_ERR_BACKUP_UNSUPPORTED_KEEP_CHAIN)
    }
    if (position === -1) return Result.fail(codes.PRL_ERR_BACKUP_BACKUP_NOT_FOUND)
  }
  if (chain.items.length === 1 && environment.chains.filter(isIndexed).length === 1) {
    return Result.succeed(replace(store, environment, undefined))
  }
  const change = (after: StoredChain | undefined): BackupStore =>
    replace(store, environment, { ...environment, chains: replaced(environment.chains, chain, after) })
  if (query.keepChain) {
    return Result.map(withoutOne(chain.items, position), (items) => change({ ...chain, items }))
  }
  // For an unknown number, the server's position stays at its default, the first item: the whole chain is removed.
  return Result.succeed(change(position > 0 ? { ...chain, items: chain.items.slice(0, position) } : undefined))
}

const notFound = (store: BackupStore, query: Removal): Result.Result<BackupStore, ReturnCode> =>
  query.ignoreNotExists ? Result.succeed(store) : Result.fail(codes.PRL_ERR_BACKUP_BACKUP_UUID_NOT_FOUND)

/** Returns whether a directory counts as a chain. Only an empty index disqualifies it; nothing else is checked. */
const isIndexed = (chain: StoredChain): boolean => chain.items.length > 0 && BackupId.isServerUuid(chain.directory)

const replaced = <A>(values: ReadonlyArray<A>, old: A, changed: A | undefined): ReadonlyArray<A> =>
  values.flatMap((value) => value !== old ? [value] : changed === undefined ? [] : [changed])

const replace = (store: BackupStore, old: StoredEnvironment, changed: StoredEnvironment | undefined): BackupStore => ({
  environments: replaced(store.environments, old, changed)
})

const versionOf = ({ metadata }: StoredEnvironment, { items }: StoredChain): number => {
  const content = items[0]?.content
  return ChainVersion.effective(metadata?.version ?? 0, content?._tag === "Head" ? content.backup.images : [])
}

/** Merges an item into the next one, whose metadata is read and rewritten. The last item is simply removed. */
const withoutOne = (
  items: ReadonlyArray<StoredItem>,
  position: number
): Result.Result<ReadonlyArray<StoredItem>, ReturnCode> => {
  const victim = items[position]
  const next = items[position + 1]
  if (victim === undefined || next === undefined) return Result.succeed(items.toSpliced(position, 1))
  const content = position === 0 ? promoted(victim.content, next.content) : resized(next.content)
  return content === undefined
    ? Result.fail(codes.PRL_ERR_PARSE_VM_CONFIG)
    : Result.succeed(items.toSpliced(position, 2, { number: next.number, content }))
}

// A store does not hold the image sizes of the rewritten neighbour.
const unknownSize = 0n

const resized = (content: StoredContent): StoredContent | undefined =>
  content._tag === "Link" ? { _tag: "Link", backup: { ...content.backup, size: unknownSize } } : undefined

const promoted = (head: StoredContent, next: StoredContent): StoredContent | undefined => {
  if (head._tag !== "Head" || next._tag !== "Link") return undefined
  const { bundlePermissions, creator, dateTime, description, disks, host, id, images, originalSize, serverUuid } =
    next.backup
  return {
    _tag: "Head",
    uuid: head.uuid,
    lastNumber: head.lastNumber,
    backup: {
      _tag: "FullBackup",
      id,
      host,
      serverUuid,
      dateTime,
      creator,
      size: unknownSize,
      // Stored without a letter, and listed with this one.
      type: "f",
      description,
      images,
      originalSize: BigInt.asUintN(64, head.backup.originalSize + originalSize),
      bundlePermissions,
      flags: head.backup.flags,
      disks,
      kept: []
    }
  }
}
