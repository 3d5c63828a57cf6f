/** The names of one document, of which there are few, each again and again. */
import { isNameCharacter } from "./xmlCharacters.ts"

const slots = 512

/** How many names are known that begin alike; `BackupTree`, `BackupItem`, `BackupDisks` and `BackupDisk` do. */
const slotSize = 4

const slotOf = (text: string, at: number): number => (31 * text.charCodeAt(at) + text.charCodeAt(at + 1)) & (slots - 1)

/** Knows names again: that saves looking at each of their characters, and what is held is held once. */
export class Names {
  private readonly known = Array.from({ length: slots }, (): Array<string> => [])
  private count = 0

  /** Returns the name at an index, if it is known and ends before the text does. */
  find(text: string, at: number): string | undefined {
    const names = this.known[slotOf(text, at)]!
    for (let index = 0; index < names.length; index++) {
      const name = names[index]!
      const end = at + name.length
      if (end < text.length && text.startsWith(name, at) && !isNameCharacter(text.charCodeAt(end))) return name
    }
    return undefined
  }

  /** Returns a name, and knows it from now on; where many begin alike, one of them is forgotten. */
  add(name: string): string {
    const names = this.known[slotOf(name, 0)]!
    const copied = copy(name)
    if (names.length < slotSize) names.push(copied)
    else names[this.count++ % slotSize] = copied
    return copied
  }
}

/**
 * Copies a text.
 *
 * What is cut out of a text shares its memory and keeps all of it alive, unless it is short.
 */
export const copy = (text: string): string => text.length < 13 ? text : [text.slice(0, 1), text.slice(1)].join("")
