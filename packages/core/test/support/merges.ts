/** Answers from several directories, and merges of them. */
import type { Note, NotedTree } from "@backup-tree/core/tree/Note"
import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Origin from "../../src/listing/Origin.ts"
import * as TreeMerge from "../../src/listing/TreeMerge.ts"
import * as BackupTree from "../../src/tree/BackupTree.ts"
import { chainX, chainY, datedChain, stranger, web } from "./treeLiterals.ts"
import { oneOf } from "./xmlArbitraries.ts"

export const byDefault: Origin.Origin = { _tag: "Default" }
export const own: Origin.Origin = { _tag: "OwnOf", uuid: web }
export const mnt = (name: string): Origin.Origin => ({ _tag: "Directory", path: `/mnt/${name}` })

export const read = (tree: BackupTree.BackupTree, notes: ReadonlyArray<Note> = []): NotedTree => ({ tree, notes })

export type Said = readonly [origin: Origin.Origin, tree: BackupTree.BackupTree]

/** The merge of some responses. Asserts that their order does not matter. */
export const merged = (...said: ReadonlyArray<Said>): TreeMerge.MergedTree => {
  const each = said.map(([origin, tree]) => TreeMerge.fromListing(origin, read(tree)))
  const whole = TreeMerge.toTree(TreeMerge.mergeAll(each))
  assert.deepStrictEqual(TreeMerge.toTree(TreeMerge.mergeAll(each.toReversed())), whole)
  return whole
}

export const originsOf = (whole: TreeMerge.MergedTree, chain: string) =>
  TreeMerge.originsOf(whole, { environment: web, chain })

export const day = (number: number) => `2024-03-0${number} 02:00:00`
export const old = datedChain(chainX, [day(1), day(2)])
export const latest = datedChain(chainY, [day(3)])

export const anyOrigin = oneOf<Origin.Origin>(
  ...[byDefault, own, mnt("a"), mnt("b")].map((origin) => Arbitrary.Constant(origin)),
  Arbitrary.Constant({ _tag: "OwnOf", uuid: stranger })
)

const anyRead: Arbitrary.Arbitrary<NotedTree> = oneOf(
  Arbitrary.map(Arbitraries.listing, ({ notes, tree }) => read(tree, notes)),
  Arbitrary.map(oneOf(Arbitraries.healthyTree, Arbitraries.unusualTree), (tree) => read(tree))
)

/** Some answers; each may come of other origins too, alike or cut short, as the same directory read twice. */
export const anyMerged: Arbitrary.Arbitrary<TreeMerge.Merged> = Arbitrary.map(
  Arbitrary.array(
    Arbitrary.all([anyOrigin, anyRead, anyOrigin, oneOf(Arbitrary.Constant(true), Arbitrary.Constant(false))]),
    { maxLength: 3 }
  ),
  (drawn) =>
    TreeMerge.mergeAll(drawn.flatMap(([origin, said, another, isAlike]) => [
      TreeMerge.fromListing(origin, said),
      TreeMerge.fromListing(another, isAlike ? structuredClone(said) : read(shorter(said.tree)))
    ]))
)

const shorter = (tree: BackupTree.BackupTree): BackupTree.BackupTree => ({
  ...tree,
  environments: tree.environments.map((environment) => ({
    ...environment,
    chains: environment.chains.map((chain) => ({ ...chain, incrementals: chain.incrementals.slice(0, -1) }))
  }))
})
