/** Every mutation, and the generator of mutated trees. */
import type * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as Arbitrary from "effect/Arbitrary"
import * as Result from "effect/Result"
import { richTree } from "../arbitraries/trees.ts"
import { integer } from "../choices.ts"
import { contentMutations } from "./contentMutations.ts"
import { identityMutations } from "./identityMutations.ts"
import { imageMutations } from "./imageMutations.ts"
import type { Mutation } from "./mutation.ts"
import { numberingMutations } from "./numberingMutations.ts"

/**
 * Every mutation, ordered by rule: at least one for each rule that judges a tree alone.
 *
 * **Example** (Listing what can go wrong with numbers)
 *
 * ```ts
 * export const gaps = Arbitraries.mutations.filter(({ rule }) => rule === "I11").map(({ change }) => change)
 * ```
 *
 * @category mutations
 * @since 0.2.0
 */
export const mutations: ReadonlyArray<Mutation> = [
  ...identityMutations,
  ...numberingMutations,
  ...contentMutations,
  ...imageMutations
].toSorted((a, b) => a.rule === b.rule ? 0 : a.rule < b.rule ? -1 : 1)

/**
 * A healthy tree, and the same tree with one fault.
 *
 * @category models
 * @since 0.2.0
 */
export interface Mutated {
  readonly before: BackupTree.BackupTree
  readonly after: BackupTree.BackupTree
}

/** Draws a number to choose a place with. */
const choice: Arbitrary.Arbitrary<number> = integer(0, 9_999)

/**
 * Returns a generator of healthy trees with a place for a mutation, each before and after it.
 *
 * **Example** (Testing that a check finds every fault)
 *
 * ```ts
 * for (const mutation of Arbitraries.mutations.filter(({ rule }) => rule === "I25")) {
 *   it.prop(`a catalog quarantines a chain if ${mutation.change}`, [Arbitraries.mutated(mutation)], ([{ after }]) => {
 *     assert.lengthOf(BackupCatalog.fromListing(Arbitraries.completeListing(after)).quarantined, 1)
 *   })
 * }
 * ```
 *
 * @category mutations
 * @since 0.2.0
 */
export const mutated = (mutation: Mutation): Arbitrary.Arbitrary<Mutated> =>
  Arbitrary.filterMap(Arbitrary.all([richTree, choice]), ([before, choice]) => {
    const after = mutation.apply(before, choice)
    return after === undefined ? Result.fail("the tree has no place for it") : Result.succeed({ before, after })
  })
