/** Decodes texts and attribute values of documents that the scanner has accepted. */

const lineEnd = /\r\n?/g

/** Replaces every line end with LF. */
export const withLineEnds = (written: string): string =>
  written.includes("\r") ? written.replace(lineEnd, "\n") : written

const white = /\r\n|[\t\n\r]/g

/** Returns the decoded text between two tags. */
export const textOf = (written: string): string => withoutReferences(withLineEnds(written))

/** Returns the decoded value of an attribute, in which every line end and tab is a blank. */
export const attributeValueOf = (written: string): string => withoutReferences(written.replace(white, " "))

const reference = /&(?:amp|#x([0-9a-fA-F]+)|#([0-9]+));/g

const characterOf = (_: string, hexadecimal: string | undefined, decimal: string | undefined): string =>
  hexadecimal !== undefined
    ? String.fromCodePoint(Number.parseInt(hexadecimal, 16))
    : decimal !== undefined
    ? String.fromCodePoint(Number(decimal))
    : "&"

// One kind of reference after the other: this is many times faster than one reference after the other, because most are
// of one kind. Nothing is decoded twice: references that become "&" come last.
const withoutReferences = (written: string): string => {
  if (!written.includes("&")) return written
  const text = written.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&quot;/g, "\"").replace(/&apos;/g, "'")
  return text.includes("&#") ? text.replace(reference, characterOf) : text.replace(/&amp;/g, "&")
}
