import * as Job from "@backup-tree/io/dispatcher/Job"
import * as JobPoller from "@backup-tree/io/dispatcher/JobPoller"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Deferred, Duration, Effect, Exit, Fiber, Ref, Schedule, Stream } from "effect"
import { TestClock } from "effect/testing"

const { Finished, Receiving, Sent } = Job.JobStatus

describe("Job", () => {
  it.effect("tells its changes in order, the last one being its end", () =>
    Effect.gen(function*() {
      const { finish, job, receiving } = yield* Job.make<string, never>("{1}")
      const fiber = yield* Effect.forkChild(Stream.runCollect(job.changes), { startImmediately: true })
      yield* receiving(1, 2)
      yield* receiving(2, 2)
      yield* finish(Exit.succeed("done"))
      yield* finish(Exit.succeed("again"))
      yield* receiving(3, 2)
      assert.deepStrictEqual(yield* Fiber.join(fiber), [
        Sent(),
        Receiving({ bytes: 1, total: 2 }),
        Receiving({ bytes: 2, total: 2 }),
        Finished({ exit: Exit.succeed("done") })
      ])
      assert.strictEqual(yield* job.await, "done")
    }))

  it.effect("tells its end to who comes late", () =>
    Effect.gen(function*() {
      const { finish, job } = yield* Job.make<never, string>("{1}")
      yield* finish(Exit.fail("lost"))
      assert.deepStrictEqual(yield* Stream.runCollect(job.changes), [Finished({ exit: Exit.fail("lost") })])
      assert.strictEqual(yield* Effect.flip(job.await), "lost")
    }))

  it.effect("is not harmed when one waiter gives up", () =>
    Effect.gen(function*() {
      const { finish, job } = yield* Job.make<number, never>("{1}")
      const [impatient, patient] = yield* Effect.all([Effect.forkChild(job.await), Effect.forkChild(job.await)])
      yield* Fiber.interrupt(impatient)
      yield* finish(Exit.succeed(42))
      assert.strictEqual(yield* Fiber.join(patient), 42)
    }))

  it.effect("can be worked on once more, results and errors alike", () =>
    Effect.gen(function*() {
      const first = yield* Job.make<number, string>("{1}")
      const second = yield* Job.transform(first.job, Effect.map((n) => n + 1))
      const fiber = yield* Effect.forkChild(Stream.runCollect(second.changes), { startImmediately: true })
      yield* Effect.yieldNow
      yield* first.finish(Exit.succeed(1))
      assert.strictEqual(yield* second.await, 2)
      assert.deepStrictEqual((yield* Fiber.join(fiber)).at(-1), Finished({ exit: Exit.succeed(2) }))
      const third = yield* Job.make<number, string>("{3}")
      const fourth = yield* Job.transform(third.job, Effect.mapError((text) => `${text}!`))
      yield* third.finish(Exit.fail("lost"))
      assert.strictEqual(yield* Effect.flip(fourth.await), "lost!")
    }).pipe(Effect.scoped))

  it.effect("tells its changes before its end when it is worked on once more", () =>
    Effect.gen(function*() {
      const first = yield* Job.make<number, never>("{1}")
      const second = yield* Job.transform(first.job, Effect.map((n) => n + 1))
      const third = yield* Job.transform(second, Effect.map((n) => n + 1))
      const fiber = yield* Effect.forkChild(Stream.runCollect(third.changes), { startImmediately: true })
      yield* Effect.yieldNow
      yield* first.receiving(2, 2)
      yield* first.finish(Exit.succeed(1))
      assert.deepStrictEqual(yield* Fiber.join(fiber), [
        Sent(),
        Receiving({ bytes: 2, total: 2 }),
        Finished({ exit: Exit.succeed(3) })
      ])
    }).pipe(Effect.scoped))
})

describe("the changes of a job", () => {
  it.effect("never pile up for who is slow, and end with the end", () =>
    Effect.gen(function*() {
      const { finish, job, receiving } = yield* Job.make<string, never>("{1}")
      const first = yield* Deferred.make<void>()
      const go = yield* Deferred.make<void>()
      const slow = yield* Effect.forkChild(
        Stream.runCollect(
          Stream.tap(job.changes, () => Effect.andThen(Deferred.succeed(first, undefined), Deferred.await(go)))
        ),
        { startImmediately: true }
      )
      yield* Deferred.await(first)
      for (let bytes = 1; bytes <= 10_000; bytes++) yield* receiving(bytes, 10_000)
      yield* finish(Exit.succeed("done"))
      yield* Deferred.succeed(go, undefined)
      const seen = yield* Fiber.join(slow)
      assert.isAtMost(seen.length, 2 * Job.keptChanges)
      assert.strictEqual(seen.at(-1)?._tag, "Finished")
    }))
})

describe("JobPoller", () => {
  const onStall = (millis: number) => `stalled after ${millis}`
  const stallAfter = Duration.minutes(10)

  it.effect("ends a job without news, not before its time", () =>
    Effect.gen(function*() {
      const producer = yield* Job.make<never, string>("{1}")
      yield* Effect.forkChild(JobPoller.watchStalls(producer, { stallAfter, onStall }))
      yield* TestClock.adjust("9 minutes")
      assert.strictEqual((yield* producer.job.status)._tag, "Sent")
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* Effect.flip(producer.job.await), "stalled after 600000")
    }))

  it.effect("starts anew with every byte", () =>
    Effect.gen(function*() {
      const producer = yield* Job.make<string, string>("{1}")
      yield* Effect.forkChild(JobPoller.watchStalls(producer, { stallAfter, onStall }))
      for (let bytes = 1; bytes <= 5; bytes++) {
        yield* TestClock.adjust("9 minutes")
        yield* producer.receiving(bytes, 10)
      }
      yield* TestClock.adjust("9 minutes")
      yield* producer.finish(Exit.succeed("done"))
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(yield* producer.job.await, "done")
    }))

  it.effect("follows a job that can only be asked, and stops asking when it has ended", () =>
    Effect.gen(function*() {
      const asked = yield* Ref.make(0)
      const status = Effect.map(Ref.updateAndGet(asked, (n) => n + 1), (n): Job.JobStatus<string, string> =>
        n < 3 ? Sent() : n < 6 ? Receiving({ bytes: n, total: 5 }) : Finished({ exit: Exit.succeed("done") }))
      const job = yield* JobPoller.follow({ id: "{1}", status }, { schedule: Schedule.spaced("1 second"), onStall })
      const fiber = yield* Effect.forkChild(Stream.runCollect(job.changes), { startImmediately: true })
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(yield* job.await, "done")
      assert.strictEqual(yield* Ref.get(asked), 6)
      assert.deepStrictEqual(
        (yield* Fiber.join(fiber)).map(({ _tag }) =>
          _tag
        ),
        [
          "Sent",
          "Receiving",
          "Receiving",
          "Receiving",
          "Finished"
        ]
      )
    }).pipe(Effect.scoped))

  it.effect("ends a followed job that does not move", () =>
    Effect.gen(function*() {
      const status = Effect.succeed<Job.JobStatus<string, string>>(Receiving({ bytes: 1, total: 5 }))
      const job = yield* JobPoller.follow({ id: "{1}", status }, { onStall })
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(yield* Effect.flip(job.await), "stalled after 600000")
    }).pipe(Effect.scoped))

  it.effect("ends a followed job whose status cannot be had", () =>
    Effect.gen(function*() {
      const job = yield* JobPoller.follow<string, string>({ id: "{1}", status: Effect.fail("gone") }, { onStall })
      assert.strictEqual(yield* Effect.flip(job.await), "gone")
    }).pipe(Effect.scoped))

  it.effect("ends a followed job with its scope", () =>
    Effect.gen(function*() {
      const job = yield* Effect.scoped(
        JobPoller.follow<string, string>({ id: "{1}", status: Effect.succeed(Sent()) }, { onStall })
      )
      const exit = yield* Effect.exit(job.await)
      assert.isTrue(Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause))
    }))
})
