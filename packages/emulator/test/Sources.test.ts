import * as TreeMerge from "@backup-tree/core/listing/TreeMerge"
import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as BackupStore from "@backup-tree/core/server/BackupStore"
import * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as DispatcherEmulator from "@backup-tree/emulator/DispatcherEmulator"
import * as Faults from "@backup-tree/emulator/Faults"
import * as BackupSource from "@backup-tree/io/BackupSource"
import * as DispatcherClient from "@backup-tree/io/dispatcher/DispatcherClient"
import * as Endpoint from "@backup-tree/io/dispatcher/Endpoint"
import * as PackageType from "@backup-tree/io/protocol/PackageType"
import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Option, Redacted } from "effect"
import { chain, chainX, chainY, environment, stranger, tree, web } from "../../core/test/support/treeLiterals.ts"
import { leavesNothing } from "../../io/test/support/leaks.ts"
import { onTestClock, until } from "./support/virtualTime.ts"

const password = Redacted.make("secret")
const accounts = [{ userName: "root", password }]

const tcp = ({ endpoint }: DispatcherEmulator.DispatcherEmulator): Endpoint.TcpEndpoint => {
  if (endpoint._tag !== "Tcp") throw new Error("the emulator listens on a unix socket")
  return endpoint
}

const third = "{11111111-0000-4000-8000-000000000000}"
const standard = tree(environment(web, [chain(chainX, [1, 2])], { name: "web01" }))
const own = tree(environment(web, [chain(chainY, [1])], { name: "web01" }))
const elsewhere = tree(environment(stranger, [chain(third, [1, 2])], { name: "old" }))

describe("everything of a dispatcher", () => {
  it.live("is the union of its directories, and a single request misses what others hold", () =>
    Effect.gen(function*() {
      const emulator = yield* DispatcherEmulator.make({
        store: BackupStore.fromTree(standard),
        accounts,
        directories: new Map([
          ["/vz/own", BackupStore.fromTree(own)],
          ["/mnt/old", BackupStore.fromTree(elsewhere)]
        ]),
        ownDirectories: new Map([[web, "/vz/own"]])
      })
      const layer = BackupSource.layerDispatcher({ ...tcp(emulator), userName: "root", password })
      const { everything } = BackupTreeRequest
      yield* Effect.gen(function*() {
        const plain = yield* BackupSource.getBackupTree(everything)
        assert.deepStrictEqual(plain.tree.environments.flatMap(({ chains }) => chains.map(({ uuid }) => uuid)), [
          chainX
        ])
        const named = yield* BackupSource.getBackupTree({ ...everything, directory: Option.some("/mnt/old") })
        assert.deepStrictEqual(named.tree.environments.map(({ name }) => name), ["old"])
        const { failed, listing, merged } = yield* BackupSource.listEverything({ directories: ["/mnt/old"] })
        assert.deepStrictEqual(
          listing.tree.environments.map(({ chains, name }) => [name, chains.map(({ uuid }) => uuid)]),
          [["web01", [chainX, chainY]], ["old", [third]]]
        )
        assert.deepStrictEqual(TreeMerge.originsOf(merged, { environment: web, chain: chainY }), [
          { _tag: "OwnOf", uuid: web }
        ])
        assert.deepStrictEqual(failed, [])
      }).pipe(Effect.provide(layer))
    }).pipe(Effect.scoped, leavesNothing))
})

describe("a scope that lasts", () => {
  it.live("releases permit and connection of each request when its job has ended", () =>
    Effect.gen(function*() {
      const emulator = yield* DispatcherEmulator.make({ store: BackupStore.fromTree(standard), accounts })
      const layer = BackupSource.layerDispatcher({ ...tcp(emulator), userName: "root", password, maxConcurrent: 1 })
      yield* Effect.gen(function*() {
        for (let request = 0; request < 4; request++) {
          const job = yield* BackupSource.submit(BackupTreeRequest.everything)
          yield* job.await
        }
      }).pipe(Effect.provide(layer))
      yield* until(emulator.connections, (open) => open === 0)
    }).pipe(Effect.scoped, leavesNothing))

  it.effect("keeps no connection that could not be used", () =>
    Effect.gen(function*() {
      const emulator = yield* DispatcherEmulator.make({ store: BackupStore.fromTree(standard), accounts })
      const silent = yield* DispatcherEmulator.make({
        store: BackupStore.fromTree(standard),
        accounts,
        faults: [Faults.stall("table")]
      })
      const refused = DispatcherClient.connect({
        endpoint: tcp(emulator),
        credentials: DispatcherClient.password("root", Redacted.make("wrong"))
      })
      const stalled = DispatcherClient.connect({
        endpoint: tcp(silent),
        credentials: DispatcherClient.password("root", password),
        limits: { connectTimeout: Duration.seconds(4) }
      })
      for (const connecting of [refused, stalled, refused, stalled]) yield* onTestClock(Effect.flip(connecting))
      const open = Effect.zipWith(emulator.connections, silent.connections, (a, b) => a + b)
      yield* until(open, (open) => open === 0)
    }).pipe(Effect.scoped, leavesNothing))
})

describe("a server that keeps the backups of another", () => {
  const query = (targetPassword: Redacted.Redacted<string>) =>
    Effect.gen(function*() {
      const keeper = yield* DispatcherEmulator.make({ store: BackupStore.fromTree(elsewhere), accounts })
      const { host, port } = tcp(keeper)
      const node = yield* DispatcherEmulator.make({
        store: BackupStore.fromTree(standard),
        accounts,
        targets: new Map([[`${host}:${port}`, keeper.target]])
      })
      const result = yield* Effect.result(BackupSource.getBackupTree(BackupTreeRequest.everything)).pipe(
        Effect.provide(BackupSource.layerDispatcher({
          ...tcp(node),
          userName: "root",
          password,
          target: { host, port, userName: "root", password: targetPassword }
        }))
      )
      return { result, commands: yield* node.commands, kept: yield* keeper.commands }
    })

  it.live("is logged in to, and read through the queried one", () =>
    Effect.gen(function*() {
      const { commands, kept, result } = yield* query(password)
      const listing = yield* Effect.fromResult(result)
      assert.deepStrictEqual(listing.tree.environments.map(({ name }) => name), ["old"])
      assert.strictEqual(commands.get(PackageType.DspCmdGetBackupTree), 1)
      // This client never requests a tree from the keeper (PROTOCOL 6.4).
      assert.deepStrictEqual([...kept], [[PackageType.DspCmdUserLogin, 1], [PackageType.DspCmdUserLogoff, 1]])
    }).pipe(Effect.scoped, leavesNothing))

  it.live("that refuses the login is named", () =>
    Effect.gen(function*() {
      const { commands, result } = yield* query(Redacted.make("wrong"))
      const error = yield* Effect.flip(Effect.fromResult(result))
      assert.match(error.message, /the login of "root" was refused/)
      assert.strictEqual(commands.get(PackageType.DspCmdGetBackupTree), undefined)
    }).pipe(Effect.scoped, leavesNothing))
})

describe("a whole chain", () => {
  it.effect.prop(
    "is that of the store, by any of its ids",
    [Arbitraries.healthyTree],
    ([listed]) =>
      Effect.gen(function*() {
        for (const { chains } of listed.environments) {
          for (const whole of chains) {
            for (const { id } of BackupTree.backups(whole)) {
              const listing = yield* BackupSource.getChain(id)
              assert.deepStrictEqual(listing.tree.environments.flatMap(({ chains }) => chains), [whole])
            }
          }
        }
      }).pipe(Effect.provide(BackupSource.layerTest(listed)))
  )
})
