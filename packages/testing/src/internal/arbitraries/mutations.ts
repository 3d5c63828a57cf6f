/** Single faults, one kind at the least for each rule of `Invariants` that judges a tree alone. */
import type * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as Arbitrary from "effect/Arbitrary"
import * as Result from "effect/Result"
import { contentMutations } from "./contentMutations.ts"
import { identityMutations } from "./identityMutations.ts"
import { imageMutations } from "./imageMutations.ts"
import type { Mutation } from "./mutation.ts"
import { numberingMutations } from "./numberingMutations.ts"
import { choice, richTree } from "./trees.ts"

export { type Companion, type Mutation } from "./mutation.ts"

/** Every fault. */
export const mutations: ReadonlyArray<Mutation> = [
  ...identityMutations,
  ...numberingMutations,
  ...contentMutations,
  ...imageMutations
].toSorted((a, b) => a.rule === b.rule ? 0 : a.rule < b.rule ? -1 : 1)

/** A healthy tree and the same with one fault. */
export interface Mutated {
  readonly before: BackupTree.BackupTree
  readonly after: BackupTree.BackupTree
}

/** Healthy trees that have a place for a fault, with and without it. */
export const mutated = (mutation: Mutation): Arbitrary.Arbitrary<Mutated> =>
  Arbitrary.filterMap(Arbitrary.all([richTree, choice]), ([before, choice]) => {
    const after = mutation.apply(before, choice)
    return after === undefined ? Result.fail("no place for it") : Result.succeed({ before, after })
  })
