/** Corrections for fast-xml-parser, where it would misread the XML. */

/**
 * A range of the scanned text, and the text that a parser should read instead.
 *
 * @category models
 * @since 0.2.0
 */
export interface Edit {
  readonly from: number
  readonly to: number
  readonly text: string
}
