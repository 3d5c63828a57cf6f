/** Parses a document that the scanner has accepted into elements, with fast-xml-parser. */
import { ENTITY_ACTION, EntityDecoder, XML } from "@nodable/entities"
import { XMLParser } from "fast-xml-parser"
import { isWhite } from "../XmlCharacters.ts"
import type { XmlElement } from "../XmlElement.ts"
import type { Edit } from "./edit.ts"
import { maxDepth } from "./limits.ts"

const textKey = "#text"
const commentKey = "#comment"
const attributesKey = ":@"

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: "",
  textNodeName: textKey,
  // A comment ends a text (SEMANTICS 1.13), so it must be visible.
  commentPropName: commentKey,
  ignoreDeclaration: true,
  ignorePiTags: true,
  trimValues: false,
  parseTagValue: false,
  parseAttributeValue: false,
  jPath: false,
  // The scanner has checked the depth already, so recursion stays shallow.
  maxNestedTags: maxDepth,
  // Without this `<toString>` becomes `__toString`. The scanner refuses the three names that are unsafe.
  onDangerousProperty: (name) => name,
  entityDecoder: new EntityDecoder({
    namedEntities: XML,
    numericAllowed: true,
    onInputEntity: () => ENTITY_ACTION.THROW
  })
})

// A node of the parser: one key that names the element, a text or a comment, and the attributes.
type Node = { readonly [key: string]: unknown }

/** Applies the edits of a scanner, which are in ascending order. */
const applyEdits = (text: string, edits: ReadonlyArray<Edit>): string => {
  if (edits.length === 0) return text
  const parts: Array<string> = []
  let at = 0
  for (const edit of edits) {
    parts.push(text.slice(at, edit.from), edit.text)
    at = edit.to
  }
  parts.push(text.slice(at))
  return parts.join("")
}

const noAttributes: XmlElement["attributes"] = []
const noChildren: XmlElement["children"] = []

const nameOf = (node: Node): string => {
  for (const key in node) return key
  return commentKey
}

const convert = (name: string, node: Node): XmlElement => {
  const attributes = node[attributesKey]
  const nodes = node[name] as ReadonlyArray<Node>
  return {
    name,
    attributes: attributes === undefined ? noAttributes : Object.entries(attributes as { [name: string]: string }),
    children: nodes.length === 0 ? noChildren : convertChildren(nodes)
  }
}

const convertChildren = (nodes: ReadonlyArray<Node>): XmlElement["children"] => {
  const children: Array<XmlElement | string> = []
  let text = ""
  let ended = false
  let structured = false
  for (const node of nodes) {
    const name = nameOf(node)
    if (name === textKey) {
      if (!ended) text += node[textKey] as string
    } else if (name === commentKey) {
      ended = true
    } else {
      structured = true
      if (!isWhite(text)) children.push(text)
      text = ""
      ended = false
      children.push(convert(name, node))
    }
  }
  if (text !== "" && !(structured && isWhite(text))) children.push(text)
  return children
}

/**
 * Parses a scanned document. Returns `undefined` if the parser does not find exactly one root element.
 *
 * Rethrows the parser's errors. Neither can happen for a text that the scanner has accepted; both would be a defect.
 */
export const read = (text: string, edits: ReadonlyArray<Edit>): XmlElement | undefined => {
  const nodes = parser.parse(applyEdits(text, edits)) as ReadonlyArray<Node>
  const roots = nodes.filter((node) => ![textKey, commentKey].includes(nameOf(node)))
  return roots.length === 1 ? convert(nameOf(roots[0]!), roots[0]!) : undefined
}
