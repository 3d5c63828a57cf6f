/**
 * Builds elements from what an `XmlReader` tells, in the normal form that `XmlElement.parse` gives.
 */
import { isWhite } from "./internal/xmlCharacters.ts"
import type { XmlElement } from "./XmlElement.ts"
import * as XmlReader from "./XmlReader.ts"

/** An element that is open, with the children that it has so far. */
export type OpenElement = XmlElement

/**
 * Is given each element when it ends, and how many elements are open around it.
 *
 * What it answers with `true` is its own, and no child of the element around it: so a document of many children need
 * not be held as a whole.
 */
export type Take = (element: XmlElement, depth: number) => boolean

interface Frame extends OpenElement {
  name: string
  attributes: XmlElement["attributes"]
  children: Array<XmlElement | string>
  // The string in work, and whether a comment or a processing instruction has ended it.
  text: string
  isEnded: boolean
  hasElements: boolean
}

const none: ReadonlyArray<never> = []

/** Builds the elements of one document. */
export class XmlElementBuilder implements XmlReader.Handler {
  /** How many elements are open. */
  depth = 0

  private readonly take: Take
  // One for each depth, used again and again.
  private readonly frames: Array<Frame> = []

  constructor(take: Take) {
    this.take = take
  }

  /** Returns the open element that has `depth` elements around it, which must be fewer than are open. */
  open(depth: number): OpenElement {
    return this.frames[depth]!
  }

  startTag(name: string, attributes: XmlElement["attributes"]): void {
    this.endText()
    const frame = this.frames[this.depth++] ??= newFrame()
    frame.name = name
    frame.attributes = attributes.length === 0 ? none : attributes.map(([name, value]) => [name, XmlReader.copy(value)])
    frame.children = []
    frame.text = ""
    frame.isEnded = false
    frame.hasElements = false
  }

  text(part: string): void {
    const frame = this.frames[this.depth - 1]!
    if (!frame.isEnded) frame.text += part
  }

  remark(): void {
    if (this.depth > 0) this.frames[this.depth - 1]!.isEnded = true
  }

  endTag(): void {
    const { attributes, children, hasElements, name, text } = this.frames[--this.depth]!
    if (text !== "" && !(hasElements && isWhite(text))) children.push(XmlReader.copy(text))
    this.add({ name, attributes, children })
  }

  leaf(name: string, text: string): void {
    this.endText()
    this.add({ name, attributes: none, children: text === "" ? none : [XmlReader.copy(text)] })
  }

  // A string between two tags is over when an element begins.
  private endText(): void {
    if (this.depth === 0) return
    const frame = this.frames[this.depth - 1]!
    if (frame.text !== "") {
      if (!isWhite(frame.text)) frame.children.push(XmlReader.copy(frame.text))
      frame.text = ""
    }
    frame.isEnded = false
    frame.hasElements = true
  }

  private add(element: XmlElement): void {
    if (!this.take(element, this.depth) && this.depth > 0) this.frames[this.depth - 1]!.children.push(element)
  }
}

const newFrame = (): Frame => ({
  name: "",
  attributes: none,
  children: [],
  text: "",
  isEnded: false,
  hasElements: false
})
