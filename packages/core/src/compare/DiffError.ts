/**
 * Why two listings cannot be compared, and why a diff cannot be applied.
 *
 * @since 0.2.0
 */
import * as Schema from "effect/Schema"
import * as PrintableText from "../text/PrintableText.ts"
import { Item } from "./TreeChange.ts"

/**
 * Two listings whose comparison would mislead: what one of them leaves out on purpose would seem to be removed.
 *
 * - `different-requests`: they were requested for different machines, backups or kinds.
 * - `different-extent`: only one of them was filtered, or it is unknown how.
 *
 * @category errors
 * @since 0.2.0
 */
export class IncomparableListings extends Schema.TaggedError<IncomparableListings>()("IncomparableListings", {
  reason: Schema.Literals(["different-requests", "different-extent"]),
  /** A sentence for people, safe to print to a terminal. */
  detail: Schema.String
}) {
  override get message(): string {
    return `The listings cannot be compared: ${this.detail} Make both listings in the same way.`
  }
}

/**
 * A diff that was not made from this tree. `item` is the first one that does not fit.
 *
 * @category errors
 * @since 0.2.0
 */
export class DiffDoesNotApply extends Schema.TaggedError<DiffDoesNotApply>()("DiffDoesNotApply", {
  item: Item,
  why: Schema.Literals(["missing", "present", "different", "no-full-backup"])
}) {
  override get message(): string {
    const { backup, chain, environment } = this.item
    const what = backup !== undefined
      ? `backup ${PrintableText.excerpt(backup)}`
      : chain !== undefined
      ? `chain ${PrintableText.excerpt(chain)}`
      : environment !== undefined
      ? `environment ${PrintableText.excerpt(environment)}`
      : "tree"
    return `The diff does not apply to this tree: ${reasons[this.why](what)}. Compare the listings again.`
  }
}

const reasons: { readonly [W in DiffDoesNotApply["why"]]: (what: string) => string } = {
  missing: (what) => `${what} is missing`,
  present: (what) => `${what} is already there`,
  different: (what) => `${what} differs`,
  "no-full-backup": (what) => `${what} would not have exactly one full backup`
}
