import * as Result from "effect/Result"
import * as BackupCatalog from "../../src/check/BackupCatalog.ts"
import type * as BackupListing from "../../src/listing/BackupListing.ts"
import * as BackupTreeRequest from "../../src/sdk/BackupTreeRequest.ts"
import type * as BackupStore from "../../src/server/BackupStore.ts"
import * as ServerModel from "../../src/server/ServerModel.ts"
import * as BackupTree from "../../src/tree/BackupTree.ts"
import * as literals from "./treeLiterals.ts"

/** The catalog of a whole listing of some environments. */
export const catalog = (...environments: ReadonlyArray<BackupTree.VirtualEnvironment>): BackupCatalog.BackupCatalog =>
  BackupCatalog.fromListing(literals.listing(literals.tree(...environments)))

/** The catalog of a complete listing that is unusual in some way. */
export const oddCatalog = (
  more: Partial<BackupListing.BackupListing>,
  ...environments: ReadonlyArray<BackupTree.VirtualEnvironment>
): BackupCatalog.BackupCatalog =>
  BackupCatalog.fromListing({ ...literals.listing(literals.tree(...environments)), ...more })

/** The complete listing of a store. */
export const listedTree = (store: BackupStore.BackupStore): BackupTree.BackupTree =>
  ServerModel.exactSelect(store, BackupTreeRequest.everything)

/** The catalog of the complete listing of a store. */
export const storeCatalog = (store: BackupStore.BackupStore): BackupCatalog.BackupCatalog =>
  BackupCatalog.fromListing(literals.listing(listedTree(store)))

/** The error of what has to fail. */
export const failureOf = <A, E>(result: Result.Result<A, E>): E =>
  Result.isFailure(result) ? result.failure : raise("it should have failed")

const raise = (message: string): never => {
  throw new Error(message)
}
