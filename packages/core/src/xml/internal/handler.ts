/** The interface between a reader of a document and its consumer. */
import type { XmlElement } from "../XmlElement.ts"

/**
 * Receives the parts of a document in their order.
 *
 * References in texts are resolved, and line ends are LF. A text passed to {@link Handler.text} may be a slice that
 * keeps its whole part alive, so copy what you keep.
 *
 * @category models
 * @since 0.2.0
 */
export interface Handler {
  readonly startTag: (name: string, attributes: XmlElement["attributes"]) => void
  /** Receives a whole element that has no attributes and at most one text. It keeps no part alive. */
  readonly leaf: (element: XmlElement) => void
  /**
   * Receives a text or a CDATA section, or a piece of one.
   *
   * White space between two tags may be left out if one of them belongs to a sibling element.
   */
  readonly text: (piece: string) => void
  /** Receives a comment or a processing instruction, without its content. */
  readonly remark: () => void
  readonly endTag: () => void
}

/**
 * Decodes a text whose references are all to the five predefined entities, faster than the reader would.
 *
 * A document inside a document is full of such texts. Returns the decoded text. For any other reference, and for
 * anything that only starts like one, returns `undefined` and leaves the text to the reader.
 *
 * @category models
 * @since 0.2.0
 */
export type ReadEntities = (written: string) => string | undefined
