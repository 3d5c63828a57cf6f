/** What texts and attribute values mean, as written in a document that the scanner lets pass. */

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
