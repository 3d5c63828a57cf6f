/**
 * The texts that an XML 1.0 document can carry.
 *
 * @since 0.2.0
 */
import { indexOfForbidden } from "./XmlCharacters.ts"

// Matches every character that XML 1.0 forbids, and some that it allows: most texts need only this one test.
const suspicious = /[^\t\n\r\u0020-\uD7FF]/

/**
 * Returns whether a text can travel as XML 1.0: no control characters except tab, LF and CR, and no lone surrogates.
 *
 * @category predicates
 * @since 0.2.0
 */
export const isXmlText = (text: string): boolean =>
  !suspicious.test(text) || (indexOfForbidden(text) === -1 && text.isWellFormed())
