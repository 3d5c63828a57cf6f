/**
 * How much of a connection travels by TLS: low < normal < high. Source: PROTOCOL 2.3.
 *
 * In a flag word the level is a field of two bits, not two flags: `high` is 2, and 3 is read as `high`.
 */
import * as Order from "effect/Order"
import * as Schema from "effect/Schema"

/** Schema of a {@link SecurityLevel}. */
export const SecurityLevel = Schema.Literals(["low", "normal", "high"])
/** A security level. */
export type SecurityLevel = typeof SecurityLevel.Type

/** The levels in ascending order; the index of a level is its number in the SDK (`PSL_*`). */
export const levels: ReadonlyArray<SecurityLevel> = SecurityLevel.literals

/** Returns the number of a level in the SDK: 0, 1 or 2. */
export const toNumber = (level: SecurityLevel): number => levels.indexOf(level)

/** Reads the two low bits of a flag word; both set is `high`. */
export const fromBits = (word: number): SecurityLevel => (word & 2) !== 0 ? "high" : (word & 1) !== 0 ? "normal" : "low"

/** Orders levels from low to high. */
export const Order_: Order.Order<SecurityLevel> = Order.mapInput(Order.Number, toNumber)
export { Order_ as Order }

/** Returns the stronger of two levels, the join of the semilattice whose least element is `low`. */
export const max: (self: SecurityLevel, that: SecurityLevel) => SecurityLevel = Order.max(Order_)
