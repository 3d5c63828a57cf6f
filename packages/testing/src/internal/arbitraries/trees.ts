/** Generators of trees. */
import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import type * as BackupStore from "@backup-tree/core/server/BackupStore"
import * as ServerModel from "@backup-tree/core/server/ServerModel"
import * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as Arbitrary from "effect/Arbitrary"
import { oneOf } from "../choices.ts"
import { healthyStore, richStore, unusualStore } from "./stores.ts"
import { wildTree } from "./wildTree.ts"

/** Returns the full listing of a store. */
export const fullTree = (store: BackupStore.BackupStore): BackupTree.BackupTree =>
  ServerModel.exactSelect(store, BackupTreeRequest.everything)

/**
 * The full listing of a {@link healthyStore}. It has no errors, and no warnings unless it is empty.
 *
 * **Example** (Testing that nothing is lost)
 *
 * ```ts
 * it.prop("every backup can be restored", [Arbitraries.healthyTree], ([tree]) => {
 *   const catalog = BackupCatalog.fromListing(Arbitraries.completeListing(tree))
 *   assert.strictEqual(catalog.entries.size, TreePath.backupsOf(tree).length)
 * })
 * ```
 *
 * @category trees
 * @since 0.2.0
 */
export const healthyTree: Arbitrary.Arbitrary<BackupTree.BackupTree> = Arbitrary.map(healthyStore, fullTree)

/**
 * The full listing of an {@link unusualStore}: a healthy tree with anomalies that rules warn of.
 *
 * **Example** (Testing with undated backups and control characters)
 *
 * ```ts
 * it.prop("anomalies break no chain", [Arbitraries.unusualTree], ([tree]) => {
 *   assert.isEmpty(BackupCatalog.fromListing(Arbitraries.completeListing(tree)).quarantined)
 * })
 * ```
 *
 * @category trees
 * @since 0.2.0
 */
export const unusualTree: Arbitrary.Arbitrary<BackupTree.BackupTree> = Arbitrary.map(unusualStore, fullTree)

/** A `healthyTree` that is large enough for most mutations. */
export const richTree: Arbitrary.Arbitrary<BackupTree.BackupTree> = Arbitrary.map(richStore, fullTree)

/**
 * Any tree that a server could send: healthy, unusual, or wrong in many ways at once. Every tree satisfies the schema.
 *
 * Wrong trees have few distinct uuids, dates, images and disks, so that duplicates and conflicts are frequent. Texts
 * contain no NUL and no lone surrogates.
 *
 * **Example** (Testing that nothing throws)
 *
 * ```ts
 * it.prop("any tree can be written and read back", [Arbitraries.tree], ([tree]) => {
 *   const xml = BackupTreeXml.encode(tree)
 *   assert.isTrue(Result.isSuccess(BackupTreeXml.decode(xml, { mode: "tolerant" })))
 * })
 * ```
 *
 * @category trees
 * @since 0.2.0
 */
export const tree: Arbitrary.Arbitrary<BackupTree.BackupTree> = oneOf(oneOf(healthyTree, unusualTree), wildTree)
