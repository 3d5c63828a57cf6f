/** Reads packages from a transport, one stream of them for each route. */
import type { SecurityLevel } from "@backup-tree/core/sdk/SecurityLevel"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type * as Package from "../../protocol/Package.ts"
import * as PackageParser from "../../protocol/PackageParser.ts"
import * as RoutingTable from "../../protocol/RoutingTable.ts"
import { ConnectionSilent, DispatcherError, type DispatcherReason, TimedOut } from "../DispatcherError.ts"
import type * as DispatcherTransport from "../DispatcherTransport.ts"
import type * as Limits from "../Limits.ts"

/** Receives the content of a package while it arrives. */
export interface ReplySink {
  readonly push: PackageParser.ContentSink
  /** Returns an effect to wait for before more is read. A slow consumer thus applies backpressure to the peer. */
  readonly pending: () => Effect.Effect<void> | undefined
}

/** Drops the content of a package, which then takes no memory. */
export const dropped: ReplySink = { push: () => {}, pending: () => undefined }

/** Handlers of received packages. */
export interface Handlers {
  /** Chooses the sink of a package's content. Without a sink, `onPackage` receives the whole package. */
  readonly sinkOf: (header: PackageParser.Header, total: number) => ReplySink | undefined
  readonly onPackage: (received: Package.Package) => Effect.Effect<void, DispatcherError>
  /** Receives the progress of each package, at the latest when it is complete. */
  readonly onProgress: (progress: PackageParser.Progress) => Effect.Effect<void>
}

/** The packages of one route. */
interface Channel {
  readonly parser: PackageParser.Parser
  /** The sink of the package in flight. */
  sink: ReplySink | undefined
  /** The length of the package in flight, once it is known. */
  total: number
  /** The value of `waited` when the package in flight began. */
  begun: number
}

/**
 * Makes the package streams of a connection.
 *
 * No package has bytes of both routes. The level determines which types may arrive in plain frames.
 * Source: PROTOCOL 2.7.
 */
const makeChannels = (
  level: SecurityLevel,
  { maxBuffers, maxReplyBytes }: Limits.Limits,
  sinkOf: Handlers["sinkOf"]
): { readonly [R in DispatcherTransport.Route]: Channel } => {
  const make = (allows?: (type: number) => boolean): Channel => {
    const channel: Channel = {
      parser: PackageParser.makeParser({
        maxPackageBytes: maxReplyBytes,
        maxBuffers,
        allows,
        sinkOf: (header, total) => {
          channel.sink = sinkOf(header, total)
          channel.total = total
          return channel.sink?.push
        }
      }),
      sink: undefined,
      total: 0,
      begun: 0
    }
    return channel
  }
  return { plain: make((type) => RoutingTable.allowsPlain(level, type)), tls: make() }
}

// Monotonic, because the system clock may be set.
const millis = Effect.map(Clock.monotonicTimeNanos, (nanos) => Number(nanos / 1_000_000n))

/** Reads packages until the connection ends. */
export const readPackages = Effect.fnUntraced(function*(
  transport: DispatcherTransport.DispatcherTransport,
  level: SecurityLevel,
  limits: Limits.Limits,
  handlers: Handlers
): Effect.fn.Return<never, DispatcherError> {
  const silence = Duration.toMillis(limits.silenceTimeout)
  const longest = Duration.toMillis(limits.packageTimeout)
  const channels = makeChannels(level, limits, handlers.sinkOf)
  // The total time spent waiting for bytes. Time spent waiting for a sink does not count against the peer.
  let waited = 0
  const fail = (reason: DispatcherReason) => Effect.fail(new DispatcherError({ endpoint: transport.endpoint, reason }))
  const leftOf = ({ begun, parser }: Channel) => parser.received() === 0 ? Infinity : begun + longest - waited
  while (true) {
    const left = Math.min(leftOf(channels.plain), leftOf(channels.tls))
    const before = yield* millis
    const { bytes, route } = yield* Effect.timeoutOrElse(transport.read, {
      duration: Duration.millis(Math.max(0, Math.min(silence, left))),
      orElse: () =>
        fail(
          left < silence
            ? new TimedOut({ stage: "reply", millis: longest })
            : new ConnectionSilent({ millis: silence })
        )
    })
    waited += (yield* millis) - before
    const channel = channels[route]
    const { parser } = channel
    parser.push(bytes)
    let isFresh = parser.received() === 0
    while (true) {
      const next = parser.next()
      if (Result.isFailure(next)) return yield* fail(next.failure)
      const pending = channel.sink?.pending()
      if (pending !== undefined) yield* pending
      if (Option.isNone(next.success)) break
      isFresh = true
      channel.sink = undefined
      const received = next.success.value
      yield* handlers.onProgress({ ...received, received: channel.total, total: channel.total })
      yield* handlers.onPackage(received)
    }
    if (isFresh) channel.begun = waited
    const progress = parser.progress()
    if (Option.isSome(progress)) yield* handlers.onProgress(progress.value)
  }
})
