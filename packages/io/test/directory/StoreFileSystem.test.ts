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
        assert.strictEqual(reason.description, "this file system is read-only")
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
        assert.strictEqual(reason.description, "the file was replaced", name)
      }
    })))
})
