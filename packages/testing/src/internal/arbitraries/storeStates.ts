/** States that hide parts of a store: in use, not readable, not understood. */
import type * as BackupStore from "@backup-tree/core/server/BackupStore"
import * as Arbitrary from "effect/Arbitrary"
import { index, pick } from "../choices.ts"

interface State {
  readonly kind: "locked" | "unreadable" | "item" | "directory" | "metadata" | "kind"
  readonly environment: number
  readonly chain: number
  readonly item: number
}

const state: Arbitrary.Arbitrary<State> = Arbitrary.all({
  kind: pick(["locked", "unreadable", "item", "directory", "metadata", "kind"]),
  environment: index(4),
  chain: index(3),
  item: index(6)
})

const chainIn = (chain: BackupStore.StoredChain, { item, kind }: State): BackupStore.StoredChain => {
  switch (kind) {
    case "locked":
      return { ...chain, locked: true }
    case "unreadable":
      return { ...chain, readable: false }
    case "directory":
      return { ...chain, directory: `${chain.directory} (copy)` }
    case "item":
      return {
        ...chain,
        items: chain.items.map((stored, position) =>
          position === item % chain.items.length ? { ...stored, content: { _tag: "Damaged" } } : stored
        )
      }
    default:
      return chain
  }
}

const storeIn = (store: BackupStore.BackupStore, state: State): BackupStore.BackupStore => ({
  environments: store.environments.map((environment, e) => {
    if (e !== state.environment % store.environments.length) return environment
    if (state.kind === "metadata") return { ...environment, metadata: undefined }
    if (state.kind === "kind" && environment.metadata !== undefined) {
      return { ...environment, metadata: { ...environment.metadata, vmType: 3 + state.item } }
    }
    return {
      ...environment,
      chains: environment.chains.map((chain, c) =>
        c === state.chain % environment.chains.length ? chainIn(chain, state) : chain
      )
    }
  })
})

/** Puts one to four parts of each store into such a state. */
export const withStates = (
  stores: Arbitrary.Arbitrary<BackupStore.BackupStore>
): Arbitrary.Arbitrary<BackupStore.BackupStore> =>
  Arbitrary.map(
    Arbitrary.all([stores, Arbitrary.array(state, { minLength: 1, maxLength: 4 })]),
    ([store, states]) => states.reduce(storeIn, store)
  )
