/**
 * The machines of a listing: which of its environments are the same machine.
 *
 * @since 0.2.0
 */
import * as Uuid from "../sdk/Uuid.ts"

/**
 * Groups environments, or values about them, by machine: by uuid, ignoring case and braces.
 *
 * A machine has several environments if a uuid appears twice (I01). The keys are those of {@link Uuid.key}. Machines
 * and their environments keep their order.
 *
 * **Example**
 *
 * ```ts
 * Machines.group(tree.environments, ({ uuid }) => uuid).size // the number of machines
 * ```
 *
 * @category accessors
 * @since 0.2.0
 */
export const group = <A>(
  values: Iterable<A>,
  uuidOf: (value: A) => string
): ReadonlyMap<string, ReadonlyArray<A>> => Map.groupBy(values, (value) => Uuid.key(uuidOf(value)))
