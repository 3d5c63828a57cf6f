import * as StoreFileSystem from "@backup-tree/io/directory/StoreFileSystem"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, type Scope } from "effect"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"

const withFolder = <A, E>(
  use: (folder: string, fileSystem: FileSystem.FileSystem) => Effect.Effect<A, E, Scope.Scope>
) =>
  Effect.gen(function*() {
    const folder = yield* Effect.acquireRelease(
      Effect.sync(() => fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "backup-tree-")))),
      (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true }))
    )
    return yield* use(folder, yield* FileSystem.FileSystem)
  }).pipe(Effect.scoped, Effect.provide(StoreFileSystem.layer))

describe("StoreFileSystem", () => {
  it.live("writes nothing", () =>
    withFolder(Effect.fnUntraced(function*(folder, fileSystem) {
      const name = path.join(folder, "file")
      fs.writeFileSync(name, "text")
      const file = yield* fileSystem.open(name)
      const refused = [
        ["open", fileSystem.open(name, { flag: "w" })],
        ["open", fileSystem.open(name, { flag: "r+" })],
        ["sync", file.sync],
        ["truncate", file.truncate(0)],
        ["write", file.write(new Uint8Array(1))],
        ["writeAll", file.writeAll(new Uint8Array(1))]
      ] as const
      for (const [method, effect] of refused) {
        const { reason } = yield* Effect.flip(effect)
        assert.strictEqual(reason._tag, "BadArgument")
        assert.strictEqual(reason.method, method)
        assert.strictEqual(reason.message, `FileSystem.${method}: this file system is read-only`)
      }
      assert.strictEqual(fs.readFileSync(name, "utf8"), "text")
    })))

  it.live("states that another kind of file, or a link on its path, replaced a file", () =>
    withFolder(Effect.fnUntraced(function*(folder, fileSystem) {
      fs.mkdirSync(path.join(folder, "directory"))
      fs.writeFileSync(path.join(folder, "directory", "file"), "text")
      fs.symlinkSync("directory", path.join(folder, "link"))
      for (const name of ["directory", "link/file"]) {
        const { reason } = yield* Effect.flip(fileSystem.open(path.join(folder, name)))
        assert.strictEqual(reason._tag, "NotFound")
        const file = path.join(folder, name)
        assert.strictEqual(reason.message, `NotFound: FileSystem.open (${file}): the file was replaced`)
      }
    })))

  it.live("opens a file to read also if the flag says so", () =>
    withFolder(Effect.fnUntraced(function*(folder, fileSystem) {
      const name = path.join(folder, "file")
      fs.writeFileSync(name, "text")
      const file = yield* fileSystem.open(name, { flag: "r" })
      assert.strictEqual(Number((yield* file.stat).size), 4)
    })))

  it.live("reads on from where it stopped, or from where it was told to", () =>
    withFolder(Effect.fnUntraced(function*(folder, fileSystem) {
      const name = path.join(folder, "file")
      fs.writeFileSync(name, "0123456789")
      const file = yield* fileSystem.open(name)
      const buffer = new Uint8Array(3)
      const read = (options?: { readonly position: bigint }) =>
        Effect.map(file.read(buffer, options), (length) => Buffer.from(buffer.subarray(0, length)).toString())
      assert.strictEqual(yield* read(), "012")
      assert.strictEqual(yield* read({ position: 7n }), "789")
      assert.strictEqual(yield* read(), "345")
      assert.strictEqual(yield* file.seek(2n, "current"), 8n)
      assert.strictEqual(yield* read(), "89")
      assert.strictEqual(yield* read(), "")
      assert.strictEqual(yield* file.seek(1n, "start"), 1n)
      assert.strictEqual(yield* read(), "123")
    })))

  it.live("holds a file open until its scope closes, and a directory only while it is listed", () =>
    withFolder(Effect.fnUntraced(function*(folder, fileSystem) {
      fs.writeFileSync(path.join(folder, "file"), "text")
      const open = () =>
        fs.readdirSync("/proc/self/fd")
          // The directory of descriptors lists its own one, which is closed by now.
          .filter((fd) => fs.existsSync(`/proc/self/fd/${fd}`))
          .map((fd) => fs.readlinkSync(`/proc/self/fd/${fd}`))
          .filter((at) => at.startsWith(folder))
      yield* Effect.scoped(Effect.andThen(
        fileSystem.open(path.join(folder, "file")),
        Effect.sync(() => assert.deepStrictEqual(open(), [path.join(folder, "file")]))
      ))
      yield* fileSystem.readDirectoryEntries(folder)
      assert.deepStrictEqual(open(), [])
    })))

  it.live("reports the size of the open file, also if another one has replaced it", () =>
    withFolder(Effect.fnUntraced(function*(folder, fileSystem) {
      const name = path.join(folder, "file")
      fs.writeFileSync(name, "text")
      const file = yield* fileSystem.open(name)
      fs.rmSync(name)
      fs.writeFileSync(name, "a longer text")
      assert.strictEqual(Number((yield* file.stat).size), 4)
    })))

  it.live("lists only directories, and names the path of anything else", () =>
    withFolder(Effect.fnUntraced(function*(folder, fileSystem) {
      const name = path.join(folder, "file")
      fs.writeFileSync(name, "text")
      const { reason } = yield* Effect.flip(fileSystem.readDirectoryEntries(name))
      assert.include(reason.message, `BadResource: FileSystem.open (${name})`)
    })))

  it.live("tells a missing file from other faults", () =>
    withFolder(Effect.fnUntraced(function*(folder, fileSystem) {
      fs.writeFileSync(path.join(folder, "file"), "text")
      fs.symlinkSync("file", path.join(folder, "link"))
      const long = "x".repeat(300)
      for (
        const [name, expected] of [
          ["missing", "NotFound"],
          ["link", "NotFound"],
          ["file/below", "BadResource"],
          [long, "Unknown"]
        ] as const
      ) {
        const { reason } = yield* Effect.flip(fileSystem.open(path.join(folder, name)))
        assert.strictEqual(reason._tag, expected)
        assert.include(reason.message, `${expected}: FileSystem.open (${path.join(folder, name)})`)
      }
    })))
})
