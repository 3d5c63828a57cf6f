/** Reads the elements of event documents. */
import * as XmlElement from "@backup-tree/core/xml/XmlElement"
import type { XmlError } from "@backup-tree/core/xml/XmlError"
import * as Result from "effect/Result"
import { MessageError } from "../ProtocolError.ts"

/** Fails with a reason. */
export const refuse = (reason: MessageError["reason"], detail: string): Result.Result<never, MessageError> =>
  Result.fail(new MessageError({ reason, detail }))

/**
 * Makes the error of a text that is not well-formed XML.
 *
 * It leaves out the parser's own message, which may quote the text and with it a password.
 */
export const notXml = ({ column, line, reason }: XmlError): MessageError => {
  const where = line === undefined ? "" : ` at line ${line}, column ${column ?? 1}`
  return new MessageError({ reason: "not-xml", detail: `the text is not valid XML (${reason}${where})` })
}

/** Returns the children with a name. */
export const elementsOf = (self: XmlElement.XmlElement, name: string): ReadonlyArray<XmlElement.XmlElement> =>
  XmlElement.elements(self).filter((child) => child.name === name)

/** Returns the first child with a name. Further ones are ignored. */
export const childOf = (self: XmlElement.XmlElement, name: string): XmlElement.XmlElement | undefined =>
  XmlElement.elements(self).find((child) => child.name === name)

/** Returns the only child with a name. Fails if there is none, or more than one. */
export const single = (
  self: XmlElement.XmlElement,
  name: string
): Result.Result<XmlElement.XmlElement, MessageError> => {
  const [first, second] = elementsOf(self, name)
  if (first === undefined) return refuse("not-an-event", `${name} is missing`)
  return second === undefined ? Result.succeed(first) : refuse("not-an-event", `${name} occurs twice`)
}

/** Returns the text of an element. White space alone counts as empty, as in the product. */
export const textOf = (self: XmlElement.XmlElement): string => unlessWhite(XmlElement.text(self))

/** Returns a text, or an empty one if it is white space alone, as in the product. */
export const unlessWhite = (text: string): string => /[^ \t\r\n]/.test(text) ? text : ""
