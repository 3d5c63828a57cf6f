/**
 * The checksum of a package header: CRC-16/X-25.
 *
 * It detects transmission errors, not tampering: it covers only the header, and anyone can compute it.
 *
 * @see [Protocol 3.2](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p3-2)
 * @since 0.2.0
 */

// The reflected form of the polynomial 0x1021, one entry per byte value.
const table = Uint16Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = (value & 1) === 1 ? (value >>> 1) ^ 0x8408 : value >>> 1
  return value
})

/**
 * Returns the checksum of the bytes from `start` up to `end`, as an unsigned 16-bit number.
 *
 * **Example**
 *
 * ```ts
 * Crc16.compute(new TextEncoder().encode("123456789")) // 0x906e
 * ```
 *
 * @category codecs
 * @since 0.2.0
 */
export const compute = (bytes: Uint8Array, start = 0, end = bytes.length): number => {
  let value = 0xffff
  for (let index = start; index < end; index++) value = (value >>> 8) ^ table[(value ^ bytes[index]!) & 0xff]!
  return value ^ 0xffff
}
