/** Reading packages from a transport, one stream of them for each route. */
import type { SecurityLevel } from "@backup-tree/core/SecurityLevel"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { ConnectionSilent, DispatcherError, type DispatcherReason, TimedOut } from "../DispatcherError.ts"
import type * as DispatcherTransport from "../DispatcherTransport.ts"
import type * as Limits from "../Limits.ts"
import type * as Package from "../protocol/Package.ts"
import * as PackageParser from "../protocol/PackageParser.ts"
import * as RoutingTable from "../protocol/RoutingTable.ts"

/** What is done with what is read. */
export interface Handlers {
  readonly onPackage: (received: Package.Package) => Effect.Effect<void, DispatcherError>
  readonly onProgress: (progress: PackageParser.Progress) => Effect.Effect<void>
}

/**
 * The package streams of a connection: no package has bytes of both routes, and by plain frames only those come that may
 * at this level. Source: PROTOCOL 2.7.
 */
const makeParsers = (
  level: SecurityLevel,
  limits: Pick<Limits.Limits, "maxReplyBytes" | "maxBuffers">
): { readonly [R in DispatcherTransport.Route]: PackageParser.Parser } => {
  const options = { maxPackageBytes: limits.maxReplyBytes, maxBuffers: limits.maxBuffers }
  return {
    plain: PackageParser.makeParser({ ...options, allows: (type) => RoutingTable.allowsPlain(level, type) }),
    tls: PackageParser.makeParser(options)
  }
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
    const parsers = makeParsers(level, limits)
    // When the package in flight began, on each route.
    const begun = { plain: 0, tls: 0 }
    const fail = (reason: DispatcherReason) =>
      Effect.fail(new DispatcherError({ endpoint: transport.endpoint, reason }))
    while (true) {
      const now = yield* millis
      const left = Math.min(
        ...(["plain", "tls"] as const).map((route) =>
          parsers[route].received() === 0 ? Infinity : begun[route] + longest - now
        )
      )
      const { bytes, route } = yield* Effect.timeoutOrElse(transport.read, {
        duration: Duration.millis(Math.max(0, Math.min(silence, left))),
        orElse: () =>
          fail(
            left < silence
              ? new TimedOut({ stage: "reply", millis: longest })
              : new ConnectionSilent({ millis: silence })
          )
      })
      const parser = parsers[route]
      parser.push(bytes)
      let isFresh = parser.received() === 0
      while (true) {
        const next = parser.next()
        if (Result.isFailure(next)) return yield* fail(next.failure)
        if (Option.isNone(next.success)) break
        isFresh = true
        yield* handlers.onPackage(next.success.value)
      }
      if (isFresh) begun[route] = yield* millis
      const progress = parser.progress()
      if (Option.isSome(progress)) yield* handlers.onProgress(progress.value)
    }
  })
