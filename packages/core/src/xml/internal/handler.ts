/** What a reader of a document calls while it reads. */
import type { XmlElement } from "../XmlElement.ts"

/**
 * Receives the parts of a document in their order.
 *
 * Texts are what XML means by them: references are resolved, line ends are LF. A text of {@link Handler.text} may be a
 * slice that keeps its whole part alive: copy what you keep.
 */
export interface Handler {
  readonly startTag: (name: string, attributes: XmlElement["attributes"]) => void
  /** Receives an element that has no attributes, and one text at most, as a whole. It keeps no part alive. */
  readonly leaf: (element: XmlElement) => void
  /**
   * Receives a text or a CDATA section, or a piece of it.
   *
   * White space between two tags may be left out, where one of them is that of an element beside it.
   */
  readonly text: (piece: string) => void
  /** Receives a comment or a processing instruction, without its content. */
  readonly remark: () => void
  readonly endTag: () => void
}

/**
 * Reads a text whose references are all to the five predefined entities, faster than the reader itself would.
 *
 * A document inside a document is full of such texts. Returns what the text means, or `undefined` to leave it to the
 * reader: for any other reference, and for what only begins like one.
 */
export type ReadEntities = (written: string) => string | undefined
