/**
 * Generators for property tests: what a server can hold, say and be asked, sound and broken.
 *
 * They are values of `effect/Arbitrary`: seeded, and shrinking structurally, towards fewer environments, chains, backups
 * and characters. How often they reach the odd cases within 100 runs is measured by a test.
 */
export { type Companion, type Mutated, mutated, type Mutation, mutations } from "./internal/arbitraries/mutations.ts"
export { anyListedRemoval, type AskedRemoval, listedRemoval, unlistedRemoval } from "./internal/arbitraries/removals.ts"
export {
  type AskedStore,
  askedStore,
  backupId,
  callOptions,
  flags,
  malformedId,
  parameters,
  type QueriedStore,
  queriedStore,
  request,
  uuid
} from "./internal/arbitraries/requests.ts"
export {
  type Blemish,
  blemishedStore,
  type Blemishes,
  blemishes,
  healthyStore,
  healthyStoreWith,
  store
} from "./internal/arbitraries/stores.ts"
export { text, xmlText } from "./internal/arbitraries/texts.ts"
export {
  blemishedListing,
  blemishedTree,
  completeListing,
  healthyFacts,
  healthyListing,
  healthyTree,
  listing,
  tree
} from "./internal/arbitraries/trees.ts"
