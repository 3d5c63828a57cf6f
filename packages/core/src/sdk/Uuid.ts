/**
 * Uuids in the dispatcher's spelling: the text is kept, comparison ignores case and braces.
 *
 * The server compares names byte for byte, so pass on a uuid from a listing unchanged. Inside a program, two spellings
 * of one uuid are equal: compare them by {@link key}.
 *
 * @since 0.2.0
 */

const bareShape = /^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/
const bracedShape = /^\{[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}$/

/**
 * The uuid of sixteen zero bytes, which means "none" in a package header.
 *
 * @see [Protocol 3.1](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p3-1)
 * @category constants
 * @since 0.2.0
 */
export const nil = "{00000000-0000-0000-0000-000000000000}"

/**
 * Returns whether a text is a uuid, with or without braces, in hex digits of either case.
 *
 * @category predicates
 * @since 0.2.0
 */
export const isUuid = (text: string): boolean => bareShape.test(text) || bracedShape.test(text)

/**
 * Returns whether a text is a uuid in braces, the form in which the product stores ids.
 *
 * @see [Semantics 4.4](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s4-4)
 * @category predicates
 * @since 0.2.0
 */
export const isBraced = (text: string): boolean => bracedShape.test(text)

/**
 * Returns the text that all spellings of one uuid share: lower case, without braces.
 *
 * A text that is not a uuid is its own key in lower case, so that broken ids can still be grouped and compared.
 *
 * @category accessors
 * @since 0.2.0
 */
export const key = (text: string): string => (isBraced(text) ? text.slice(1, -1) : text).toLowerCase()

/**
 * Returns whether two texts name the same uuid, ignoring case and braces.
 *
 * @category predicates
 * @since 0.2.0
 */
export const equals = (self: string, that: string): boolean => self === that || key(self) === key(that)

/**
 * Normalises a typed uuid to the product's spelling: lower case, in braces. Returns any other text unchanged.
 *
 * Never apply it to a uuid from a listing, because the server compares bytes.
 *
 * @see [Semantics 1.4](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s1-4)
 * @category codecs
 * @since 0.2.0
 */
export const normalise = (text: string): string => isUuid(text) ? `{${key(text)}}` : text

/**
 * Formats sixteen bytes, in the order in which they are printed, as a uuid in braces.
 *
 * @see [Protocol 2.2](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p2-2)
 * @category codecs
 * @since 0.2.0
 */
export const fromBytes = (bytes: Uint8Array, offset = 0): string => {
  let text = "{"
  for (let index = 0; index < 16; index++) {
    if (index === 4 || index === 6 || index === 8 || index === 10) text += "-"
    text += (bytes[offset + index] ?? 0).toString(16).padStart(2, "0")
  }
  return text + "}"
}

/**
 * Parses a uuid into its sixteen bytes. Returns `undefined` for any other text.
 *
 * @see [Protocol 2.2](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p2-2)
 * @category codecs
 * @since 0.2.0
 */
export const toBytes = (text: string): Uint8Array | undefined => {
  if (!isUuid(text)) return undefined
  const hex = key(text).replaceAll("-", "")
  return Uint8Array.from({ length: 16 }, (_, index) => Number.parseInt(hex.slice(2 * index, 2 * index + 2), 16))
}
