/**
 * XML elements as plain values. `XmlDocument` parses a document into one and prints one as a document.
 *
 * @since 0.2.0
 */
import * as Schema from "effect/Schema"

/**
 * An element with its attributes and children, both in document order.
 *
 * `XmlDocument.parse` returns elements in normal form: no string is empty, no two strings are adjacent, and no string
 * next to an element consists of white space only.
 *
 * @category models
 * @since 0.2.0
 */
export interface XmlElement {
  readonly name: string
  readonly attributes: ReadonlyArray<readonly [name: string, value: string]>
  readonly children: ReadonlyArray<XmlElement | string>
}

/**
 * Schema of an {@link XmlElement}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const XmlElement: Schema.Codec<XmlElement> = Schema.Struct({
  name: Schema.String,
  attributes: Schema.Array(Schema.Tuple([Schema.String, Schema.String])),
  children: Schema.Array(Schema.Union([Schema.suspend((): Schema.Codec<XmlElement> => XmlElement), Schema.String]))
})

/**
 * Returns the text of an element: its first child if that is a string, otherwise the empty text.
 *
 * @see [Semantics 1.13](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s1-13)
 * @category accessors
 * @since 0.2.0
 */
export const text = (element: XmlElement): string => {
  const first = element.children[0]
  return typeof first === "string" ? first : ""
}

/**
 * Returns the child elements of an element in document order.
 *
 * @category accessors
 * @since 0.2.0
 */
export const elements = (element: XmlElement): ReadonlyArray<XmlElement> =>
  element.children.filter((child) => typeof child !== "string")
