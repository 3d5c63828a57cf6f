/** Resolves predefined entities in a text, as bytes. */

const encoder = new TextEncoder()
const decoder = new TextDecoder("utf-8", { ignoreBOM: true })

// As long as a chunk of a text that arrives.
const maxPieceLength = 1 << 16

// A UTF-16 unit has at most three bytes in UTF-8. The last byte is a NUL, which ends every reference.
const bytes = new Uint8Array(3 * maxPieceLength + 1)

const ampersand = 0x26

const entities = [["lt;", "<"], ["amp;", "&"], ["gt;", ">"], ["quot;", "\""], ["apos;", "'"]]
  .map(([name, character]) => ({ name: encoder.encode(name), byte: character!.charCodeAt(0) }))

const entityAt = (at: number): (typeof entities)[number] | undefined => {
  for (const entity of entities) {
    const { name } = entity
    let length = 0
    while (length < name.length && bytes[at + length] === name[length]) length++
    if (length === name.length) return entity
  }
  return undefined
}

/**
 * Resolves the references of a text, if all of them are to predefined entities. Returns `undefined` for any other text,
 * and for a long one.
 *
 * A document inside a document is full of references. Resolving them as bytes allocates nothing but the resulting text.
 */
export const withoutEntities = (written: string): string | undefined => {
  if (written.length > maxPieceLength) return undefined
  const end = encoder.encodeInto(written, bytes).written
  bytes[end] = 0
  let to = 0
  for (let from = 0; from < end;) {
    const byte = bytes[from++]!
    if (byte !== ampersand) {
      bytes[to++] = byte
      continue
    }
    const entity = entityAt(from)
    if (entity === undefined) return undefined
    bytes[to++] = entity.byte
    from += entity.name.length
  }
  return decoder.decode(bytes.subarray(0, to))
}
