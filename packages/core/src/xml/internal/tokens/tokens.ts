/** Reads the tokens of an XML document, one after the other. */
import { isNameStart, isSpace } from "../../XmlCharacters.ts"
import type { XmlElement } from "../../XmlElement.ts"
import type { Edit } from "../edit.ts"
import { Fault } from "../fault.ts"
import type { Handler, ReadEntities } from "../handler.ts"
import {
  Ampersand,
  Bang,
  Cr,
  DoubleQuote,
  Equals,
  Greater,
  Less,
  Lf,
  Question,
  SingleQuote,
  Slash,
  Tab
} from "./codes.ts"
import { faultOfDeclaration } from "./declaration.ts"
import { endOfName, endOfPart, indexOrEnd, requireSafeName, shown, skipSpace, tokenAt } from "./lexemes.ts"
import { attributeOf, leafOf, type Name, Names } from "./names.ts"
import { endOfReference, maxReferenceLength } from "./references.ts"
import { attributeValueOf, textOf, withLineEnds } from "./values.ts"

type Attribute = XmlElement["attributes"][number]

/** How many attributes are compared one by one before a set takes over. */
const maxListedAttributes = 8

/** The limit of attributes in one tag, hundreds of times as many as any product writes. */
const maxAttributes = 10_000

const isAmong = (attributes: ReadonlyArray<Attribute>, name: string): boolean => {
  for (let index = 0; index < attributes.length; index++) if (attributes[index]![0] === name) return true
  return false
}

type Phase = "prolog" | "content" | "epilog"

const noAttributes: XmlElement["attributes"] = []

// Every reference except those to the five entities, which are the most frequent in a document inside a document.
const otherReference = /&(?!(?:lt|amp|gt|quot|apos);)/g

/**
 * Reads the tokens of one document, which may arrive in parts.
 *
 * Every method that reads a token takes the index at which it starts. It returns the index after the token, or -1 if
 * the text ends inside it.
 */
export class Tokens {
  /** Corrections for a parser, in the text that was read last. */
  edits: Array<Edit> = []
  /** Whether the document started with a byte order mark. */
  marked = false

  private readonly maxDepth: number
  private readonly maxElements: number
  private readonly handler: Handler | undefined
  private readonly readEntities: ReadEntities | undefined
  private text = ""
  private phase: Phase = "prolog"
  private readonly open: Array<string> = []
  private readonly names = new Names()
  private elements = 0
  // Nothing but a byte order mark has been read yet, so a declaration may follow.
  private fresh = true
  // The next "&", the next "&" of no predefined entity, "]]>" and CR: no search runs over the same text twice.
  private nextAmpersand = -1
  private nextOther = -1
  private nextSectionEnd = -1
  private nextReturn = -1
  // Whether the attribute value that was read last needs no decoding.
  private isPlain = true

  constructor(maxDepth: number, maxElements: number, handler?: Handler, readEntities?: ReadEntities) {
    this.maxDepth = maxDepth
    this.maxElements = maxElements
    this.handler = handler
    this.readEntities = readEntities
  }

  /** Reads all whole tokens of a text and returns the index after them. Set `last` for the final text. */
  read(text: string, last: boolean): number {
    this.text = text
    this.edits = []
    this.nextAmpersand = -1
    this.nextOther = -1
    this.nextSectionEnd = -1
    this.nextReturn = -1
    const end = text.length
    let at = this.byteOrderMark()
    while (at < end) {
      const edits = this.edits.length
      const next = text.charCodeAt(at) === Less ? this.markup(at) : this.characterData(at, last)
      if (next === -1) {
        if (last) throw new Fault("truncated", `the document ends inside ${tokenAt(text, at)}`, end)
        this.edits.length = edits
        return at
      }
      this.fresh = false
      at = next
    }
    if (last && this.phase === "prolog") throw new Fault("empty", "there is no root element", end)
    if (last && this.phase === "content") {
      throw new Fault("truncated", `the document ends inside <${shown(this.open[this.open.length - 1]!)}>`, end)
    }
    return at
  }

  private byteOrderMark(): number {
    if (this.marked || !this.fresh || this.text.charCodeAt(0) !== 0xfeff) return 0
    this.marked = true
    this.edits.push({ from: 0, to: 1, text: "" })
    return 1
  }

  private characterData(at: number, last: boolean): number {
    const text = this.text
    let stop = text.indexOf("<", at)
    if (stop === -1) stop = last ? text.length : endOfPart(text, at)
    if (this.phase !== "content") {
      for (let index = at; index < stop; index++) {
        if (!isSpace(text.charCodeAt(index))) {
          const side = this.phase === "prolog" ? "before" : "after"
          throw new Fault("outside", `there is text ${side} the root element`, index)
        }
      }
      return stop === at ? -1 : stop
    }
    if (this.nextSectionEnd < at) this.nextSectionEnd = indexOrEnd(text, "]]>", at)
    if (this.nextAmpersand < at) this.nextAmpersand = indexOrEnd(text, "&", at)
    if (this.nextReturn < at) this.nextReturn = indexOrEnd(text, "\r", at)
    const isPlain = this.nextSectionEnd >= stop && this.nextReturn >= stop
    let content: string | undefined
    if (this.nextAmpersand < stop) {
      if (isPlain) content = this.readEntities?.(text.slice(at, stop))
      if (content === undefined) {
        const cut = this.references(at, Math.min(stop, this.nextSectionEnd))
        if (cut !== -1) {
          if (last) return -1
          stop = cut
        }
      }
    } else if (isPlain) content = text.slice(at, stop)
    if (this.nextSectionEnd < stop) throw new Fault("text", "a text contains \"]]>\"", this.nextSectionEnd)
    if (stop === at) return -1
    this.handler?.text(content ?? textOf(text.slice(at, stop)))
    return stop
  }

  // Checks the references up to an index. Returns the start of an unfinished one, or -1.
  private references(from: number, to: number): number {
    if (this.nextOther < from) this.nextOther = this.otherReference(from)
    while (this.nextOther < to) {
      const next = this.reference(this.nextOther)
      if (next === -1) return this.nextOther
      this.nextOther = this.otherReference(next)
    }
    return -1
  }

  private otherReference(from: number): number {
    otherReference.lastIndex = from
    return otherReference.test(this.text) ? otherReference.lastIndex - 1 : this.text.length
  }

  private reference(at: number): number {
    const end = endOfReference(this.text, at)
    if (end - at > maxReferenceLength) {
      const text = `&#${textOf(this.text.slice(at, end)).codePointAt(0)};`
      this.edits.push({ from: at, to: end, text })
    }
    return end
  }

  private markup(at: number): number {
    const text = this.text
    if (at + 1 >= text.length) return -1
    const next = text.charCodeAt(at + 1)
    if (next === Slash) return this.endTag(at)
    if (next === Question) return this.instruction(at)
    if (next !== Bang) return this.startTag(at)
    if (text.startsWith("<!--", at)) return this.comment(at)
    if (text.startsWith("<![CDATA[", at)) return this.section(at)
    if (text.startsWith("<!DOCTYPE", at)) throw new Fault("doctype", "the document has a DOCTYPE", at)
    const rest = text.slice(at, at + 9)
    const cut = at + rest.length === text.length
    if (cut && ["<!--", "<![CDATA[", "<!DOCTYPE"].some((mark) => mark.startsWith(rest))) return -1
    throw new Fault("markup", "\"<!\" starts neither a comment nor a CDATA section", at)
  }

  private comment(at: number): number {
    const dashes = this.text.indexOf("--", at + 4)
    if (dashes === -1 || dashes + 2 >= this.text.length) return -1
    if (this.text.charCodeAt(dashes + 2) !== Greater) throw new Fault("comment", "a comment contains \"--\"", dashes)
    this.handler?.remark()
    return dashes + 3
  }

  private section(at: number): number {
    if (this.phase !== "content") throw new Fault("outside", "a CDATA section is outside the root element", at)
    const end = this.text.indexOf("]]>", at + 9)
    if (end === -1) return -1
    if (end > at + 9) this.handler?.text(withLineEnds(this.text.slice(at + 9, end)))
    return end + 3
  }

  private instruction(at: number): number {
    const text = this.text
    const end = text.indexOf("?>", at + 2)
    if (end === -1) return -1
    const nameEnd = endOfName(text, at + 2, "processing instruction")
    if (nameEnd !== end && !isSpace(text.charCodeAt(nameEnd))) {
      throw new Fault("markup", "a processing instruction has no white space after its name", nameEnd)
    }
    const name = text.slice(at + 2, Math.min(nameEnd, at + 6))
    if (name === "xml" && this.fresh) {
      const fault = faultOfDeclaration(text.slice(at, end + 2))
      if (fault !== undefined) throw new Fault(fault.reason, fault.detail, at)
    } else if (name.toLowerCase() === "xml") {
      throw new Fault("declaration", "an XML declaration is only allowed at the start of the document", at)
    } else {
      this.edits.push({ from: at, to: end + 2, text: "<!---->" })
      this.handler?.remark()
    }
    return end + 2
  }

  private startTag(at: number): number {
    const text = this.text
    if (this.phase === "epilog") throw new Fault("outside", "an element follows the root element", at)
    const known = this.names.find(text, at + 1)
    const nameEnd = known === undefined ? endOfName(text, at + 1, "element") : at + 1 + known.text.length
    let attributes = noAttributes
    let index = nameEnd
    if (text.charCodeAt(index) !== Greater) {
      const found: Array<Attribute> = []
      index = this.attributes(index, found)
      if (found.length > 0) attributes = found
      if (index === -1) return -1
    }
    const empty = text.charCodeAt(index) === Slash
    if (empty && ++index >= text.length) return -1
    if (text.charCodeAt(index) !== Greater) throw new Fault("tag", "\"/\" is not followed by \">\"", index)
    if (known === undefined) requireSafeName(text, at + 1, nameEnd, "element")
    if (this.open.length >= this.maxDepth) {
      throw new Fault("depth", `elements are nested more than ${this.maxDepth} deep`, at)
    }
    // Attributes take as much memory as elements do.
    this.elements += 1 + attributes.length
    if (this.elements > this.maxElements) throw this.tooMany(at)
    const name = known ?? this.names.add(text.slice(at + 1, nameEnd))
    if (!empty) {
      const end = index === nameEnd ? this.leaf(name, index + 1) : -1
      if (end !== -1) return end
      this.open.push(name.text)
    }
    if (this.handler !== undefined) {
      this.handler.startTag(name.text, attributes)
      if (empty) this.handler.endTag()
    }
    this.phase = this.open.length === 0 ? "epilog" : "content"
    return this.skipLayout(index + 1, empty)
  }

  // Most elements hold one text and nothing else. Returns the index after the end tag, or -1 if this is not such an
  // element, if it is unfinished, or if its text is not plain.
  private leaf(name: Name, at: number): number {
    const text = this.text
    const stop = text.indexOf("<", at)
    if (stop === -1 || this.phase !== "content" || text.charCodeAt(stop + 1) !== Slash) return -1
    const end = stop + 2 + name.text.length
    if (text.charCodeAt(end) !== Greater || !text.startsWith(name.text, stop + 2)) return -1
    if (this.nextAmpersand < at) this.nextAmpersand = indexOrEnd(text, "&", at)
    if (this.nextSectionEnd < at) this.nextSectionEnd = indexOrEnd(text, "]]>", at)
    if (this.nextReturn < at) this.nextReturn = indexOrEnd(text, "\r", at)
    if (this.nextAmpersand < stop || this.nextSectionEnd < stop || this.nextReturn < stop) return -1
    if (this.handler !== undefined) this.handler.leaf(leafOf(name, text, at, stop))
    return this.skipLayout(end + 1, true)
  }

  // White space is no content if an element ends before it or starts after it, which is the common case. Returns the
  // index after it, or `at` if it may be content.
  private skipLayout(at: number, isBehindElement: boolean): number {
    const text = this.text
    let index = at
    while (isSpace(text.charCodeAt(index))) index++
    if (index === at || text.charCodeAt(index) !== Less || this.phase !== "content") return at
    const next = text.charCodeAt(index + 1)
    return next === Slash ? (isBehindElement ? index : at) : isNameStart(next) ? index : at
  }

  private tooMany(at: number): Fault {
    return new Fault("elements", `there are more than ${this.maxElements} elements`, at)
  }

  // Returns the index of the ">" or "/" after the attributes, and collects the attributes.
  private attributes(at: number, found: Array<Attribute>): number {
    const text = this.text
    const end = text.length
    let names: Set<string> | undefined
    for (let index = at;;) {
      const start = skipSpace(text, index)
      if (start >= end) return -1
      const next = text.charCodeAt(start)
      if (next === Greater || next === Slash) return start
      if (start === index) throw new Fault("tag", "white space is missing in the tag", index)
      const known = this.names.find(text, start)
      const nameEnd = known === undefined ? endOfName(text, start, "attribute") : start + known.text.length
      const equals = skipSpace(text, nameEnd)
      if (equals >= end) return -1
      if (text.charCodeAt(equals) !== Equals) throw new Fault("attribute", "an attribute has no value", start)
      const value = skipSpace(text, equals + 1)
      if (value >= end) return -1
      index = this.attributeValue(value)
      if (index === -1) return -1
      if (known === undefined) requireSafeName(text, start, nameEnd, "attribute")
      const name = known ?? this.names.add(text.slice(start, nameEnd))
      if (names === undefined ? isAmong(found, name.text) : names.has(name.text)) {
        throw new Fault("duplicate-attribute", `the attribute ${shown(name.text)} appears twice`, start)
      }
      // Checked before the tag ends, because it may never end.
      if (found.length === maxAttributes) {
        throw new Fault("elements", `a tag has more than ${maxAttributes} attributes`, start)
      }
      if (this.elements + 1 + found.length >= this.maxElements) throw this.tooMany(start)
      found.push(
        this.isPlain
          ? attributeOf(name, text, value + 1, index - 1)
          : [name.text, attributeValueOf(text.slice(value + 1, index - 1))]
      )
      if (found.length > maxListedAttributes) (names ??= new Set(found.map(([name]) => name))).add(name.text)
    }
  }

  // Returns the index after the closing quote.
  private attributeValue(at: number): number {
    const text = this.text
    const end = text.length
    const quote = text.charCodeAt(at)
    if (quote !== DoubleQuote && quote !== SingleQuote) {
      throw new Fault("attribute", "an attribute value is not quoted", at)
    }
    this.isPlain = true
    let index = at + 1
    while (index < end) {
      const code = text.charCodeAt(index)
      if (code === quote) return index + 1
      if (code === Less) throw new Fault("attribute", "an attribute value contains \"<\"", index)
      if (code === Ampersand) {
        this.isPlain = false
        index = this.reference(index)
        if (index === -1) return -1
        continue
      }
      const next = code === Cr && text.charCodeAt(index + 1) === Lf ? index + 2 : index + 1
      if (code === Tab || code === Lf || code === Cr) {
        this.isPlain = false
        this.edits.push({ from: index, to: next, text: " " })
      }
      index = next
    }
    return -1
  }

  private endTag(at: number): number {
    const text = this.text
    const name = this.open[this.open.length - 1]
    const end = name === undefined ? at : at + 2 + name.length
    const close = text.charCodeAt(end) === Greater ? end : text.indexOf(">", at + 2)
    if (close === -1) return -1
    let nameEnd = close
    while (isSpace(text.charCodeAt(nameEnd - 1))) nameEnd--
    if (name === undefined) throw new Fault("tag", "an end tag has no start tag", at)
    if (nameEnd - at - 2 !== name.length || !text.startsWith(name, at + 2)) {
      const found = shown(text.slice(at + 2, Math.min(nameEnd, at + 100)))
      throw new Fault("tag", `the end tag </${found}> does not close <${shown(name)}>`, at)
    }
    this.open.pop()
    if (this.open.length === 0) this.phase = "epilog"
    this.handler?.endTag()
    return this.skipLayout(close + 1, true)
  }
}
