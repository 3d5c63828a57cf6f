import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Option, PlatformError } from "effect"
import { StoreFiles } from "../../src/directory/internal/storeFiles.ts"

/** The error that Node's file system returns for a code without a tag of its own. */
const systemFailure = (code: string) =>
  PlatformError.systemError({
    _tag: "Unknown",
    module: "FileSystem",
    method: "test",
    cause: Object.assign(new Error(code), { code })
  })

const failure = (tag: PlatformError.SystemErrorTag, path: string) =>
  PlatformError.systemError({ _tag: tag, module: "FileSystem", method: "test", pathOrDescriptor: path })

const missing = (path: string) => failure("NotFound", path)

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

  it.effect("refuses links that cannot be followed, and what is neither a file nor a directory", () =>
    Effect.gen(function*() {
      const real = make({ "/r": ["broken", "circular", "secret"] }, {
        "/r/broken": "",
        "/r/circular": "",
        "/r/secret": ""
      })
      const tags: { readonly [path: string]: PlatformError.SystemErrorTag } = {
        "/r/broken": "NotFound",
        "/r/circular": "Unknown",
        "/r/secret": "PermissionDenied"
      }
      const files = new StoreFiles({ ...real, realPath: (path) => Effect.fail(failure(tags[path]!, path)) }, "/r")
      const refused = { kind: "refused" } as const
      assert.deepStrictEqual(yield* files.entries(""), [
        { name: "broken", ...refused, reason: "not-a-file", detail: "a broken link" },
        {
          name: "circular",
          ...refused,
          reason: "outside-root",
          detail: "a circular link, or one that cannot be followed"
        },
        {
          name: "secret",
          ...refused,
          reason: "unreadable",
          detail: "a link to a target without permission to read it"
        }
      ])
      const pipes = new StoreFiles({
        ...real,
        readDirectoryEntries: () => Effect.succeed([{ name: "pipe", type: "FIFO" }])
      }, "/r")
      assert.deepStrictEqual(yield* pipes.entries(""), [
        { name: "pipe", ...refused, reason: "not-a-file", detail: "of type FIFO, not a file" }
      ])
    }))

  it.effect.each<readonly [PlatformError.SystemErrorTag, detail: string]>([
    ["PermissionDenied", "permission denied"],
    ["BadResource", "it is a directory, or of another type that cannot be read"],
    ["Busy", "it is in use"],
    ["Unknown", "Unknown: FileSystem.test (/r/a)"]
  ])("explains why a text cannot be read: %s", ([tag, detail]) =>
    Effect.gen(function*() {
      const real = make({})
      const files = new StoreFiles({ ...real, open: (path) => Effect.fail(failure(tag, path)) }, "/r")
      assert.deepStrictEqual(yield* Effect.flip(files.text("a", 100)), { _tag: "Unread", detail })
      assert.strictEqual(yield* Effect.flip(files.image("a")), detail)
    }))

  it.effect("does not judge a link whose target cannot be read now, and states why", () =>
    Effect.gen(function*() {
      const real = make({ "/r": ["link"] }, { "/r/link": "" })
      const lost = Effect.fail(systemFailure("ESTALE"))
      const files = new StoreFiles({ ...real, realPath: () => lost }, "/r")
      assert.deepStrictEqual(yield* files.entries(""), [{
        name: "link",
        kind: "refused",
        reason: "unreadable",
        detail: "a link to a target that cannot be read: stale NFS handle (ESTALE)"
      }])
    }))

  it.effect("refuses a text that is too long", () =>
    Effect.gen(function*() {
      const files = new StoreFiles(make({}, {}, ["/r/a"]), "/r")
      assert.strictEqual(yield* files.text("a", 4), "/r/a")
      assert.deepStrictEqual(yield* Effect.flip(files.text("a", 3)), {
        _tag: "NoText",
        detail: "it is longer than 3 bytes"
      })
    }))
})
