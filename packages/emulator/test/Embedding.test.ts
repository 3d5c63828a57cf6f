import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as ServerModel from "@backup-tree/core/server/ServerModel"
import * as BackupSource from "@backup-tree/io/BackupSource"
import { CommandFailed, ConnectFailed, LoginRefused } from "@backup-tree/io/BackupSourceError"
import * as DispatcherClient from "@backup-tree/io/dispatcher/DispatcherClient"
import { DispatcherError } from "@backup-tree/io/dispatcher/DispatcherError"
import * as DispatcherTransport from "@backup-tree/io/dispatcher/DispatcherTransport"
import * as PackageParser from "@backup-tree/io/protocol/PackageParser"
import * as PackageType from "@backup-tree/io/protocol/PackageType"
import * as StoreGenerator from "@backup-tree/testing/StoreGenerator"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Context, Deferred, Effect, Exit, Fiber, Layer, Option, Redacted, Result, Scope } from "effect"
import { TestClock } from "effect/testing"
import { leavesNothing, turn } from "../../io/test/support/leaks.ts"
import * as Embedding from "./examples/Embedding.ts"
import { listing } from "./examples/Listing.ts"
import { Backups, names as namesOf } from "./examples/Promises.ts"
import * as TestingSources from "./examples/TestingSources.ts"
import { assertShows } from "./support/documents.ts"
import { type Dial, names, secret, serve, tree } from "./support/serving.ts"

const password = Redacted.make(secret)
const configured = (settings: Record<string, string>) =>
  ConfigProvider.layer(ConfigProvider.fromEnvRecord({ BACKUP_PASSWORD: secret, ...settings }))
const newest = "{0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}"

describe("the document about embedding", () => {
  it("shows what is compiled and run here", () => {
    assertShows("docs/embedding.md", ["Embedding.ts", "Promises.ts", "TestingSources.ts"])
  })

  it.live("makes a source of the configuration", () =>
    Effect.gen(function*() {
      const node7 = yield* serve()
      const listing = yield* BackupSource.getBackupTree(BackupTreeRequest.everything).pipe(
        Effect.provide(Embedding.fromConfiguration.pipe(Layer.provide(configured({ BACKUP_HOST: "node7" })))),
        Effect.provideService(DispatcherTransport.Dial, yield* names({ node7 }))
      )
      assert.deepStrictEqual(listing.tree, tree)
    }).pipe(Effect.scoped, leavesNothing))

  it.effect("puts a service on top of a source", () =>
    Effect.gen(function*() {
      const store = StoreGenerator.generate({ seed: 1, wrongId: true })
      const tree = ServerModel.select(store, BackupTreeRequest.everything)
      const broken = yield* Effect.provide(
        Embedding.Trust.use(({ broken }) => broken),
        Embedding.Trust.layer.pipe(Layer.provide(BackupSource.layerTest(tree)))
      )
      assert.strictEqual(broken.length, 1)
    }))

  it.effect("adds up while environments come", () =>
    Effect.gen(function*() {
      const sizes = yield* Effect.provide(Embedding.sizes, BackupSource.layerTest(tree))
      assert.deepStrictEqual(sizes.map(({ name }) => name), tree.environments.map(({ name }) => name))
      assert.isAbove(Number(sizes[0]!.bytes), 0)
    }))

  it.live("follows a job", () =>
    Effect.gen(function*() {
      const lines: Array<string> = []
      const listing = yield* Embedding.followed((line) => Effect.sync(() => void lines.push(line)))
      assert.isNotEmpty(listing.tree.environments)
      assert.strictEqual(lines.at(-1), "Finished")
    }).pipe(Effect.provide(TestingSources.emulated), leavesNothing))

  it.effect("gives up a request, which cancels it on the server", () =>
    Effect.gen(function*() {
      const started = yield* Deferred.make<void>()
      const stopped = yield* Deferred.make<void>()
      const emulator = yield* serve({
        beforeTree: Effect.onInterrupt(
          Effect.andThen(Deferred.succeed(started, undefined), Effect.never),
          () => Deferred.succeed(stopped, undefined)
        )
      })
      const sent: Array<number> = []
      const dial: Dial = yield* Effect.service(DispatcherTransport.Dial)
      const running = yield* Embedding.within("5 seconds").pipe(
        Effect.provide(
          BackupSource.layerClient({
            endpoint: emulator.endpoint,
            credentials: DispatcherClient.password("root", password)
          })
        ),
        Effect.provideService(DispatcherTransport.Dial, (endpoint) => Effect.map(dial(endpoint), recording(sent))),
        Effect.forkChild
      )
      yield* Deferred.await(started)
      const passing = Effect.forever(Effect.andThen(TestClock.adjust("1 second"), turn))
      assert.deepStrictEqual(yield* Effect.raceFirst(Fiber.join(running), passing), Option.none())
      yield* Deferred.await(stopped)
      assert.deepStrictEqual(sent.slice(0, 3), [
        PackageType.DspCmdUserLogin,
        PackageType.DspCmdGetBackupTree,
        PackageType.DspCmdUserCancelOperation
      ])
    }).pipe(Effect.scoped, leavesNothing))

  it.effect("retries after an accident", () =>
    Effect.gen(function*() {
      const node7 = yield* serve()
      const dial = yield* names({ node7 })
      let attempts = 0
      const unlucky: Dial = (endpoint) =>
        Effect.suspend(() => {
          attempts += 1
          return attempts < 3
            ? Effect.fail(
              new DispatcherError({ endpoint: "node7", reason: new ConnectFailed({ code: "EHOSTUNREACH" }) })
            )
            : dial(endpoint)
        })
      const running = yield* BackupSource.getBackupTree(BackupTreeRequest.everything).pipe(
        Effect.provide(Embedding.patient("node7", password)),
        Effect.provideService(DispatcherTransport.Dial, unlucky),
        Effect.forkChild
      )
      yield* TestClock.adjust("3 seconds")
      assert.deepStrictEqual((yield* Fiber.join(running)).tree, tree)
      assert.strictEqual(attempts, 3)
    }).pipe(Effect.scoped, leavesNothing))

  it.live("queries several hosts", () =>
    Effect.gen(function*() {
      const node7 = yield* serve()
      const node8 = yield* serve({ accounts: [] })
      const results = yield* Embedding.fromAll(["node7", "node8"]).pipe(
        Effect.provide(Layer.provideMerge(Embedding.Hosts.layer, configured({}))),
        Effect.provideService(DispatcherTransport.Dial, yield* names({ node7, node8 }))
      )
      assert.deepStrictEqual(
        results.map(({ host, result }) => [host, Result.isSuccess(result)]),
        [["node7", true], ["node8", false]]
      )
    }).pipe(Effect.scoped, leavesNothing))

  it.effect("surveys a server, and takes a chain by any of its ids", () =>
    Effect.gen(function*() {
      const { completeness, findings, missing, names } = yield* Embedding.survey([
        "{deadbeef-0000-4000-8000-000000000000}"
      ])
      assert.deepStrictEqual({ completeness, findings, missing, names }, {
        completeness: "complete",
        findings: [],
        missing: [],
        names: ["web01"]
      })
      assert.deepStrictEqual(yield* Embedding.chainOf(`${newest}.2`), [newest, `${newest}.2`])
    }).pipe(Effect.provide(BackupSource.layerTest(tree))))

  const refused = (reason: CommandFailed | ConnectFailed | LoginRefused) => BackupSource.layerTest(Effect.fail(reason))

  it.effect.each<readonly [source: Layer.Layer<BackupSource.BackupSource>, id: string, advice: string | RegExp]>([
    [BackupSource.layerTest(tree), newest, "succeeded"],
    [BackupSource.layerTest(tree), `${newest}.9`, `no backup ${newest}.9`],
    [refused(new LoginRefused({ user: "root", code: -2147482832 })), newest, "check user name and password"],
    [refused(new CommandFailed({ command: "GetBackupTree", code: -2147483624, details: [] })), newest, /INVALID_PARAM/],
    [refused(new ConnectFailed({ code: "ECONNREFUSED" })), newest, "try again later"],
    [BackupSource.layerFile({ path: "/nowhere" }), newest, /nowhere/]
  ])("gives advice about a failure: case %#", ([source, id, advice]) =>
    Effect.gen(function*() {
      const request = BackupSource.getBackupTree({ ...BackupTreeRequest.everything, subject: { _tag: "Chain", id } })
      assert.match(
        yield* Embedding.advice(request).pipe(Effect.provide(source)),
        new RegExp(advice instanceof RegExp ? advice : escape(advice))
      )
    }))
})

const escape = (text: string): string => `^${text.replaceAll(/[{}.]/g, String.raw`\$&`)}$`

/** Writes down the type of each package that is sent. */
const recording =
  (types: Array<number>) =>
  (transport: DispatcherTransport.DispatcherTransport): DispatcherTransport.DispatcherTransport => {
    let isSecure = false
    return {
      ...transport,
      secure: (role, options) => Effect.tap(transport.secure(role, options), () => Effect.sync(() => isSecure = true)),
      write: (bytes, route) => {
        if (isSecure) {
          const parser = PackageParser.makeParser()
          parser.push(bytes)
          const sent = Result.getOrThrow(parser.next())
          if (Option.isSome(sent) && sent.value.type !== PackageType.Heartbeat) types.push(sent.value.type)
        }
        return transport.write(bytes, route)
      }
    }
  }

describe("the README of io", () => {
  it.effect("shows a request", () =>
    Effect.gen(function*() {
      assertShows("packages/io/README.md", ["Listing.ts"])
      assert.deepStrictEqual((yield* listing).tree, tree)
    }).pipe(Effect.provide(BackupSource.layerTest(tree))))
})

describe("a program of promises", () => {
  it("has results and errors as values", async () => {
    await using backups = new Backups(TestingSources.sources(tree).recovers)
    const lost = await backups.list()
    assert.isTrue(Result.isFailure(lost) && lost.failure.isRetryable)
    assert.deepStrictEqual(Result.getOrThrow(await backups.list()).tree, tree)
    assert.deepStrictEqual(await namesOf(TestingSources.sources(tree).replies), ["web01"])
    assert.match((await namesOf(TestingSources.sources(tree).fails)).join("\n"), /connection was lost/)
  })

  it("gives up on an abort, before or during a request", async () => {
    await using backups = new Backups(TestingSources.sources(tree).hangs)
    const controller = new AbortController()
    const running = backups.list(controller.signal)
    controller.abort()
    for (const aborted of [running, backups.list(controller.signal)]) {
      assert.match(String(await aborted.then(() => "succeeded", (error: unknown) => error)), /[Ii]nterrupt/)
    }
  })

  it.live("leaves no connection behind, when it is aborted or disposed of", () =>
    Effect.gen(function*() {
      const started = yield* Deferred.make<void>()
      const emulator = yield* serve({ beforeTree: Effect.andThen(Deferred.succeed(started, undefined), Effect.never) })
      const source = BackupSource.layerClient({
        endpoint: emulator.endpoint,
        credentials: DispatcherClient.password("root", password)
      })
      const backups = new Backups(source)
      const controller = new AbortController()
      const running = backups.list(controller.signal)
      yield* Deferred.await(started)
      controller.abort()
      yield* Effect.promise(() => running.catch(() => {}))
      const other = backups.list().catch(() => {})
      yield* Effect.promise(() => backups[Symbol.asyncDispose]())
      yield* Effect.promise(() => other)
    }).pipe(Effect.scoped, leavesNothing))
})

describe("a source for tests", () => {
  const { fails, hangs, late, recovers, replies } = TestingSources.sources(tree)
  const request = BackupSource.getBackupTree(BackupTreeRequest.everything)

  it.effect("replies, late or at once", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual((yield* Effect.provide(request, replies)).tree, tree)
      const running = yield* Effect.forkChild(Effect.provide(request, late))
      yield* TestClock.adjust("4 seconds")
      assert.isUndefined(running.pollUnsafe())
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual((yield* Fiber.join(running)).tree, tree)
    }))

  it.effect("fails, recovers or hangs", () =>
    Effect.gen(function*() {
      assert.isTrue((yield* Effect.flip(Effect.provide(request, fails))).isRetryable)
      const scope = yield* Scope.make()
      const source = Context.get(yield* Layer.buildWithScope(recovers, scope), BackupSource.BackupSource)
      const retried = Effect.retry(source.getBackupTree(BackupTreeRequest.everything), {
        while: ({ isRetryable }) => isRetryable
      })
      assert.deepStrictEqual((yield* retried).tree, tree)
      yield* Scope.close(scope, Exit.void)
      const running = yield* Effect.forkChild(Effect.timeoutOption(Effect.provide(request, hangs), "1 hour"))
      yield* TestClock.adjust("1 hour")
      assert.isTrue(Option.isNone(yield* Fiber.join(running)))
    }))

  it.live("queries a dispatcher on loopback", () =>
    Effect.gen(function*() {
      const { source, tree } = yield* request
      assert.strictEqual(source._tag, "Dispatcher")
      assert.isNotEmpty(tree.environments)
    }).pipe(Effect.provide(TestingSources.emulated), leavesNothing))
})
