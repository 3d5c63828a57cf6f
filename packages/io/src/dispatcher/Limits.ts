/**
 * How long a conversation with a dispatcher may take, and how much may come of it. Source: PROTOCOL 1, 3.4, 5.8 and 10.
 *
 * Nothing that a server sends, or leaves unsent, keeps a program waiting for ever or takes memory without a bound.
 */
import * as Duration from "effect/Duration"
import { defaultMaxBuffers, defaultMaxPackageBytes } from "../protocol/PackageParser.ts"

/** The limits of a connection, and of the session on it. */
export interface Limits {
  /** For connecting, the handshake and TLS together; 60 seconds, as the SDK. */
  readonly connectTimeout: Duration.Duration
  /** For the answer to the login; 60 seconds. */
  readonly loginTimeout: Duration.Duration
  /** Without a single byte for this long the peer counts as dead; 30 seconds, three of its heartbeats. */
  readonly silenceTimeout: Duration.Duration
  /** From the first to the last byte of one package; 10 minutes, for a long reply on a slow line. */
  readonly packageTimeout: Duration.Duration
  /** Without a byte of its reply for this long a job counts as stalled; 10 minutes. */
  readonly stallAfter: Duration.Duration
  /** How long a cancelled job is waited for before its connection is given up; 2 seconds. */
  readonly cancelTimeout: Duration.Duration
  /** How long the answer to the logoff is waited for; the connection closes in any case. 5 seconds. */
  readonly logoffTimeout: Duration.Duration
  /** The longest reply, in bytes; 256 MiB. It is never allocated from its announced size. */
  readonly maxReplyBytes: number
  /** The longest event, in bytes; longer ones are dropped. 1 MiB. */
  readonly maxEventBytes: number
  /** How many events wait for a subscriber that is slow; then the oldest are dropped. 256. */
  readonly maxWaitingEvents: number
  /** The most buffers of a package; 16, of which the protocol uses one. */
  readonly maxBuffers: number
  /** How many replies that answer nothing are dropped before the connection ends; 100. */
  readonly maxStrayReplies: number
  /** How many commands may be unanswered on one connection; further ones wait. 20, where the SDK refuses them. */
  readonly maxOutstanding: number
}

/** The limits that hold unless told. */
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

/** Some of the limits; a time may be written as a text, such as `"2 minutes"`. */
export type LimitsInput = {
  readonly [K in keyof Limits]?: (Limits[K] extends Duration.Duration ? Duration.Input : Limits[K]) | undefined
}

/** Completes limits by the defaults. */
export const make = (some: LimitsInput = {}): Limits => {
  const entries = Object.entries(defaults).map(([name, standard]: [string, number | Duration.Duration]) => {
    const given = some[name as keyof Limits] ?? standard
    return [name, Duration.isDuration(standard) ? Duration.fromInputUnsafe(given) : given]
  })
  return Object.fromEntries(entries) as Limits
}

/** How often each side says that it is alive. Source: PROTOCOL 3.6. */
export const heartbeatInterval: Duration.Duration = Duration.seconds(10)
