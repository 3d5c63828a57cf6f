import * as BackupListing from "@backup-tree/core/listing/BackupListing"
import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as BackupStore from "@backup-tree/core/server/BackupStore"
import * as BackupTreeXml from "@backup-tree/core/tree/BackupTreeXml"
import * as DispatcherEmulator from "@backup-tree/emulator/DispatcherEmulator"
import * as BackupSource from "@backup-tree/io/BackupSource"
import * as DispatcherClient from "@backup-tree/io/dispatcher/DispatcherClient"
import type { DispatcherError } from "@backup-tree/io/dispatcher/DispatcherError"
import * as Endpoint from "@backup-tree/io/dispatcher/Endpoint"
import type * as Job from "@backup-tree/io/dispatcher/Job"
import * as PackageType from "@backup-tree/io/protocol/PackageType"
import * as StoreGenerator from "@backup-tree/testing/StoreGenerator"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Duration, Effect, Exit, Fiber, Option, Redacted, Result, Scope, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as fs from "node:fs"
import { leavesNothing, turn } from "../../io/test/support/leaks.ts"
import { socketPath } from "./support/socketPath.ts"
import { onTestClock } from "./support/virtualTime.ts"

const example = (name: string): string =>
  fs.readFileSync(new URL(`../../core/test/fixtures/${name}`, import.meta.url), "utf8")

const tree = Result.getOrThrow(BackupTreeXml.decode(example("05-two-chains.xml"), { mode: "strict" })).tree
const store = BackupStore.fromTree(tree)
const accounts = [{ userName: "root", password: Redacted.make("secret") }]
const credentials = DispatcherClient.password("root", Redacted.make("secret"))
const { everything } = BackupTreeRequest

/** Every road on which a dispatcher is reached. */
const roads = [
  ["TCP on loopback", Effect.succeed(Endpoint.tcp("127.0.0.1", 0)), credentials],
  ["a unix socket, by name and password", socketPath, credentials],
  ["a unix socket, by its own credentials", socketPath, DispatcherClient.local]
] as const

describe("client and emulator", () => {
  describe.each(roads)("over %s", (_name, wanted, login) => {
    const serving = <A, E, R>(
      use: (emulator: DispatcherEmulator.DispatcherEmulator) => Effect.Effect<A, E, R>,
      options: Partial<DispatcherEmulator.Options> = {}
    ) =>
      Effect.gen(function*() {
        const endpoint = yield* wanted
        const emulator = yield* DispatcherEmulator.make({ store, accounts, endpoint, ...options })
        return yield* use(emulator)
      }).pipe(Effect.scoped, leavesNothing)

    const source = (emulator: DispatcherEmulator.DispatcherEmulator, limits: DispatcherClient.Options["limits"] = {}) =>
      BackupSource.layerClient({ endpoint: emulator.endpoint, credentials: login, limits })

    it.live("the tree comes as it is in the store", () =>
      serving((emulator) =>
        Effect.gen(function*() {
          const listing = yield* BackupSource.getBackupTree(everything)
          assert.deepStrictEqual(listing.tree, tree)
          assert.deepStrictEqual(listing.request, Option.some(everything))
          assert.strictEqual(listing.completeness, "complete")
          assert.strictEqual(BackupListing.printSource(listing.source), Endpoint.print(emulator.endpoint))
          assert.strictEqual(yield* emulator.connections, 0)
        }).pipe(Effect.provide(source(emulator)))
      ))

    it.live("the text comes as it was sent", () =>
      serving((emulator) =>
        Effect.gen(function*() {
          const text = yield* BackupSource.getBackupTreeXml(everything)
          assert.strictEqual(text, BackupTreeXml.encode(tree))
        }).pipe(Effect.provide(source(emulator)))
      ))

    it.live("a job reports its changes", () =>
      serving((emulator) =>
        Effect.gen(function*() {
          const job = yield* BackupSource.submit(everything)
          const changes = yield* Stream.runCollect(job.changes)
          assert.deepStrictEqual(changes[0]?._tag, "Sent")
          assert.deepStrictEqual(changes.at(-1)?._tag, "Finished")
          assert.strictEqual((yield* job.status)._tag, "Finished")
          assert.deepStrictEqual((yield* job.await).tree, tree)
        }).pipe(Effect.scoped, Effect.provide(source(emulator)))
      ))

    it.live("an interrupted request is cancelled on the server, and leaves no socket", () =>
      Effect.gen(function*() {
        const requested = yield* Deferred.make<void>()
        yield* serving(
          (emulator) =>
            Effect.gen(function*() {
              const fiber = yield* Effect.forkChild(
                Effect.provide(BackupSource.getBackupTree(everything), source(emulator))
              )
              yield* Deferred.await(requested)
              assert.strictEqual(yield* emulator.connections, 1)
              yield* Fiber.interrupt(fiber)
              yield* untilClosed(emulator)
              // The scope that closes is that of the connection too, and still the server is told.
              assert.strictEqual((yield* emulator.commands).get(PackageType.DspCmdUserCancelOperation), 1)
            }),
          { beforeTree: Effect.andThen(Deferred.succeed(requested, undefined), Effect.never) }
        )
      }))

    it.effect("a stalled server is ended by the watchdog", () =>
      serving(
        (emulator) =>
          Effect.gen(function*() {
            const error = yield* onTestClock(Effect.flip(BackupSource.getBackupTree(everything)))
            assert.strictEqual(error.reason._tag, "Stalled")
            assert.isTrue(error.isRetryable)
            yield* untilClosed(emulator)
          }).pipe(Effect.provide(source(emulator, { stallAfter: Duration.seconds(40) }))),
        { beforeTree: Effect.never }
      ))

    it.live("loss of the connection ends every job", () =>
      Effect.gen(function*() {
        const clientScope = yield* Scope.make()
        const jobs: Array<Job.Job<string, DispatcherError>> = []
        yield* Effect.scoped(Effect.gen(function*() {
          const endpoint = yield* wanted
          const emulator = yield* DispatcherEmulator.make({ store, accounts, endpoint, beforeTree: Effect.never })
          const client = yield* Scope.provide(
            DispatcherClient.connect({ endpoint: emulator.endpoint, credentials: login }),
            clientScope
          )
          for (let index = 0; index < 3; index++) {
            jobs.push(
              yield* Scope.provide(client.getBackupTree(BackupTreeRequest.toParameters(everything)), clientScope)
            )
          }
        }))
        for (const job of jobs) {
          const error = yield* Effect.flip(job.await)
          assert.strictEqual(error.reason._tag, "ConnectionLost")
          assert.strictEqual((yield* job.status)._tag, "Finished")
        }
        yield* Scope.close(clientScope, Exit.void)
      }))
  })

  it.live("requests one environment, one backup, and what follows one", () =>
    Effect.gen(function*() {
      const emulator = yield* DispatcherEmulator.make({ store, accounts })
      const query = (subject: BackupTreeRequest.Subject) =>
        BackupSource.getBackupTree({ ...everything, subject }).pipe(
          Effect.provide(BackupSource.layerClient({ endpoint: emulator.endpoint, credentials }))
        )
      const chain = tree.environments[0]!.chains[1]!
      const one = yield* query({ _tag: "Backup", id: `${chain.uuid}.2` })
      assert.deepStrictEqual(one.tree.environments.map(({ chains }) => chains), [[chain]])
      const following = yield* query({ _tag: "Chain", id: chain.uuid })
      assert.deepStrictEqual(following.tree.environments.map(({ chains }) => chains), [[chain]])
      assert.strictEqual(following.completeness, "partial")
      const environment = yield* query({ _tag: "Environment", uuid: tree.environments[0]!.uuid })
      assert.deepStrictEqual(environment.tree, tree)
      const error = yield* Effect.flip(query({ _tag: "Backup", id: `${chain.uuid}.9` }))
      assert.strictEqual(error.reason._tag, "RequestedBackupMissing")
      assert.include(error.message, `${chain.uuid}.9`)
    }))

  it.live("filters a reply into which the server leaks other chains", () =>
    Effect.gen(function*() {
      const emulator = yield* DispatcherEmulator.make({ store, accounts })
      // The second chain sorts first by its name, so the other one leaks into the server's answer.
      const chain = tree.environments[0]!.chains[1]!
      const request = { ...everything, subject: { _tag: "Chain", id: chain.uuid } } as const
      yield* Effect.gen(function*() {
        const text = yield* BackupSource.getBackupTreeXml(request)
        assert.include(text, tree.environments[0]!.chains[0]!.uuid)
        const listing = yield* BackupSource.getBackupTree(request)
        assert.deepStrictEqual(listing.tree.environments.map(({ chains }) => chains), [[chain]])
      }).pipe(Effect.provide(BackupSource.layerClient({ endpoint: emulator.endpoint, credentials })))
    }))

  it.live("refuses a wrong password, an unknown user, and a local login by TCP", () =>
    leavesNothing(Effect.scoped(Effect.gen(function*() {
      const emulator = yield* DispatcherEmulator.make({ store, accounts })
      const login = (credentials: DispatcherClient.Credentials) =>
        Effect.flip(Effect.scoped(DispatcherClient.connect({ endpoint: emulator.endpoint, credentials })))
      const wrong = yield* login(DispatcherClient.password("root", Redacted.make("wrong")))
      assert.strictEqual(wrong.reason._tag, "LoginRefused")
      assert.include(wrong.message, "PRL_ERR_AUTHENTICATION_FAILED (0x80000330)")
      const unknown = yield* login(DispatcherClient.password("nobody", Redacted.make("secret")))
      assert.strictEqual(unknown.returnCode, wrong.returnCode)
      const local = yield* login(DispatcherClient.local)
      assert.include(local.message, "PRL_ERR_LOCAL_AUTHENTICATION_FAILED (0x80000331)")
    }))))

  it.effect("keeps an idle session alive by heartbeats, for longer than silence is borne", () =>
    Effect.gen(function*() {
      const emulator = yield* DispatcherEmulator.make({ store, accounts })
      const client = yield* DispatcherClient.connect({ endpoint: emulator.endpoint, credentials })
      for (let beats = 0; beats < 12; beats++) {
        yield* TestClock.adjust("10 seconds")
        for (let turns = 0; turns < 20; turns++) yield* turn
      }
      const job = yield* client.getBackupTree(BackupTreeRequest.toParameters(everything))
      assert.strictEqual(yield* job.await, BackupTreeXml.encode(tree))
    }).pipe(Effect.scoped))

  it.live.each([1, 2, 3, 4])(
    "reads what arrives as it reads the text as a whole: store %i",
    (seed) =>
      Effect.gen(function*() {
        const emulator = yield* DispatcherEmulator.make({ store: StoreGenerator.generate({ seed }), accounts })
        yield* Effect.gen(function*() {
          const source = yield* BackupSource.BackupSource
          const arrived = yield* source.getBackupTree(everything)
          const whole = yield* source.decode(yield* source.getBackupTreeXml(everything), everything)
          assert.deepStrictEqual({ ...arrived, fetchedAt: whole.fetchedAt }, whole)
          assert.deepStrictEqual(
            yield* Stream.runCollect(source.streamEnvironments(everything)),
            whole.tree.environments
          )
        }).pipe(Effect.provide(BackupSource.layerClient({ endpoint: emulator.endpoint, credentials })))
      }).pipe(Effect.scoped, leavesNothing)
  )

  it.live("serves many clients at once", () =>
    Effect.gen(function*() {
      const emulator = yield* DispatcherEmulator.make({ store, accounts })
      const listings = yield* Effect.forEach(
        Array.from({ length: 20 }),
        () => BackupSource.getBackupTree(everything),
        { concurrency: "unbounded" }
      ).pipe(Effect.provide(BackupSource.layerClient({ endpoint: emulator.endpoint, credentials })))
      for (const listing of listings) assert.deepStrictEqual(listing.tree, tree)
      assert.strictEqual(yield* emulator.connections, 0)
    }))

  it.live("keeps raw control characters of names and descriptions", () =>
    Effect.gen(function*() {
      const odd = Result.getOrThrow(DispatcherEmulator.storeFromXml(
        example("02-vm-full.xml").replace("first full", "pasted \u0001 and \u001b[31m").replace("web01", "w\tb\u0007")
      ))
      const emulator = yield* DispatcherEmulator.make({ store: odd, accounts })
      const listing = yield* BackupSource.getBackupTree(everything).pipe(
        Effect.provide(BackupSource.layerClient({ endpoint: emulator.endpoint, credentials }))
      )
      assert.strictEqual(listing.tree.environments[0]?.name, "w\tb\u0007")
      assert.strictEqual(listing.tree.environments[0]?.chains[0]?.head.description, "pasted \u0001 and \u001b[31m")
      assert.deepStrictEqual(listing.notes.map(({ rule }) => rule), ["forbidden-character", "forbidden-character"])
    }))
})

/** Waits until the server has noticed that its clients are gone; each turn lets sockets make progress. */
const untilClosed = (emulator: DispatcherEmulator.DispatcherEmulator): Effect.Effect<void> =>
  Effect.flatMap(
    emulator.connections,
    (count) => count === 0 ? Effect.void : Effect.andThen(turn, Effect.suspend(() => untilClosed(emulator)))
  )
