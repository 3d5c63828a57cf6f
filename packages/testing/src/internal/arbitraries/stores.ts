/** Generators of stores: healthy ones, with anomalies, and in any state. */
import type * as BackupStore from "@backup-tree/core/server/BackupStore"
import * as Arbitrary from "effect/Arbitrary"
import { oneOf } from "../choices.ts"
import { storeOf } from "../storeHistory.ts"
import { type Anomalies, type Minimum, storeHistory } from "./storeHistories.ts"
import { withStates } from "./storeStates.ts"

/**
 * Something unusual that happens on healthy servers too, although rules warn of it.
 *
 * @category models
 * @since 0.2.0
 */
export interface Anomaly {
  /** The ids of the rules that warn of it. */
  readonly rules: ReadonlyArray<string>
  /** The reason why the store is healthy all the same. */
  readonly why: string
}

/**
 * Every anomaly, with the rules that warn of it.
 *
 * **Example** (Listing the warnings that a healthy server can cause)
 *
 * ```ts
 * export const harmlessRules = Object.values(Arbitraries.anomalies).flatMap(({ rules }) => rules)
 * ```
 *
 * @category stores
 * @since 0.2.0
 */
export const anomalies: { readonly [A in keyof Required<Anomalies>]: Anomaly } = {
  undated: {
    // If no backup of an environment has a date, none is known to be fresh.
    rules: ["I13", "I40"],
    why: "a server in a zone with summer time loses the dates of one hour a year (SEMANTICS 1.6)"
  },
  controlCharacters: {
    rules: ["I33"],
    why: "people paste anything into names and descriptions, and a server passes it on (SEMANTICS 1.12)"
  }
}

const allAnomalies: Anomalies = { undated: true, controlCharacters: true }

const healthy = (minimum: Minimum, anomalies: Anomalies): Arbitrary.Arbitrary<BackupStore.BackupStore> =>
  Arbitrary.map(storeHistory(minimum, anomalies), storeOf)

const anySize: Minimum = { environments: 0, chains: 1, backups: 1, disks: 0 }
const rich: Minimum = { environments: 2, chains: 2, backups: 5, disks: 1 }

/**
 * A {@link healthyStore} with the given anomalies.
 *
 * **Example** (Testing with undated backups)
 *
 * ```ts
 * it.prop("a date is empty or complete", [Arbitraries.healthyStoreWith({ undated: true })], ([store]) => {
 *   const tree = ServerModel.exactSelect(store, BackupTreeRequest.everything)
 *   for (const { backup } of TreePath.backupsOf(tree)) {
 *     assert.match(backup.dateTime, /^$|^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/)
 *   }
 * })
 * ```
 *
 * @category stores
 * @since 0.2.0
 */
export const healthyStoreWith = (anomalies: Anomalies): Arbitrary.Arbitrary<BackupStore.BackupStore> =>
  healthy(anySize, anomalies)

/**
 * The store of a healthy server, current or from the product's past.
 *
 * Its full listing has no errors, and no warnings unless it is empty.
 *
 * - Up to 4 environments: virtual machines, and containers of both layouts, with any name that XML allows.
 * - 1 to 3 chains each, of up to 6 backups: with promoted heads, and gaps where backups were removed with keep-chain.
 * - `.tib` chains of old servers, and such chains next to newer ones on upgraded servers.
 * - No disk, one or several, encrypted or not.
 * - Chains that moved to another host, or were continued by another user.
 *
 * **Example** (Testing a count of backups)
 *
 * ```ts
 * it.prop("a full listing has every backup", [Arbitraries.healthyStore], ([store]) => {
 *   const tree = ServerModel.exactSelect(store, BackupTreeRequest.everything)
 *   const items = store.environments.flatMap(({ chains }) => chains.flatMap(({ items }) => items))
 *   assert.lengthOf(TreePath.backupsOf(tree), items.length)
 * })
 * ```
 *
 * @category stores
 * @since 0.2.0
 */
export const healthyStore: Arbitrary.Arbitrary<BackupStore.BackupStore> = healthyStoreWith({})

/**
 * A {@link healthyStore} with every anomaly. Its full listing has no errors. Only the rules that {@link anomalies} names
 * warn of it, unless it is empty.
 *
 * **Example** (Testing a label)
 *
 * ```ts
 * it.prop("a label has no control characters", [Arbitraries.unusualStore], ([store]) => {
 *   for (const { metadata } of store.environments) {
 *     assert.notMatch(PrintableText.escape(metadata?.name ?? ""), /[\u0000-\u001f]/)
 *   }
 * })
 * ```
 *
 * @category stores
 * @since 0.2.0
 */
export const unusualStore: Arbitrary.Arbitrary<BackupStore.BackupStore> = healthyStoreWith(allAnomalies)

/** A `healthyStore` that is large enough for most mutations: several environments, chains, backups and disks. */
export const richStore: Arbitrary.Arbitrary<BackupStore.BackupStore> = healthy(rich, {})

/** A `richStore` with every anomaly. */
export const richUnusualStore: Arbitrary.Arbitrary<BackupStore.BackupStore> = healthy(rich, allAnomalies)

/**
 * A store in any state: locked chains, chains that the server may not list, unreadable items and metadata, copies of
 * directories, unknown kinds of environments.
 *
 * **Example** (Testing that a listing hides what cannot be read)
 *
 * ```ts
 * it.prop("an environment without metadata is not listed", [Arbitraries.store], ([store]) => {
 *   const tree = ServerModel.exactSelect(store, BackupTreeRequest.everything)
 *   const known = store.environments.flatMap(({ metadata }) => metadata?.uuid ?? [])
 *   assert.includeMembers(known, tree.environments.map(({ uuid }) => uuid))
 * })
 * ```
 *
 * @category stores
 * @since 0.2.0
 */
export const store: Arbitrary.Arbitrary<BackupStore.BackupStore> = withStates(oneOf(unusualStore, richUnusualStore))
