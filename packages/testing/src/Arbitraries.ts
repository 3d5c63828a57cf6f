/**
 * Generators for property tests: stores, the trees and listings that servers send, and requests, healthy and broken.
 *
 * They are values of `effect/Arbitrary`: seeded, and shrinking towards fewer environments, chains, backups and characters.
 * Rare cases occur on purpose. A test of this package bounds how often each one occurs within 100 runs.
 *
 * **Example** (Testing your own logic)
 *
 * ```ts
 * it.prop("my report names every machine", [Arbitraries.healthyTree], ([tree]) => {
 *   for (const { uuid } of tree.environments) assert.include(report(tree), uuid)
 * })
 * ```
 */
export { backupId, malformedId, uuid } from "./internal/arbitraries/ids.ts"
export {
  completeListing,
  healthyFacts,
  healthyListing,
  listing,
  unusualListing
} from "./internal/arbitraries/listings.ts"
export { flags, parameters } from "./internal/arbitraries/parameters.ts"
export {
  anyListedRemoval,
  listedRemoval,
  type StoreWithRemoval,
  unlistedRemoval
} from "./internal/arbitraries/removals.ts"
export { callOptions, request } from "./internal/arbitraries/requests.ts"
export { type Anomalies } from "./internal/arbitraries/storeHistories.ts"
export {
  type StoreWithQuery,
  storeWithQuery,
  type StoreWithRequest,
  storeWithRequest
} from "./internal/arbitraries/storeRequests.ts"
export {
  anomalies,
  type Anomaly,
  healthyStore,
  healthyStoreWith,
  store,
  unusualStore
} from "./internal/arbitraries/stores.ts"
export { text, xmlText } from "./internal/arbitraries/texts.ts"
export { healthyTree, tree, unusualTree } from "./internal/arbitraries/trees.ts"
export { type Companion, type Mutation } from "./internal/mutations/mutation.ts"
export { type Mutated, mutated, mutations } from "./internal/mutations/treeMutations.ts"
