import type * as BackupTree from "@backup-tree/core/tree/BackupTree"
import type { EnvironmentSink } from "@backup-tree/io/dispatcher/DispatcherClient"
import * as TreeStream from "@backup-tree/io/dispatcher/TreeStream"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Stream } from "effect"

const environment = (number: number): BackupTree.VirtualEnvironment => ({
  uuid: `{${number}}`,
  name: `web-${number}`,
  vmType: 0,
  version: 5,
  chains: [],
  kept: []
})

const all = Array.from({ length: 100 }, (_, number) => environment(number))

/** Produces environments in groups. */
const produce = (size: number, onProduced: () => void = () => {}) => (sink: EnvironmentSink) =>
  Effect.forEach(
    Array.from({ length: all.length / size }, (_, group) => all.slice(size * group, size * (group + 1))),
    (group) => Effect.andThen(sink(group), Effect.sync(onProduced)),
    { discard: true }
  )

describe("TreeStream", () => {
  it.effect.each([1, 20, 100])(
    "emits what is produced by %i, in order, and can be run again",
    (size) =>
      Effect.gen(function*() {
        const stream = TreeStream.make(produce(size))
        assert.deepStrictEqual(yield* Stream.runCollect(stream), all)
        assert.deepStrictEqual(yield* Stream.runCollect(stream), all)
      })
  )

  it.effect("keeps the producer waiting while nothing is pulled", () =>
    Effect.gen(function*() {
      let produced = 0
      const stream = TreeStream.make(produce(1, () => {
        produced += 1
      }))
      let producedAtFirst: number | undefined
      const lookAround = Effect.andThen(
        Effect.repeat(Effect.yieldNow, { times: 1000 }),
        Effect.sync(() => {
          producedAtFirst ??= produced
        })
      )
      yield* Stream.runForEach(
        Stream.rechunk(stream, 1),
        () => producedAtFirst === undefined ? lookAround : Effect.void
      )
      assert.isAtMost(producedAtFirst ?? Infinity, 40)
      assert.strictEqual(produced, all.length)
    }))

  it.effect("ends the producer when nothing more is wanted", () =>
    Effect.gen(function*() {
      let exit: Exit.Exit<void> | undefined
      const stream = TreeStream.make((sink) =>
        Effect.onExit(produce(1)(sink), (end) =>
          Effect.sync(() => {
            exit = end
          }))
      )
      assert.deepStrictEqual(yield* Stream.runCollect(Stream.take(stream, 3)), all.slice(0, 3))
      assert.isTrue(exit !== undefined && Exit.hasInterrupts(exit))
    }))

  it.effect("fails like the producer, after what it produced before", () =>
    Effect.gen(function*() {
      const seen: Array<string> = []
      const stream = TreeStream.make((sink) => Effect.andThen(produce(20)(sink), Effect.fail("lost")))
      const error = yield* Effect.flip(
        Stream.runForEach(stream, ({ uuid }) => Effect.sync(() => seen.push(uuid)))
      )
      assert.strictEqual(error, "lost")
      assert.deepStrictEqual(seen, all.map(({ uuid }) => uuid))
    }))
})
