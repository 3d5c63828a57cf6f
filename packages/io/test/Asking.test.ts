import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as BackupSource from "@backup-tree/io/BackupSource"
import {
  CommandFailed,
  ConnectFailed,
  ConnectionLost,
  DispatcherError,
  HandshakeClosed,
  SessionMissing
} from "@backup-tree/io/dispatcher/DispatcherError"
import * as DispatcherTransport from "@backup-tree/io/dispatcher/DispatcherTransport"
import * as BackupSourceMetrics from "@backup-tree/io/source/BackupSourceMetrics"
import { assert, describe, it } from "@effect/vitest"
import {
  Config,
  ConfigProvider,
  Deferred,
  Effect,
  Exit,
  Fiber,
  Layer,
  LayerMap,
  Metric,
  Option,
  Redacted,
  Schedule
} from "effect"
import { TestClock } from "effect/testing"
import { chain, chainX, chainY, environment, tree, web } from "../../core/test/support/treeLiterals.ts"
import { turn } from "./support/leaks.ts"

const { everything } = BackupTreeRequest

const lost = new DispatcherError({
  endpoint: "node7:64000",
  reason: new ConnectionLost({ stage: "reply", detail: "reset" })
})
const refused = new DispatcherError({
  endpoint: "node7:64000",
  reason: new CommandFailed({ command: "GetBackupTree", code: -2147483643, details: [] })
})

const idsOf = (listed: BackupTree.BackupTree) =>
  listed.environments.flatMap(({ chains }) => chains.flatMap((chain) => BackupTree.backups(chain).map(({ id }) => id)))

describe("a scripted source", () => {
  const one = tree(environment(web, [chain(chainX, [1])]))
  const two = tree(environment(web, [chain(chainX, [1, 2])]))

  it.effect("gives one answer for each question, the last for all further ones", () =>
    Effect.gen(function*() {
      const sizes = []
      for (let question = 0; question < 3; question++) {
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

describe("a scripted source with directories", () => {
  const there = tree(environment(web, [chain(chainX, [1])]))
  const asked = (directory: string) => ({ ...everything, directory: Option.some(directory) })

  it.effect("answers by the question, and a directory that it says nothing about is empty", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual((yield* BackupSource.getBackupTree(asked("/mnt/old"))).tree.environments, [])
      const old = yield* BackupSource.getBackupTree(asked("/mnt/old"))
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

describe("a whole chain", () => {
  const promoted = chain(chainY, [3, 4, 6])
  const store = tree(environment(web, [chain(chainX, [1, 2, 3]), promoted]))
  const asked = (id: string) =>
    Effect.map(BackupSource.getChain(id), (listing) => idsOf(listing.tree)).pipe(
      Effect.provide(BackupSource.layerTest(store))
    )

  it.effect.each([chainX, `${chainX}.3`, `${chainX.slice(1, -1).toUpperCase()}.2`, chainX.slice(1, -1)])(
    "comes by any of its ids, however it is spelled: %s",
    (id) => Effect.map(asked(id), (ids) => assert.deepStrictEqual(ids, [chainX, `${chainX}.2`, `${chainX}.3`]))
  )

  it.effect.each([`${chainY}.3`, `${chainY}.4`, `${chainY}.6`, chainY])(
    "comes whole where its head was promoted: %s",
    (id) => Effect.map(asked(id), (ids) => assert.deepStrictEqual(ids, [`${chainY}.3`, `${chainY}.4`, `${chainY}.6`]))
  )

  it.effect.each([`${chainY}.1`, `${chainY}.5`, "{deadbeef-0000-4000-8000-000000000000}", "nonsense"])(
    "is not there by the id %s",
    (id) =>
      Effect.map(Effect.flip(asked(id)), (error) => assert.strictEqual(error.reason._tag, "RequestedBackupMissing"))
  )
})

describe("asking again", () => {
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

  it.effect("is not done unless told", () =>
    Effect.map(unreachable("ECONNREFUSED", undefined), ({ attempts }) => assert.strictEqual(attempts, 1)))

  it.effect.each([["once", 2], ["permanent", 1]] as const)(
    "is worth it by the class of the failure: %s",
    ([kind, attempts]) =>
      Effect.gen(function*() {
        const reason = kind === "once"
          ? new HandshakeClosed({ level: "high", detail: "the peer closed it" })
          : new SessionMissing({})
        let asked = 0
        const dial: typeof DispatcherTransport.Dial.Service = () =>
          Effect.suspend(() => {
            asked += 1
            return Effect.fail(new DispatcherError({ endpoint: "virtual:1", reason }))
          })
        const layer = BackupSource.layerDispatcher({
          host: "virtual",
          userName: "root",
          password: Redacted.make("secret"),
          retry: Schedule.recurs(5)
        })
        for (let question = 1; question <= 2; question++) {
          yield* Effect.flip(BackupSource.getBackupTree(everything)).pipe(
            Effect.provide(layer),
            Effect.provideService(DispatcherTransport.Dial, dial)
          )
          // Each question has its own.
          assert.strictEqual(asked, attempts * question)
        }
      })
  )

  it.effect("is done as the schedule says", () =>
    Effect.gen(function*() {
      const asking = yield* Effect.forkChild(
        unreachable("ECONNREFUSED", Schedule.max([Schedule.spaced("1 second"), Schedule.recurs(3)])),
        {
          startImmediately: true
        }
      )
      yield* TestClock.adjust("10 seconds")
      const { attempts, error } = yield* Fiber.join(asking)
      assert.strictEqual(attempts, 4)
      assert.match(error.message, /nothing listens there/)
    }))
})

describe("a source of configuration", () => {
  const layer = BackupSource.layerConfig({
    host: Config.String("BACKUP_HOST"),
    port: Config.Int("BACKUP_PORT"),
    userName: Config.String("BACKUP_USER"),
    password: Config.Redacted("BACKUP_PASSWORD")
  })
  const configured = (env: Record<string, string>) =>
    Effect.flip(BackupSource.getBackupTree(everything)).pipe(
      Effect.provide(layer),
      Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env }))
    )

  it.live("asks whom the configuration names", () =>
    Effect.gen(function*() {
      const env = { BACKUP_HOST: "127.0.0.1", BACKUP_PORT: "1", BACKUP_USER: "root", BACKUP_PASSWORD: "canary-secret" }
      const error = yield* configured(env)
      assert.match(error.message, /^127\.0\.0\.1:1: cannot connect/)
      assert.notInclude(error.message, "canary-secret")
    }))

  it.live("says what is not configured", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(configured({ BACKUP_HOST: "127.0.0.1" }))
      assert.match("message" in error ? error.message : "", /BACKUP_PORT/)
    }))
})

describe("many servers", () => {
  it.effect("are sources in a map, each made once", () =>
    Effect.gen(function*() {
      let made = 0
      const servers = yield* LayerMap.make((name: string) =>
        Layer.unwrap(Effect.sync(() => {
          made += 1
          return BackupSource.layerTest(tree(environment(web, [chain(chainX, [1])], { name })))
        })), { idleTimeToLive: "1 minute" })
      const names = yield* Effect.forEach(["node1", "node2", "node1"], (name) =>
        Effect.map(BackupSource.getBackupTree(everything), ({ tree }) =>
          tree.environments[0]?.name).pipe(
            Effect.provide(servers.get(name))
          ))
      assert.deepStrictEqual(names, ["node1", "node2", "node1"])
      assert.strictEqual(made, 2)
    }).pipe(Effect.scoped))
})

describe("questions", () => {
  it.effect("wait where too many are asked at once, and are counted by their outcome", () =>
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
      const asking = yield* Effect.forkChild(
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
      yield* Fiber.join(asking)
      assert.strictEqual(most, 2)
      const source = "virtual:64000"
      const counted = yield* Metric.value(
        Metric.withAttributes(BackupSourceMetrics.questions, { source, outcome: "CommandFailed" })
      )
      assert.strictEqual(counted.count, 5)
      assert.strictEqual(
        (yield* Metric.value(Metric.withAttributes(BackupSourceMetrics.inFlight, { source }))).value,
        0
      )
      assert.strictEqual(
        (yield* Metric.value(Metric.withAttributes(BackupSourceMetrics.duration, { source }))).count,
        5
      )
    }).pipe(Effect.provideService(Metric.MetricRegistry, new Map())))

  it.effect.each<readonly [outcome: string, dial: Effect.Effect<never>]>([
    ["interrupted", Effect.interrupt],
    ["died", Effect.die("a defect")]
  ])("are counted as %s where they do not fail", ([outcome, dial]) =>
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
        Metric.withAttributes(BackupSourceMetrics.questions, { source: "virtual:64000", outcome })
      )
      assert.strictEqual(counted.count, 1)
    }).pipe(Effect.provideService(Metric.MetricRegistry, new Map())))
})
