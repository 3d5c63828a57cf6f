/** The names of one document, of which there are few, each again and again. */

const slots = 1024

/** Gives the same text for the same name, most often without making it anew, so that what is held is held once. */
export class Names {
  private readonly known = Array.from({ length: slots }, () => "")

  /** Returns the name that stands in a text. */
  at(text: string, from: number, to: number): string {
    const length = to - from
    const slot = (31 * (31 * text.charCodeAt(from) + text.charCodeAt(to - 1)) + length) % slots
    const known = this.known[slot]!
    return known.length === length && text.startsWith(known, from) ? known : (this.known[slot] = copy(text.slice(from, to)))
  }
}

/**
 * Copies a text.
 *
 * What is cut out of a text shares its memory and keeps all of it alive, unless it is short.
 */
export const copy = (text: string): string => text.length < 13 ? text : [text.slice(0, 1), text.slice(1)].join("")
