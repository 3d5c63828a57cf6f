/**
 * The characters that XML 1.0 can carry.
 */
import { indexOfForbidden } from "./XmlCharacters.ts"

// All characters that no text of XML 1.0 can hold, and some that it can: most texts need to be looked at once.
const suspicious = /[^\t\n\r\u0020-\uD7FF]/

/** Tells whether a text holds only characters of XML 1.0: no controls but tab, LF and CR, and no half of a pair. */
export const isXmlText = (text: string): boolean =>
  !suspicious.test(text) || (indexOfForbidden(text) === -1 && text.isWellFormed())
