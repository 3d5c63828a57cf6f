/** Writes elements as the product does. Source: SEMANTICS 1.12, PROTOCOL 4.3 and 4.4. */
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

/** Writes an element without the indentation before it and the line end behind it. */
export const print = (element: XmlElement, indentation: string): string => {
  const { attributes, children, name } = element
  let tag = `<${name}`
  for (const [attribute, value] of attributes) tag += ` ${attribute}="${escapeAttribute(value)}"`
  // An empty list is self-closing, an empty text is not; what has attributes is taken for a list.
  if (children.length === 0) return attributes.length === 0 ? `${tag}></${name}>` : `${tag}/>`
  let content = ""
  if (children.some((child) => typeof child === "string")) {
    for (const child of children) content += typeof child === "string" ? escapeText(child) : print(child, indentation)
  } else {
    const inner = `${indentation} `
    for (const child of children) content += `\n${inner}${print(child as XmlElement, inner)}`
    content += `\n${indentation}`
  }
  return `${tag}>${content}</${name}>`
}
