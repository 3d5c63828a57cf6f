/**
 * Sizes in bytes as text for people.
 *
 * @since 0.2.0
 */

const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"] as const

/**
 * Writes a size with one decimal, in the largest unit of powers of 1024 in which it is at least 1.
 *
 * **Example**
 *
 * ```ts
 * ByteCount.print(1610612736n) // "1.5 GiB"
 * ```
 *
 * @category rendering
 * @since 0.2.0
 */
export const print = (bytes: bigint): string => {
  let unit = 0
  let scale = 1n
  while (unit < units.length - 1 && bytes >= scale * 1024n) {
    scale *= 1024n
    unit += 1
  }
  if (unit === 0) return `${bytes} B`
  const tenths = (bytes * 10n + scale / 2n) / scale
  return `${tenths / 10n}.${tenths % 10n} ${units[unit]}`
}
