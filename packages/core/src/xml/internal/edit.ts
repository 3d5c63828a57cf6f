/** What fast-xml-parser would read otherwise than XML means it. */

/** A range of the scanned text that a parser should read as something else. */
export interface Edit {
  readonly from: number
  readonly to: number
  readonly text: string
}
