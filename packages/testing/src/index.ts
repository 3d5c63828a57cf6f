/**
 * Generators of backup stores, trees and requests, and fault injection, for property tests.
 *
 * @since 0.2.0
 */
export * as Arbitraries from "./Arbitraries.ts"
export * as StoreDirectory from "./StoreDirectory.ts"
export * as StoreFault from "./StoreFault.ts"
export * as StoreGenerator from "./StoreGenerator.ts"
