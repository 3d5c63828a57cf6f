/** What a test leaves behind. */
import { assert } from "@effect/vitest"
import { Effect, Metric } from "effect"

/** Counts the sockets that this process holds open. */
const openSockets = (): number =>
  process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap" || name === "PipeWrap").length

/** Lets the event loop turn once. */
export const turn = Effect.callback<void>((resume) => void setImmediate(() => resume(Effect.void)))

const activeFibers = Effect.map(
  Metric.snapshot,
  (snapshots) =>
    snapshots.flatMap((snapshot) =>
      snapshot.id === "child_fibers_active" && snapshot.type === "Gauge" ? [Number(snapshot.state.value)] : []
    ).reduce((sum, value) => sum + value, 0)
)

/** Runs an effect, and asserts that neither a socket nor a fiber of it is left. */
export const leavesNothing = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.gen(function*() {
    const sockets = openSockets()
    const fibers = yield* activeFibers
    const result = yield* self
    // A handle that has been closed counts until its loop has turned; so may one of an earlier test at the start.
    for (let turns = 0; turns < 50 && openSockets() > sockets; turns++) yield* turn
    assert.isAtMost(openSockets(), sockets, "sockets")
    assert.strictEqual(yield* activeFibers, fibers, "fibers")
    return result
  }).pipe(
    Effect.provideService(Metric.FiberRuntimeMetrics, Metric.FiberRuntimeMetricsImpl),
    Effect.provideService(Metric.MetricRegistry, new Map())
  )
