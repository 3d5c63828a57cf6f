/** What is wrong with an XML text. */
import type { Reason } from "../XmlError.ts"

/** Thrown where a text is not well-formed or not allowed, with the index at which that is seen. */
export class Fault {
  readonly reason: Reason
  readonly detail: string
  readonly index: number
  constructor(reason: Reason, detail: string, index: number) {
    this.reason = reason
    this.detail = detail
    this.index = index
  }
}
