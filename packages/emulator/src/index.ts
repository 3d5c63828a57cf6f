/**
 * A Virtuozzo dispatcher to test against: serves a backup tree over the real protocol.
 *
 * @since 0.2.0
 */
export * as DispatcherEmulator from "./DispatcherEmulator.ts"
export * as Faults from "./Faults.ts"
export * as ServerLimits from "./ServerLimits.ts"
