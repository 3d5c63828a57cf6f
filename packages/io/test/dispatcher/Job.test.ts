import * as Job from "@backup-tree/io/dispatcher/Job"
import * as JobPoller from "@backup-tree/io/dispatcher/JobPoller"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Deferred, Duration, Effect, Exit, Fiber, Ref, Schedule, Scope, Stream } from "effect"
import { TestClock } from "effect/testing"

const { Finished, Receiving, Sent } = Job.JobStatus

describe("Job", () => {
  it.effect("reports its changes in order, the last one being its end", () =>
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

  it.effect("reports its end to late subscribers", () =>
    Effect.gen(function*() {
      const { finish, job } = yield* Job.make<never, string>("{1}")
      yield* finish(Exit.fail("lost"))
      assert.deepStrictEqual(yield* Stream.runCollect(job.changes), [Finished({ exit: Exit.fail("lost") })])
      assert.strictEqual(yield* Effect.flip(job.await), "lost")
    }))

  it.effect("continues when one waiter stops waiting", () =>
    Effect.gen(function*() {
      const { finish, job } = yield* Job.make<number, never>("{1}")
      const [impatient, patient] = yield* Effect.all([Effect.forkChild(job.await), Effect.forkChild(job.await)])
      yield* Fiber.interrupt(impatient)
      yield* finish(Exit.succeed(42))
      assert.strictEqual(yield* Fiber.join(patient), 42)
    }))
})

describe("a mapped job", () => {
  const { mapEffect, mapError } = Job

  it.effect("maps results and errors", () =>
    Effect.gen(function*() {
      const first = yield* Job.make<number, string>("{1}")
      const second = yield* mapEffect(first.job, (n) => Effect.succeed(n + 1))
      const fiber = yield* Effect.forkChild(Stream.runCollect(second.changes), { startImmediately: true })
      yield* Effect.yieldNow
      yield* first.finish(Exit.succeed(1))
      assert.strictEqual(yield* second.await, 2)
      assert.deepStrictEqual((yield* Fiber.join(fiber)).at(-1), Finished({ exit: Exit.succeed(2) }))
      const third = yield* Job.make<number, string>("{3}")
      const fourth = mapError(third.job, (text) => `${text}!`)
      const fifth = yield* mapEffect(fourth, (n) => Effect.fail(n))
      yield* third.finish(Exit.fail("lost"))
      assert.strictEqual(yield* Effect.flip(fourth.await), "lost!")
      assert.deepStrictEqual(yield* fourth.status, Finished({ exit: Exit.fail("lost!") }))
      assert.strictEqual(yield* Effect.flip(fifth.await), "lost!")
    }).pipe(Effect.scoped))

  it.effect("relays its changes before its end", () =>
    Effect.gen(function*() {
      const first = yield* Job.make<number, never>("{1}")
      const second = yield* mapEffect(first.job, (n) => Effect.succeed(n + 1))
      const third = yield* mapEffect(mapError(second, () => "never"), (n) => Effect.succeed(n + 1))
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

  /** A job with the result 1, mapped by an effect that waits, and how often that effect ran. */
  const waiting = Effect.gen(function*() {
    const release = yield* Deferred.make<void>()
    let runs = 0
    const { finish, job } = yield* Job.make<number, never>("{1}")
    const mapped = yield* mapEffect(job, (n) =>
      Effect.suspend(() => {
        runs += 1
        return Effect.as(Deferred.await(release), n + 1)
      }))
    return { finish: finish(Exit.succeed(1)), mapped, release: Deferred.succeed(release, undefined), runs: () => runs }
  })

  it.effect("works once for all readers, and only when there is one", () =>
    Effect.gen(function*() {
      const { finish, mapped, release, runs } = yield* waiting
      yield* finish
      assert.strictEqual(runs(), 0)
      const waiters = yield* Effect.forkChild(Effect.all([mapped.await, mapped.await], { concurrency: 2 }))
      const changes = yield* Effect.forkChild(Stream.runCollect(mapped.changes))
      yield* Effect.repeat(Effect.yieldNow, { times: 10 })
      assert.strictEqual(runs(), 1)
      yield* release
      assert.deepStrictEqual(yield* Fiber.join(waiters), [2, 2])
      assert.deepStrictEqual(yield* Fiber.join(changes), [Finished({ exit: Exit.succeed(2) })])
      assert.strictEqual(yield* mapped.await, 2)
      assert.strictEqual(runs(), 1)
    }).pipe(Effect.scoped))

  it.effect("continues when the waiter that started the work stops waiting", () =>
    Effect.gen(function*() {
      const { finish, mapped, release, runs } = yield* waiting
      yield* finish
      const impatient = yield* Effect.forkChild(mapped.await, { startImmediately: true })
      const patient = yield* Effect.forkChild(mapped.await, { startImmediately: true })
      yield* Fiber.interrupt(impatient)
      yield* release
      assert.strictEqual(yield* Fiber.join(patient), 2)
      assert.strictEqual(runs(), 1)
    }).pipe(Effect.scoped))

  it.effect("is as far as it was while the effect runs, and polling its status ends", () =>
    Effect.gen(function*() {
      const { finish, mapped, release } = yield* waiting
      assert.strictEqual((yield* mapped.status)._tag, "Sent")
      yield* finish
      assert.strictEqual((yield* mapped.status)._tag, "Sent")
      yield* release
      yield* Effect.repeat(Effect.yieldNow, { times: 10 })
      assert.deepStrictEqual(yield* mapped.status, Finished({ exit: Exit.succeed(2) }))
    }).pipe(Effect.scoped))

  it.effect("ends with its scope, whether its effect runs or not", () =>
    Effect.gen(function*() {
      const isInterrupted = (exit: Exit.Exit<number>) => Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause)
      const idle = yield* Effect.scoped(waiting)
      yield* idle.finish
      assert.isTrue(isInterrupted(yield* Effect.exit(idle.mapped.await)))
      assert.strictEqual(idle.runs(), 0)
      const scope = yield* Scope.make()
      const busy = yield* Scope.provide(waiting, scope)
      yield* busy.finish
      const waiter = yield* Effect.forkChild(busy.mapped.await, { startImmediately: true })
      assert.strictEqual(busy.runs(), 1)
      yield* Scope.close(scope, Exit.void)
      assert.isTrue(isInterrupted(yield* Fiber.await(waiter)))
    }))

  it.effect("ends with a defect of its effect", () =>
    Effect.gen(function*() {
      const { finish, job } = yield* Job.make<number, never>("{1}")
      const mapped = yield* mapEffect(job, (): Effect.Effect<number> => {
        throw new Error("a defect")
      })
      yield* finish(Exit.succeed(1))
      assert.isTrue(Exit.hasDies(yield* Effect.exit(mapped.await)))
      assert.strictEqual((yield* mapped.status)._tag, "Finished")
    }).pipe(Effect.scoped))
})

describe("the changes of a job", () => {
  it.effect("never pile up for a slow subscriber, and end with the end", () =>
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

  /** Reports the pieces of a reply, each after some milliseconds, and returns the bytes of the changes. */
  const changesOf = Effect.fnUntraced(function*(pieces: ReadonlyArray<number>, total: number, millis: number) {
    const { finish, job, receiving } = yield* Job.make<string, never>("{1}")
    const seen: Array<number> = []
    const fiber = yield* Effect.forkChild(
      Stream.runForEach(job.changes, (status) =>
        Effect.sync(() => {
          if (status._tag === "Receiving") seen.push(status.bytes)
        })),
      { startImmediately: true }
    )
    for (const bytes of pieces) {
      yield* receiving(bytes, total)
      assert.deepStrictEqual(yield* job.status, Receiving({ bytes, total }))
      yield* TestClock.adjust(millis)
    }
    yield* finish(Exit.succeed("done"))
    yield* Fiber.join(fiber)
    return seen
  })

  it.effect("are as many as the steps of progress, however small the pieces are", () =>
    Effect.gen(function*() {
      const pieces = Array.from({ length: 10_000 }, (_, index) => index + 1)
      const seen = yield* changesOf(pieces, 10_000, 0)
      // The first piece, every step after it, and the last piece.
      assert.deepStrictEqual(seen, [...Array.from({ length: Job.progressSteps }, (_, step) => 1 + 50 * step), 10_000])
    }))

  it.effect("come with each piece that is a step", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* changesOf([1, 50, 51, 100, 101, 201], 10_000, 0), [1, 51, 101, 201])
    }))

  it.effect("come on a slow line ten times a second, although no step has arrived", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* changesOf([1, 2, 3, 4, 5], 10_000, 99), [1, 3, 5])
      assert.deepStrictEqual(yield* changesOf([1, 2, 3], 10_000, 100), [1, 2, 3])
    }))
})

describe("JobPoller", () => {
  const onStall = (millis: number) => `stalled after ${millis}`
  const stallAfter = Duration.minutes(10)

  it.effect("ends a job without progress, not before its time", () =>
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

  it.effect("follows a polled job, and stops polling when it has ended", () =>
    Effect.gen(function*() {
      const polls = yield* Ref.make(0)
      const status = Effect.map(Ref.updateAndGet(polls, (n) => n + 1), (n): Job.JobStatus<string, string> =>
        n < 3 ? Sent() : n < 6 ? Receiving({ bytes: n, total: 5 }) : Finished({ exit: Exit.succeed("done") }))
      const job = yield* JobPoller.follow({ id: "{1}", status }, { schedule: Schedule.spaced("1 second"), onStall })
      const fiber = yield* Effect.forkChild(Stream.runCollect(job.changes), { startImmediately: true })
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(yield* job.await, "done")
      assert.strictEqual(yield* Ref.get(polls), 6)
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

  it.effect("polls at the given times, by default less and less often", () =>
    Effect.gen(function*() {
      const pollsOf = Effect.fnUntraced(function*(schedule: Schedule.Schedule<unknown> | undefined) {
        let polls = 0
        const status = Effect.sync((): Job.JobStatus<string, string> => {
          polls += 1
          return Sent()
        })
        yield* JobPoller.follow({ id: "{1}", status }, { schedule, onStall })
        yield* TestClock.adjust("1 minute")
        return polls
      }, Effect.scoped)
      assert.strictEqual(yield* pollsOf(Schedule.spaced("20 seconds")), 4)
      // After 0, 0.1, 0.3, 0.7, 1.5, 3.1 and 6.3 seconds, and then every five.
      assert.strictEqual(yield* pollsOf(undefined), 17)
    }))

  it.effect("polls no more after the end, however close the polls are", () =>
    Effect.gen(function*() {
      let polls = 0
      const status = Effect.sync((): Job.JobStatus<string, string> => {
        polls += 1
        return polls < 3 ? Sent() : Finished({ exit: Exit.succeed("done") })
      })
      const job = yield* JobPoller.follow({ id: "{1}", status }, { schedule: Schedule.forever, onStall })
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* job.await, "done")
      assert.strictEqual(polls, 3)
    }).pipe(Effect.scoped))

  it.effect("ends a followed job that does not move", () =>
    Effect.gen(function*() {
      const status = Effect.succeed<Job.JobStatus<string, string>>(Receiving({ bytes: 1, total: 5 }))
      const job = yield* JobPoller.follow({ id: "{1}", status }, { onStall })
      yield* TestClock.adjust("2 hours")
      assert.strictEqual(yield* Effect.flip(job.await), "stalled after 3600000")
    }).pipe(Effect.scoped))

  it.effect("ends a followed job whose poll fails", () =>
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
