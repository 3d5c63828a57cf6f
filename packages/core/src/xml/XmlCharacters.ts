/**
 * Character classes of XML 1.0, fifth edition.
 *
 * @since 0.2.0
 */

// C0 controls except tab, LF and CR, and the two non-characters. Lone surrogates have a test of their own: a
// native check finds them many times faster.
// eslint-disable-next-line no-control-regex
const forbidden = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/
const loneSurrogate = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/

/**
 * Returns the index of the first character that XML 1.0 does not allow, surrogates excepted, or -1.
 *
 * @category predicates
 * @since 0.2.0
 */
export const indexOfForbidden = (text: string): number => forbidden.test(text) ? text.search(forbidden) : -1

/**
 * Returns the index of the first surrogate without its partner, or -1.
 *
 * @category predicates
 * @since 0.2.0
 */
export const indexOfLoneSurrogate = (text: string): number => text.isWellFormed() ? -1 : text.search(loneSurrogate)

/**
 * Returns whether XML 1.0 allows a code point.
 *
 * @category predicates
 * @since 0.2.0
 */
export const isCharacter = (code: number): boolean =>
  code === 9 || code === 10 || code === 13 || (code >= 0x20 && code <= 0xd7ff) ||
  (code >= 0xe000 && code <= 0xfffd) || (code >= 0x10000 && code <= 0x10ffff)

/**
 * Returns whether a code unit is white space in XML: blank, tab, LF or CR.
 *
 * @category predicates
 * @since 0.2.0
 */
export const isSpace = (code: number): boolean => code === 32 || code === 10 || code === 9 || code === 13

/**
 * Returns whether a text consists of XML white space only. True for the empty text.
 *
 * @category predicates
 * @since 0.2.0
 */
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

/**
 * Returns whether a name can start with a UTF-16 code unit. It does not check that surrogates are paired.
 *
 * @category predicates
 * @since 0.2.0
 */
export const isNameStart = (code: number): boolean =>
  code < 128 ? (ascii[code]! & start) !== 0 : !endsNameInJavaScript(code) && (
    (code >= 0xc0 && code <= 0xd6) || (code >= 0xd8 && code <= 0xf6) || (code >= 0xf8 && code <= 0x2ff) ||
    (code >= 0x370 && code <= 0x37d) || (code >= 0x37f && code <= 0x1fff) || code === 0x200c || code === 0x200d ||
    (code >= 0x2070 && code <= 0x218f) || (code >= 0x2c00 && code <= 0x2fef) || (code >= 0x3001 && code <= 0xd7ff) ||
    (code >= 0xf900 && code <= 0xfdcf) || (code >= 0xfdf0 && code <= 0xfffd) || (code >= 0xd800 && code <= 0xdb7f)
  )

/**
 * Returns whether a UTF-16 code unit can occur inside a name.
 *
 * @category predicates
 * @since 0.2.0
 */
export const isNameCharacter = (code: number): boolean =>
  code < 128 ? (ascii[code]! & inside) !== 0 : isNameStart(code) || code === 0xb7 ||
    (code >= 0x300 && code <= 0x36f) || code === 0x203f || code === 0x2040 || (code >= 0xdc00 && code <= 0xdfff)
