/** Pairs of trees: of one store before and after something happened to it, and of unrelated stores. */
import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import * as Arbitrary from "effect/Arbitrary"
import * as Result from "effect/Result"
import * as BackupTreeRequest from "../../src/sdk/BackupTreeRequest.ts"
import type * as BackupStore from "../../src/server/BackupStore.ts"
import * as ServerModel from "../../src/server/ServerModel.ts"
import type * as BackupTree from "../../src/tree/BackupTree.ts"
import { integer, oneOf } from "./xmlArbitraries.ts"

export type Pair = readonly [before: BackupTree.BackupTree, after: BackupTree.BackupTree]

/** Returns the full listing of a store. */
const listed = (store: BackupStore.BackupStore): BackupTree.BackupTree =>
  ServerModel.exactSelect(store, BackupTreeRequest.everything)

/** A listing before and after one removal, with or without keep-chain; the same listing if the removal is refused. */
export const removal: Arbitrary.Arbitrary<Pair> = Arbitrary.map(
  Arbitraries.anyListedRemoval,
  ({ removal, store }) => [
    listed(store),
    listed(Result.getOrElse(ServerModel.remove(store, removal), () => store))
  ]
)

/** A listing before and after a chain was locked. */
export const locking: Arbitrary.Arbitrary<Pair> = Arbitrary.map(
  Arbitrary.all([Arbitraries.healthyStore, integer(0, 2)]),
  ([store, position]) => [
    listed(store),
    listed({
      environments: store.environments.map((environment) => ({
        ...environment,
        chains: environment.chains.map((chain, index) => index === position ? { ...chain, locked: true } : chain)
      }))
    })
  ]
)

type Edit = (environment: BackupTree.VirtualEnvironment, number: number) => BackupTree.VirtualEnvironment

const inHeads = (change: (head: BackupTree.FullBackup) => Partial<BackupTree.FullBackup>): Edit => (environment) => ({
  ...environment,
  chains: environment.chains.map((chain) => ({ ...chain, head: { ...chain.head, ...change(chain.head) } }))
})

const withNext: Edit = (environment, number) => ({
  ...environment,
  chains: environment.chains.map((chain) => ({
    ...chain,
    lastNumber: chain.lastNumber + 1 + number,
    incrementals: [...chain.incrementals, {
      ...(chain.incrementals.at(-1) ?? chain.head),
      _tag: "IncrementalBackup",
      number: chain.lastNumber + 1 + number,
      id: `${chain.uuid}.${chain.lastNumber + 1 + number}`
    }]
  }))
})

const edits: ReadonlyArray<Edit> = [
  (environment, number) => ({ ...environment, name: `${environment.name} ${number}` }),
  (environment) => ({ ...environment, chains: environment.chains.toReversed() }),
  (environment) => ({ ...environment, uuid: environment.uuid.toUpperCase() }),
  (environment, number) => ({ ...environment, version: number, kept: [] }),
  inHeads(({ size }) => ({ size: size / 2n })),
  inHeads(() => ({ host: "hn9.example.com", serverUuid: "" })),
  inHeads(({ images }) => ({ images: [...images, "more"], disks: undefined })),
  withNext
]

/** Any listing before and after edits of some of its environments. */
const edited: Arbitrary.Arbitrary<Pair> = Arbitrary.map(
  Arbitrary.all([Arbitraries.tree, Arbitrary.array(integer(0, 999), { minLength: 1, maxLength: 4 })]),
  ([tree, draws]) => [tree, {
    ...tree,
    environments: tree.environments.map((environment, index) => {
      const draw = draws[index % draws.length]!
      return (edits[draw % edits.length] ?? edits[0]!)(environment, draw % 5)
    })
  }]
)

/** Two listings that have nothing to do with each other, except that wrong trees have few uuids. */
const unrelated: Arbitrary.Arbitrary<Pair> = Arbitrary.all([Arbitraries.tree, Arbitraries.tree])

/** A listing, and the same one without some of its parts, in either order. */
const thinned: Arbitrary.Arbitrary<Pair> = Arbitrary.map(
  Arbitrary.all([Arbitraries.tree, integer(2, 4), integer(0, 1)]),
  ([tree, every, isReversed]) => {
    let count = 0
    const some = <A>(values: ReadonlyArray<A>): ReadonlyArray<A> => values.filter(() => ++count % every !== 0)
    const thin = {
      ...tree,
      environments: some(tree.environments).map((environment) => ({
        ...environment,
        chains: some(environment.chains).map((chain) => ({ ...chain, incrementals: some(chain.incrementals) }))
      }))
    }
    return isReversed === 1 ? [thin, tree] : [tree, thin]
  }
)

/** Any of these pairs. */
export const pair: Arbitrary.Arbitrary<Pair> = oneOf(removal, locking, edited, unrelated, thinned)
