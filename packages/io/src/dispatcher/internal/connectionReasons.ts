/** Why a connection to a dispatcher did not come up, or ended. */
import * as ReturnCode from "@backup-tree/core/sdk/ReturnCode"
import * as SecurityLevel from "@backup-tree/core/sdk/SecurityLevel"
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import * as TimeText from "@backup-tree/core/text/TimeText"
import * as Schema from "effect/Schema"
import { Reason } from "./reason.ts"

const { codes } = ReturnCode

// Details come from the system or from TLS, and are short.
const detailed = (detail: string): string => PrintableText.excerpt(detail, 200)

/**
 * The connection attempt failed: nothing listens, the name does not resolve, or permission is denied.
 *
 * @category errors
 * @since 0.2.0
 */
export class ConnectFailed extends Reason.extend<ConnectFailed>("ConnectFailed")({
  _tag: Schema.tag("ConnectFailed"),
  code: Schema.String
}) {
  override get message(): string {
    return `cannot connect: ${connectFailures[this.code] ?? `${PrintableText.excerpt(this.code)}. Check the address.`}`
  }

  override get returnCode(): ReturnCode.ReturnCode {
    return codes.PRL_ERR_CANT_CONNECT_TO_DISPATCHER
  }
}

const connectFailures: { readonly [code: string]: string } = {
  ECONNREFUSED:
    "nothing listens there (ECONNREFUSED). Check that the dispatcher is running, and that this is its address.",
  ENOENT:
    "the socket does not exist (ENOENT). Check that this is a Virtuozzo host, and that its dispatcher is running.",
  EACCES: "permission denied (EACCES). Run it as root, or as a user with access to the socket.",
  ENOTFOUND: "the host name does not resolve (ENOTFOUND). Check its spelling.",
  EAI_AGAIN: "the host name cannot be resolved at the moment (EAI_AGAIN). Check the network, and try again.",
  ECONNRESET:
    "the server reset the connection (ECONNRESET). Check that it accepts this client, and its connection limit.",
  EHOSTUNREACH: "there is no route to the host (EHOSTUNREACH). Check the network.",
  ENETUNREACH: "the network is unreachable (ENETUNREACH). Check the network.",
  EADDRINUSE: "the address is in use (EADDRINUSE). Choose another port.",
  EADDRNOTAVAIL: "this machine does not have that address (EADDRNOTAVAIL). Choose another one.",
  ERR_SOCKET_BAD_PORT: "the port is not a number from 0 to 65535.",
  ENOTSOCK: "this is a file, not a socket (ENOTSOCK). Check the path."
}

/**
 * Schema of a {@link Stage}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const Stage = Schema.Literals(["connect", "handshake", "tls", "login", "reply", "logoff"])
/**
 * The stage of a conversation with a dispatcher.
 *
 * @category models
 * @since 0.2.0
 */
export type Stage = typeof Stage.Type

/** Names of the stages in messages. */
export const stageNames: { readonly [S in Stage]: string } = {
  connect: "connecting",
  handshake: "the PRLT handshake",
  tls: "the TLS handshake",
  login: "the login",
  reply: "a reply",
  logoff: "the logoff"
}

// Before the reply to the login, the SDK reports every loss as a failure to connect (PROTOCOL 7).
const lostAt = (stage: Stage): ReturnCode.ReturnCode =>
  stage === "reply" || stage === "logoff"
    ? codes.PRL_ERR_WS_DISP_CONNECTION_CLOSED
    : codes.PRL_ERR_CANT_CONNECT_TO_DISPATCHER

/**
 * A stage took longer than its limit.
 *
 * @category errors
 * @since 0.2.0
 */
export class TimedOut extends Reason.extend<TimedOut>("TimedOut")({
  _tag: Schema.tag("TimedOut"),
  stage: Stage,
  millis: Schema.Number
}) {
  override get message(): string {
    return `${stageNames[this.stage]} did not finish within ${TimeText.limitText(this.millis)}. `
      + "Check that a dispatcher listens there, or raise the time limit."
  }

  override get returnCode(): ReturnCode.ReturnCode {
    return lostAt(this.stage)
  }
}

/**
 * The peer closed the connection during the PRLT handshake, which is also how it refuses a security level.
 *
 * @category errors
 * @since 0.2.0
 */
export class HandshakeClosed extends Reason.extend<HandshakeClosed>("HandshakeClosed")({
  _tag: Schema.tag("HandshakeClosed"),
  level: SecurityLevel.SecurityLevel,
  detail: Schema.String
}) {
  override get message(): string {
    return `the server ended the PRLT handshake (${
      detailed(this.detail)
    }). Either it is not a dispatcher, or it refuses `
      + `security level ${this.level}: ${levelAdvice[this.level]}.`
  }

  override get returnCode(): ReturnCode.ReturnCode {
    return codes.PRL_ERR_HANDSHAKE_FAILED
  }
}

const levelAdvice = {
  low: "a server with a higher minimum accepts only that level; request normal or high",
  normal: "a server with minimum high accepts only high; request high",
  high: "a server with minimum normal accepts only normal; request normal, if heartbeats may travel unencrypted"
} as const

/**
 * The TLS handshake failed.
 *
 * @category errors
 * @since 0.2.0
 */
export class TlsFailed extends Reason.extend<TlsFailed>("TlsFailed")({
  _tag: Schema.tag("TlsFailed"),
  detail: Schema.String
}) {
  override get message(): string {
    return `the TLS handshake failed: ${detailed(this.detail)}. The protocol needs TLS 1.2 with anonymous `
      + "Diffie-Hellman, which FIPS builds of OpenSSL and BoringSSL do not support."
  }

  override get returnCode(): ReturnCode.ReturnCode {
    return codes.PRL_ERR_SSL_HANDSHAKE_FAILED
  }
}

/**
 * The connection ended, by end-of-stream or reset. Every job on it ends with it.
 *
 * @category errors
 * @since 0.2.0
 */
export class ConnectionLost extends Reason.extend<ConnectionLost>("ConnectionLost")({
  _tag: Schema.tag("ConnectionLost"),
  stage: Stage,
  detail: Schema.String
}) {
  override get message(): string {
    return `the connection was lost during ${stageNames[this.stage]} (${detailed(this.detail)}). `
      + "Try again. If it fails again, check the log of the dispatcher."
  }

  override get returnCode(): ReturnCode.ReturnCode {
    return lostAt(this.stage)
  }
}

/**
 * The peer has sent no byte for a while, not even a heartbeat: it hangs, or the network is down.
 *
 * @category errors
 * @since 0.2.0
 */
export class ConnectionSilent extends Reason.extend<ConnectionSilent>("ConnectionSilent")({
  _tag: Schema.tag("ConnectionSilent"),
  millis: Schema.Number
}) {
  override get message(): string {
    return `the server has sent nothing for ${
      TimeText.limitText(this.millis)
    }, not even a heartbeat. Check whether it hangs, and whether the network is up.`
  }

  override get returnCode(): ReturnCode.ReturnCode {
    return codes.PRL_ERR_WS_DISP_CONNECTION_CLOSED
  }
}

/**
 * The server is alive, but has sent no byte of a reply for a while.
 *
 * @category errors
 * @since 0.2.0
 */
export class Stalled extends Reason.extend<Stalled>("Stalled")({
  _tag: Schema.tag("Stalled"),
  millis: Schema.Number
}) {
  override get message(): string {
    return `no byte of the reply has arrived for ${TimeText.limitText(this.millis)}, although the server is alive. `
      + "With 10,000 backups or more, it can need many minutes to build the reply: increase the limit "
      + "(--stall-timeout), or request less at a time. With few backups, its task probably hangs: check the dispatcher "
      + "and the backup store."
  }

  override get returnCode(): ReturnCode.ReturnCode {
    return codes.PRL_ERR_TIMEOUT
  }
}
