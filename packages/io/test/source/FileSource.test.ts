import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as BackupTreeXml from "@backup-tree/core/tree/BackupTreeXml"
import * as BackupSource from "@backup-tree/io/BackupSource"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Option, Result, Stream } from "effect"
import { spawn, spawnSync } from "node:child_process"
import * as fs from "node:fs"
import realFs from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"

const example = (name: string): string => fileURLToPath(new URL(`../../../core/test/fixtures/${name}`, import.meta.url))

const readTree = (name: string): BackupTree.BackupTree =>
  Result.getOrThrow(BackupTreeXml.decode(fs.readFileSync(example(name), "utf8"), { mode: "tolerant" })).tree

const { everything } = BackupTreeRequest
const chainUuid = "{0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}"

const withFile = <A, E, R>(content: string | Uint8Array, use: (file: string) => Effect.Effect<A, E, R>) =>
  Effect.scoped(Effect.gen(function*() {
    const folder = yield* Effect.acquireRelease(
      Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "backup-tree-"))),
      (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true }))
    )
    const file = path.join(folder, "tree.xml")
    fs.writeFileSync(file, content)
    return yield* use(file)
  }))

describe("a source of a file", () => {
  const two = BackupSource.layerFile({ path: example("05-two-chains.xml") })

  it.live("has listings of unknown completeness, because the request is unknown", () =>
    Effect.gen(function*() {
      const listing = yield* BackupSource.getBackupTree(everything)
      assert.deepStrictEqual(listing.tree, readTree("05-two-chains.xml"))
      assert.strictEqual(listing.completeness, "unknown")
      assert.deepStrictEqual(listing.request, Option.none())
    }).pipe(Effect.provide(two)))

  it.live("has complete ones if the caller knows that it is a full listing", () =>
    Effect.gen(function*() {
      const listing = yield* BackupSource.getBackupTree(everything)
      assert.strictEqual(listing.completeness, "complete")
      const one = yield* BackupSource.getBackupTree({
        ...everything,
        subject: { _tag: "Backup", id: `${chainUuid}.2` }
      })
      assert.strictEqual(one.completeness, "partial")
    }).pipe(Effect.provide(BackupSource.layerFile({ path: example("05-two-chains.xml"), isComplete: true }))))

  it.live("selects as a server should, without other chains", () =>
    Effect.gen(function*() {
      const { tree } = yield* BackupSource.getBackupTree({ ...everything, subject: { _tag: "Chain", id: chainUuid } })
      assert.deepStrictEqual(tree.environments[0]?.chains.map(({ uuid }) => uuid), [chainUuid])
      const none = yield* BackupSource.getBackupTree({ ...everything, kinds: "ct" })
      assert.deepStrictEqual(none.tree.environments, [])
      const missing = yield* Effect.flip(
        BackupSource.getBackupTree({ ...everything, subject: { _tag: "Backup", id: `${chainUuid}.9` } })
      )
      assert.strictEqual(missing.reason._tag, "RequestedBackupMissing")
    }).pipe(Effect.provide(two)))

  it.live("returns its text as it is, and the job of a request ends", () =>
    Effect.gen(function*() {
      assert.strictEqual(
        yield* BackupSource.getBackupTreeXml(everything),
        fs.readFileSync(example("05-two-chains.xml"), "utf8")
      )
      const job = yield* BackupSource.submit(everything)
      assert.strictEqual((yield* Stream.runCollect(job.changes)).at(-1)?._tag, "Finished")
    }).pipe(Effect.scoped, Effect.provide(two)))

  it.live("refuses a text of more elements than it may have", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(BackupSource.getBackupTree(everything))
      assert.match(error.message, /more than 20 elements/)
    }).pipe(Effect.provide(BackupSource.layerFile({ path: example("05-two-chains.xml"), maxElements: 20 }))))

  it.live("leads the notes of the reader into what was selected", () =>
    withFile(
      fs.readFileSync(example("05-two-chains.xml"), "utf8")
        .replace("2024-03-03 02:00:05", "yesterday")
        .replace("2024-02-25 02:00:03", "long ago"),
      (file) =>
        Effect.gen(function*() {
          const whole = yield* BackupSource.getBackupTree(everything)
          assert.deepStrictEqual(whole.notes.map(({ path }) => path), [
            "VmItem[1]/BackupItem[1]/PartialBackupItem[1]/DateTime",
            "VmItem[1]/BackupItem[2]/PartialBackupItem[1]/DateTime"
          ])
          const one = yield* BackupSource.getBackupTree({ ...everything, subject: { _tag: "Chain", id: chainUuid } })
          assert.deepStrictEqual(one.notes.map(({ path }) => path), [
            "VmItem[1]/BackupItem[1]/PartialBackupItem[1]/DateTime"
          ])
        }).pipe(Effect.provide(BackupSource.layerFile({ path: file })))
    ))

  it.live.each<[string, string | Uint8Array, string, RegExp]>([
    ["that is no XML", "hello", "XmlError", /hello|root|text/],
    ["that is truncated", "<BackupTree><VmItem>", "XmlError", /line 1/],
    ["that is not UTF-8", new Uint8Array([0x3c, 0xff]), "FileUnreadable", /not UTF-8/],
    ["that is cut inside a character", new Uint8Array([0x3c, 0xd0]), "FileUnreadable", /not UTF-8/],
    ["that is too long", "x".repeat(101), "FileUnreadable", /longer than 100 bytes/]
  ])("fails on one %s", ([, content, tag, message]) =>
    withFile(content, (file) =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(BackupSource.getBackupTree(everything))
        assert.strictEqual(error.reason._tag, tag)
        assert.match(error.message, message)
        assert.include(error.message, file)
        assert.isFalse(error.isRetryable)
      }).pipe(Effect.provide(BackupSource.layerFile({ path: file, maxBytes: 100 })))))

  it.live("reads one that is as long as it may be", () =>
    withFile(`<BackupTree>${" ".repeat(75)}</BackupTree>`, (file) =>
      Effect.gen(function*() {
        const read = (maxBytes: number) =>
          Effect.exit(Effect.provide(
            BackupSource.getBackupTreeXml(everything),
            BackupSource.layerFile({ path: file, maxBytes })
          ))
        assert.strictEqual(fs.statSync(file).size, 100)
        assert.isTrue(Exit.isSuccess(yield* read(100)))
        assert.isTrue(Exit.isFailure(yield* read(99)))
      })))

  it.live("reads a named pipe", () =>
    withFile("", (file) =>
      Effect.gen(function*() {
        const pipe = `${file}.pipe`
        assert.strictEqual(spawnSync("mkfifo", [pipe]).status, 0)
        // The writer waits until the pipe is opened.
        const writer = yield* Effect.acquireRelease(
          Effect.sync(() => spawn("cp", [example("05-two-chains.xml"), pipe])),
          (writer) => Effect.sync(() => writer.kill())
        )
        const text = yield* BackupSource.getBackupTreeXml(everything).pipe(
          Effect.provide(BackupSource.layerFile({ path: pipe }))
        )
        assert.strictEqual(text, fs.readFileSync(example("05-two-chains.xml"), "utf8"))
        assert.isFalse(writer.killed)
      })))

  it.live("fails on a named pipe that cannot be opened", () =>
    withFile("", (file) =>
      Effect.gen(function*() {
        const pipe = `${file}.pipe`
        assert.strictEqual(spawnSync("mkfifo", [pipe]).status, 0)
        const { openSync } = realFs
        // The superuser may open any pipe, so the failure is a sample.
        const replace = (open: typeof openSync) =>
          Effect.sync(() => {
            realFs.openSync = open
            syncBuiltinESMExports()
          })
        yield* Effect.acquireRelease(
          replace(() => {
            throw new Error("too many open files")
          }),
          () => replace(openSync)
        )
        const error = yield* Effect.flip(
          Effect.provide(BackupSource.getBackupTreeXml(everything), BackupSource.layerFile({ path: pipe }))
        )
        assert.strictEqual(error.message, `${pipe}: the file cannot be read: too many open files.`)
      })))

  it.live("fails on one that is not there, and on a folder", () =>
    Effect.gen(function*() {
      for (const [path, message] of [["/nonexistent.xml", "does not exist"], [os.tmpdir(), "directory"]] as const) {
        const error = yield* BackupSource.getBackupTree(everything).pipe(
          Effect.flip,
          Effect.provide(BackupSource.layerFile({ path }))
        )
        assert.include(error.message, message)
      }
    }))
})
