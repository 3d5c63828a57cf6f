/**
 * The limits of a conversation with a dispatcher, in time and memory. Source: PROTOCOL 1, 3.4, 5.8 and 10.
 *
 * Nothing that a server sends, or does not send, keeps a program waiting for ever or takes unbounded memory.
 */
import * as Duration from "effect/Duration"
import { defaultMaxBuffers, defaultMaxPackageBytes } from "../protocol/PackageParser.ts"

/** The limits of a connection and of its session. */
export interface Limits {
  /** The time limit of connecting, handshake and TLS together (default: 60 seconds, as in the SDK). */
  readonly connectTimeout: Duration.Duration
  /** The time limit of the reply to the login (default: 60 seconds). */
  readonly loginTimeout: Duration.Duration
  /** A peer without a single byte for this long is dead (default: 30 seconds, three of its heartbeats). */
  readonly silenceTimeout: Duration.Duration
  /** The time limit from the first to the last byte of a package (default: 10 minutes, for a slow line). */
  readonly packageTimeout: Duration.Duration
  /** A job without a byte of its reply for this long has stalled (default: 10 minutes). */
  readonly stallAfter: Duration.Duration
  /** How long to wait for a cancelled job before its connection is retired (default: 2 seconds). */
  readonly cancelTimeout: Duration.Duration
  /** How long to wait for the reply to the logoff; the connection closes in any case (default: 5 seconds). */
  readonly logoffTimeout: Duration.Duration
  /** The longest reply in bytes (default: 256 MiB). Its announced size allocates nothing. */
  readonly maxReplyBytes: number
  /** The longest event in bytes; longer ones are dropped (default: 1 MiB). */
  readonly maxEventBytes: number
  /** The most events that wait for a slow subscriber; then the oldest are dropped (default: 256). */
  readonly maxWaitingEvents: number
  /** The most buffers of a package (default: 16; the protocol uses one). */
  readonly maxBuffers: number
  /** The most replies to no request that are dropped before the connection ends (default: 100). */
  readonly maxStrayReplies: number
  /** The most commands without a reply on one connection; further ones wait (default: 20, where the SDK refuses them). */
  readonly maxOutstanding: number
}

/** The default limits. */
export const defaults: Limits = {
  connectTimeout: Duration.seconds(60),
  loginTimeout: Duration.seconds(60),
  silenceTimeout: Duration.seconds(30),
  packageTimeout: Duration.minutes(10),
  stallAfter: Duration.minutes(10),
  cancelTimeout: Duration.seconds(2),
  logoffTimeout: Duration.seconds(5),
  maxReplyBytes: defaultMaxPackageBytes,
  maxEventBytes: 2 ** 20,
  maxWaitingEvents: 256,
  maxBuffers: defaultMaxBuffers,
  maxStrayReplies: 100,
  maxOutstanding: 20
}

/** Some of the limits. A duration may be a text, such as `"2 minutes"`. */
export type LimitsInput = {
  readonly [K in keyof Limits]?: (Limits[K] extends Duration.Duration ? Duration.Input : Limits[K]) | undefined
}

/** Completes limits with the defaults. */
export const make = (some: LimitsInput = {}): Limits => {
  const entries = Object.entries(defaults).map(([name, standard]: [string, number | Duration.Duration]) => {
    const given = some[name as keyof Limits] ?? standard
    return [name, Duration.isDuration(standard) ? Duration.fromInputUnsafe(given) : given]
  })
  return Object.fromEntries(entries) as Limits
}

/** How often each side sends a heartbeat. Source: PROTOCOL 3.6. */
export const heartbeatInterval: Duration.Duration = Duration.seconds(10)
