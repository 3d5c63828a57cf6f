/**
 * A small XML element value. `XmlDocument` reads a whole text into one and writes one as text.
 */
import * as Schema from "effect/Schema"

/**
 * An element: its name, its attributes in document order, and its children in document order.
 *
 * An element is in normal form, as `XmlDocument.parse` returns it, if no string is empty, no two strings stand side by side,
 * and no string beside an element is white space alone.
 */
export interface XmlElement {
  readonly name: string
  readonly attributes: ReadonlyArray<readonly [name: string, value: string]>
  readonly children: ReadonlyArray<XmlElement | string>
}

/** Schema of an {@link XmlElement}. */
export const XmlElement: Schema.Codec<XmlElement> = Schema.Struct({
  name: Schema.String,
  attributes: Schema.Array(Schema.Tuple([Schema.String, Schema.String])),
  children: Schema.Array(Schema.Union([Schema.suspend((): Schema.Codec<XmlElement> => XmlElement), Schema.String]))
})

/** Returns the text of an element: its first child if that is a string, else the empty text. Source: SEMANTICS 1.13. */
export const text = (element: XmlElement): string => {
  const first = element.children[0]
  return typeof first === "string" ? first : ""
}

/** Returns the element children of an element in document order. */
export const elements = (element: XmlElement): ReadonlyArray<XmlElement> =>
  element.children.filter((child) => typeof child !== "string")
