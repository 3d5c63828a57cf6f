/**
 * The characters that XML 1.0 can carry.
 */
import { indexOfForbidden } from "./internal/xmlCharacters.ts"

/** Tells whether a text holds only characters of XML 1.0: no controls but tab, LF and CR, and no half of a pair. */
export const isXmlText = (text: string): boolean => indexOfForbidden(text) === -1 && text.isWellFormed()
