/** Why a connection to a dispatcher did not come up, or ended. */
import * as ReturnCode from "@backup-tree/core/sdk/ReturnCode"
import * as SecurityLevel from "@backup-tree/core/sdk/SecurityLevel"
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import * as Schema from "effect/Schema"
import { Reason } from "./reason.ts"

const { codes } = ReturnCode

const seconds = (millis: number): string => `${millis / 1000} s`

// Details come from the system or from TLS, and are short.
const detailed = (detail: string): string => PrintableText.excerpt(detail, 200)

/** Nothing listens there, the name does not resolve, or the socket may not be used. */
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
/** How far a conversation has come. */
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

// Until the login has been answered there is no connection, as far as a user of the SDK can tell (PROTOCOL 7).
const lostAt = (stage: Stage): ReturnCode.ReturnCode =>
  stage === "reply" || stage === "logoff"
    ? codes.PRL_ERR_WS_DISP_CONNECTION_CLOSED
    : codes.PRL_ERR_CANT_CONNECT_TO_DISPATCHER

/** A stage took longer than its limit. */
export class TimedOut extends Reason.extend<TimedOut>("TimedOut")({
  _tag: Schema.tag("TimedOut"),
  stage: Stage,
  millis: Schema.Number
}) {
  override get message(): string {
    return `${stageNames[this.stage]} did not end within ${seconds(this.millis)}. `
      + "Check that a dispatcher listens there, or give it more time."
  }

  override get returnCode(): ReturnCode.ReturnCode {
    return lostAt(this.stage)
  }
}

/** The peer closed the connection during the PRLT handshake, which is also how it refuses a security level. */
export class HandshakeClosed extends Reason.extend<HandshakeClosed>("HandshakeClosed")({
  _tag: Schema.tag("HandshakeClosed"),
  level: SecurityLevel.SecurityLevel,
  detail: Schema.String
}) {
  override get message(): string {
    return `the server ended the PRLT handshake (${detailed(this.detail)}). Either it is no dispatcher, or it refuses `
      + `security level ${this.level}: ${levelAdvice[this.level]}.`
  }

  override get returnCode(): ReturnCode.ReturnCode {
    return codes.PRL_ERR_HANDSHAKE_FAILED
  }
}

const levelAdvice = {
  low: "a server whose minimum is higher takes that level only; ask for normal or high",
  normal: "a server whose minimum is high takes high only; ask for that",
  high: "a server whose minimum is normal takes normal only; ask for that, if its heartbeats may be seen"
} as const

/** The TLS handshake failed. */
export class TlsFailed extends Reason.extend<TlsFailed>("TlsFailed")({
  _tag: Schema.tag("TlsFailed"),
  detail: Schema.String
}) {
  override get message(): string {
    return `the TLS handshake failed: ${detailed(this.detail)}. The protocol needs TLS 1.2 with anonymous `
      + "Diffie-Hellman; an OpenSSL without it (FIPS, BoringSSL) cannot do this."
  }

  override get returnCode(): ReturnCode.ReturnCode {
    return codes.PRL_ERR_SSL_HANDSHAKE_FAILED
  }
}

/** The connection ended, by end-of-stream or reset. Every job on it ends with it. */
export class ConnectionLost extends Reason.extend<ConnectionLost>("ConnectionLost")({
  _tag: Schema.tag("ConnectionLost"),
  stage: Stage,
  detail: Schema.String
}) {
  override get message(): string {
    return `the connection was lost during ${stageNames[this.stage]} (${detailed(this.detail)}). `
      + "Try again; if it happens again, look at the dispatcher's log."
  }

  override get returnCode(): ReturnCode.ReturnCode {
    return lostAt(this.stage)
  }
}

/** No byte came for a while, not even a heartbeat: the peer is dead, or cut off. */
export class ConnectionSilent extends Reason.extend<ConnectionSilent>("ConnectionSilent")({
  _tag: Schema.tag("ConnectionSilent"),
  millis: Schema.Number
}) {
  override get message(): string {
    return `the server has sent nothing for ${
      seconds(this.millis)
    }, not even a heartbeat. It hangs, or the network is cut.`
  }

  override get returnCode(): ReturnCode.ReturnCode {
    return codes.PRL_ERR_WS_DISP_CONNECTION_CLOSED
  }
}

/** The server is alive, but the reply to a job has not moved for a while. */
export class Stalled extends Reason.extend<Stalled>("Stalled")({
  _tag: Schema.tag("Stalled"),
  millis: Schema.Number
}) {
  override get message(): string {
    return `no byte of the reply has come for ${seconds(this.millis)}, although the server is alive. `
      + "Its task hangs: look at the dispatcher, and at the backup store it reads."
  }

  override get returnCode(): ReturnCode.ReturnCode {
    return codes.PRL_ERR_TIMEOUT
  }
}
