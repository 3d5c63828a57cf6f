import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as BackupSource from "@backup-tree/io/BackupSource"
import { CommandFailed, ConnectFailed, HandshakeClosed, SessionMissing } from "@backup-tree/io/BackupSourceError"
import { DispatcherError } from "@backup-tree/io/dispatcher/DispatcherError"
import * as DispatcherTransport from "@backup-tree/io/dispatcher/DispatcherTransport"
import * as SourceMetrics from "@backup-tree/io/SourceMetrics"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Metric, Redacted, Schedule } from "effect"
import { TestClock } from "effect/testing"
import { turn } from "../support/leaks.ts"

const { everything } = BackupTreeRequest

const refused = new DispatcherError({
  endpoint: "node7:64000",
  reason: new CommandFailed({ command: "GetBackupTree", code: -2147483643, details: [] })
})

describe("retries", () => {
  /** A dispatcher that is never reached, and how often that was tried. */
  const unreachable = (code: string, retry: Schedule.Schedule<unknown> | undefined) => {
    let attempts = 0
    const dial: typeof DispatcherTransport.Dial.Service = () =>
      Effect.suspend(() => {
        attempts += 1
        return Effect.fail(new DispatcherError({ endpoint: "virtual:1", reason: new ConnectFailed({ code }) }))
      })
    return Effect.flip(BackupSource.getBackupTree(everything)).pipe(
      Effect.provide(BackupSource.layerDispatcher({
        host: "virtual",
        userName: "root",
        password: Redacted.make("secret"),
        retry
      })),
      Effect.provideService(DispatcherTransport.Dial, dial),
      Effect.map((error) => ({ error, attempts }))
    )
  }

  it.effect("are not made by default", () =>
    Effect.map(unreachable("ECONNREFUSED", undefined), ({ attempts }) => assert.strictEqual(attempts, 1)))

  it.effect.each([["once", 2], ["permanent", 1]] as const)(
    "depend on the class of the failure: %s",
    ([kind, attempts]) =>
      Effect.gen(function*() {
        const reason = kind === "once"
          ? new HandshakeClosed({ level: "high", detail: "the peer closed it" })
          : new SessionMissing({})
        let attempted = 0
        const dial: typeof DispatcherTransport.Dial.Service = () =>
          Effect.suspend(() => {
            attempted += 1
            return Effect.fail(new DispatcherError({ endpoint: "virtual:1", reason }))
          })
        const layer = BackupSource.layerDispatcher({
          host: "virtual",
          userName: "root",
          password: Redacted.make("secret"),
          retry: Schedule.recurs(5)
        })
        for (let request = 1; request <= 2; request++) {
          yield* Effect.flip(BackupSource.getBackupTree(everything)).pipe(
            Effect.provide(layer),
            Effect.provideService(DispatcherTransport.Dial, dial)
          )
          // Each request has its own.
          assert.strictEqual(attempted, attempts * request)
        }
      })
  )

  it.effect("follow the schedule", () =>
    Effect.gen(function*() {
      const running = yield* Effect.forkChild(
        unreachable("ECONNREFUSED", Schedule.max([Schedule.spaced("1 second"), Schedule.recurs(3)])),
        {
          startImmediately: true
        }
      )
      yield* TestClock.adjust("10 seconds")
      const { attempts, error } = yield* Fiber.join(running)
      assert.strictEqual(attempts, 4)
      assert.match(error.message, /nothing listens there/)
    }))
})

describe("requests", () => {
  it.effect("wait if there are too many at once, and are counted by their outcome", () =>
    Effect.gen(function*() {
      let open = 0
      let most = 0
      const go = yield* Deferred.make<void>()
      const dial: typeof DispatcherTransport.Dial.Service = () =>
        Effect.gen(function*() {
          open += 1
          most = Math.max(most, open)
          yield* Deferred.await(go)
          return yield* Effect.fail(refused)
        }).pipe(Effect.ensuring(Effect.sync(() => open -= 1)))
      const running = yield* Effect.forkChild(
        Effect.forEach([1, 2, 3, 4, 5], () => Effect.exit(BackupSource.getBackupTree(everything)), { concurrency: 5 })
          .pipe(
            Effect.provide(BackupSource.layerDispatcher({
              host: "virtual",
              userName: "root",
              password: Redacted.make("secret"),
              maxConcurrent: 2
            })),
            Effect.provideService(DispatcherTransport.Dial, dial)
          ),
        { startImmediately: true }
      )
      yield* Effect.repeat(turn, { times: 5 })
      assert.strictEqual(open, 2)
      yield* Deferred.succeed(go, undefined)
      yield* Fiber.join(running)
      assert.strictEqual(most, 2)
      const source = "virtual:64000"
      const counted = yield* Metric.value(
        Metric.withAttributes(SourceMetrics.requests, { source, outcome: "CommandFailed" })
      )
      assert.strictEqual(counted.count, 5)
      assert.strictEqual(
        (yield* Metric.value(Metric.withAttributes(SourceMetrics.inFlight, { source }))).value,
        0
      )
      assert.strictEqual(
        (yield* Metric.value(Metric.withAttributes(SourceMetrics.duration, { source }))).count,
        5
      )
    }).pipe(Effect.provideService(Metric.MetricRegistry, new Map())))

  it.effect.each<readonly [outcome: string, dial: Effect.Effect<never>]>([
    ["interrupted", Effect.interrupt],
    ["died", Effect.die("a defect")]
  ])("are counted as %s if they do not fail", ([outcome, dial]) =>
    Effect.gen(function*() {
      yield* Effect.exit(BackupSource.getBackupTree(everything)).pipe(
        Effect.provide(BackupSource.layerDispatcher({
          host: "virtual",
          userName: "root",
          password: Redacted.make("secret")
        })),
        Effect.provideService(DispatcherTransport.Dial, () => dial)
      )
      const counted = yield* Metric.value(
        Metric.withAttributes(SourceMetrics.requests, { source: "virtual:64000", outcome })
      )
      assert.strictEqual(counted.count, 1)
    }).pipe(Effect.provideService(Metric.MetricRegistry, new Map())))
})
