/** The names of one document, of which there are few, each again and again. */
import { isNameCharacter } from "../XmlCharacters.ts"
import type { XmlElement } from "../XmlElement.ts"

const slots = 512

/** How many names are known that begin alike; `BackupTree`, `BackupItem`, `BackupDisks` and `BackupDisk` do. */
const slotSize = 4

const slotOf = (text: string, at: number): number => (31 * text.charCodeAt(at) + text.charCodeAt(at + 1)) & (slots - 1)

/** A name, and the last ones that bore it: the element that held a text alone, and the attribute. */
export interface Name {
  readonly text: string
  leaf: XmlElement | undefined
  attribute: Attribute | undefined
}

type Attribute = XmlElement["attributes"][number]

/** Knows names again: that saves looking at each of their characters, and what is held is held once. */
export class Names {
  // Filled where that is needed: most documents are small.
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

  /** Returns a name, and knows it from now on; where many begin alike, one of them is forgotten. */
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
 * Returns the element of a name that holds a part of a text alone, as a copy.
 *
 * Most values of a listing are the same in one backup after the other, and an element that is as the last one is that.
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

/** Returns the attribute of a name whose value is a part of a text, as a copy, or the last one that is the same. */
export const attributeOf = (name: Name, text: string, from: number, to: number): Attribute => {
  const { attribute } = name
  return attribute !== undefined && attribute[1].length === to - from && text.startsWith(attribute[1], from)
    ? attribute
    : name.attribute = [name.text, copy(text.slice(from, to))]
}

/**
 * Copies a text.
 *
 * What is cut out of a text shares its memory and keeps all of it alive, unless it is short.
 */
export const copy = (text: string): string => text.length < 13 ? text : [text.slice(0, 1), text.slice(1)].join("")
