/** Generators of stores together with a request or a query about them. */
import * as BackupFlags from "@backup-tree/core/sdk/BackupFlags"
import * as BackupId from "@backup-tree/core/sdk/BackupId"
import type * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as Uuid from "@backup-tree/core/sdk/Uuid"
import type * as BackupStore from "@backup-tree/core/server/BackupStore"
import type * as ServerModel from "@backup-tree/core/server/ServerModel"
import * as Arbitrary from "effect/Arbitrary"
import * as Option from "effect/Option"
import { index, oneOf, pick, rarely } from "../choices.ts"
import { malformations, mostlyFirst, numberSpellings } from "./ids.ts"
import { flags, parameters } from "./parameters.ts"
import { request } from "./requests.ts"
import { healthyStore, richStore, richUnusualStore, store, unusualStore } from "./stores.ts"

/** A choice among the ids of a store, drawn before the store is known. */
interface Aim {
  readonly environment: number
  readonly chain: number
  readonly item: number
  readonly misses: boolean
}

const aim: Arbitrary.Arbitrary<Aim> = Arbitrary.all({
  environment: index(4),
  chain: index(3),
  item: index(6),
  misses: rarely(6)
})

/** Returns the directories and the number that a choice selects. One that misses has a number the chain may lack. */
const aimed = (
  store: BackupStore.BackupStore,
  { chain, environment, item, misses }: Aim
): { readonly environment: string; readonly chain: string; readonly number: number } => {
  const selected = store.environments[environment % Math.max(store.environments.length, 1)]
  const chains = selected?.chains ?? []
  const selectedChain = chains[chain % Math.max(chains.length, 1)]
  return {
    environment: selected?.directory ?? Uuid.nil,
    chain: selectedChain?.directory ?? Uuid.nil,
    number: misses || selectedChain === undefined
      ? item + 1
      : selectedChain.items[item % selectedChain.items.length]!.number
  }
}

/**
 * A store, and a request that is usually about something in it.
 *
 * @category models
 * @since 0.2.0
 */
export interface StoreWithRequest {
  readonly store: BackupStore.BackupStore
  readonly request: BackupTreeRequest.BackupTreeRequest
}

const withRequest = (stores: Arbitrary.Arbitrary<BackupStore.BackupStore>): Arbitrary.Arbitrary<StoreWithRequest> =>
  Arbitrary.map(
    Arbitrary.all({
      store: stores,
      aim,
      kinds: pick(["vm+ct", "vm+ct", "vm", "ct"]),
      about: pick([0, 1, 2, 3, 3]),
      spelling: mostlyFirst(numberSpellings.length),
      stray: request,
      strays: rarely(12)
    }),
    ({ about, aim, kinds, spelling, store, stray, strays }) => {
      if (strays) return { store, request: stray }
      const target = aimed(store, aim)
      const id = target.chain + numberSpellings[spelling]!(target.number)
      const subjects: ReadonlyArray<BackupTreeRequest.Subject> = [
        { _tag: "Everything" },
        { _tag: "Environment", uuid: target.environment },
        { _tag: "Backup", id },
        { _tag: "Chain", id }
      ]
      return { store, request: { subject: subjects[about]!, kinds, directory: Option.none() } }
    }
  )

/**
 * An {@link unusualStore} and a request. Usually the request is about something in the store, spelled as in a listing.
 *
 * **Example** (Testing that a request never returns too much)
 *
 * ```ts
 * it.prop("a response holds only what the store has", [Arbitraries.storeWithRequest], ([{ request, store }]) => {
 *   const response = ServerModel.select(store, request)
 *   const directories = store.environments.map(({ directory }) => directory)
 *   assert.includeMembers(directories, response.environments.map(({ uuid }) => uuid))
 * })
 * ```
 *
 * @category stores
 * @since 0.2.0
 */
export const storeWithRequest: Arbitrary.Arbitrary<StoreWithRequest> = withRequest(
  oneOf(unusualStore, richUnusualStore)
)

/** A `healthyStore` and a request. */
export const healthyStoreWithRequest: Arbitrary.Arbitrary<StoreWithRequest> = withRequest(
  oneOf(healthyStore, richStore)
)

/**
 * A store in any state, and raw parameters of a request about it. Some are malformed.
 *
 * @category models
 * @since 0.2.0
 */
export interface StoreWithQuery {
  readonly store: BackupStore.BackupStore
  readonly query: ServerModel.FlagQuery
}

const aimedFlags: ReadonlyArray<BackupFlags.BackupFlags> = [
  BackupFlags.of("PBT_VM", "PBT_CT"),
  BackupFlags.of("PBT_VM", "PBT_CT", "PBT_BACKUP_ID"),
  BackupFlags.of("PBT_VM", "PBT_CT", "PBT_CHAIN"),
  BackupFlags.of("PBT_BACKUP_ID"),
  BackupFlags.of("PBT_CHAIN")
]

/**
 * A {@link store} in any state, and a query: the name of one of its directories, a malformed one, or any text.
 *
 * **Example** (Testing a server of your own)
 *
 * ```ts
 * it.prop("a query for one id never selects two environments", [Arbitraries.storeWithQuery], ([{ query, store }]) => {
 *   const response = ServerModel.exactSelectByFlags(store, query)
 *   if (Result.isSuccess(response) && query.uuid !== "") assert.isAtMost(response.success.environments.length, 1)
 * })
 * ```
 *
 * @category stores
 * @since 0.2.0
 */
export const storeWithQuery: Arbitrary.Arbitrary<StoreWithQuery> = Arbitrary.map(
  Arbitrary.all({
    store,
    aim,
    flags: oneOf(pick(aimedFlags), pick(aimedFlags), flags),
    form: index(7),
    spoil: pick(malformations),
    stray: parameters
  }),
  ({ aim, flags, form, spoil, store, stray }) => {
    const target = aimed(store, aim)
    const id = BackupId.make(target.chain, target.number).text
    const texts = [
      target.environment,
      id,
      id,
      spoil(target.chain),
      target.chain.toUpperCase(),
      "",
      stray.uuid
    ]
    return { store, query: { uuid: texts[form]!, flags } }
  }
)
