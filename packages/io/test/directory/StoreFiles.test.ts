import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Option, PlatformError } from "effect"
import { StoreFiles } from "../../src/directory/internal/storeFiles.ts"

const missing = (path: string) =>
  PlatformError.systemError({ _tag: "NotFound", module: "FileSystem", method: "test", pathOrDescriptor: path })

/** Directories by path, as lists of names. Links end with the path of their target, and `texts` are files. */
const make = (
  directories: { readonly [path: string]: ReadonlyArray<string> },
  links: { readonly [path: string]: string } = {},
  texts: ReadonlyArray<string> = []
) => {
  const typeOf = (path: string): FileSystem.File.Type =>
    links[path] !== undefined ? "SymbolicLink" : directories[path] === undefined ? "File" : "Directory"
  return FileSystem.makeNoop({
    readDirectoryEntries: (path) => {
      const names = directories[path]
      const prefix = path === "/" ? path : `${path}/`
      return names === undefined
        ? Effect.fail(missing(path))
        : Effect.succeed(names.map((name) => ({ name, type: typeOf(`${prefix}${name}`) })))
    },
    realPath: (path) => Effect.succeed(links[path] ?? path),
    stat: (path) => Effect.succeed({ type: typeOf(path) } as FileSystem.File.Info),
    // The text of a file is its path.
    open: (path) => {
      if (!texts.includes(path)) return Effect.fail(missing(path))
      const parts = [Option.some(new TextEncoder().encode(path)), Option.none()]
      return Effect.succeed({ readAlloc: () => Effect.succeed(parts.shift()!) } as Partial<FileSystem.File> as never)
    }
  })
}

describe("StoreFiles", () => {
  it.effect("sorts the entries of a directory by name", () =>
    Effect.gen(function*() {
      const files = new StoreFiles(make({ "/r": ["b", "d", "a", "e", "c"] }), "/r")
      assert.deepStrictEqual((yield* files.entries(""))?.map(({ name }) => name), ["a", "b", "c", "d", "e"])
      assert.isUndefined(yield* files.entries("gone"))
    }))

  it.effect("reads a store at the root of the file system", () =>
    Effect.gen(function*() {
      const files = new StoreFiles(make({ "/": ["a"], "/a": [] }), "")
      assert.deepStrictEqual(yield* files.entries(""), [{ name: "a", kind: "directory" }])
      assert.deepStrictEqual(yield* files.entries("a"), [])
    }))

  it.effect("reads what a link leads to, and what only has a similar name where it is", () =>
    Effect.gen(function*() {
      const files = new StoreFiles(
        make(
          { "/r": ["a", "ab", "s"], "/r/ab": ["x"], "/r/s": ["l", "t"], "/r/s/t": [] },
          { "/r/a": "/r/s/t", "/r/s/l": "/r/ab" },
          ["/r/s/t/x", "/r/ab/x"]
        ),
        "/r"
      )
      assert.deepStrictEqual(yield* files.entries(""), [
        { name: "a", kind: "directory" },
        { name: "ab", kind: "directory" },
        { name: "s", kind: "directory" }
      ])
      yield* files.entries("s")
      assert.strictEqual(yield* files.text("a/x", 100), "/r/s/t/x")
      assert.strictEqual(yield* files.text("ab/x", 100), "/r/ab/x")
      assert.strictEqual(yield* files.text("s/l/x", 100), "/r/ab/x")
      assert.isUndefined(yield* files.text("s/t/y", 100))
    }))

  it.effect("refuses links out of the store, and to their own parents", () =>
    Effect.gen(function*() {
      const files = new StoreFiles(
        make({ "/r": ["a"], "/r/a": ["out", "near", "up"] }, {
          "/r/a/out": "/etc",
          "/r/a/near": "/r2/b",
          "/r/a/up": "/r/a"
        }),
        "/r"
      )
      const outside = "a link to a target outside the backup directory"
      assert.deepStrictEqual(
        (yield* files.entries("a"))?.map((entry) =>
          entry.kind === "refused" ? [entry.name, entry.reason, entry.detail] : entry
        ),
        [
          ["near", "outside-root", outside],
          ["out", "outside-root", outside],
          ["up", "outside-root", "a link to one of its own parent directories"]
        ]
      )
    }))
})
