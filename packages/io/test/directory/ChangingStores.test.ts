import * as DirectoryReading from "@backup-tree/core/directory/DirectoryReading"
import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as BackupDirectory from "@backup-tree/io/directory/BackupDirectory"
import * as StoreFileSystem from "@backup-tree/io/directory/StoreFileSystem"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Layer, PlatformError } from "effect"
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import * as stores from "../support/backupStore.ts"
import { id, idsOf, list, machine, read, skipsOf, vm } from "../support/directories.ts"

const { chain, imageName, vmItem } = stores
const { everything } = BackupTreeRequest

describe("the reading of a store that fails or changes", () => {
  /** A file system in which some paths fail, at one of its functions. */
  const failing = (
    method: "readDirectoryEntries" | "open",
    tag: "NotFound" | "PermissionDenied",
    matches: (path: string) => boolean
  ): Layer.Layer<FileSystem.FileSystem> =>
    Layer.effect(
      FileSystem.FileSystem,
      Effect.map(FileSystem.FileSystem, (real) => ({
        ...real,
        [method]: (path: string, ...rest: ReadonlyArray<never>) =>
          matches(path)
            ? Effect.fail(
              PlatformError.systemError({ _tag: tag, module: "FileSystem", method, pathOrDescriptor: path })
            )
            : (real[method] as (path: string, ...rest: ReadonlyArray<never>) => Effect.Effect<never>)(path, ...rest)
      }))
    ).pipe(Layer.provide(StoreFileSystem.layer))

  const base = `${vm("1")}/${id("1")}`
  for (
    const [what, method, tag, ending, expected] of [
      ["an environment that cannot be listed", "readDirectoryEntries", "PermissionDenied", vm("1"), [
        `unreadable ${vm("1")}`
      ]],
      ["a chain that cannot be listed", "readDirectoryEntries", "PermissionDenied", base, [
        `no-chains ${vm("1")}`,
        `chain-unreadable ${base}`
      ]],
      ["an item that cannot be listed", "readDirectoryEntries", "PermissionDenied", `${base}/2`, [
        `unreadable ${base}/2`,
        `orphan-image ${base}/${imageName(2)}`
      ]],
      ["metadata that may not be read", "open", "PermissionDenied", `${base}/2/.metadata`, [
        `unreadable ${base}/2/.metadata`,
        `orphan-image ${base}/${imageName(2)}`
      ]],
      ["metadata of an environment that may not be read", "open", "PermissionDenied", `${vm("1")}/.metadata`, [
        `unreadable ${vm("1")}/.metadata`
      ]],
      ["a configuration that may not be read", "open", "PermissionDenied", `${base}/base/config.pvs`, [
        `unreadable ${base}/base/config.pvs`,
        `no-chains ${vm("1")}`
      ]],
      ["an image that may not be read", "open", "PermissionDenied", imageName(2), [
        `unreadable ${base}/${imageName(2)}`
      ]],
      ["metadata that vanishes", "open", "NotFound", `${base}/2/.metadata`, [
        `link-without-metadata ${base}/2`,
        `orphan-image ${base}/${imageName(2)}`
      ]],
      ["a configuration that vanishes", "open", "NotFound", `${base}/2/config.pvs`, [`link-config-missing ${base}/2`]],
      ["a chain that vanishes", "readDirectoryEntries", "NotFound", base, [`no-chains ${vm("1")}`]],
      ["an item that vanishes", "readDirectoryEntries", "NotFound", `${base}/2`, [
        `orphan-image ${base}/${imageName(2)}`
      ]]
    ] as const
  ) {
    it(`reports ${what}`, () =>
      stores.withStore({ ...machine("1", chain(id("1"))), ...machine("2", chain(id("2"))) }, async (root) => {
        const reading = await read(
          root,
          {},
          failing(method, tag, (path) => path.endsWith(ending) && path.includes(vm("1")))
        )
        assert.deepStrictEqual([...skipsOf(reading)].sort(), [...expected].sort())
        assert.strictEqual(reading.environments.length, 2)
      }))
  }

  for (
    const [what, files, name, detail] of [
      ["is not there", {}, "nothing", "it does not exist"],
      ["is a file", { file: "" }, "file", "it is not a directory"]
    ] as const
  ) {
    it(`fails for a root that ${what}`, () =>
      stores.withStore(files, async (root) => {
        const exit = await Effect.runPromise(
          Effect.provide(Effect.flip(BackupDirectory.read(path.join(root, name))), StoreFileSystem.layer)
        )
        assert.strictEqual(exit.detail, detail)
        assert.match(exit.message, /Is the backup store mounted/)
      }))
  }

  it("fails for a root of which no environment can be read, and does not look empty", () =>
    stores.withStore({ ...machine("1", chain(id("1"))), ...machine("2", chain(id("2"))) }, async (root) => {
      const forbidden = failing("readDirectoryEntries", "PermissionDenied", (path) => path !== root)
      const error = await Effect.runPromise(Effect.provide(Effect.flip(BackupDirectory.read(root)), forbidden))
      assert.match(error.message, /none of its directories can be read; check the permissions/)
    }))

  it("fails for an empty path, and does not read where the program runs", async () => {
    const { message } = await Effect.runPromise(
      Effect.provide(Effect.flip(BackupDirectory.read("")), StoreFileSystem.layer)
    )
    assert.match(message, /its path is empty/)
  })

  it("invents nothing while the store changes", () =>
    stores.withStore(
      Object.assign(
        {},
        ...Array.from({ length: 12 }, (_, index) => machine(`${index + 1}`, chain(id(`${index + 1}`))))
      ),
      async (root) => {
        const known = new Set(idsOf((await list(root)).tree))
        const changer = spawn(process.execPath, [
          fileURLToPath(new URL("../support/changeStore.mjs", import.meta.url)),
          root
        ])
        const round = new Promise((resolve) => changer.stdout.once("data", resolve))
        try {
          await round
          for (let time = 0; time < 40; time++) {
            const reading = await read(root)
            const shown = idsOf(DirectoryReading.select(reading, everything).tree)
            assert.isTrue(shown.every((one) => known.has(one)), shown.join())
          }
        } finally {
          changer.kill("SIGKILL")
          await new Promise((resolve) => changer.once("close", resolve))
        }
      }
    ))

  /** A file system on which something happens once a directory was listed for the first time. */
  const changing = (ending: string, change: () => void): Layer.Layer<FileSystem.FileSystem> => {
    let times = 0
    return Layer.effect(
      FileSystem.FileSystem,
      Effect.map(FileSystem.FileSystem, (real) => ({
        ...real,
        readDirectoryEntries: (directory: string) =>
          Effect.tap(real.readDirectoryEntries(directory), () =>
            Effect.sync(() => {
              if (directory.endsWith(ending) && times++ === 0) change()
            }))
      }))
    ).pipe(Layer.provide(StoreFileSystem.layer))
  }

  it("reads the current chain if a backup is removed during the reading", () =>
    stores.withStore(machine("1", chain(id("1"))), async (root) => {
      const at = path.join(root, vm("1"), id("1"))
      const removal = changing(id("1"), () => {
        fs.rmSync(path.join(at, "3"), { recursive: true })
        fs.rmSync(path.join(at, imageName(3)))
      })
      const reading = await read(root, {}, removal)
      assert.deepStrictEqual(skipsOf(reading), [])
      assert.strictEqual(reading.environments[0]!.chains[0]!.items.length, 2)
    }))

  it("finds the images of a chain that is renamed during the reading", () =>
    stores.withStore(machine("1", chain(id("1"))), async (root) => {
      const at = path.join(root, vm("1"), id("1"))
      const reading = await read(
        root,
        {},
        changing(`${id("1")}/3`, () => fs.renameSync(at, path.join(root, vm("1"), id("2"))))
      )
      assert.deepStrictEqual(skipsOf(reading), [])
      assert.deepStrictEqual(reading.environments[0]!.chains.map(({ directory, files }) => [directory, files.size]), [
        [id("2"), 3]
      ])
    }))

  it("finds the metadata of an environment that is written during the reading", () =>
    stores.withStore({ [vm("1")]: { [id("1")]: chain(id("1")) } }, async (root) => {
      const written = changing(
        vm("1"),
        () => fs.writeFileSync(path.join(root, vm("1"), ".metadata"), vmItem(vm("1"), "vm"))
      )
      const reading = await read(root, {}, written)
      assert.deepStrictEqual(skipsOf(reading), [])
      assert.strictEqual(reading.environments[0]!.metadata?.name, "vm")
    }))

  it("does not report an environment that is removed during the reading as one without chains", () =>
    stores.withStore({ ...machine("1", chain(id("1"))), ...machine("2", chain(id("2"))) }, async (root) => {
      const at = path.join(root, vm("1"))
      const reading = await read(root, {}, changing(vm("1"), () => fs.rmSync(at, { recursive: true })))
      assert.deepStrictEqual(skipsOf(reading), [])
      assert.strictEqual(reading.environments.length, 1)
    }))

  for (
    const [what, change] of [
      ["a directory", (root: string) => fs.rmSync(root, { recursive: true })],
      ["all that is in a directory", (root: string) => {
        for (const name of fs.readdirSync(root)) fs.rmSync(path.join(root, name), { recursive: true })
      }]
    ] as const
  ) {
    it(`fails if ${what} disappears during the reading`, () =>
      stores.withStore({ ...machine("1", chain(id("1"))), ...machine("2", chain(id("2"))) }, async (root) => {
        const { message } = await Effect.runPromise(
          Effect.provide(Effect.flip(BackupDirectory.read(root)), changing(vm("1"), () => change(root)))
        )
        assert.match(message, /it does not exist|its whole content disappeared/)
      }))
  }

  it("writes nothing", () =>
    stores.withStore(machine("1", chain(id("1"))), async (root) => {
      const reading = new Set<string | symbol>(["readDirectoryEntries", "open", "realPath", "stat", "lstat"])
      const guarded = Layer.effect(
        FileSystem.FileSystem,
        Effect.map(FileSystem.FileSystem, (real) =>
          new Proxy(real, {
            get: (target, name) =>
              typeof target[name as keyof typeof target] !== "function" || reading.has(name)
                ? name === "open"
                  ? (path: string, options?: { readonly flag?: string }) => {
                    assert.isTrue(options?.flag === undefined || options.flag === "r")
                    return target.open(path)
                  }
                  : target[name as keyof typeof target]
                : () => assert.fail(`${String(name)} was called`)
          }))
      ).pipe(Layer.provide(StoreFileSystem.layer))
      assert.strictEqual((await read(root, {}, guarded)).environments.length, 1)
    }))
})
