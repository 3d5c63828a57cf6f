/** References to characters and entities. */
import * as PrintableText from "../../../text/PrintableText.ts"
import { isCharacter } from "../../XmlCharacters.ts"
import { Fault } from "../fault.ts"
import { Hash, LowerX, Semicolon } from "./codes.ts"

const entities: ReadonlyArray<string> = ["amp;", "lt;", "gt;", "quot;", "apos;"]

/** fast-xml-parser decodes references of up to 33 characters. Beyond 10 characters, all others are leading zeros. */
export const maxReferenceLength = 10

const digitOf = (code: number, hexadecimal: boolean): number =>
  code >= 48 && code <= 57
    ? code - 48
    : hexadecimal && ((code >= 97 && code <= 102) || (code >= 65 && code <= 70))
    ? (code & 31) + 9
    : -1

/**
 * Returns the index after the reference at an index, or -1 if the text ends inside it.
 *
 * Throws a fault if there is no reference, or if it is undefined or not allowed.
 */
export const endOfReference = (text: string, at: number): number => {
  if (text.charCodeAt(at + 1) === Hash) return endOfCharacterReference(text, at)
  for (const entity of entities) if (text.startsWith(entity, at + 1)) return at + 1 + entity.length
  const rest = text.slice(at + 1, at + 6)
  if (at + 1 + rest.length === text.length && entities.some((entity) => entity.startsWith(rest))) return -1
  const name = /^[^\s&;<]*/.exec(text.slice(at + 1, at + 60))![0]
  throw text.charCodeAt(at + 1 + name.length) === Semicolon && name !== ""
    ? new Fault("entity", `the entity &${PrintableText.excerpt(name, 40)}; is not defined`, at)
    : new Fault("entity", "\"&\" does not start a reference", at)
}

const endOfCharacterReference = (text: string, at: number): number => {
  const hexadecimal = text.charCodeAt(at + 2) === LowerX
  const start = at + (hexadecimal ? 3 : 2)
  let index = start
  let value = 0
  for (let digit; (digit = digitOf(text.charCodeAt(index), hexadecimal)) !== -1; index++) {
    value = Math.min(value * (hexadecimal ? 16 : 10) + digit, 0x11_0000)
  }
  if (index >= text.length) return -1
  if (index === start || text.charCodeAt(index) !== Semicolon) {
    throw new Fault("entity", "\"&#\" does not start a character reference", at)
  }
  if (!isCharacter(value)) {
    const name = value > 0x10_ffff ? "beyond U+10FFFF" : `U+${value.toString(16).toUpperCase().padStart(4, "0")}`
    throw new Fault("reference", `a reference names the character ${name}, which XML 1.0 does not allow`, at)
  }
  return index + 1
}
