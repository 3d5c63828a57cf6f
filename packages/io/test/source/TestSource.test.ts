import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as BackupTreeXml from "@backup-tree/core/tree/BackupTreeXml"
import * as BackupSource from "@backup-tree/io/BackupSource"
import { ConnectionLost } from "@backup-tree/io/BackupSourceError"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Option, Result, Schedule } from "effect"
import { TestClock } from "effect/testing"
import * as fs from "node:fs"
import { chain, chainX, environment, tree, web } from "../../../core/test/support/treeLiterals.ts"

const { everything } = BackupTreeRequest

const lost = new ConnectionLost({ stage: "reply", detail: "reset" })

const idsOf = (listed: BackupTree.BackupTree) =>
  listed.environments.flatMap(({ chains }) => chains.flatMap((chain) => BackupTree.backups(chain).map(({ id }) => id)))

describe("a source for tests", () => {
  const one = tree(environment(web, [chain(chainX, [1])]))
  const two = tree(environment(web, [chain(chainX, [1, 2])]))

  it.effect("returns one reply for each request, and the last one for all further requests", () =>
    Effect.gen(function*() {
      const sizes = []
      for (let request = 0; request < 3; request++) {
        sizes.push(idsOf((yield* BackupSource.getBackupTree(everything)).tree).length)
      }
      assert.deepStrictEqual(sizes, [1, 2, 2])
    }).pipe(Effect.provide(BackupSource.layerTest(one, two))))

  it.effect("can fail, be late, and hang", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(BackupSource.getBackupTree(everything))
      assert.strictEqual(error.reason, lost)
      const late = yield* Effect.forkChild(BackupSource.getBackupTree(everything), { startImmediately: true })
      yield* TestClock.adjust("4 seconds")
      assert.isUndefined(late.pollUnsafe())
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual((yield* Fiber.join(late)).tree, one)
      const job = yield* BackupSource.submit(everything)
      assert.strictEqual((yield* job.status)._tag, "Sent")
    }).pipe(
      Effect.scoped,
      Effect.provide(
        BackupSource.layerTest(Effect.fail(lost), Effect.delay(Effect.succeed(one), "5 seconds"), Effect.never)
      )
    ))
})

describe("a source for tests with options", () => {
  const there = tree(environment(web, [chain(chainX, [1])]))

  it.effect("retries as every source does", () =>
    Effect.gen(function*() {
      const first = yield* Effect.forkChild(BackupSource.getBackupTree(everything), { startImmediately: true })
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual((yield* Fiber.join(first)).tree, there)
      // The reply after the last one is the last one.
      assert.deepStrictEqual((yield* BackupSource.getBackupTree(everything)).tree, there)
    }).pipe(Effect.provide(BackupSource.layerTest({
      replies: [Effect.fail(lost), Effect.fail(lost), there],
      retry: Schedule.max([Schedule.spaced("1 second"), Schedule.recurs(2)])
    }))))

  it.effect("does not retry by default", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* Effect.flip(BackupSource.getBackupTree(everything))).reason, lost)
    }).pipe(Effect.provide(BackupSource.layerTest({ replies: [Effect.fail(lost), there] }))))
})

describe("a source for tests with directories", () => {
  const there = tree(environment(web, [chain(chainX, [1])]))
  const requestOf = (directory: string) => ({ ...everything, directory: Option.some(directory) })

  it.effect("replies by the request, and a directory without a reply is empty", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual((yield* BackupSource.getBackupTree(requestOf("/mnt/old"))).tree.environments, [])
      const old = yield* BackupSource.getBackupTree(requestOf("/mnt/old"))
      assert.deepStrictEqual(old.tree, there)
    }).pipe(
      Effect.provide(
        BackupSource.layerTest(
          there,
          ({ directory }) => Option.contains(directory, "/mnt/old") ? there : BackupTree.empty
        )
      )
    ))

  it.effect("stops working on a job that is cancelled", () =>
    Effect.gen(function*() {
      const job = yield* BackupSource.submit(everything)
      assert.strictEqual(yield* job.cancel, "accepted")
      assert.isTrue(Exit.hasInterrupts(yield* Effect.exit(job.await)))
      assert.strictEqual(yield* job.cancel, "not-running")
    }).pipe(Effect.scoped, Effect.provide(BackupSource.layerTest(Effect.never))))
})

describe("a source for tests of a tree", () => {
  const text = fs.readFileSync(new URL("../../../core/test/fixtures/05-two-chains.xml", import.meta.url), "utf8")
  const { tree } = Result.getOrThrow(BackupTreeXml.decode(text, { mode: "tolerant" }))
  const chainUuid = "{0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}"

  it.effect("replies from a tree, filtered by what the request meant", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual((yield* BackupSource.getBackupTree(everything)).tree, tree)
      const chain = yield* BackupSource.getBackupTree({
        ...everything,
        subject: { _tag: "Chain", id: chainUuid }
      })
      assert.deepStrictEqual(chain.tree.environments[0]?.chains.map(({ uuid }) => uuid), [chainUuid])
    }).pipe(Effect.provide(BackupSource.layerTest(tree))))

  it.effect("has the defects of a server in its text", () =>
    Effect.gen(function*() {
      const text = yield* BackupSource.getBackupTreeXml({ ...everything, subject: { _tag: "Chain", id: chainUuid } })
      assert.strictEqual(
        Result.getOrThrow(BackupTreeXml.decode(text, { mode: "strict" })).tree.environments[0]?.chains.length,
        2
      )
    }).pipe(Effect.provide(BackupSource.layerTest(tree))))

  it.effect("fails on an id that is no id", () =>
    Effect.gen(function*() {
      for (const id of ["", "junk"]) {
        const error = yield* Effect.flip(
          BackupSource.getBackupTree({ ...everything, subject: { _tag: "Backup", id } })
        )
        assert.strictEqual(error.reason._tag, "RequestedBackupMissing")
      }
    }).pipe(Effect.provide(BackupSource.layerTest(tree))))

  it.effect("fails if the requested backup is missing", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(
        BackupSource.getBackupTree({ ...everything, subject: { _tag: "Backup", id: chainUuid } })
      )
      assert.strictEqual(error.reason._tag, "RequestedBackupMissing")
    }).pipe(Effect.provide(BackupSource.layerTest(BackupTree.empty))))
})
