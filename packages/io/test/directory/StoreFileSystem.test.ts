import * as StoreFileSystem from "@backup-tree/io/directory/StoreFileSystem"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"

describe("StoreFileSystem", () => {
  it.live("writes nothing", () =>
    Effect.gen(function*() {
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "backup-tree-")))),
        (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true }))
      )
      const name = path.join(folder, "file")
      fs.writeFileSync(name, "text")
      const fileSystem = yield* FileSystem.FileSystem
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
    }).pipe(Effect.scoped, Effect.provide(StoreFileSystem.layer)))
})
