/**
 * The characters that XML 1.0 can carry.
 */

// A surrogate that is not half of a pair is outside XML, as are the C0 controls except tab, LF and CR, and U+FFFE/FFFF.
// eslint-disable-next-line no-control-regex
const forbidden = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/

/** Tells whether a text holds only characters of XML 1.0. */
export const isXmlText = (text: string): boolean => !forbidden.test(text)
