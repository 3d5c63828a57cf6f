/** Prints elements in the product's format. Source: SEMANTICS 1.12, PROTOCOL 4.3 and 4.4. */
import type { XmlElement } from "../XmlElement.ts"

const textEscapes: { readonly [text: string]: string } = {
  "&": "&amp;",
  "<": "&lt;",
  "]]>": "]]&gt;",
  "\r": "&#xd;",
  "\u0000": " "
}

const attributeEscapes: { readonly [text: string]: string } = {
  "&": "&amp;",
  "<": "&lt;",
  "\"": "&quot;",
  "\t": "&#x9;",
  "\n": "&#xa;",
  "\r": "&#xd;",
  "\u0000": " "
}

const escapeText = (text: string): string =>
  // eslint-disable-next-line no-control-regex
  text.toWellFormed().replace(/[&<\r\u0000]|\]\]>/g, (found) => textEscapes[found]!)

const escapeAttribute = (text: string): string =>
  // eslint-disable-next-line no-control-regex
  text.toWellFormed().replace(/[&<"\t\n\r\u0000]/g, (found) => attributeEscapes[found]!)

/** An element that has been opened, and the index of its next child. */
interface Open {
  readonly name: string
  readonly children: XmlElement["children"]
  readonly indentation: string
  readonly isMixed: boolean
  next: number
}

/** The length from which a piece ends, in characters. */
const pieceLength = 1 << 16

const closingAngle = ">".charCodeAt(0)

/**
 * Prints an element in pieces that end with `>`, so that no escape or surrogate pair is ever cut.
 *
 * The indentation before it and the line end after it are left out.
 *
 * It keeps its own stack, because a value can be nested deeper than the call stack allows. It reads the children of an
 * element once, so they may be made on demand.
 */
export const pieces = function*(element: XmlElement, indentation: string): Generator<string> {
  const opened: Array<Open> = []
  let text = ""
  const open = ({ attributes, children, name }: XmlElement, indentation: string): void => {
    text += `<${name}`
    for (const [attribute, value] of attributes) text += ` ${attribute}="${escapeAttribute(value)}"`
    if (children.length > 0) {
      text += ">"
      const isMixed = children.some((child) => typeof child === "string")
      opened.push({ name, children, indentation, isMixed, next: 0 })
    } else {
      // An empty list is self-closing, an empty text is not; an element with attributes counts as a list.
      text += attributes.length === 0 ? `></${name}>` : "/>"
    }
  }
  open(element, indentation)
  for (let top = opened.at(-1); top !== undefined; top = opened.at(-1)) {
    const child = top.children[top.next++]
    if (child === undefined) {
      text += `${top.isMixed ? "" : `\n${top.indentation}`}</${top.name}>`
      opened.pop()
    } else if (typeof child === "string") {
      text += escapeText(child)
    } else if (top.isMixed) {
      open(child, top.indentation)
    } else {
      text += `\n${top.indentation} `
      open(child, `${top.indentation} `)
    }
    if (text.length >= pieceLength && text.charCodeAt(text.length - 1) === closingAngle) {
      yield text
      text = ""
    }
  }
  yield text
}

/** Prints an element as {@link pieces} does, in one piece. */
export const print = (element: XmlElement, indentation: string): string => {
  let text = ""
  for (const piece of pieces(element, indentation)) text += piece
  return text
}
