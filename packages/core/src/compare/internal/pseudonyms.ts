/** Pseudonyms of texts: of the same length and shape, different for different texts, and the same for the same key. */
import * as BackupId from "../../sdk/BackupId.ts"
import * as Uuid from "../../sdk/Uuid.ts"

/** A keyed hash: 32 bits of a text that cannot be predicted without the key. */
export type Digest = (text: string) => number

export interface Pseudonyms {
  readonly text: (text: string) => string
  /** Keeps digits and the product's own words, such as `harddisk.hdd` and `.qcow2`, and maps equal parts of names alike. */
  readonly file: (name: string) => string
  readonly uuid: (uuid: string) => string
  readonly id: (id: string) => string
}

const memoised = <A>(map: (text: string) => A): (text: string) => A => {
  const known = new Map<string, A>()
  return (text) => {
    const found = known.get(text) ?? map(text)
    known.set(text, found)
    return found
  }
}

const uuids = /(\{?[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}?)/

/** Words of the product in the names of its files. */
const ownWords = new Set(["harddisk", "hdd", "private", "qcow", "tib"])

const alphabet = (first: string, last: string): ReadonlyArray<string> => {
  const [from, to] = [first.codePointAt(0)!, last.codePointAt(0)!]
  return Array.from({ length: to - from + 1 }, (_, index) => String.fromCodePoint(from + index))
}

const digits = alphabet("0", "9")
const hex = [...digits, ...alphabet("a", "f")]
const ascii = [digits, alphabet("a", "z"), alphabet("A", "Z")]
// A malformed uuid stays malformed: no letter beyond f becomes one of the others.
const asciiOfIds = [digits, alphabet("a", "f"), alphabet("g", "z"), alphabet("A", "F"), alphabet("G", "Z")]

const categories = [/^\p{Lu}$/u, /^\p{L}$/u, /^\p{N}$/u]

/** Returns the characters of the same kind among the same 256 code points, without those of ASCII. */
const neighbours = memoised((character: string): ReadonlyArray<string> => {
  const block = character.codePointAt(0)! >> 8
  const kindOf = (each: string) => categories.findIndex((category) => category.test(each))
  const kind = kindOf(character)
  return kind === -1 ? [] : Array.from({ length: 256 }, (_, index) => (block << 8) + index)
    .filter((code) => code > 0x7f).map((code) => String.fromCodePoint(code)).filter((each) => kindOf(each) === kind)
})

/** The number of characters from which a text only keeps its shape: each character becomes the first of its class. */
const maxSpelled = 10_000

/** Makes the pseudonyms of a key. */
export const make = (digest: Digest): Pseudonyms => {
  // A character moves within its class by a distance that depends on the characters before it. So no two texts meet.
  // The state stands for these characters, because hashing all of them for each one would take quadratic time.
  const rotate = (characters: ReadonlyArray<string>, character: string, state: number): string => {
    const place = characters.indexOf(character)
    return place === -1 ? character : characters[(place + state) % characters.length]!
  }
  const after = (kind: string, state: number, character: string): number => digest(`${kind}${state} ${character}`)
  const spelled = (text: string, kind: string, classes: ReadonlyArray<ReadonlyArray<string>>): string => {
    let state = digest(kind)
    let mapped = ""
    let count = 0
    for (const character of text) {
      const own = character <= "\x7f" ? classes.find((each) => each.includes(character)) : neighbours(character)
      count += 1
      if (count > maxSpelled) {
        mapped += own?.[0] ?? character
      } else {
        mapped += own === undefined ? character : rotate(own, character, state)
        state = after(kind, state, character.toLowerCase())
      }
    }
    return mapped
  }
  const uuid = memoised((text) => {
    if (Uuid.key(text) === Uuid.key(Uuid.nil)) return text
    let state = digest("uuid ")
    let mapped = ""
    for (const character of text.toLowerCase()) {
      mapped += rotate(hex, character, state)
      if (character !== "{" && character !== "}") state = after("uuid ", state, character)
    }
    return inCaseOf(text, mapped)
  })
  const aroundUuids = (text: string, map: (part: string) => string): string =>
    text.split(uuids).map((part, index) => index % 2 === 1 ? uuid(part) : map(part)).join("")
  const word = (letters: string): string => {
    let mapped = letters
    do mapped = spelled(mapped, "file ", ascii)
    while (ownWords.has(mapped.toLowerCase()))
    return mapped
  }
  const file = (part: string): string =>
    part.replaceAll(/\p{L}+/gu, (letters) => ownWords.has(letters.toLowerCase()) ? letters : word(letters))
  return {
    uuid: (text) => Uuid.isUuid(text) ? uuid(text) : spelled(text, "id ", asciiOfIds),
    id: memoised((text) => {
      const { chain, suffix } = BackupId.split(text)
      const named = Uuid.isUuid(chain) ? uuid(chain) : spelled(chain, "id ", asciiOfIds)
      return suffix === undefined
        ? named
        : `${named}.${/^\d*$/.test(suffix) ? suffix : spelled(suffix, "suffix ", asciiOfIds)}`
    }),
    text: memoised((text) => aroundUuids(text, (part) => spelled(part, "text ", ascii))),
    file: memoised((name) => aroundUuids(name, file))
  }
}

/** Gives the letters of a text the cases of another's letters, from its first on, and from the start again after its last. */
const inCaseOf = (model: string, text: string): string => {
  const cases = [...model].filter((character) => /[a-z]/i.test(character)).map((letter) => letter < "a")
  let index = 0
  return cases.includes(true)
    ? text.replaceAll(/[a-f]/g, (letter) => cases[index++ % cases.length] === true ? letter.toUpperCase() : letter)
    : text
}
