/** Why a dispatcher refused a login or a command, or why a reply cannot be used. */
import * as ReturnCode from "@backup-tree/core/sdk/ReturnCode"
import * as CountText from "@backup-tree/core/text/CountText"
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import * as Schema from "effect/Schema"
import { MessageError } from "../../protocol/ProtocolError.ts"
import { Reason } from "./reason.ts"

const { codes } = ReturnCode

/**
 * The server refused the login. `user` is absent for a local login.
 *
 * @category errors
 * @since 0.2.0
 */
export class LoginRefused extends Reason.extend<LoginRefused>("LoginRefused")({
  _tag: Schema.tag("LoginRefused"),
  user: Schema.optional(Schema.String),
  code: Schema.Int
}) {
  override get message(): string {
    return this.user === undefined
      ? `the local login was refused: ${ReturnCode.print(this.code)}. Run it as root, or log in by name.`
      : `the login of ${PrintableText.quote(this.user)} was refused: ${ReturnCode.print(this.code)}.`
        + (this.code === codes.PRL_ERR_AUTHENTICATION_FAILED ? " Check user name and password." : "")
  }

  override get returnCode(): ReturnCode.ReturnCode {
    return this.code
  }
}

/**
 * The server replied to the login with text, but a session begins with a binary reply.
 *
 * @see [Protocol 5.1](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p5-1)
 * @category errors
 * @since 0.2.0
 */
export class UnexpectedLoginReply extends Reason.extend<UnexpectedLoginReply>("UnexpectedLoginReply")({
  _tag: Schema.tag("UnexpectedLoginReply")
}) {
  override get message(): string {
    return "the server replied to the login with text, which does not start a session: it is older than PRLT 6.2, or "
      + "requires a login by key. Neither is supported."
  }

  override get returnCode(): ReturnCode.ReturnCode {
    return codes.PRL_ERR_AUTHENTICATION_FAILED
  }
}

/**
 * The server replied to a command with an error. `details` are its message arguments.
 *
 * @see [Protocol 8.2](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p8-2)
 * @category errors
 * @since 0.2.0
 */
export class CommandFailed extends Reason.extend<CommandFailed>("CommandFailed")({
  _tag: Schema.tag("CommandFailed"),
  command: Schema.String,
  code: Schema.Int,
  details: Schema.Array(Schema.String)
}) {
  override get message(): string {
    const quoted = this.details.slice(0, 8).map((detail) => PrintableText.quote(detail)).join(", ")
    const details = PrintableText.excerpt(quoted, 1000) + CountText.andMore(this.details.length - 8)
    return `${PrintableText.excerpt(this.command)} failed on the server with ${ReturnCode.print(this.code)}${
      details === "" ? "" : `: ${details}`
    }.`
  }

  override get returnCode(): ReturnCode.ReturnCode {
    return this.code
  }
}

/**
 * The reply to a command cannot be read. The connection continues.
 *
 * @category errors
 * @since 0.2.0
 */
export class UnreadableReply extends Reason.extend<UnreadableReply>("UnreadableReply")({
  _tag: Schema.tag("UnreadableReply"),
  command: Schema.String,
  why: MessageError
}) {
  override get message(): string {
    return `the reply to ${PrintableText.excerpt(this.command)} cannot be used. ${this.why.message}`
  }

  override get returnCode(): ReturnCode.ReturnCode {
    return codes.PRL_ERR_PARSE_VM_CONFIG
  }
}

/**
 * A command cannot be encoded, because of a value in it.
 *
 * @category errors
 * @since 0.2.0
 */
export class UnsendableCommand extends Reason.extend<UnsendableCommand>("UnsendableCommand")({
  _tag: Schema.tag("UnsendableCommand"),
  command: Schema.String,
  why: MessageError
}) {
  override get message(): string {
    return `${PrintableText.excerpt(this.command)} cannot be sent. ${this.why.message}`
  }

  override get returnCode(): ReturnCode.ReturnCode {
    return codes.PRL_ERR_INVALID_ARG
  }
}

/**
 * A session id would have been sent unencrypted.
 *
 * @category errors
 * @since 0.2.0
 */
export class SessionWithheld extends Reason.extend<SessionWithheld>("SessionWithheld")({
  _tag: Schema.tag("SessionWithheld")
}) {
  override get message(): string {
    return "a session id is not sent at security level low, because it would be unencrypted. "
      + "Request level high or normal."
  }

  override get returnCode(): ReturnCode.ReturnCode {
    return codes.PRL_ERR_INVALID_ARG
  }
}

/**
 * The login reply has no session id, but another server needs one to access this one.
 *
 * @category errors
 * @since 0.2.0
 */
export class SessionMissing extends Reason.extend<SessionMissing>("SessionMissing")({
  _tag: Schema.tag("SessionMissing")
}) {
  override get message(): string {
    return "the login reply has no session id, which another server needs to read the backups of this one. "
      + "Query this server directly."
  }

  override get returnCode(): ReturnCode.ReturnCode {
    return codes.PRL_ERR_INVALID_ARG
  }
}
