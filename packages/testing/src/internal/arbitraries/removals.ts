/** Generators of removals, of what a store lists and of what it does not. */
import * as BackupId from "@backup-tree/core/sdk/BackupId"
import * as ServerModel from "@backup-tree/core/server/ServerModel"
import * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as TreePath from "@backup-tree/core/tree/TreePath"
import * as Arbitrary from "effect/Arbitrary"
import * as Result from "effect/Result"
import { boolean, index, integer, oneOf, pick, rarely } from "./choices.ts"
import { malformedId, uuid } from "./requests.ts"
import { healthyStore, richStore, store } from "./stores.ts"

/** A store and what its server is told to remove. */
export interface AskedRemoval {
  readonly store: ServerModel.Store
  readonly removal: ServerModel.Removal
}

const backupsIn = (store: ServerModel.Store): ReadonlyArray<TreePath.BackupAt> => {
  return TreePath.backupsOf(
    Result.getOrElse(ServerModel.exactSelect(store, ServerModel.everyKind), () => BackupTree.empty)
  )
}

// Few, so that heads and links of different chains meet and overtake each other.
const stamps = ["2024-03-02 02:00:07", "2024-03-03 02:00:05", "2024-03-04 02:00:06", "2013-07-19 15:08:41", ""]

const redated = (store: ServerModel.Store, draws: ReadonlyArray<number>): ServerModel.Store => {
  let count = 0
  const stored = (item: ServerModel.StoredItem): ServerModel.StoredItem => {
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

const withDates = (store: Arbitrary.Arbitrary<ServerModel.Store>): Arbitrary.Arbitrary<ServerModel.Store> =>
  Arbitrary.map(
    Arbitrary.all([
      store,
      pick([false, true, true]),
      Arbitrary.array(index(stamps.length), { minLength: 5, maxLength: 11 })
    ]),
    ([store, moved, draws]) => moved ? redated(store, draws) : store
  )

/** Damages the item behind a backup, where there is one. */
const breakNext = (store: ServerModel.Store, { backup, chain }: TreePath.BackupAt): ServerModel.Store => ({
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

/** Most removals are of a head that has incrementals, if there is one; every third next item breaks, if it may. */
const removalOf = (
  stores: Arbitrary.Arbitrary<ServerModel.Store>,
  mayBreak: boolean
): Arbitrary.Arbitrary<AskedRemoval> =>
  Arbitrary.filterMap(
    Arbitrary.all({
      store: withDates(stores),
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
      const hit = backups[choice % Math.max(backups.length, 1)]
      if (hit === undefined) return Result.fail("nothing to remove")
      const vmUuid = named ? hit.environment.uuid : ""
      return Result.succeed({
        store: mayBreak && breaks ? breakNext(store, hit) : store,
        removal: { vmUuid, id: hit.backup.id, keepChain, ignoreNotExists: false }
      })
    }
  )

/**
 * A healthy store and the removal of a backup that it lists, by its id alone or with the uuid of its environment.
 *
 * Most of the stores have dates as after a clock that was moved: chains overlap, heads meet, links are older than their
 * head, some have no date.
 */
export const listedRemoval: Arbitrary.Arbitrary<AskedRemoval> = removalOf(
  oneOf(healthyStore, richStore, richStore),
  false
)

/** As `listedRemoval`, of a store in any state: chains in use or of other users, damaged and hidden backups. */
export const anyListedRemoval: Arbitrary.Arbitrary<AskedRemoval> = removalOf(store, true)

const suffixes = [".abc", ".0", ".", ".2.3", ".-2", ".4294967297"]

/** An id of a chain that the chain does not have: a number that went or never was, or no number at all. */
const strayIdOf = ({ chain }: TreePath.BackupAt, form: number, number: number): string => {
  const numbers = new Set(BackupTree.backups(chain).map((backup) => BackupTree.number(chain, backup)))
  let free = number
  while (numbers.has(free)) free += 1
  return form < suffixes.length ? chain.uuid + suffixes[form]! : BackupId.make(chain.uuid, free).text
}

/**
 * A healthy store and the removal of an id that it does not list: numbers that a chain lost or never had, ids that are
 * none, and chains of nobody.
 */
export const unlistedRemoval: Arbitrary.Arbitrary<AskedRemoval> = Arbitrary.filterMap(
  Arbitrary.all({
    store: oneOf(healthyStore, richStore),
    choice: integer(0, 999),
    form: index(2 * suffixes.length),
    number: oneOf(index(8), integer(1, BackupId.maxNumber - 8)),
    keepChain: boolean,
    stranger: oneOf(uuid, malformedId, pick([""])),
    strays: rarely(4)
  }),
  ({ choice, form, keepChain, number, store, stranger, strays }) => {
    const backups = backupsIn(store)
    const hit = backups[choice % Math.max(backups.length, 1)]
    if (hit === undefined && !strays) return Result.fail("no chain to be a stranger to")
    const id = strays || hit === undefined ? stranger : strayIdOf(hit, form, number + 1)
    // Small salts make the same uuids: a stranger may have met a chain of the store.
    const key = BackupId.key(id)
    if (backups.some(({ backup }) => BackupId.key(backup.id) === key)) return Result.fail("it is listed")
    return Result.succeed({ store, removal: { vmUuid: "", id, keepChain, ignoreNotExists: false } })
  }
)
