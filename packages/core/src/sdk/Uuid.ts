/**
 * Uuids as the dispatcher writes them: the text is kept, comparison ignores case and braces.
 *
 * The server compares names byte for byte, so a uuid from a listing must be passed on unchanged. Inside a program two
 * spellings of one uuid are the same uuid. Both needs are met by keeping the text and comparing a {@link key}.
 */

const bareShape = /^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/
const bracedShape = /^\{[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}$/

/** The uuid of sixteen zero bytes, which means "none" in a package header. Source: PROTOCOL 3.1. */
export const nil = "{00000000-0000-0000-0000-000000000000}"

/** Tells whether a text is a uuid, with or without braces, hex digits of any case. */
export const isUuid = (text: string): boolean => bareShape.test(text) || bracedShape.test(text)

/** Tells whether a text is a uuid with braces, the form in which the product stores ids. Source: SEMANTICS 4.4, I01. */
export const isBraced = (text: string): boolean => bracedShape.test(text)

/**
 * Returns the text that two spellings of one uuid share: lower case, without braces.
 *
 * Total: a text that is no uuid is its own key in lower case, so that broken ids can still be grouped and compared.
 */
export const key = (text: string): string => (isBraced(text) ? text.slice(1, -1) : text).toLowerCase()

/** Tells whether two texts name the same uuid, ignoring case and braces. */
export const equals = (self: string, that: string): boolean => self === that || key(self) === key(that)

/**
 * Writes a uuid that a person typed in the form the product stores: lower case, in braces.
 *
 * Never apply this to a uuid from a listing: the server compares bytes (SEMANTICS 1.4).
 */
export const normalise = (text: string): string => isUuid(text) ? `{${key(text)}}` : text

/** Writes sixteen bytes as a uuid with braces, in the order in which they are printed. Source: PROTOCOL 2.2. */
export const fromBytes = (bytes: Uint8Array, offset = 0): string => {
  let text = "{"
  for (let index = 0; index < 16; index++) {
    if (index === 4 || index === 6 || index === 8 || index === 10) text += "-"
    text += (bytes[offset + index] ?? 0).toString(16).padStart(2, "0")
  }
  return text + "}"
}

/** Reads a uuid into its sixteen bytes; a text that is no uuid gives `undefined`. Source: PROTOCOL 2.2. */
export const toBytes = (text: string): Uint8Array | undefined => {
  if (!isUuid(text)) return undefined
  const hex = key(text).replaceAll("-", "")
  return Uint8Array.from({ length: 16 }, (_, index) => Number.parseInt(hex.slice(2 * index, 2 * index + 2), 16))
}
