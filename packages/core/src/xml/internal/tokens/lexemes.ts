/** Names, white space and cuts: the parts of tokens that depend on the text alone. */
import * as PrintableText from "../../../text/PrintableText.ts"
import { isNameCharacter, isNameStart, isSpace } from "../../XmlCharacters.ts"
import { Fault } from "../fault.ts"
import { Ampersand, CloseBracket, Cr, Semicolon } from "./codes.ts"

/** Formats a name for a message. */
export const shown = (text: string): string => PrintableText.excerpt(text, 40)

/** Returns the index of the next mark, or the length of the text. */
export const indexOrEnd = (text: string, mark: string, from: number): number => {
  const index = text.indexOf(mark, from)
  return index === -1 ? text.length : index
}

/** Returns the kind of the token that begins at an index, for a message. */
export const tokenAt = (text: string, at: number): string =>
  text.startsWith("<!--", at)
    ? "a comment"
    : text.startsWith("<![", at)
    ? "a CDATA section"
    : text.startsWith("<?", at)
    ? "a processing instruction"
    : text.startsWith("<", at)
    ? "a tag"
    : "a reference"

/** Returns the index after the white space at an index. */
export const skipSpace = (text: string, at: number): number => {
  let index = at
  while (isSpace(text.charCodeAt(index))) index++
  return index
}

/** Returns the index after a name, which may be the end of the text. Throws a fault if no name starts here. */
export const endOfName = (text: string, at: number, kind: string): number => {
  const end = text.length
  if (at < end && !isNameStart(text.charCodeAt(at))) {
    throw new Fault("name", `the name of the ${kind} is not a valid XML name`, at)
  }
  let index = at + 1
  while (index < end && isNameCharacter(text.charCodeAt(index))) index++
  return index
}

const refusedNames: ReadonlyArray<string> = ["__proto__", "prototype", "constructor"]

/** Throws a fault for a name that is unsafe as an object key. */
export const requireSafeName = (text: string, at: number, end: number, kind: string): void => {
  const length = end - at
  if (length !== 9 && length !== 11) return
  for (const name of refusedNames) {
    if (length === name.length && text.startsWith(name, at)) {
      throw new Fault("name", `the ${kind} name ${name} is not allowed: it is unsafe as an object key`, at)
    }
  }
}

/** The longest unfinished reference to an entity. */
const maxEntityLength = "&quot".length

/**
 * Returns where to cut a text that may go on in the next part.
 *
 * It never cuts inside a line end or a surrogate pair, nor inside the possible start of `]]>` or of a reference to an
 * entity.
 */
export const endOfPart = (text: string, at: number): number => {
  let end = text.length
  const code = text.charCodeAt(end - 1)
  if (code === Cr || (code >= 0xd800 && code <= 0xdbff)) end--
  else if (code === CloseBracket) { while (end > text.length - 2 && text.charCodeAt(end - 1) === CloseBracket) end-- }
  else {
    for (let index = end - 1; index >= end - maxEntityLength && text.charCodeAt(index) !== Semicolon; index--) {
      if (text.charCodeAt(index) === Ampersand) return Math.max(at, index)
    }
  }
  return Math.max(at, end)
}
