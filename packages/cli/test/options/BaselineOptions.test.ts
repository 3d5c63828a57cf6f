import * as BackupListing from "@backup-tree/core/listing/BackupListing"
import type * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Deferred, Effect, Fiber, Option, type Scope } from "effect"
import { TestClock } from "effect/testing"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { chainX, chainY, datedChain, environment, tree, web } from "../../../core/test/support/treeLiterals.ts"
import * as BaselineOptions from "../../src/options/BaselineOptions.ts"

const old = datedChain(chainX, ["2024-03-01 02:00:00"])
const newest = datedChain(chainY, ["2024-03-02 02:00:00"])

/** What a server returns that lists some chains of one machine, or no machine without any. */
const fetched = (...chains: ReadonlyArray<BackupTree.BackupChain>): BaselineOptions.Fetched => ({
  listing: BackupListing.fromDocument({
    tree: chains.length === 0 ? tree() : tree(environment(web, chains)),
    notes: [],
    source: { _tag: "Dispatcher", endpoint: "host:64000" },
    fetchedAt: DateTime.makeUnsafe(0),
    complete: true
  }),
  xml: Option.none(),
  merged: undefined,
  failures: []
})

/** Compares with a state file and saves it, as one check does. Returns how many backups are missing. */
const checked = <E>(state: string, fetch: Effect.Effect<BaselineOptions.Fetched, E>) =>
  Effect.scoped(Effect.gen(function*() {
    const options = { state: Option.some(state), forget: [], recheckAfter: Option.some("1h") }
    const { baseline, save } = yield* BaselineOptions.compare(fetch, options)
    yield* Effect.flatten(Effect.fromResult(save))
    return baseline?.missing.length
  }))

/** Runs a test with a state file that records both chains. */
const withState = (use: (state: string) => Effect.Effect<void, unknown, Scope.Scope | NodeServices.NodeServices>) =>
  Effect.gen(function*() {
    const folder = yield* Effect.acquireRelease(
      Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "backup-tree-"))),
      (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true }))
    )
    const state = path.join(folder, "state")
    assert.strictEqual(yield* checked(state, Effect.succeed(fetched(old, newest))), 0)
    yield* use(state)
    assert.deepStrictEqual(fs.readdirSync(folder), ["state"])
  }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))

describe("a check that queries the server again", () => {
  /** Starts a check whose queries return one listing (default: without the newest chain), and then another one. */
  const started = Effect.fnUntraced(function*<E>(
    state: string,
    second: Effect.Effect<BaselineOptions.Fetched, E>,
    first = fetched(old)
  ) {
    const isQueried = yield* Deferred.make<void>()
    let queries = 0
    const fetch = Effect.suspend(() => {
      queries += 1
      return queries === 1
        ? Effect.as(Deferred.succeed(isQueried, undefined), first)
        : second
    })
    const fiber = yield* Effect.forkChild(checked(state, fetch))
    yield* Deferred.await(isQueried)
    return { fiber, queries: () => queries }
  })

  // The files are real, so it is not known when the check begins to wait.
  const passing = (duration: "1 minute" | "1 hour") =>
    Effect.forever(
      Effect.andThen(
        TestClock.adjust(duration),
        Effect.callback<void>((resume) => void setImmediate(() => resume(Effect.void)))
      )
    )

  it.effect.each<readonly [string, BaselineOptions.Fetched]>([
    ["the newest chain", fetched(old)],
    ["a machine", fetched()]
  ])(
    "waits before the second query, which counts, if the first one lacks %s",
    ([, first]) =>
      withState(Effect.fnUntraced(function*(state) {
        let at = 0
        const begun = yield* DateTime.now
        const second = Effect.map(DateTime.now, (now) => {
          at = now.epochMilliseconds - begun.epochMilliseconds
          return fetched(old, newest)
        })
        const { fiber, queries } = yield* started(state, second, first)
        assert.strictEqual(yield* Effect.raceFirst(Fiber.join(fiber), passing("1 minute")), 0)
        assert.isAtLeast(at, 3_600_000)
        assert.strictEqual(queries(), 2)
      }))
  )

  it.effect("leaves the state file to other checks meanwhile, and compares with what they saved", () =>
    withState(Effect.fnUntraced(function*(state) {
      const other = path.join(path.dirname(state), "state.lock")
      const second = Effect.gen(function*() {
        assert.isFalse(fs.existsSync(other))
        // Another check finds all backups, and a newer one that this check has never seen.
        const newer = datedChain(chainY, ["2024-03-02 02:00:00", "2024-03-03 02:00:00"])
        assert.strictEqual(yield* checked(state, Effect.succeed(fetched(old, newer))), 0)
        return fetched(old)
      }).pipe(Effect.provide(NodeServices.layer))
      const { fiber } = yield* started(state, second)
      yield* Effect.raceFirst(Fiber.join(fiber), passing("1 hour"))
      const { missing } = JSON.parse(fs.readFileSync(state, "utf8")) as {
        readonly missing: ReadonlyArray<{ readonly backup: string }>
      }
      assert.deepStrictEqual(missing.map(({ backup }) => backup), [`${chainY}.2`])
    })))

  it.effect("takes the first listing if the second query fails", () =>
    withState(Effect.fnUntraced(function*(state) {
      const { fiber } = yield* started(state, Effect.fail("gone"))
      assert.strictEqual(yield* Effect.raceFirst(Fiber.join(fiber), passing("1 hour")), 1)
    })))
})
