/**
 * Mutated XML documents: elements are changed, written in one of the many ways that XML allows, and then the text is
 * changed, after which it is seldom well-formed.
 */
import type { XmlElement } from "@backup-tree/core/xml/XmlElement"
import type { Random } from "./random.ts"
import * as Elements from "./xmlElements.ts"

/** The longest document that a mutation makes, in UTF-16 units; see `maxInputBytes`. */
const maxLength = 64 * 1024

// ---------------------------------------------------------------------------------------------------------------------
// Writing
// ---------------------------------------------------------------------------------------------------------------------

/** How freely one document is written: each a probability. */
interface Manner {
  readonly references: number
  readonly sections: number
  readonly remarks: number
  readonly spaces: number
}

const plain: Manner = { references: 0, sections: 0, remarks: 0, spaces: 0 }

const named: { readonly [character: string]: string } = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  "\"": "&quot;",
  "'": "&apos;"
}

const reference = (random: Random, character: string): string => {
  const code = character.codePointAt(0)!
  const zeros = random.chance(0.1) ? "0".repeat(random.between(1, 40)) : ""
  const forms = [`&#${zeros}${code};`, `&#x${zeros}${code.toString(16)};`, named[character] ?? `&#${code};`]
  return random.pick(forms)
}

const writeText = (random: Random, text: string, escaped: RegExp, manner: Manner): string => {
  const escape = (character: string): string =>
    manner.references === 0
      ? named[character] ?? `&#x${character.codePointAt(0)!.toString(16)};`
      : reference(random, character)
  const safe = text.replace(escaped, escape)
  if (!random.chance(manner.references) || safe.includes("&")) return safe
  return Array.from(safe, (character) => random.chance(0.3) ? reference(random, character) : character).join("")
}

const writeSection = (text: string): string => `<![CDATA[${text.replaceAll("]]>", "]]]]><![CDATA[>")}]]>`

const remarks = ["<!---->", "<!-- a 'b' -->", "<?p?>", "<?p don't \"x?>", "<?xml-stylesheet version=\"1.1\"?>"]

const writeElement = (random: Random, self: Elements.Node, manner: Manner): string => {
  const space = (): string => random.chance(manner.spaces) ? random.pick(["", " ", "\n", "\t", "\r\n"]) : ""
  let text = `<${self.name}`
  for (const [name, value] of self.attributes) {
    const single = random.chance(manner.spaces)
    const quote = single ? "'" : "\""
    // White space that is not escaped is not kept either: it is read as blanks.
    const unsafe = random.chance(manner.spaces) ? "&<" : "&<\t\n\r"
    const written = writeText(random, value, new RegExp(`[${unsafe}${quote}]`, "g"), manner)
    text += ` ${space()}${name}${space()}=${space()}${quote}${written}${quote}`
  }
  if (self.children.length === 0 && !random.chance(0.5)) return `${text}${space()}/>`
  text += `${space()}>`
  for (const child of self.children) {
    if (typeof child !== "string") text += writeElement(random, child, manner)
    else if (random.chance(manner.sections)) text += writeSection(child)
    else text += writeText(random, child, /[&<\r]|(?<=\]\])>/g, manner).replaceAll("]]>", "]]&gt;")
    if (random.chance(manner.remarks)) text += random.pick(remarks)
  }
  return `${text}</${self.name}${space()}>`
}

const prologs = [
  "\ufeff",
  "<?xml version=\"1.0\"?>",
  "<?xml version='1.0' encoding='utf-8' standalone='no' ?>\n",
  "<?xml version=\"1.1\"?>",
  "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>",
  "<!DOCTYPE BackupTree>",
  "<!-- c -->",
  "<?p q?>\r\n"
]

// ---------------------------------------------------------------------------------------------------------------------
// Text
// ---------------------------------------------------------------------------------------------------------------------

const fragments = [
  "<",
  ">",
  "&",
  ";",
  "/",
  "'",
  "\"",
  "=",
  " ",
  "\n",
  "\r",
  "]]>",
  "--",
  "<!--",
  "-->",
  "<![CDATA[",
  "<?",
  "?>",
  "<?xml version='1.0'?>",
  "<?XmL?>",
  "</",
  "/>",
  "&#0;",
  "&#1;",
  "&#xD800;",
  "&#xFFFF;",
  "&#x110000;",
  "&#xe000;",
  "&#X41;",
  "&foo;",
  "&lt",
  "&amp;amp;",
  "<a>",
  "</a>",
  "<a/>",
  "<x x=''/>",
  " id=\"1\"",
  " xml:space='x'",
  "<!DOCTYPE a [<!ENTITY b 'c'>]>",
  "<!ELEMENT a ANY>",
  "<__proto__/>",
  "<constructor>",
  " prototype='1'",
  "<VmItem>",
  "</VmItem>",
  "<BackupDisks/>",
  "<Size>junk</Size>",
  "\u0000",
  "\u0001",
  "\u000b",
  "\ufffe",
  "\uffff",
  "\ud83d",
  "\ude00",
  "\ufeff",
  "\u1680",
  "\u0085",
  "\ue000",
  "text"
]

type TextChange = (random: Random, text: string, donors: ReadonlyArray<string>) => string

// Half of them at a mark: a change inside a word seldom matters.
const place = (random: Random, text: string): number => {
  const index = random.below(text.length + 1)
  if (random.chance(0.5)) return index
  const mark = text.indexOf(random.pick(["<", ">", "&", "\"", "="]), index)
  return mark === -1 ? index : mark + random.below(2)
}

const insertFragment: TextChange = (random, text) => {
  const at = place(random, text)
  return text.slice(0, at) + random.pick(fragments) + text.slice(at)
}

const cutText: TextChange = (random, text) => {
  const at = place(random, text)
  return text.slice(0, at) + text.slice(at + random.between(1, random.chance(0.8) ? 4 : 200))
}

const endText: TextChange = (random, text) => text.slice(0, place(random, text))

const doubleText: TextChange = (random, text) => {
  const at = place(random, text)
  const end = at + random.between(1, random.chance(0.7) ? 40 : 400)
  return text.slice(0, end) + text.slice(at)
}

const swapText: TextChange = (random, text) => {
  const [first, second, third] = [place(random, text), place(random, text), place(random, text)].sort((a, b) => a - b)
  return text.slice(0, first) + text.slice(second, third) + text.slice(first, second) + text.slice(third)
}

const spliceText: TextChange = (random, text, donors) => {
  const donor = random.pick(donors)
  const from = place(random, donor)
  const at = place(random, text)
  return text.slice(0, at) + donor.slice(from, from + random.between(1, 200)) + text.slice(at + random.below(20))
}

const swapCase: TextChange = (random, text) => {
  const at = random.below(text.length)
  const character = text.charAt(at)
  const lower = character.toLowerCase()
  return text.slice(0, at) + (lower === character ? character.toUpperCase() : lower) + text.slice(at + 1)
}

const unescapeText: TextChange = (random, text) => {
  const at = text.indexOf("&", place(random, text))
  const [written, character] = Object.entries(named).map(([character, written]) => [written, character] as const)
    .find(([written]) => at !== -1 && text.startsWith(written, at)) ?? ["", ""]
  return written === "" ? text : text.slice(0, at) + character + text.slice(at + written.length)
}

// At once, not one by one: work that grows with the square of a count shows only where the count is large.
const repeatText: TextChange = (random, text) => {
  const at = place(random, text)
  const numbered = random.chance(0.3)
  const piece = numbered
    ? ""
    : random.chance(0.5)
    ? random.pick(fragments)
    : text.slice(at, at + random.between(1, 300))
  const count = Math.floor((maxLength - text.length) / Math.max(8, piece.length))
  if (count < 1) return text
  const repeated = numbered
    ? Array.from({ length: count }, (_, index) => ` a${index}=''`).join("")
    : piece.repeat(random.between(1, count))
  return text.slice(0, at) + repeated + text.slice(at)
}

const textChanges = [
  insertFragment,
  insertFragment,
  cutText,
  endText,
  doubleText,
  swapText,
  spliceText,
  swapCase,
  unescapeText
]

// ---------------------------------------------------------------------------------------------------------------------
// Documents
// ---------------------------------------------------------------------------------------------------------------------

/** Documents from which mutations start, and of whose pieces they make use. */
export interface Sources {
  /** The short ones first. */
  readonly roots: ReadonlyArray<XmlElement>
  readonly texts: ReadonlyArray<string>
  readonly parts: ReadonlyArray<XmlElement>
}

/** Takes the pieces of some documents. */
export const sources = (documents: ReadonlyArray<{ readonly text: string; readonly root: XmlElement }>): Sources => ({
  roots: documents.toSorted((self, that) => self.text.length - that.text.length).map(({ root }) => root),
  texts: documents.map(({ text }) => text),
  // Roots are left out: one of them would double the document.
  parts: documents.flatMap(({ root }) => Elements.nodesOf(Elements.clone(root)).slice(1))
})

/** How much of a document is changed. */
export interface Wildness {
  /** The probability that its text is changed, after which it is seldom well-formed. */
  readonly text: number
  /** The probability that it is written in some of the other ways that XML allows. */
  readonly manner: number
}

/** Writes an element, and changes what was written, as wildly as requested. */
const write = (random: Random, root: Elements.Node, texts: ReadonlyArray<string>, wildness: Wildness): string => {
  const free = random.chance(wildness.manner)
  const probability = (): number => random.pick([0, 0.05, 0.4])
  const manner = free
    ? { references: probability(), sections: probability(), remarks: probability() / 4, spaces: probability() }
    : plain
  let text = writeElement(random, root, manner)
  if (free && random.chance(0.2)) text = random.pick(prologs) + text
  if (random.chance(wildness.text)) {
    const count = random.chance(0.6) ? 1 : random.between(2, 3)
    for (let index = 0; index < count; index++) text = random.pick(textChanges)(random, text, texts)
  }
  return text
}

/** Makes a mutated copy of one of the documents. */
export const mutated = (random: Random, { parts, roots, texts }: Sources, wildness: Wildness): string => {
  // A short document is drawn more often than a long one: its inputs take less time, and there can be more of them.
  const root = roots[Math.min(random.below(roots.length), random.below(roots.length))]!
  const text = write(random, Elements.mutated(random, root, parts), texts, wildness)
  // Seldom, for it makes the document as long as one can be.
  return (random.chance(0.001) ? repeatText(random, text, texts) : text).slice(0, maxLength)
}
