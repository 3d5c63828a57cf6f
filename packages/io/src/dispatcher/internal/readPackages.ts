/** Reading packages from a transport, one stream of them for each route. */
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

/** What takes the content of a package while it comes. */
export interface Body {
  readonly push: PackageParser.Taker
  /** Returns what is to be waited for before more is read: somebody who is slow is to slow the peer down. */
  readonly pending: () => Effect.Effect<void> | undefined
}

/** What is done with what is read. */
export interface Handlers {
  /** Says what takes the content of a package; without it `onPackage` is given the whole. */
  readonly bodyOf: (header: PackageParser.Header, total: number) => Body | undefined
  readonly onPackage: (received: Package.Package) => Effect.Effect<void, DispatcherError>
  /** Is told how far a package is, and at the latest that it is whole. */
  readonly onProgress: (progress: PackageParser.Progress) => Effect.Effect<void>
}

/** The packages of one route. */
interface Lane {
  readonly parser: PackageParser.Parser
  /** What takes the content of the package in flight. */
  body: Body | undefined
  /** The length of the package in flight, as far as it is known. */
  total: number
  /** When the package in flight began, by the time that was spent waiting for bytes. */
  begun: number
}

/**
 * The package streams of a connection: no package has bytes of both routes, and by plain frames only those come that may
 * at this level. Source: PROTOCOL 2.7.
 */
const makeLanes = (
  level: SecurityLevel,
  { maxBuffers, maxReplyBytes }: Limits.Limits,
  bodyOf: Handlers["bodyOf"]
): { readonly [R in DispatcherTransport.Route]: Lane } => {
  const make = (allows?: (type: number) => boolean): Lane => {
    const lane: Lane = {
      parser: PackageParser.makeParser({
        maxPackageBytes: maxReplyBytes,
        maxBuffers,
        allows,
        takerOf: (header, total) => {
          lane.body = bodyOf(header, total)
          lane.total = total
          return lane.body?.push
        }
      }),
      body: undefined,
      total: 0,
      begun: 0
    }
    return lane
  }
  return { plain: make((type) => RoutingTable.allowsPlain(level, type)), tls: make() }
}

// The clock on the wall may be set.
const millis = Effect.map(Clock.monotonicTimeNanos, (nanos) => Number(nanos / 1_000_000n))

/** Reads packages until the connection ends, which is the only way in which this ends. */
export const readPackages = (
  transport: DispatcherTransport.DispatcherTransport,
  level: SecurityLevel,
  limits: Limits.Limits,
  handlers: Handlers
): Effect.Effect<never, DispatcherError> =>
  Effect.gen(function*() {
    const silence = Duration.toMillis(limits.silenceTimeout)
    const longest = Duration.toMillis(limits.packageTimeout)
    const lanes = makeLanes(level, limits, handlers.bodyOf)
    // How long bytes were waited for in all: whoever takes them may be slow, and the peer is not to blame for that.
    let waited = 0
    const fail = (reason: DispatcherReason) =>
      Effect.fail(new DispatcherError({ endpoint: transport.endpoint, reason }))
    const leftOf = ({ begun, parser }: Lane) => parser.received() === 0 ? Infinity : begun + longest - waited
    while (true) {
      const left = Math.min(leftOf(lanes.plain), leftOf(lanes.tls))
      const asked = yield* millis
      const { bytes, route } = yield* Effect.timeoutOrElse(transport.read, {
        duration: Duration.millis(Math.max(0, Math.min(silence, left))),
        orElse: () =>
          fail(
            left < silence
              ? new TimedOut({ stage: "reply", millis: longest })
              : new ConnectionSilent({ millis: silence })
          )
      })
      waited += (yield* millis) - asked
      const lane = lanes[route]
      const { parser } = lane
      parser.push(bytes)
      let isFresh = parser.received() === 0
      while (true) {
        const next = parser.next()
        if (Result.isFailure(next)) return yield* fail(next.failure)
        const pending = lane.body?.pending()
        if (pending !== undefined) yield* pending
        if (Option.isNone(next.success)) break
        isFresh = true
        lane.body = undefined
        const received = next.success.value
        yield* handlers.onProgress({ ...received, received: lane.total, total: lane.total })
        yield* handlers.onPackage(received)
      }
      if (isFresh) lane.begun = waited
      const progress = parser.progress()
      if (Option.isSome(progress)) yield* handlers.onProgress(progress.value)
    }
  })
