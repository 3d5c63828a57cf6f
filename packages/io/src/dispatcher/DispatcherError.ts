/**
 * What can go wrong between this library and a dispatcher: one error, with the endpoint and a tagged reason.
 *
 * ```ts
 * program.pipe(
 *   Effect.catchReason("DispatcherError", "LoginRefused", ({ user }) => askAgain(user)),
 *   Effect.retry({ while: (error) => error.isRetryable, times: 3 })
 * )
 * ```
 */
import * as ReturnCode from "@backup-tree/core/sdk/ReturnCode"
import * as SecurityLevel from "@backup-tree/core/sdk/SecurityLevel"
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import * as Schema from "effect/Schema"
import { HandshakeError, MessageError, StreamError } from "../protocol/ProtocolError.ts"

const seconds = (millis: number): string => `${millis / 1000} s`

/** Nothing listens there, the name does not resolve, or the socket may not be used. */
export class ConnectFailed extends Schema.TaggedError<ConnectFailed>()("ConnectFailed", {
  code: Schema.String
}) {
  override get message(): string {
    return `cannot connect: ${connectFailures[this.code] ?? `${PrintableText.excerpt(this.code)}. Check the address.`}`
  }
}

const connectFailures: { readonly [code: string]: string } = {
  ECONNREFUSED: "nothing listens there (ECONNREFUSED). Is the dispatcher running, and is this its port?",
  ENOENT: "the socket does not exist (ENOENT). Is this a Virtuozzo host, and is its dispatcher running?",
  EACCES: "the socket may not be used (EACCES). Try as another user.",
  ENOTFOUND: "the host name does not resolve (ENOTFOUND). Check its spelling.",
  EAI_AGAIN: "the host name cannot be resolved now (EAI_AGAIN). Check the network, and try again.",
  ECONNRESET: "the server reset the connection at once (ECONNRESET). Does it take this address, and has it room?",
  EHOSTUNREACH: "no route leads to the host (EHOSTUNREACH). Check the network.",
  ENETUNREACH: "the network cannot be reached (ENETUNREACH). Check the network.",
  EADDRINUSE: "the address is in use (EADDRINUSE). Take another port.",
  EADDRNOTAVAIL: "this machine has no such address (EADDRNOTAVAIL). Take another one.",
  ERR_SOCKET_BAD_PORT: "the port is not a number from 0 to 65535.",
  ENOTSOCK: "this is a file, not a socket (ENOTSOCK). Check the path."
}

/** Schema of a {@link Stage}. */
export const Stage = Schema.Literals(["connect", "handshake", "tls", "login", "reply", "logoff"])
/** How far a connection has come. */
export type Stage = typeof Stage.Type

const stageNames: { readonly [S in Stage]: string } = {
  connect: "connecting",
  handshake: "the PRLT handshake",
  tls: "the TLS handshake",
  login: "the login",
  reply: "a reply",
  logoff: "the logoff"
}

/** A step took longer than its limit. */
export class TimedOut extends Schema.TaggedError<TimedOut>()("TimedOut", {
  stage: Stage,
  millis: Schema.Number
}) {
  override get message(): string {
    return `${stageNames[this.stage]} did not end within ${seconds(this.millis)}. `
      + "Check that a dispatcher listens there, or give it more time."
  }
}

/** The peer closed the connection during the PRLT handshake, which is also how it refuses a security level. */
export class HandshakeClosed extends Schema.TaggedError<HandshakeClosed>()("HandshakeClosed", {
  level: SecurityLevel.SecurityLevel,
  detail: Schema.String
}) {
  override get message(): string {
    return `the server ended the PRLT handshake (${this.detail}). Either it is no dispatcher, or it refuses security level `
      + `${this.level}: ${levelAdvice[this.level]}.`
  }
}

const levelAdvice = {
  low: "a server whose minimum is higher takes that level only; ask for normal or high",
  normal: "a server whose minimum is high takes high only; ask for that",
  high: "a server whose minimum is normal takes normal only; ask for that, if its heartbeats may be seen"
} as const

/** The TLS handshake failed. */
export class TlsFailed extends Schema.TaggedError<TlsFailed>()("TlsFailed", { detail: Schema.String }) {
  override get message(): string {
    return `the TLS handshake failed: ${PrintableText.excerpt(this.detail, 200)}. The protocol needs TLS 1.2 with `
      + "anonymous Diffie-Hellman; an OpenSSL without it (FIPS, BoringSSL) cannot do this."
  }
}

/** The connection ended, by end-of-stream or reset. Every job on it ends with it. */
export class ConnectionLost extends Schema.TaggedError<ConnectionLost>()("ConnectionLost", {
  stage: Stage,
  detail: Schema.String
}) {
  override get message(): string {
    return `the connection was lost during ${stageNames[this.stage]} (${this.detail}). `
      + "Try again; if it happens again, look at the dispatcher's log."
  }
}

/** No byte came for a while, not even a heartbeat: the peer is dead, or cut off. */
export class ConnectionSilent extends Schema.TaggedError<ConnectionSilent>()("ConnectionSilent", {
  millis: Schema.Number
}) {
  override get message(): string {
    return `the server has sent nothing for ${
      seconds(this.millis)
    }, not even a heartbeat. It hangs, or the network is cut.`
  }
}

/** The server is alive, but the reply to a job has not moved for a while. */
export class Stalled extends Schema.TaggedError<Stalled>()("Stalled", { millis: Schema.Number }) {
  override get message(): string {
    return `no byte of the reply has come for ${seconds(this.millis)}, although the server is alive. `
      + "Its task hangs: look at the dispatcher, and at the backup store it reads."
  }
}

/** The server refused the login. */
export class LoginRefused extends Schema.TaggedError<LoginRefused>()("LoginRefused", {
  user: Schema.NullOr(Schema.String),
  code: Schema.Int
}) {
  override get message(): string {
    return this.user === null
      ? `the local login was refused: ${ReturnCode.print(this.code)}. Run this as root, or log in by name.`
      : `the login of ${PrintableText.quote(this.user)} was refused: ${ReturnCode.print(this.code)}.`
        + (this.code === ReturnCode.codes.PRL_ERR_AUTHENTICATION_FAILED ? " Check user name and password." : "")
  }
}

/** The server answered the login with text, where a session begins with a binary reply. Source: PROTOCOL 5.1. */
export class UnexpectedLoginReply extends Schema.TaggedError<UnexpectedLoginReply>()("UnexpectedLoginReply", {}) {
  override get message(): string {
    return "the server answered the login with a text, which begins no session: it is older than PRLT 6.2, or asks for a "
      + "login by key. Neither is supported."
  }
}

/** The server answered a command with an error; `details` are the arguments of its message. Source: PROTOCOL 8.2. */
export class CommandFailed extends Schema.TaggedError<CommandFailed>()("CommandFailed", {
  command: Schema.String,
  code: Schema.Int,
  details: Schema.Array(Schema.String)
}) {
  override get message(): string {
    const details = this.details.slice(0, 8).map((detail) => PrintableText.quote(detail)).join(", ")
    return `the server answered ${this.command} with ${ReturnCode.print(this.code)}${
      details === "" ? "" : `: ${details}`
    }.`
  }
}

/** The reply to a command cannot be read; the connection goes on. */
export class UnreadableReply extends Schema.TaggedError<UnreadableReply>()("UnreadableReply", {
  command: Schema.String,
  why: MessageError
}) {
  override get message(): string {
    return `the reply to ${this.command} cannot be used. ${this.why.message}`
  }
}

/** A command cannot be written, because of what it was given. */
export class UnsendableCommand extends Schema.TaggedError<UnsendableCommand>()("UnsendableCommand", {
  command: Schema.String,
  why: MessageError
}) {
  override get message(): string {
    return `${this.command} cannot be sent. ${this.why.message}`
  }
}

/** A session id was to be sent where everybody can read it. */
export class SessionWithheld extends Schema.TaggedError<SessionWithheld>()("SessionWithheld", {}) {
  override get message(): string {
    return "a session id is not sent at security level low, where everybody between can read it. Ask for high."
  }
}

/** The server named no session, where its id is needed to ask another server in its name. */
export class SessionMissing extends Schema.TaggedError<SessionMissing>()("SessionMissing", {}) {
  override get message(): string {
    return "the login reply names no session, which another server needs to read the backups of this one. "
      + "Ask this server directly."
  }
}

/** Schema of the reasons of a {@link DispatcherError}. */
export const DispatcherReason = Schema.Union([
  ConnectFailed,
  TimedOut,
  HandshakeClosed,
  HandshakeError,
  TlsFailed,
  StreamError,
  ConnectionLost,
  ConnectionSilent,
  Stalled,
  LoginRefused,
  UnexpectedLoginReply,
  CommandFailed,
  UnreadableReply,
  UnsendableCommand,
  SessionWithheld,
  SessionMissing
])
/** Why a conversation with a dispatcher failed. */
export type DispatcherReason = typeof DispatcherReason.Type

/** A failed conversation with a dispatcher: with whom, and why. */
export class DispatcherError extends Schema.TaggedError<DispatcherError>()("DispatcherError", {
  endpoint: Schema.String,
  reason: DispatcherReason,
  /** Where in the conversation it went wrong, where the reason does not say so itself. */
  stage: Schema.optionalKey(Stage)
}) {
  override get message(): string {
    const code = ReturnCode.print(this.returnCode)
    const said = this.stage === undefined ? this.reason.message : `${stageNames[this.stage]}: ${this.reason.message}`
    return said.includes(code) ? `${this.endpoint}: ${said}` : `${this.endpoint}: ${said} [${code}]`
  }

  /** The code that the SDK would give. Source: PROTOCOL 2.5, 5.3 and 7. */
  get returnCode(): ReturnCode.ReturnCode {
    // Until the login has been answered there is no connection, as far as a user of the SDK can tell (PROTOCOL 7).
    return this.stage === "login" ? codes.PRL_ERR_CANT_CONNECT_TO_DISPATCHER : returnCodeOf(this.reason)
  }

  /** The name of the code that the SDK would give; a server may send one that the SDK does not name. */
  get returnCodeName(): string | undefined {
    return ReturnCode.name(this.returnCode)
  }

  /** Whether asking again can help, and how often. Source: SEMANTICS 6. */
  get retryClass(): ReturnCode.RetryClass {
    switch (this.reason._tag) {
      // The peer breaks the protocol: a second try tells an accident from a habit.
      case "StreamError":
        return "once"
      case "HandshakeError":
        return "permanent"
      default:
        return ReturnCode.retryClass(this.returnCode)
    }
  }

  /** Whether asking again can help. */
  get isRetryable(): boolean {
    return this.retryClass !== "permanent"
  }
}

const { codes } = ReturnCode

const returnCodeOf = (reason: DispatcherReason): ReturnCode.ReturnCode => {
  switch (reason._tag) {
    case "ConnectFailed":
      return codes.PRL_ERR_CANT_CONNECT_TO_DISPATCHER
    case "TimedOut":
    case "ConnectionLost":
      return reason.stage === "reply" || reason.stage === "logoff"
        ? codes.PRL_ERR_WS_DISP_CONNECTION_CLOSED
        : codes.PRL_ERR_CANT_CONNECT_TO_DISPATCHER
    case "HandshakeClosed":
      return codes.PRL_ERR_HANDSHAKE_FAILED
    case "HandshakeError":
      return reason.returnCode
    case "TlsFailed":
      return codes.PRL_ERR_SSL_HANDSHAKE_FAILED
    case "StreamError":
    case "ConnectionSilent":
      return codes.PRL_ERR_WS_DISP_CONNECTION_CLOSED
    case "Stalled":
      return codes.PRL_ERR_TIMEOUT
    case "LoginRefused":
    case "CommandFailed":
      return reason.code
    case "UnexpectedLoginReply":
      return codes.PRL_ERR_AUTHENTICATION_FAILED
    case "UnreadableReply":
      return codes.PRL_ERR_PARSE_VM_CONFIG
    case "UnsendableCommand":
    case "SessionWithheld":
    case "SessionMissing":
      return codes.PRL_ERR_INVALID_ARG
  }
}
