/** The fault of an XML text, before it becomes an `XmlError`. */
import type { Reason } from "../XmlError.ts"

/** Thrown if a text is not well-formed or not allowed, with the index at which the fault shows. */
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
