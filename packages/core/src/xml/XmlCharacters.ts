/** Character classes of XML 1.0, fifth edition. */

// C0 controls except tab, LF and CR, and the two non-characters. Halves of surrogate pairs are looked for apart: a
// native check finds them many times faster.
// eslint-disable-next-line no-control-regex
const forbidden = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/
const loneSurrogate = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/

/** Returns the index of the first character outside XML 1.0 that is no half of a surrogate pair, or -1. */
export const indexOfForbidden = (text: string): number => forbidden.test(text) ? text.search(forbidden) : -1

/** Returns the index of the first half of a surrogate pair that stands alone, or -1. */
export const indexOfLoneSurrogate = (text: string): number => text.isWellFormed() ? -1 : text.search(loneSurrogate)

/** Tells whether a code point is a character of XML 1.0. */
export const isCharacter = (code: number): boolean =>
  code === 9 || code === 10 || code === 13 || (code >= 0x20 && code <= 0xd7ff) ||
  (code >= 0xe000 && code <= 0xfffd) || (code >= 0x10000 && code <= 0x10ffff)

/** Tells whether a character is white space in XML: blank, tab, LF or CR. */
export const isSpace = (code: number): boolean => code === 32 || code === 10 || code === 9 || code === 13

/** Tells whether a text holds white space of XML and nothing else. */
export const isWhite = (text: string): boolean => {
  for (let index = 0; index < text.length; index++) if (!isSpace(text.charCodeAt(index))) return false
  return true
}

const start = 1
const inside = 2
const ascii = new Uint8Array(128)
for (let code = 0; code < 128; code++) {
  const character = String.fromCharCode(code)
  if (/[A-Za-z_:]/.test(character)) ascii[code] = start | inside
  else if (/[-.0-9]/.test(character)) ascii[code] = inside
}

// U+1680 and U+FEFF are name characters in XML, but white space in JavaScript, where fast-xml-parser ends a name.
const endsNameInJavaScript = (code: number): boolean => code === 0x1680 || code === 0xfeff

/** Tells whether a name can start with a UTF-16 code unit; the pairing of surrogates is checked elsewhere. */
export const isNameStart = (code: number): boolean =>
  code < 128 ? (ascii[code]! & start) !== 0 : !endsNameInJavaScript(code) && (
    (code >= 0xc0 && code <= 0xd6) || (code >= 0xd8 && code <= 0xf6) || (code >= 0xf8 && code <= 0x2ff) ||
    (code >= 0x370 && code <= 0x37d) || (code >= 0x37f && code <= 0x1fff) || code === 0x200c || code === 0x200d ||
    (code >= 0x2070 && code <= 0x218f) || (code >= 0x2c00 && code <= 0x2fef) || (code >= 0x3001 && code <= 0xd7ff) ||
    (code >= 0xf900 && code <= 0xfdcf) || (code >= 0xfdf0 && code <= 0xfffd) || (code >= 0xd800 && code <= 0xdb7f)
  )

/** Tells whether a name can go on with a UTF-16 code unit. */
export const isNameCharacter = (code: number): boolean =>
  code < 128 ? (ascii[code]! & inside) !== 0 : isNameStart(code) || code === 0xb7 ||
    (code >= 0x300 && code <= 0x36f) || code === 0x203f || code === 0x2040 || (code >= 0xdc00 && code <= 0xdfff)
