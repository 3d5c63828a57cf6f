/**
 * The limits of a dispatcher for its clients.
 *
 * A connection beyond a limit is closed without a message. A command beyond a limit of its session fails.
 *
 * @see [Protocol 1](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p1)
 * @see [Protocol 3.4](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p3-4)
 * @see [Protocol 5.3](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p5-3)
 * @see [Protocol 10](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p10)
 * @since 0.2.0
 */
import * as Duration from "effect/Duration"

/**
 * The limits of a server.
 *
 * @category models
 * @since 0.2.0
 */
export interface ServerLimits {
  /** The maximum number of connections (default: 1024). */
  readonly maxConnections: number
  /** The maximum number of connections from one address (default: 128). A unix socket is one address. */
  readonly maxConnectionsPerAddress: number
  /** The maximum number of unfinished handshakes (default: 64). */
  readonly maxHandshakes: number
  /** The time limit of handshake and TLS (default: 60 seconds). */
  readonly handshakeTimeout: Duration.Duration
  /** The time limit from the end of the handshake to a successful login (default: 60 seconds). */
  readonly loginTimeout: Duration.Duration
  /** The maximum number of concurrent logins, except on unix sockets (default: 16, as in the product). */
  readonly maxLogins: number
  /** The number of failed logins after which a connection is closed (default: 5). */
  readonly maxFailedLogins: number
  /** The maximum number of running tasks of one session (default: 64). A further one fails with `PRL_ERR_TRY_AGAIN`. */
  readonly maxTasks: number
  /** The maximum number of unread packages of a client (default: 2000, as in the product). Then it is disconnected. */
  readonly maxQueuedPackages: number
  /** The time limit for a client to read one package (default: 10 minutes). Then it is disconnected. */
  readonly sendTimeout: Duration.Duration
  /** The time limit from the first to the last byte of one command (default: 60 seconds). */
  readonly packageTimeout: Duration.Duration
  /** The maximum length of a command in bytes (default: 1 MiB). */
  readonly maxPackageBytes: number
  /** The maximum number of buffers of a command (default: 16). The protocol uses one. */
  readonly maxBuffers: number
  /** The maximum memory for built replies, in bytes (default: 128 MiB). Equal requests for one store share a reply. */
  readonly maxKeptReplyBytes: number
}

/**
 * The default limits.
 *
 * @category constants
 * @since 0.2.0
 */
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
  maxBuffers: 16,
  maxKeptReplyBytes: 128 * 2 ** 20
}

/**
 * Completes a partial set of limits with the defaults.
 *
 * @category constructors
 * @since 0.2.0
 */
export const make = (some: Partial<ServerLimits> = {}): ServerLimits => ({ ...defaults, ...some })
