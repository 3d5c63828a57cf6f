import * as StoreFileSystem from "@backup-tree/io/directory/StoreFileSystem"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, FileSystem, Layer, Option, type Scope } from "effect"
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import * as stores from "../support/backupStore.ts"
import { id, machine, read, skipsOf, vm } from "../support/directories.ts"

const { chain, withStore } = stores

const stolen = "stolen-name"

/** A file system on which something happens right after a directory was listed for the first time. */
const afterListing = (ending: string, change: () => void): Layer.Layer<FileSystem.FileSystem> => {
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

const at = (root: string, ...names: ReadonlyArray<string>) => path.join(root, vm("1"), id("1"), ...names)

describe("a store whose paths are swapped while it is read", () => {
  it("does not wait if a pipe replaces a file", () =>
    withStore(machine("1", chain(id("1"))), async (root) => {
      const swapped = afterListing(`${id("1")}/2`, () => {
        fs.rmSync(at(root, "2", ".metadata"))
        assert.strictEqual(spawnSync("mkfifo", [at(root, "2", ".metadata")]).status, 0)
      })
      const reading = await read(root, {}, swapped)
      assert.include(skipsOf(reading), `link-without-metadata ${vm("1")}/${id("1")}/2`)
    }))

  // What an attacker has prepared outside of the store: the same layout, and other contents.
  const outside = machine("1", chain(id("1")))
  const theirs = JSON.parse(JSON.stringify(outside).replaceAll("vm-1", stolen)) as typeof outside

  it.each<[string, string, (root: string, other: string) => void]>([
    ["a file", vm("1"), (root, other) => {
      fs.rmSync(path.join(root, vm("1"), ".metadata"))
      fs.symlinkSync(path.join(other, vm("1"), ".metadata"), path.join(root, vm("1"), ".metadata"))
    }],
    ["an environment, once the store is listed", "", (root, other) => {
      fs.renameSync(path.join(root, vm("1")), path.join(root, "away"))
      fs.symlinkSync(path.join(other, vm("1")), path.join(root, vm("1")))
    }],
    ["an environment, once it is listed", vm("1"), (root, other) => {
      fs.renameSync(path.join(root, vm("1")), path.join(root, "away"))
      fs.symlinkSync(path.join(other, vm("1")), path.join(root, vm("1")))
    }]
  ])(
    "is not left through a link that replaces %s",
    (_, ending, swap) =>
      withStore(
        theirs,
        (other) =>
          withStore({ ...machine("1", chain(id("1"))), ...machine("2", chain(id("2"))) }, async (root) => {
            const reading = await read(root, {}, afterListing(ending === "" ? root : ending, () => swap(root, other)))
            assert.notInclude(JSON.stringify(reading, (_, value) => typeof value === "bigint" ? 0 : value), stolen)
          })
      )
  )
})

describe("StoreFileSystem", () => {
  const run = <A, E>(use: (fileSystem: FileSystem.FileSystem) => Effect.Effect<A, E, Scope.Scope>) =>
    Effect.runPromiseExit(
      Effect.scoped(Effect.flatMap(FileSystem.FileSystem, use)).pipe(Effect.provide(StoreFileSystem.layer))
    )

  it("reads a file from any position, and reports its size", () =>
    withStore({ a: "0123456789" }, async (root) => {
      const read = await run((fileSystem) =>
        Effect.gen(function*() {
          const file = yield* fileSystem.open(path.join(root, "a"))
          const text = (bytes: Option.Option<Uint8Array>) => Option.map(bytes, (some) => Buffer.from(some).toString())
          return [
            text(yield* file.readAlloc(4)),
            text(yield* file.readAlloc(100)),
            text(yield* file.readAlloc(4)),
            text(yield* file.readAlloc(2, { position: 8n })),
            Option.some(String((yield* file.stat).size))
          ].map(Option.getOrUndefined)
        })
      )
      assert.deepStrictEqual(read, Exit.succeed(["0123", "456789", undefined, "89", "10"]))
    }))

  it.each([
    ["a link to a file", (root: string) => fs.symlinkSync("a", path.join(root, "b"))],
    ["a pipe", (root: string) => void spawnSync("mkfifo", [path.join(root, "b")])],
    ["a directory", (root: string) => fs.mkdirSync(path.join(root, "b"))],
    ["nothing", () => {}]
  ])("does not open %s", (_, make) =>
    withStore({ a: "a" }, async (root) => {
      make(root)
      assert.isTrue(Exit.isFailure(await run((fileSystem) => fileSystem.open(path.join(root, "b")))))
    }))

  it("opens no file by a path through a link, and lists no directory by one", () =>
    withStore({ a: { b: { c: "c" } } }, async (root) => {
      fs.symlinkSync("a", path.join(root, "link"))
      const through = path.join(root, "link", "b")
      assert.isTrue(Exit.isFailure(await run((fileSystem) => fileSystem.open(path.join(through, "c")))))
      assert.isTrue(Exit.isFailure(await run((fileSystem) => fileSystem.readDirectoryEntries(through))))
      const there = await run((fileSystem) => fileSystem.readDirectoryEntries(path.join(root, "a", "b")))
      assert.deepStrictEqual(there, Exit.succeed([{ name: "c", type: "File" as const }]))
    }))

  it("opens nothing to write, and writes nothing", () =>
    withStore({ a: "a" }, async (root) => {
      const file = path.join(root, "a")
      assert.isTrue(Exit.isFailure(await run((fileSystem) => fileSystem.open(file, { flag: "w" }))))
      const write = await run((fileSystem) =>
        Effect.flatMap(fileSystem.open(file), (open) => open.write(Buffer.from("b")))
      )
      assert.isTrue(Exit.isFailure(write))
      assert.strictEqual(fs.readFileSync(file, "utf8"), "a")
    }))
})
