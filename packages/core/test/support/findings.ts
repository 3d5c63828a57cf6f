import type * as BackupTree from "../../src/BackupTree.ts"
import * as Invariants from "../../src/Invariants.ts"
import { environment, listing, tree, web } from "./treeLiterals.ts"

/** What is found in a whole listing of some environments. */
export const check = (
  ...environments: ReadonlyArray<BackupTree.VirtualEnvironment>
): ReadonlyArray<Invariants.Finding> => Invariants.check(listing(tree(...environments)))

/** What is found, in short: the rule and the path. */
export const found = (...environments: ReadonlyArray<BackupTree.VirtualEnvironment>): ReadonlyArray<string> =>
  check(...environments).map(({ path, rule }) => `${rule} ${path}`)

/** What is found in the only chain of a tree, in short. */
export const inChain = (chain: BackupTree.BackupChain): ReadonlyArray<string> => found(environment(web, [chain]))

/** The path of that chain. */
export const head = "VmItem[1]/BackupItem[1]"
