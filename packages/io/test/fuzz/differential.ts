/**
 * Documents read by this library and by a second, strict parser: the same verdict, and the same content.
 *
 * The two are meant to differ in a few places. Each has its line in `exceptions` or a step of `toElement`, with its
 * reason, and is counted, so that none of them can hide a difference that is not meant.
 */
import * as XmlDocument from "@backup-tree/core/xml/XmlDocument"
import type { XmlElement } from "@backup-tree/core/xml/XmlElement"
import type { XmlError } from "@backup-tree/core/xml/XmlError"
import * as XmlScanner from "@backup-tree/core/xml/XmlScanner"
import * as StrictParser from "@rgrove/parse-xml"
import * as Result from "effect/Result"
import { isDeepStrictEqual } from "node:util"
import type { Count } from "./laws.ts"

// ---------------------------------------------------------------------------------------------------------------------
// The strict parser
// ---------------------------------------------------------------------------------------------------------------------

// It recurses, so that a document of thousands of levels ends its stack: a refusal too.
const isRefusal = (cause: unknown): cause is StrictParser.XmlError | RangeError =>
  cause instanceof StrictParser.XmlError || cause instanceof RangeError

const readStrictly = (text: string): Result.Result<StrictParser.XmlDocument, StrictParser.XmlError | RangeError> => {
  try {
    return Result.succeed(StrictParser.parseXml(text, {
      preserveComments: true,
      preserveDocumentType: true,
      preserveXmlDeclaration: true
    }))
  } catch (cause) {
    if (isRefusal(cause)) return Result.fail(cause)
    throw cause
  }
}

const everyNode = (document: StrictParser.XmlDocument): ReadonlyArray<StrictParser.XmlNode> => {
  const nodes: Array<StrictParser.XmlNode> = [...document.children]
  for (let index = 0; index < nodes.length; index++) {
    const node = nodes[index]
    if (node instanceof StrictParser.XmlElement) nodes.push(...node.children)
  }
  return nodes
}

const namesOf = (document: StrictParser.XmlDocument): ReadonlyArray<string> =>
  everyNode(document).flatMap((node) =>
    node instanceof StrictParser.XmlElement
      ? [node.name, ...Object.keys(node.attributes)]
      : node instanceof StrictParser.XmlProcessingInstruction
      ? [node.name]
      : []
  )

const depthOf = (element: StrictParser.XmlElement): number =>
  1 + Math.max(0, ...element.children.map((child) => child instanceof StrictParser.XmlElement ? depthOf(child) : 0))

const declarationOf = (document: StrictParser.XmlDocument): StrictParser.XmlDeclaration | undefined =>
  document.children.find((node) => node instanceof StrictParser.XmlDeclaration)

// ---------------------------------------------------------------------------------------------------------------------
// Verdicts that differ on purpose
// ---------------------------------------------------------------------------------------------------------------------

const unsafeNames = new Set(["__proto__", "prototype", "constructor"])

/** A document that this library refuses and the strict parser accepts. */
interface Exception {
  readonly name: string
  readonly applies: (refusal: XmlError, document: StrictParser.XmlDocument, text: string) => boolean
}

const exceptions: ReadonlyArray<Exception> = [
  {
    // The product never writes one, and entities that a document declares are how parsers are made to eat memory.
    name: "refused: DOCTYPE",
    applies: ({ reason }, { children }) =>
      reason === "doctype" && children.some((node) => node instanceof StrictParser.XmlDocumentType)
  },
  {
    // Kept as keys of an object, they change what the object is.
    name: "refused: a name that is not safe to keep",
    applies: ({ reason }, document) => reason === "name" && namesOf(document).some((name) => unsafeNames.has(name))
  },
  {
    // Name characters in XML and white space in JavaScript: fast-xml-parser would end the name there.
    name: "refused: U+1680 or U+FEFF in a name",
    applies: ({ reason }, document) =>
      ["name", "tag", "attribute", "markup"].includes(reason)
      && namesOf(document).some((name) => /[\u1680\ufeff]/.test(name))
  },
  {
    // XML 1.1 has other characters and line ends; the strict parser reads any 1.x as 1.0.
    name: "refused: a version other than 1.0",
    applies: ({ reason }, document) => {
      const version = declarationOf(document)?.version
      return reason === "declaration" && version !== undefined && version !== "1.0"
    }
  },
  {
    // The text has been decoded before, and only as UTF-8; the strict parser does not look at the name.
    name: "refused: a declared encoding other than UTF-8",
    applies: ({ reason }, document) =>
      reason === "encoding" && declarationOf(document)?.encoding?.toUpperCase() !== "UTF-8"
  },
  {
    // A fault of the strict parser: XML wants white space between the two.
    name: "refused: no white space before standalone",
    applies: ({ reason }, _, text) => reason === "declaration" && /^\ufeff?<\?xml[^>]*["']standalone/.test(text)
  },
  {
    // PROTOCOL 10: a listing is nowhere near as deep, and a reader that recurses must end somewhere.
    name: "refused: deeper than 64",
    applies: ({ reason }, document) =>
      reason === "depth" && document.root !== null && depthOf(document.root) > XmlScanner.defaultMaxDepth
  }
]

/** The strict parser checks the value of this attribute, which is a matter of validity and not of form. */
const refusesSpaceAttribute = ({ message }: Error): boolean =>
  message.startsWith("Value of the `xml:space` attribute must be")

// ---------------------------------------------------------------------------------------------------------------------
// Content that differs on purpose
// ---------------------------------------------------------------------------------------------------------------------

/**
 * Raw characters outside XML 1.0, which servers send and this library keeps (SEMANTICS 1.12): for the strict parser
 * each is replaced by a character that the document holds neither raw nor by reference, and put back behind it.
 */
const carry = (text: string): { readonly text: string; readonly restore: (value: string) => string } => {
  const forbidden = new Set(text.match(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g))
  if (forbidden.size === 0) return { text, restore: (value) => value }
  const taken = new Set(text)
  for (const [, hex, decimal] of text.matchAll(/&#(?:x([0-9a-fA-F]+)|([0-9]+));/g)) {
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
    if (code <= 0xffff) taken.add(String.fromCharCode(code))
  }
  const carriers = new Map<string, string>()
  const originals = new Map<string, string>()
  let code = 0xe000
  for (const character of forbidden) {
    while (taken.has(String.fromCharCode(code))) code += 1
    carriers.set(character, String.fromCharCode(code))
    originals.set(String.fromCharCode(code), character)
    code += 1
  }
  return {
    text: text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, (found) => carriers.get(found)!),
    restore: (value) => value.replace(/[\ue000-\uf8ff]/g, (found) => originals.get(found) ?? found)
  }
}

/** Brings the strict parser's element to the normal form of this library's. */
const toElement = (
  self: StrictParser.XmlElement,
  restore: (value: string) => string,
  count: Count
): XmlElement => {
  const children: Array<XmlElement | string> = []
  let ended = false
  for (const child of self.children) {
    if (child instanceof StrictParser.XmlElement) {
      children.push(toElement(child, restore, count))
      ended = false
    } else if (child instanceof StrictParser.XmlText) {
      // As in the product, a comment or an instruction ends a text (SEMANTICS 1.13).
      if (ended) count("dropped: text behind a comment or an instruction")
      else if (child.text !== "") children.push(restore(child.text))
    } else {
      ended = true
    }
  }
  // White space between elements is how a document is laid out, and no content (SEMANTICS 1.12).
  const structured = children.some((child) => typeof child !== "string")
  const kept = children.filter((child) => typeof child !== "string" || !structured || /[^ \t\r\n]/.test(child))
  if (kept.length < children.length) count("dropped: white space between elements")
  return {
    name: self.name,
    attributes: Object.entries(self.attributes).map(([name, value]) => [name, restore(value)]),
    children: kept
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// The comparison
// ---------------------------------------------------------------------------------------------------------------------

/** Reads a document with both and returns what they have in common; throws where they differ without an exception. */
export const compare = (text: string, count: Count): string => {
  const ours = XmlDocument.parse(text)
  const carried = carry(text)
  const theirs = readStrictly(carried.text)
  compareModes(text, ours, carried.text !== text)
  if (Result.isFailure(ours)) {
    if (ours.failure.reason === "parser") {
      throw new Error(`fast-xml-parser and the scanner differ: ${ours.failure.detail}`)
    }
    if (Result.isFailure(theirs)) return "both refuse"
    const exception = exceptions.find(({ applies }) => applies(ours.failure, theirs.success, text))
    if (exception === undefined) throw new Error(`only this library refuses it: ${ours.failure.message}`)
    return exception.name
  }
  if (Result.isFailure(theirs)) {
    if (refusesSpaceAttribute(theirs.failure)) return "accepted: a value of xml:space"
    throw new Error(`only the strict parser refuses it: ${theirs.failure.message}`)
  }
  if (carried.text !== text) count("carried: raw characters outside XML 1.0")
  const { root } = theirs.success
  if (root === null || !isDeepStrictEqual(toElement(root, carried.restore, count), ours.success)) {
    throw new Error("the two parsers read different content")
  }
  return "both accept"
}

/** Where such characters are refused, nothing else changes. */
const compareModes = (
  text: string,
  kept: Result.Result<XmlElement, XmlError>,
  holdsForbidden: boolean
): void => {
  const refused = XmlDocument.parse(text, { forbiddenCharacters: "refuse" })
  const expected = Result.isSuccess(kept) && !holdsForbidden
  if (Result.isSuccess(refused) !== expected) throw new Error("the mode for characters outside XML 1.0 changes more")
  if (expected && !isDeepStrictEqual(refused, kept)) throw new Error("the mode changes what is read")
}
