/**
 * Sizes in bytes as people read them.
 */

const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"] as const

/**
 * Writes a size with one decimal in the largest unit that keeps it at least 1, in powers of 1024.
 *
 * **Example**
 *
 * ```ts
 * ByteCount.print(1610612736n) // "1.5 GiB"
 * ```
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
