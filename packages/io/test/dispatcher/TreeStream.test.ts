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

/** Gives away environments in groups. */
const giveAway = (size: number, onGiven: () => void = () => {}) => (take: EnvironmentSink) =>
  Effect.forEach(
    Array.from({ length: all.length / size }, (_, group) => all.slice(size * group, size * (group + 1))),
    (group) => Effect.andThen(take(group), Effect.sync(onGiven)),
    { discard: true }
  )

describe("TreeStream", () => {
  it.effect.each([1, 20, 100])(
    "gives what is given away by %i, in order, and can be run again",
    (size) =>
      Effect.gen(function*() {
        const stream = TreeStream.make(giveAway(size))
        assert.deepStrictEqual(yield* Stream.runCollect(stream), all)
        assert.deepStrictEqual(yield* Stream.runCollect(stream), all)
      })
  )

  it.effect("keeps the giver waiting while nobody takes", () =>
    Effect.gen(function*() {
      let given = 0
      const stream = TreeStream.make(giveAway(1, () => {
        given += 1
      }))
      let givenAtFirst: number | undefined
      const lookAround = Effect.andThen(
        Effect.repeat(Effect.yieldNow, { times: 1000 }),
        Effect.sync(() => {
          givenAtFirst ??= given
        })
      )
      yield* Stream.runForEach(Stream.rechunk(stream, 1), () => givenAtFirst === undefined ? lookAround : Effect.void)
      assert.isAtMost(givenAtFirst ?? Infinity, 40)
      assert.strictEqual(given, all.length)
    }))

  it.effect("ends the giving when nobody wants more", () =>
    Effect.gen(function*() {
      let exit: Exit.Exit<void> | undefined
      const stream = TreeStream.make((take) =>
        Effect.onExit(giveAway(1)(take), (end) =>
          Effect.sync(() => {
            exit = end
          }))
      )
      assert.deepStrictEqual(yield* Stream.runCollect(Stream.take(stream, 3)), all.slice(0, 3))
      assert.isTrue(exit !== undefined && Exit.hasInterrupts(exit))
    }))

  it.effect("fails as the giving does, behind what was given before", () =>
    Effect.gen(function*() {
      const seen: Array<string> = []
      const stream = TreeStream.make((take) => Effect.andThen(giveAway(20)(take), Effect.fail("lost")))
      const error = yield* Effect.flip(
        Stream.runForEach(stream, ({ uuid }) => Effect.sync(() => seen.push(uuid)))
      )
      assert.strictEqual(error, "lost")
      assert.deepStrictEqual(seen, all.map(({ uuid }) => uuid))
    }))
})
