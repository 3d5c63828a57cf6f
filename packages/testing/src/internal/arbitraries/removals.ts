/** Generators of removals, of ids that a store lists and of ids that it does not list. */
import * as BackupId from "@backup-tree/core/sdk/BackupId"
import type * as BackupStore from "@backup-tree/core/server/BackupStore"
import type * as ServerModel from "@backup-tree/core/server/ServerModel"
import * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as TreePath from "@backup-tree/core/tree/TreePath"
import * as Arbitrary from "effect/Arbitrary"
import * as Result from "effect/Result"
import { boolean, index, integer, oneOf, pick, rarely } from "../choices.ts"
import { malformedId, uuid } from "./ids.ts"
import { healthyStore, richStore, store } from "./stores.ts"
import { fullTree } from "./trees.ts"

/**
 * A store, and the request to remove something from it.
 *
 * @category models
 * @since 0.2.0
 */
export interface StoreWithRemoval {
  readonly store: BackupStore.BackupStore
  readonly removal: ServerModel.Removal
}

const backupsIn = (store: BackupStore.BackupStore): ReadonlyArray<TreePath.BackupAt> =>
  TreePath.backupsOf(fullTree(store))

// Few, so that chains overlap, and an incremental can be older than its head.
const stamps = ["2024-03-02 02:00:07", "2024-03-03 02:00:05", "2024-03-04 02:00:06", "2013-07-19 15:08:41", ""]

const redated = (store: BackupStore.BackupStore, draws: ReadonlyArray<number>): BackupStore.BackupStore => {
  let count = 0
  const stored = (item: BackupStore.StoredItem): BackupStore.StoredItem => {
    const dateTime = stamps[draws[count++ % draws.length]!]!
    const { content } = item
    if (content._tag === "Damaged") return item
    return content._tag === "Head"
      ? { ...item, content: { ...content, backup: { ...content.backup, dateTime } } }
      : { ...item, content: { ...content, backup: { ...content.backup, dateTime } } }
  }
  return {
    environments: store.environments.map((environment) => ({
      ...environment,
      chains: environment.chains.map((chain) => ({ ...chain, items: chain.items.map(stored) }))
    }))
  }
}

/** Replaces the dates of most stores, as if the clock had been moved. */
const withMovedClock = (
  stores: Arbitrary.Arbitrary<BackupStore.BackupStore>
): Arbitrary.Arbitrary<BackupStore.BackupStore> =>
  Arbitrary.map(
    Arbitrary.all([
      stores,
      pick([false, true, true]),
      Arbitrary.array(index(stamps.length), { minLength: 5, maxLength: 11 })
    ]),
    ([store, moved, draws]) => moved ? redated(store, draws) : store
  )

/** Makes the item after a backup unreadable, if there is one. */
const withoutNext = (
  store: BackupStore.BackupStore,
  { backup, chain }: TreePath.BackupAt
): BackupStore.BackupStore => ({
  environments: store.environments.map((environment) => ({
    ...environment,
    chains: environment.chains.map((stored) => {
      if (stored.directory !== chain.uuid) return stored
      const position = stored.items.findIndex(({ content }) => content._tag !== "Damaged" && content.backup === backup)
      return {
        ...stored,
        items: stored.items.map((item, index) =>
          index === position + 1 ? { ...item, content: { _tag: "Damaged" } } : item
        )
      }
    })
  }))
})

/** Draws removals. Most are of a head with incrementals. If `mayBreak`, every third next item is unreadable. */
const removalOf = (
  stores: Arbitrary.Arbitrary<BackupStore.BackupStore>,
  mayBreak: boolean
): Arbitrary.Arbitrary<StoreWithRemoval> =>
  Arbitrary.filterMap(
    Arbitrary.all({
      store: withMovedClock(stores),
      choice: integer(0, 999),
      ofHead: pick([false, true, true]),
      keepChain: boolean,
      named: boolean,
      breaks: rarely(3)
    }),
    ({ breaks, choice, keepChain, named, ofHead, store }) => {
      const all = backupsIn(store)
      const heads = all.filter(({ backup, chain }) => backup === chain.head && chain.incrementals.length > 0)
      const backups = ofHead && heads.length > 0 ? heads : all
      const target = backups[choice % Math.max(backups.length, 1)]
      if (target === undefined) return Result.fail("the store is empty")
      const vmUuid = named ? target.environment.uuid : ""
      return Result.succeed({
        store: mayBreak && breaks ? withoutNext(store, target) : store,
        removal: { vmUuid, id: target.backup.id, keepChain, ignoreNotExists: false }
      })
    }
  )

/**
 * A healthy store, and the removal of a backup that it lists: by its id, with or without the uuid of its environment.
 *
 * Most stores have dates as after a clock change: chains overlap, heads have the same date, incrementals are older than
 * their head, some have no date.
 *
 * **Example** (Testing that a removal removes)
 *
 * ```ts
 * it.prop("a removed id is no longer listed", [Arbitraries.listedRemoval], ([{ removal, store }]) => {
 *   const after = Result.getOrThrow(ServerModel.remove(store, { ...removal, keepChain: false }))
 *   const tree = ServerModel.exactSelect(after, BackupTreeRequest.everything)
 *   assert.notInclude(TreePath.backupsOf(tree).map(({ backup }) => backup.id), removal.id)
 * })
 * ```
 *
 * @category removals
 * @since 0.2.0
 */
export const listedRemoval: Arbitrary.Arbitrary<StoreWithRemoval> = removalOf(
  oneOf(healthyStore, richStore, richStore),
  false
)

/**
 * A {@link listedRemoval} from a store in any state: with locked, unreadable and hidden chains and items.
 *
 * **Example** (Testing that a refused removal is reported)
 *
 * ```ts
 * it.prop("a removal succeeds or fails with a code", [Arbitraries.anyListedRemoval], ([{ removal, store }]) => {
 *   const outcome = ServerModel.remove(store, removal)
 *   if (Result.isFailure(outcome)) assert.isNotEmpty(ReturnCode.name(outcome.failure))
 * })
 * ```
 *
 * @category removals
 * @since 0.2.0
 */
export const anyListedRemoval: Arbitrary.Arbitrary<StoreWithRemoval> = removalOf(store, true)

const suffixes = [".abc", ".0", ".", ".2.3", ".-2", ".4294967297"]

/** Returns an id that a chain does not have: with a number that it lost or never had, or with a malformed one. */
const strayIdOf = ({ chain }: TreePath.BackupAt, form: number, number: number): string => {
  const numbers = new Set(BackupTree.backups(chain).map((backup) => BackupTree.number(chain, backup)))
  let free = number
  while (numbers.has(free)) free += 1
  return form < suffixes.length ? chain.uuid + suffixes[form]! : BackupId.make(chain.uuid, free).text
}

/**
 * A healthy store, and the removal of an id that it does not list: a number that a chain lost or never had, a malformed
 * id, or an unknown chain.
 *
 * **Example** (Testing that a preview refuses a stale id)
 *
 * ```ts
 * it.prop("a stale id is refused", [Arbitraries.unlistedRemoval], ([{ removal, store }]) => {
 *   const tree = ServerModel.exactSelect(store, BackupTreeRequest.everything)
 *   assert.isTrue(Result.isFailure(RemovalPlan.preview(catalogOf(tree), { id: removal.id })))
 * })
 * ```
 *
 * @category removals
 * @since 0.2.0
 */
export const unlistedRemoval: Arbitrary.Arbitrary<StoreWithRemoval> = Arbitrary.filterMap(
  Arbitrary.all({
    store: oneOf(healthyStore, richStore),
    choice: integer(0, 999),
    form: index(2 * suffixes.length),
    number: oneOf(index(8), integer(1, BackupId.maxNumber - 8)),
    keepChain: boolean,
    unknownId: oneOf(uuid, malformedId, pick([""])),
    isUnknown: rarely(4)
  }),
  ({ choice, form, isUnknown, keepChain, number, store, unknownId }) => {
    const backups = backupsIn(store)
    const target = backups[choice % Math.max(backups.length, 1)]
    if (target === undefined && !isUnknown) return Result.fail("the store has no chain")
    const id = isUnknown || target === undefined ? unknownId : strayIdOf(target, form, number + 1)
    // Small salts yield the same uuids, so an unknown chain can be one of the store.
    const key = BackupId.key(id)
    if (backups.some(({ backup }) => BackupId.key(backup.id) === key)) return Result.fail("the id is listed")
    return Result.succeed({ store, removal: { vmUuid: "", id, keepChain, ignoreNotExists: false } })
  }
)
