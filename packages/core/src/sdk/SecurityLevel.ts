/**
 * Security levels: how much of a connection is encrypted with TLS, in the order low < normal < high.
 *
 * In a flag word the level is a field of two bits, not two flags: `high` is 2, and 3 is read as `high`.
 *
 * @see [Protocol 2.3](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p2-3)
 * @since 0.2.0
 */
import * as Order from "effect/Order"
import * as Schema from "effect/Schema"

/**
 * Schema of a {@link SecurityLevel}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const SecurityLevel = Schema.Literals(["low", "normal", "high"])
/**
 * A security level.
 *
 * @category models
 * @since 0.2.0
 */
export type SecurityLevel = typeof SecurityLevel.Type

/**
 * The levels in ascending order. The index of a level is its number in the SDK (`PSL_*`).
 *
 * @category constants
 * @since 0.2.0
 */
export const levels: ReadonlyArray<SecurityLevel> = SecurityLevel.literals

/**
 * Returns the number of a level in the SDK: 0, 1 or 2.
 *
 * @category codecs
 * @since 0.2.0
 */
export const toNumber = (level: SecurityLevel): number => levels.indexOf(level)

/**
 * Decodes the two low bits of a flag word. Both bits together are `high`.
 *
 * @category codecs
 * @since 0.2.0
 */
export const fromBits = (word: number): SecurityLevel => (word & 2) !== 0 ? "high" : (word & 1) !== 0 ? "normal" : "low"

/**
 * Orders levels from low to high.
 *
 * @category combinators
 * @since 0.2.0
 */
export const Order_: Order.Order<SecurityLevel> = Order.mapInput(Order.Number, toNumber)
export { Order_ as Order }

/**
 * Returns the stronger of two levels, the join of the semilattice whose least element is `low`.
 *
 * @category combinators
 * @since 0.2.0
 */
export const max: (self: SecurityLevel, that: SecurityLevel) => SecurityLevel = Order.max(Order_)
