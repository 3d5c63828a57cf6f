/** The names of one document, of which there are few, each again and again. */
import { isNameCharacter } from "./xmlCharacters.ts"

const slots = 1024

const slotOf = (text: string, at: number): number => (31 * text.charCodeAt(at) + text.charCodeAt(at + 1)) & (slots - 1)

/** Knows names again: that saves looking at each of their characters, and what is held is held once. */
export class Names {
  // For each start of a name the one that was seen last.
  private readonly known = Array.from({ length: slots }, () => "")

  /** Returns the name at an index, if it is known and ends before the text does. */
  find(text: string, at: number): string | undefined {
    const name = this.known[slotOf(text, at)]!
    const end = at + name.length
    return name !== "" && end < text.length && !isNameCharacter(text.charCodeAt(end)) && text.startsWith(name, at)
      ? name
      : undefined
  }

  /** Returns a name, and knows it from now on. */
  add(name: string): string {
    const copied = copy(name)
    this.known[slotOf(copied, 0)] = copied
    return copied
  }
}

/**
 * Copies a text.
 *
 * What is cut out of a text shares its memory and keeps all of it alive, unless it is short.
 */
export const copy = (text: string): string => text.length < 13 ? text : [text.slice(0, 1), text.slice(1)].join("")
