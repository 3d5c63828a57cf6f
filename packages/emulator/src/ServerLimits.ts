/**
 * What a dispatcher allows its clients. Source: PROTOCOL 1, 3.4, 5.3 and 10.
 *
 * Past a limit of a connection the server closes it without a word; past one of a session the command is refused.
 */
import * as Duration from "effect/Duration"

/** The limits of a server. */
export interface ServerLimits {
  /** Connections at once; 1024. */
  readonly maxConnections: number
  /** Connections at once from one address; 128. A unix socket is one address. */
  readonly maxConnectionsPerAddress: number
  /** Connections at once that have not finished their handshake; 64. */
  readonly maxHandshakes: number
  /** For the handshake and TLS of a connection; 60 seconds. */
  readonly handshakeTimeout: Duration.Duration
  /** From the end of the handshake to a login that goes well; 60 seconds. */
  readonly loginTimeout: Duration.Duration
  /** Logins in progress at once, but for those by unix socket; 16, as the product. */
  readonly maxLogins: number
  /** Logins that may fail on one connection; 5. */
  readonly maxFailedLogins: number
  /** Tasks of one session that have not ended; 64. A further one is answered `PRL_ERR_TRY_AGAIN`. */
  readonly maxTasks: number
  /** Packages that wait for a client to read them; 2000, as the product. A slower reader is disconnected. */
  readonly maxQueuedPackages: number
  /** For a client to take one package; 10 minutes. A slower reader is disconnected. */
  readonly sendTimeout: Duration.Duration
  /** From the first to the last byte of one command; 60 seconds. */
  readonly packageTimeout: Duration.Duration
  /** The longest command, in bytes; 1 MiB. */
  readonly maxPackageBytes: number
  /** The most buffers of a command; 16, of which the protocol uses one. */
  readonly maxBuffers: number
}

/** The limits that hold unless told. */
export const defaults: ServerLimits = {
  maxConnections: 1024,
  maxConnectionsPerAddress: 128,
  maxHandshakes: 64,
  handshakeTimeout: Duration.seconds(60),
  loginTimeout: Duration.seconds(60),
  maxLogins: 16,
  maxFailedLogins: 5,
  maxTasks: 64,
  maxQueuedPackages: 2000,
  sendTimeout: Duration.minutes(10),
  packageTimeout: Duration.seconds(60),
  maxPackageBytes: 2 ** 20,
  maxBuffers: 16
}

/** Completes limits by the defaults. */
export const make = (some: Partial<ServerLimits> = {}): ServerLimits => ({ ...defaults, ...some })
