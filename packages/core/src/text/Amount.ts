/**
 * Amounts with a unit, as people type them: `10GiB`, `7d`.
 *
 * @since 0.2.0
 */

/**
 * The units of an amount in ascending order, each as a multiple of the smallest one.
 *
 * @category models
 * @since 0.2.0
 */
export type Units = ReadonlyMap<string, bigint>

/**
 * The units of a size, in bytes.
 *
 * @category constants
 * @since 0.2.0
 */
export const sizeUnits: Units = new Map(
  ["B", "KiB", "MiB", "GiB", "TiB", "PiB"].map((unit, power) => [unit, 1024n ** BigInt(power)])
)

/**
 * The units of a duration, in milliseconds. A year has 365 days.
 *
 * @category constants
 * @since 0.2.0
 */
export const timeUnits: Units = new Map([
  ["ms", 1n],
  ["s", 1000n],
  ["m", 60_000n],
  ["h", 3_600_000n],
  ["d", 86_400_000n],
  ["w", 604_800_000n],
  ["y", 31_536_000_000n]
])

/**
 * Parses a whole number with a unit. Returns `undefined` for any other text.
 *
 * **Example**
 *
 * ```ts
 * Amount.parse("10GiB", Amount.sizeUnits) // 10737418240n
 * ```
 *
 * @category codecs
 * @since 0.2.0
 */
export const parse = (text: string, units: Units): bigint | undefined => {
  const [, digits, unit = ""] = /^(\d{1,20})([A-Za-z]{1,3})$/.exec(text) ?? []
  const factor = units.get(unit)
  return digits === undefined || factor === undefined ? undefined : BigInt(digits) * factor
}

/**
 * Writes an amount in the largest unit that divides it.
 *
 * @category codecs
 * @since 0.2.0
 */
export const print = (amount: bigint, units: Units): string => {
  const [unit, factor] = [...units].findLast(([, factor]) => amount >= factor && amount % factor === 0n)
    ?? [...units][0]!
  return `${amount / factor}${unit}`
}
