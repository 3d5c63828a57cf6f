import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as BackupSource from "@backup-tree/io/BackupSource"
import { type BackupSourceError, RequestTimedOut } from "@backup-tree/io/BackupSourceError"
import { ConnectFailed } from "@backup-tree/io/dispatcher/DispatcherError"
import * as SourceMetrics from "@backup-tree/io/SourceMetrics"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Layer, Metric, Option, Schedule, Stream } from "effect"
import { TestClock } from "effect/testing"
import { chain, chainX, environment, tree, web } from "../../../core/test/support/treeLiterals.ts"

const { everything } = BackupTreeRequest

const one = environment(web, [chain(chainX, [1])])

const never = BackupSource.layerTest({ replies: [Effect.never], requestTimeout: "30 seconds" })

/** Runs a request, and returns its exit just before and just at the limit of 30 seconds. */
const aroundTheLimit = Effect.fnUntraced(function*<A, E>(request: Effect.Effect<A, E>) {
  const running = yield* Effect.forkChild(request, { startImmediately: true })
  yield* TestClock.adjust(29_999)
  const before = running.pollUnsafe()
  yield* TestClock.adjust(1)
  return { before, at: yield* Effect.exit(Fiber.join(running)) }
})

const assertTimedOut = (exit: Exit.Exit<unknown, BackupSourceError>): void => {
  const error = Option.getOrThrow(Exit.findErrorOption(exit))
  assert.strictEqual(error.source, "test")
  assert.deepStrictEqual(error.reason, new RequestTimedOut({ millis: 30_000 }))
}

describe("requestTimeout", () => {
  it.effect.each<readonly [string, Effect.Effect<unknown, BackupSourceError, BackupSource.BackupSource>]>([
    ["getBackupTree", BackupSource.getBackupTree(everything)],
    ["getBackupTreeXml", BackupSource.getBackupTreeXml(everything)],
    ["streamEnvironments", Stream.runDrain(BackupSource.streamEnvironments(everything))]
  ])("ends %s at the limit", ([, request]) =>
    Effect.gen(function*() {
      const { at, before } = yield* aroundTheLimit(Effect.provide(request, never))
      assert.isUndefined(before)
      assertTimedOut(at)
      const counted = yield* Metric.value(
        Metric.withAttributes(SourceMetrics.requests, { source: "test", outcome: "RequestTimedOut" })
      )
      assert.strictEqual(counted.count, 1)
    }).pipe(Effect.provideService(Metric.MetricRegistry, new Map())))

  it.effect("interrupts what is being done", () =>
    Effect.gen(function*() {
      let isInterrupted = false
      const reply = Effect.onInterrupt(Effect.never, () => Effect.sync(() => isInterrupted = true))
      const { at } = yield* aroundTheLimit(Effect.provide(
        BackupSource.getBackupTree(everything),
        BackupSource.layerTest({ replies: [reply], requestTimeout: "30 seconds" })
      ))
      assertTimedOut(at)
      assert.isTrue(isInterrupted)
    }))

  it.effect("covers all attempts together", () =>
    Effect.gen(function*() {
      let attempts = 0
      const failing = Effect.suspend(() => {
        attempts += 1
        return Effect.delay(Effect.fail(new ConnectFailed({ code: "ECONNREFUSED" })), "8 seconds")
      })
      const { at } = yield* aroundTheLimit(Effect.provide(
        BackupSource.getBackupTree(everything),
        BackupSource.layerTest({ replies: [failing], retry: Schedule.forever, requestTimeout: "30 seconds" })
      ))
      assertTimedOut(at)
      assert.strictEqual(attempts, 4)
    }))

  it.effect("passes on what a stream has sent before", () =>
    Effect.gen(function*() {
      const layer = Layer.effect(
        BackupSource.BackupSource,
        Effect.map(BackupSource.BackupSource, (source) =>
          BackupSource.make({
            ...source,
            streamEnvironments: () => Stream.concat(Stream.succeed(one), Stream.never)
          }, { requestTimeout: "30 seconds" }))
      ).pipe(Layer.provide(BackupSource.layerTest(tree(one))))
      const seen: Array<string> = []
      const { at } = yield* aroundTheLimit(
        BackupSource.streamEnvironments(everything).pipe(
          Stream.runForEach(({ name }) => Effect.sync(() => seen.push(name))),
          Effect.provide(layer)
        )
      )
      assertTimedOut(at)
      assert.deepStrictEqual(seen, [one.name])
    }))

  it.effect("does not touch what is in time", () =>
    Effect.gen(function*() {
      const layer = BackupSource.layerTest({
        replies: [Effect.delay(Effect.succeed(tree(one)), "29 seconds")],
        requestTimeout: "30 seconds"
      })
      const both = Effect.all([
        BackupSource.getBackupTree(everything),
        Stream.runCollect(BackupSource.streamEnvironments(everything))
      ], { concurrency: 2 })
      const { before } = yield* aroundTheLimit(Effect.provide(both, layer))
      assert.deepStrictEqual(
        before && Exit.map(before, ([listing, streamed]) => [listing.tree.environments, streamed]),
        Exit.succeed([[one], [one]])
      )
    }))

  it.effect("leaves jobs to their owner", () =>
    Effect.gen(function*() {
      const job = Effect.scoped(Effect.flatMap(BackupSource.submit(everything), (job) => job.await))
      const running = yield* Effect.forkChild(Effect.provide(job, never), { startImmediately: true })
      yield* TestClock.adjust("1 hour")
      assert.isUndefined(running.pollUnsafe())
      yield* Fiber.interrupt(running)
    }))
})
