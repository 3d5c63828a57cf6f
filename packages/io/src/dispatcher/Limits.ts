/**
 * The limits of a conversation with a dispatcher, in time and memory.
 *
 * Whatever a server sends or does not send, a program neither waits forever nor uses unbounded memory.
 *
 * @see [Protocol 1](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p1)
 * @see [Protocol 3.4](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p3-4)
 * @see [Protocol 5.8](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p5-8)
 * @see [Protocol 10](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p10)
 * @since 0.2.0
 */
import * as Duration from "effect/Duration"
import { defaultMaxBuffers, defaultMaxPackageBytes } from "../protocol/PackageParser.ts"

/**
 * The limits of a connection and of its session.
 *
 * @category models
 * @since 0.2.0
 */
export interface Limits {
  /** The time limit of connecting, handshake and TLS together (default: 60 seconds, as in the SDK). */
  readonly connectTimeout: Duration.Duration
  /** The time limit of the reply to the login (default: 60 seconds). */
  readonly loginTimeout: Duration.Duration
  /** The time without any byte after which a peer counts as dead (default: 30 seconds, three heartbeats). */
  readonly silenceTimeout: Duration.Duration
  /** The time limit from the first to the last byte of a package (default: 10 minutes, for a slow line). */
  readonly packageTimeout: Duration.Duration
  /**
   * The time without a byte of its reply after which a job counts as stalled (default: 1 hour).
   *
   * A server writes the whole reply before it sends the first byte, in a time that grows with the square of its length:
   * 4,000 backups take about 15 seconds, 50,000 more than half an hour. Heartbeats show that it is alive.
   *
   * @see [Protocol 6.5](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p6-5)
   */
  readonly stallAfter: Duration.Duration
  /** How long to wait for a cancelled job before its connection is retired (default: 2 seconds). */
  readonly cancelTimeout: Duration.Duration
  /** How long to wait for the reply to the logoff (default: 5 seconds). Then the connection closes in any case. */
  readonly logoffTimeout: Duration.Duration
  /** The maximum length of a reply in bytes (default: 256 MiB). Memory is allocated for arrived bytes only. */
  readonly maxReplyBytes: number
  /** The maximum length of an event in bytes (default: 1 MiB). Longer ones are dropped. */
  readonly maxEventBytes: number
  /** The maximum number of events that wait for a slow subscriber (default: 256). The oldest ones are dropped. */
  readonly maxWaitingEvents: number
  /** The maximum number of buffers of a package (default: 16). The protocol uses one. */
  readonly maxBuffers: number
  /** The maximum number of replies that match no request (default: 100). Beyond it the connection ends. */
  readonly maxStrayReplies: number
  /** The maximum number of commands without a reply on one connection (default: 20). Further ones wait. */
  readonly maxOutstanding: number
}

/**
 * The default limits.
 *
 * @category constants
 * @since 0.2.0
 */
export const defaults: Limits = {
  connectTimeout: Duration.seconds(60),
  loginTimeout: Duration.seconds(60),
  silenceTimeout: Duration.seconds(30),
  packageTimeout: Duration.minutes(10),
  stallAfter: Duration.hours(1),
  cancelTimeout: Duration.seconds(2),
  logoffTimeout: Duration.seconds(5),
  maxReplyBytes: defaultMaxPackageBytes,
  maxEventBytes: 2 ** 20,
  maxWaitingEvents: 256,
  maxBuffers: defaultMaxBuffers,
  maxStrayReplies: 100,
  maxOutstanding: 20
}

/**
 * A partial set of limits. A duration may be a text, such as `"2 minutes"`.
 *
 * @category models
 * @since 0.2.0
 */
export type LimitsInput = {
  readonly [K in keyof Limits]?: (Limits[K] extends Duration.Duration ? Duration.Input : Limits[K]) | undefined
}

/**
 * Completes a partial set of limits with the defaults.
 *
 * @category constructors
 * @since 0.2.0
 */
export const make = (some: LimitsInput = {}): Limits => {
  const entries = Object.entries(defaults).map(([name, standard]: [string, number | Duration.Duration]) => {
    const given = some[name as keyof Limits] ?? standard
    return [name, Duration.isDuration(standard) ? Duration.fromInputUnsafe(given) : given]
  })
  return Object.fromEntries(entries) as Limits
}

/**
 * The interval at which each side sends heartbeats.
 *
 * @see [Protocol 3.6](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p3-6)
 * @category constants
 * @since 0.2.0
 */
export const heartbeatInterval: Duration.Duration = Duration.seconds(10)
