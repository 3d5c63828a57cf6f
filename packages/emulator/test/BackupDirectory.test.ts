/** Stores on disk, read by the reader of directories, and asked through a dispatcher that serves them. */
import * as DirectoryReading from "@backup-tree/core/directory/DirectoryReading"
import * as StoreSkip from "@backup-tree/core/directory/files/StoreSkip"
import * as Salvage from "@backup-tree/core/salvage/Salvage"
import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import type * as BackupStore from "@backup-tree/core/server/BackupStore"
import * as ServerModel from "@backup-tree/core/server/ServerModel"
import * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as ChainVersion from "@backup-tree/core/tree/ChainVersion"
import * as DispatcherEmulator from "@backup-tree/emulator/DispatcherEmulator"
import * as BackupSource from "@backup-tree/io/BackupSource"
import * as BackupDirectory from "@backup-tree/io/directory/BackupDirectory"
import * as DispatcherClient from "@backup-tree/io/dispatcher/DispatcherClient"
import * as StoreDirectory from "@backup-tree/testing/StoreDirectory"
import * as StoreFault from "@backup-tree/testing/StoreFault"
import * as StoreGenerator from "@backup-tree/testing/StoreGenerator"
import * as NodeFileSystem from "@effect/platform-node-shared/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Redacted, Result } from "effect"
import * as Folder from "../../testing/test/support/folder.ts"
import * as Directory from "./examples/Directory.ts"
import { assertShows, readText } from "./support/documents.ts"

const { everything } = BackupTreeRequest
const password = Redacted.make("secret")

/** Writes a store, and injects faults into it. */
const written = (store: BackupStore.BackupStore, names: ReadonlyArray<StoreFault.Name> = [], seed = 1) =>
  Effect.gen(function*() {
    const root = `${yield* Folder.make}/backups`
    yield* StoreDirectory.write(store, root)
    const planned = Result.getOrThrow(StoreFault.plan(store, names, { seed }))
    for (const { inject } of planned) yield* inject(root)
    return { root, planned }
  })

// Neither the sizes of disks of less than a MiB nor the disks of containers are in a store (SEMANTICS 3.6).
const withoutContainerDisks = (tree: BackupTree.BackupTree): BackupTree.BackupTree => ({
  ...tree,
  environments: tree.environments.map((environment) =>
    environment.vmType === 0 ? environment : {
      ...environment,
      chains: environment.chains.map((chain) => ({
        ...chain,
        head: { ...chain.head, disks: undefined },
        incrementals: chain.incrementals.map((incremental) => ({ ...incremental, disks: undefined }))
      }))
    }
  )
})

const requestsOf = (tree: BackupTree.BackupTree): ReadonlyArray<BackupTreeRequest.BackupTreeRequest> => {
  const environment = tree.environments[0]!
  const chain = environment.chains[0]!
  const last = chain.incrementals.at(-1) ?? chain.head
  const subjects: ReadonlyArray<BackupTreeRequest.Subject> = [
    { _tag: "Everything" },
    { _tag: "Environment", uuid: environment.uuid },
    { _tag: "Backup", id: last.id },
    { _tag: "Chain", id: chain.head.id }
  ]
  return [...subjects.map((subject) => ({ ...everything, subject })), { ...everything, kinds: "ct" }]
}

describe("the document about directories", () => {
  it("shows what is compiled and run here", () => {
    assertShows("docs/directory.md", ["Directory.ts"])
  })

  it.effect("reads a directory", () =>
    Effect.gen(function*() {
      const { root } = yield* written(StoreGenerator.generate({ seed: 6, environments: 2, weeks: 2 }), ["orphan-image"])
      const { environments, skips } = yield* Directory.readDirectory(root)
      assert.strictEqual(environments.length, 2)
      assert.deepStrictEqual(skips.map(({ reason }) => reason), ["orphan-image"])
    }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer)))

  it("lists every reason", () => {
    const told = [...readText("docs/directory.md").matchAll(/^\| `([a-z-]+)` /gm)].map(([, reason]) => reason)
    assert.deepStrictEqual(told, [...StoreSkip.Reason.literals])
  })
})

describe("BackupDirectory", () => {
  for (const seed of [1, 2, 3]) {
    it.effect(`reads the store that was written, of seed ${seed}`, () =>
      Effect.gen(function*() {
        const store = StoreGenerator.generate({ seed, environments: 5, weeks: 2 })
        const { root } = yield* written(store)
        const reading = yield* BackupDirectory.read(root)
        assert.deepStrictEqual(reading.skips, [])
        const expected = ServerModel.select(store, everything)
        const { notes, tree } = DirectoryReading.select(reading, everything)
        assert.deepStrictEqual(withoutContainerDisks(tree), withoutContainerDisks(expected))
        assert.deepStrictEqual(notes, [])
      }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer)))
  }

  for (const [what, names] of [["healthy", []], ["damaged", StoreFault.names]] as const) {
    it.live(`answers from a ${what} store as a dispatcher that serves it`, () =>
      Effect.gen(function*() {
        const { root } = yield* written(StoreGenerator.generate({ seed: 4, environments: 8, weeks: 3 }), names)
        const fileSystem = yield* FileSystem.FileSystem
        const emulator = yield* DispatcherEmulator.make({
          store: BackupDirectory.read(root).pipe(
            Effect.orDie,
            Effect.provideService(FileSystem.FileSystem, fileSystem)
          ),
          accounts: [{ userName: "root", password }]
        })
        const dispatcher = BackupSource.layerClient({
          endpoint: emulator.endpoint,
          credentials: DispatcherClient.password("root", password)
        })
        const directory = BackupSource.layerDirectory({ path: root })
        const whole = yield* Effect.provide(BackupSource.getBackupTree(everything), directory)
        for (const request of requestsOf(whole.tree)) {
          const asked = yield* Effect.provide(BackupSource.getBackupTree(request), dispatcher)
          const read = yield* Effect.provide(BackupSource.getBackupTree(request), directory)
          assert.deepStrictEqual(read.tree, asked.tree)
          assert.strictEqual(read.completeness, asked.completeness)
        }
      }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer)))
  }

  const isReason = (reportedAs: string): reportedAs is StoreSkip.Reason => !/^I\d\d$|^absolute/.test(reportedAs)

  for (const name of StoreFault.names) {
    it.effect(`reports the fault ${name}, and no other`, () =>
      Effect.gen(function*() {
        const store = StoreGenerator.generate({ seed: 5, environments: 3, weeks: 2 })
        const { root, planned: [placed] } = yield* written(store, [name])
        const { skips } = yield* BackupDirectory.read(root)
        const { fault, reportedAt } = placed!
        if (isReason(fault.reportedAs)) {
          assert.include(skips.map(({ path, reason }) => `${reason} ${path}`), `${fault.reportedAs} ${reportedAt}`)
        }
        // Every skip lies in the environment of the fault.
        const environment = reportedAt.split("/")[0]!
        assert.deepStrictEqual(skips.filter(({ path }) => path.split("/")[0] !== environment), [])
      }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer)))
  }
})

/** Does what a salvage says, but for the copy that is kept before. */
const followed = (root: string, { path, steps }: Salvage.Salvage) =>
  Effect.gen(function*() {
    const fileSystem = yield* FileSystem.FileSystem
    const chain = `${root}/${path.split("/").slice(0, 2).join("/")}`
    for (const { file, text } of steps) {
      const [, made] = /^Create directory "(.*)"/.exec(text) ?? []
      if (made !== undefined) yield* fileSystem.makeDirectory(`${chain}/${made}`)
      const [, to, from] = /copy a configuration into directory "(.*)"\. The nearest one is "(.*?)"/.exec(text) ?? []
      if (from !== undefined) yield* fileSystem.copyFile(`${chain}/${from}`, `${chain}/${to}/${from.split("/")[1]}`)
      if (file !== undefined) yield* fileSystem.writeFileString(`${root}/${file.path}`, file.content)
    }
  })

/** What a server shows of each backup, as far as it can be known again. */
const namesIn = (tree: BackupTree.BackupTree) =>
  tree.environments.map((environment) => ({
    uuid: environment.uuid,
    vmType: environment.vmType,
    chains: environment.chains.map((chain) => ({
      uuid: chain.uuid,
      isLegacy: ChainVersion.of(environment, chain) < 4,
      backups: BackupTree.backups(chain).map(({ id, images, type }) => ({ id, images, type }))
    })).sort((one, other) => one.uuid < other.uuid ? -1 : 1)
  }))

describe("what the salvage says", () => {
  // Each a list of what is removed: of an environment, of a chain, or of an item, where CONFIG is its configuration.
  const losses: ReadonlyArray<ReadonlyArray<string>> = [
    ["../.metadata"],
    ["base/.metadata"],
    ["2/.metadata"],
    ["base/CONFIG"],
    ["2/CONFIG"],
    ["base"],
    ["base/.metadata", "base/CONFIG"],
    ["2/.metadata", "2/CONFIG"],
    ["base/.metadata", "2/.metadata"],
    ["base", "2/.metadata"],
    ["base/CONFIG", "2/.metadata", "3/CONFIG"],
    ["../.metadata", "base/.metadata", "3/.metadata"]
  ]
  for (const lost of losses) {
    it.effect(`shows again what is hidden without ${lost.join(", ")}`, () =>
      Effect.gen(function*() {
        const store = StoreGenerator.generate({ seed: 3, environments: 2, weeks: 2 })
        const { root } = yield* written(store)
        const fileSystem = yield* FileSystem.FileSystem
        const everythingIn = (reading: DirectoryReading.DirectoryReading) =>
          namesIn(DirectoryReading.select(reading, everything).tree)
        const healthy = yield* BackupDirectory.read(root)
        const chains = healthy.environments.flatMap((environment) =>
          environment.chains.filter(({ items }) => items.length > 2 && items[0]!.directory === "base").map((chain) => ({
            path: `${root}/${environment.directory}/${chain.directory}`,
            config: chain.items[0]!.configuration!.file
          }))
        )
        assert.isAbove(chains.length, 2)
        for (const { config, path } of chains) {
          const saved = `${root}.saved`
          const names = ["../.metadata", "base", "2", "3"]
          yield* fileSystem.makeDirectory(saved)
          for (const [index, name] of names.entries()) yield* fileSystem.copy(`${path}/${name}`, `${saved}/${index}`)
          for (const name of lost) {
            yield* fileSystem.remove(`${path}/${name.replace("CONFIG", config)}`, { recursive: true })
          }
          const damaged = yield* BackupDirectory.read(root)
          assert.notDeepEqual(everythingIn(damaged), everythingIn(healthy))
          for (const entry of Salvage.from(damaged)) yield* followed(root, entry)
          const mended = yield* BackupDirectory.read(root)
          assert.deepStrictEqual(mended.skips, [])
          assert.deepStrictEqual(everythingIn(mended), everythingIn(healthy))
          for (const [index, name] of names.entries()) {
            yield* fileSystem.remove(`${path}/${name}`, { recursive: true })
            yield* fileSystem.rename(`${saved}/${index}`, `${path}/${name}`)
          }
          yield* fileSystem.remove(saved, { recursive: true })
        }
      }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer)))
  }
})
