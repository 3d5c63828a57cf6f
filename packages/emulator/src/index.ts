/** A Virtuozzo dispatcher to test against: serves a backup tree over the real protocol. */
export * as Arbitraries from "./Arbitraries.ts"
export * as DispatcherEmulator from "./DispatcherEmulator.ts"
export * as Faults from "./Faults.ts"
export * as ServerLimits from "./ServerLimits.ts"
export * as StoreDamage from "./StoreDamage.ts"
export * as StoreDirectory from "./StoreDirectory.ts"
export * as StoreGenerator from "./StoreGenerator.ts"
