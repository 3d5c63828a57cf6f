/** Why nothing can be planned on a listing, and why a retention cannot, beyond what other plans refuse. */
import * as Schema from "effect/Schema"
import * as CountText from "../../text/CountText.ts"
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
 * The listing is of several servers, and a command runs on one of them.
 *
 * @category errors
 * @since 0.2.0
 */
export class SeveralServers extends Schema.TaggedError<SeveralServers>()("SeveralServers", {
  servers: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return `The listing is of several servers: ${
      CountText.list(this.servers, (server) => PrintableText.excerpt(server), { most: 8 })
    }. Each command runs on one of them, so plan for each server by itself: query it, or use a listing of it alone.`
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
