/** The names of one document: there are few, and each occurs many times. */
import { isNameCharacter } from "../../XmlCharacters.ts"
import type { XmlElement } from "../../XmlElement.ts"

const slots = 512

/**
 * How many names with the same first two letters are remembered: `BackupTree`, `BackupItem`, `BackupDisks`,
 * `BackupDisk`.
 */
const slotSize = 4

const slotOf = (text: string, at: number): number => (31 * text.charCodeAt(at) + text.charCodeAt(at + 1)) & (slots - 1)

/** A name, with the last element that held one text under it, and the last attribute of that name. */
export interface Name {
  readonly text: string
  leaf: XmlElement | undefined
  attribute: Attribute | undefined
}

type Attribute = XmlElement["attributes"][number]

/** Recognises names, so that their characters are checked once and every name is held once. */
export class Names {
  // Filled on demand: most documents are small.
  private readonly known: Array<Array<Name> | undefined> = []
  private count = 0

  /** Returns the name at an index, if it is known and ends before the text does. */
  find(text: string, at: number): Name | undefined {
    const names = this.known[slotOf(text, at)]
    if (names === undefined) return undefined
    for (let index = 0; index < names.length; index++) {
      const name = names[index]!
      const end = at + name.text.length
      if (end < text.length && text.startsWith(name.text, at) && !isNameCharacter(text.charCodeAt(end))) return name
    }
    return undefined
  }

  /** Remembers a name and returns it. If too many names start alike, one of them is forgotten. */
  add(text: string): Name {
    const names = this.known[slotOf(text, 0)] ??= []
    const name = { text: copy(text), leaf: undefined, attribute: undefined }
    if (names.length < slotSize) names.push(name)
    else names[this.count++ % slotSize] = name
    return name
  }
}

const none: ReadonlyArray<never> = []

/**
 * Returns the element of a name that holds one text and nothing else; its text is a copy.
 *
 * Most values of a listing are the same in one backup after the other, so an element that equals the last one is
 * reused.
 */
export const leafOf = (name: Name, text: string, from: number, to: number): XmlElement => {
  const { leaf } = name
  const length = to - from
  if (leaf !== undefined) {
    const last = leaf.children[0] as string | undefined
    if (last === undefined ? length === 0 : last.length === length && text.startsWith(last, from)) return leaf
  }
  return name.leaf = {
    name: name.text,
    attributes: none,
    children: length === 0 ? none : [copy(text.slice(from, to))]
  }
}

/**
 * Returns the attribute of a name whose value is a part of a text, as a copy. The last attribute is reused if it is
 * equal.
 */
export const attributeOf = (name: Name, text: string, from: number, to: number): Attribute => {
  const { attribute } = name
  return attribute !== undefined && attribute[1].length === to - from && text.startsWith(attribute[1], from)
    ? attribute
    : name.attribute = [name.text, copy(text.slice(from, to))]
}

/**
 * Copies a text.
 *
 * A slice shares the memory of its text and keeps all of it alive, unless the slice is short.
 *
 * @category accessors
 * @since 0.2.0
 */
export const copy = (text: string): string => text.length < 13 ? text : [text.slice(0, 1), text.slice(1)].join("")
