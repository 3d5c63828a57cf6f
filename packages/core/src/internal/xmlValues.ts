/** What texts and attribute values mean, as written in a document that the scanner lets pass. */
import { Ampersand, DoubleQuote, Greater, Less, SingleQuote } from "./xmlCodes.ts"

const lineEnd = /\r\n?/g

/** Writes every line end as LF. */
export const withLineEnds = (written: string): string =>
  written.includes("\r") ? written.replace(lineEnd, "\n") : written

const white = /\r\n|[\t\n\r]/g

/** Returns what stands between two tags. */
export const textOf = (written: string): string => withoutReferences(withLineEnds(written))

/** Returns the value of an attribute, in which every line end and tab is a blank. */
export const attributeValueOf = (written: string): string => withoutReferences(written.replace(white, " "))

const reference = /&(?:amp|#x([0-9a-fA-F]+)|#([0-9]+));/g

const characterOf = (_: string, hexadecimal: string | undefined, decimal: string | undefined): string =>
  hexadecimal !== undefined
    ? String.fromCodePoint(Number.parseInt(hexadecimal, 16))
    : decimal !== undefined
    ? String.fromCodePoint(Number(decimal))
    : "&"

// One kind after the other, which is many times faster than one reference after the other, since most are of one kind.
// Nothing is read twice: what gives an "&" comes last, and gives it for good.
const withoutReferences = (written: string): string => {
  if (!written.includes("&")) return written
  const text = written.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&quot;/g, "\"").replace(/&apos;/g, "'")
  return text.includes("&#") ? text.replace(reference, characterOf) : text.replace(/&amp;/g, "&")
}

// Every platform has them; the types of a package without a platform do not.
declare const TextEncoder: new() => {
  readonly encode: (text: string) => Uint8Array
  readonly encodeInto: (text: string, bytes: Uint8Array) => { readonly written: number }
}
declare const TextDecoder: new(
  label: "utf-8",
  options: { readonly ignoreBOM: boolean }
) => { readonly decode: (bytes: Uint8Array) => string }

const encoder = new TextEncoder()
const decoder = new TextDecoder("utf-8", { ignoreBOM: true })

/** As long as a chunk of a text that arrives. */
const maxPieceLength = 1 << 16

// A character has three bytes at most, and what stands behind the text belongs to no reference.
const bytes = new Uint8Array(3 * maxPieceLength + 1)

const entities = [["lt;", Less], ["amp;", Ampersand], ["gt;", Greater], ["quot;", DoubleQuote], ["apos;", SingleQuote]]
  .map(([name, code]) => ({ name: encoder.encode(name as string), code: code as number }))

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
 * Returns what a piece of a text means whose references are all to the predefined entities; `undefined` for another one,
 * and for a long one.
 *
 * A document inside a document is full of them. Read as bytes, it leaves nothing behind but the text.
 */
export const withoutEntities = (written: string): string | undefined => {
  if (written.length > maxPieceLength) return undefined
  const end = encoder.encodeInto(written, bytes).written
  bytes[end] = 0
  let to = 0
  for (let from = 0; from < end;) {
    const byte = bytes[from++]!
    if (byte !== Ampersand) {
      bytes[to++] = byte
      continue
    }
    const entity = entityAt(from)
    if (entity === undefined) return undefined
    bytes[to++] = entity.code
    from += entity.name.length
  }
  return decoder.decode(bytes.subarray(0, to))
}
