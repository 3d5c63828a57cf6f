/**
 * Builds elements from the events of an `XmlReader`, in the normal form of `XmlDocument.parse`.
 *
 * @since 0.2.0
 */
import { isWhite } from "./XmlCharacters.ts"
import type { XmlElement } from "./XmlElement.ts"
import { step } from "./XmlPath.ts"
import * as XmlReader from "./XmlReader.ts"

/**
 * An element whose end tag has not been read, with its children so far.
 *
 * @category models
 * @since 0.2.0
 */
export type OpenElement = XmlElement

/**
 * Receives each element when it ends, with the number of elements that are still open around it.
 *
 * Return `true` to consume the element: it is then not added to its parent, so a document with many children need not
 * be held as a whole.
 *
 * @category models
 * @since 0.2.0
 */
export type Take = (element: XmlElement, depth: number) => boolean

interface Frame extends OpenElement {
  name: string
  attributes: XmlElement["attributes"]
  children: Array<XmlElement | string>
  // The current string, and whether a comment or a processing instruction has ended it.
  text: string
  isEnded: boolean
  hasElements: boolean
  // How many elements of each name were consumed: they count as siblings, but are no children.
  taken: Map<string, number> | undefined
}

const none: ReadonlyArray<never> = []

// Measured on V8 with 64-bit pointers, rounded up.
const perElement = 128
const perAttribute = 128
const perText = 40

/**
 * Builds the elements of one document. Pass it to `XmlReader.make` as the handler.
 *
 * @category constructors
 * @since 0.2.0
 */
export class XmlElementBuilder implements XmlReader.Handler {
  /** The number of open elements. */
  depth = 0
  /** The estimated memory of the elements that wait to be taken with an element around them, in bytes. */
  heldBytes = 0

  private readonly take: Take
  // One for each depth, reused.
  private readonly frames: Array<Frame> = []

  constructor(take: Take) {
    this.take = take
  }

  /**
   * Returns the open element that has `depth` elements around it. `depth` must be less than the number of open
   * elements.
   */
  open(depth: number): OpenElement {
    return this.frames[depth]!
  }

  /**
   * Returns the path of the innermost open element, each step with its ordinal, without the root.
   *
   * Returns `undefined` if no element below the root is open.
   */
  path(): string | undefined {
    const steps: Array<string> = []
    for (let depth = 1; depth < this.depth; depth++) {
      const { children, taken } = this.frames[depth - 1]!
      const { name } = this.frames[depth]!
      const namesakes = children.filter((child) => typeof child !== "string" && child.name === name).length
      steps.push(step(name, 1 + namesakes + (taken?.get(name) ?? 0)))
    }
    return steps.length === 0 ? undefined : steps.join("/")
  }

  startTag(name: string, attributes: XmlElement["attributes"]): void {
    this.endText()
    const frame = this.frames[this.depth++] ??= newFrame()
    frame.name = name
    frame.attributes = attributes
    frame.children = []
    frame.text = ""
    frame.isEnded = false
    frame.hasElements = false
    frame.taken = undefined
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
    if (text !== "" && !(hasElements && isWhite(text))) {
      children.push(XmlReader.copy(text))
      this.heldBytes += perText + text.length
    }
    this.add({ name, attributes, children })
  }

  leaf(element: XmlElement): void {
    this.endText()
    const [text] = element.children
    if (typeof text === "string") this.heldBytes += perText + text.length
    this.add(element)
  }

  // The start of an element ends the string before it.
  private endText(): void {
    if (this.depth === 0) return
    const frame = this.frames[this.depth - 1]!
    if (frame.text !== "") {
      if (!isWhite(frame.text)) {
        frame.children.push(XmlReader.copy(frame.text))
        this.heldBytes += perText + frame.text.length
      }
      frame.text = ""
    }
    frame.isEnded = false
    frame.hasElements = true
  }

  private add(element: XmlElement): void {
    this.heldBytes += perElement + perAttribute * element.attributes.length
    const isTaken = this.take(element, this.depth)
    if (isTaken) this.heldBytes = 0
    if (this.depth === 0) return
    const around = this.frames[this.depth - 1]!
    if (!isTaken) around.children.push(element)
    else (around.taken ??= new Map()).set(element.name, 1 + (around.taken.get(element.name) ?? 0))
  }
}

const newFrame = (): Frame => ({
  name: "",
  attributes: none,
  children: [],
  text: "",
  isEnded: false,
  hasElements: false,
  taken: undefined
})
