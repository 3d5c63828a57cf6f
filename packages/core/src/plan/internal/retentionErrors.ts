/** Why a retention cannot be planned, beyond what restore and removal plans refuse. */
import * as Schema from "effect/Schema"
import * as PrintableText from "../../text/PrintableText.ts"

/**
 * It is unknown whether the listing is complete, and the plan would be wrong if it is not.
 *
 * @category errors
 * @since 0.2.0
 */
export class UnknownCompleteness extends Schema.TaggedError<UnknownCompleteness>()("UnknownCompleteness", {
  source: Schema.String
}) {
  override get message(): string {
    return `It is unknown whether the listing of ${PrintableText.excerpt(this.source)} is complete. If backups are `
      + "missing from it, a policy keeps the wrong ones. Query the server, or state that the file is a full listing "
      + "(--complete)."
  }
}

/**
 * A backup or environment to protect is not in the listing, so a plan could not keep it.
 *
 * @category errors
 * @since 0.2.0
 */
export class UnknownProtected extends Schema.TaggedError<UnknownProtected>()("UnknownProtected", {
  text: Schema.String
}) {
  override get message(): string {
    return `Nothing in the listing has the id, uuid or name ${
      PrintableText.quote(this.text)
    }, which was to be protected. `
      + "Copy it from a fresh listing; the backups of a broken chain are never removed."
  }
}
