/**
 * The limits of a dispatcher for its clients. Source: PROTOCOL 1, 3.4, 5.3 and 10.
 *
 * Beyond a limit of a connection the server closes it without a word; beyond one of a session the command is refused.
 */
import * as Duration from "effect/Duration"

/** The limits of a server. */
export interface ServerLimits {
  /** The most connections at once (default: 1024). */
  readonly maxConnections: number
  /** The most connections at once from one address (default: 128). A unix socket is one address. */
  readonly maxConnectionsPerAddress: number
  /** The most unfinished handshakes at once (default: 64). */
  readonly maxHandshakes: number
  /** The time limit of handshake and TLS (default: 60 seconds). */
  readonly handshakeTimeout: Duration.Duration
  /** The time limit from the end of the handshake to a successful login (default: 60 seconds). */
  readonly loginTimeout: Duration.Duration
  /** The most logins in progress at once, not counting unix sockets (default: 16, as in the product). */
  readonly maxLogins: number
  /** The failed logins after which a connection is closed (default: 5). */
  readonly maxFailedLogins: number
  /** The most running tasks of one session (default: 64). A further one fails with `PRL_ERR_TRY_AGAIN`. */
  readonly maxTasks: number
  /** The most packages that wait for a client to read them (default: 2000, as in the product). Then it is disconnected. */
  readonly maxQueuedPackages: number
  /** The time limit for a client to read one package (default: 10 minutes). Then it is disconnected. */
  readonly sendTimeout: Duration.Duration
  /** The time limit from the first to the last byte of one command (default: 60 seconds). */
  readonly packageTimeout: Duration.Duration
  /** The longest command in bytes (default: 1 MiB). */
  readonly maxPackageBytes: number
  /** The most buffers of a command (default: 16; the protocol uses one). */
  readonly maxBuffers: number
}

/** The default limits. */
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
