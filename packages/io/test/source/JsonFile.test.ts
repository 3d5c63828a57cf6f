import * as JsonHeader from "@backup-tree/core/json/JsonHeader"
import * as BackupListing from "@backup-tree/core/listing/BackupListing"
import * as ListingJson from "@backup-tree/core/listing/ListingJson"
import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as BackupTreeXml from "@backup-tree/core/tree/BackupTreeXml"
import * as BackupSource from "@backup-tree/io/BackupSource"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Stream } from "effect"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { directoryListing, readChain, readEnvironment, reading } from "../../../core/test/support/readings.ts"
import { chain, chainX, chainY, environment, fetchedAt, tree, web } from "../../../core/test/support/treeLiterals.ts"

const { everything } = BackupTreeRequest

const node7 = { _tag: "Dispatcher", endpoint: "node7:64000" } as const
const one = tree(environment(web, [chain(chainX, [1, 2]), chain(chainY, [1])]))

const listingOf = (request: BackupTreeRequest.BackupTreeRequest) =>
  BackupListing.fromResponse({ tree: one, notes: [], request, source: node7, fetchedAt })

/** The text of a document; its sizes are small enough for a number. */
const textOf = (listing: BackupListing.BackupListing, kind: "listing" | "check" = "listing"): string =>
  JSON.stringify(
    { schema: JsonHeader.make(kind), ...ListingJson.encode(listing) },
    (_, value: unknown) => typeof value === "bigint" ? Number(value) : value
  )

const withFile = <A, E>(
  content: string,
  use: Effect.Effect<A, E, BackupSource.BackupSource>,
  options: Omit<Parameters<typeof BackupSource.layerFile>[0], "path"> = {}
): Effect.Effect<A, E> =>
  Effect.scoped(Effect.gen(function*() {
    const folder = yield* Effect.acquireRelease(
      Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "backup-tree-"))),
      (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true }))
    )
    const file = path.join(folder, "listing.json")
    fs.writeFileSync(file, content)
    return yield* Effect.provide(use, BackupSource.layerFile({ ...options, path: file }))
  }))

const chainRequest = { ...everything, subject: { _tag: "Chain", id: chainX } } as const

describe("a file with a listing as JSON", () => {
  it.live("is a listing with the time, request and completeness of the document", () =>
    Effect.gen(function*() {
      const listing = yield* withFile(textOf(listingOf(everything)), BackupSource.getBackupTree(everything))
      assert.deepStrictEqual(listing.tree, one)
      assert.deepStrictEqual(listing.fetchedAt, fetchedAt)
      assert.strictEqual(listing.completeness, "complete")
      assert.deepStrictEqual(listing.request, Option.some(everything))
      assert.strictEqual(listing.source._tag, "File")
    }))

  it.live("is refused with the cause if the command failed that should have written it", () =>
    Effect.gen(function*() {
      const error = { tag: "LoginRefused", message: "the server refused the login.", exitCode: 3, isRetryable: false }
      const document = JSON.stringify({ schema: JsonHeader.make("error"), error })
      const { message } = yield* Effect.flip(withFile(document, BackupSource.getBackupTree(everything)))
      assert.match(
        message,
        /JSON refused: the command that wrote this document failed: the server refused the login\. Run/
      )
    }))

  it.live("can be the document of a check, and begin with a byte order mark", () =>
    Effect.gen(function*() {
      const text = `\ufeff\n${textOf(listingOf(everything), "check")}`
      assert.deepStrictEqual((yield* withFile(text, BackupSource.getBackupTree(everything))).tree, one)
    }))

  it.live("answers requests for a part", () =>
    Effect.gen(function*() {
      const text = textOf(listingOf(everything))
      const part = yield* withFile(text, BackupSource.getBackupTree(chainRequest))
      assert.deepStrictEqual(part.tree.environments[0]!.chains.map(({ uuid }) => uuid), [chainX])
      assert.strictEqual(part.completeness, "partial")
      const environments = yield* withFile(text, Stream.runCollect(BackupSource.streamEnvironments(everything)))
      assert.deepStrictEqual(environments, [...one.environments])
      const { reason } = yield* Effect.flip(
        withFile(text, BackupSource.getBackupTree({ ...everything, subject: { _tag: "Backup", id: `${chainX}.9` } }))
      )
      assert.strictEqual(reason._tag, "RequestedBackupMissing")
    }))

  it.live("is returned as it was stored, if that is wanted", () =>
    Effect.gen(function*() {
      const stored = listingOf(chainRequest)
      const listing = yield* withFile(textOf(stored), BackupSource.getBackupTree(everything), { asStored: true })
      assert.deepStrictEqual(listing, stored)
    }))

  it.live("is partial if it was asked for less", () =>
    Effect.gen(function*() {
      const text = textOf(listingOf({ ...everything, kinds: "vm" }))
      const [same, more] = yield* Effect.all([
        withFile(text, BackupSource.getBackupTree({ ...everything, kinds: "vm" })),
        withFile(text, BackupSource.getBackupTree(everything), { isComplete: true })
      ])
      assert.deepStrictEqual([same.completeness, more.completeness], ["complete", "partial"])
    }))

  it.live("of unknown completeness becomes complete only if the caller says so", () =>
    Effect.gen(function*() {
      const text = textOf(
        BackupListing.fromDocument({ tree: one, notes: [], source: node7, fetchedAt, complete: false })
      )
      const [unknown, complete] = yield* Effect.all([
        withFile(text, BackupSource.getBackupTree(everything)),
        withFile(text, BackupSource.getBackupTree(everything), { isComplete: true })
      ])
      assert.deepStrictEqual([unknown.completeness, complete.completeness], ["unknown", "complete"])
    }))

  it.live("of a backup directory keeps its reading", () =>
    Effect.gen(function*() {
      const listing = directoryListing(reading([readEnvironment([readChain()])]))
      const read = yield* withFile(textOf(listing), BackupSource.getBackupTree(everything))
      assert.deepStrictEqual(read.directory, listing.directory)
      assert.deepStrictEqual(read.tree, listing.tree)
    }))

  it.live("is printed as XML", () =>
    Effect.gen(function*() {
      const xml = yield* withFile(textOf(listingOf(everything)), BackupSource.getBackupTreeXml(everything))
      assert.strictEqual(xml, BackupTreeXml.encode(one))
    }))

  it.live.each<readonly [text: string, message: RegExp]>([
    ["{", /JSON refused \(line 1, column 2\): it ends too early/],
    ["[]", /not a document of backup-tree/],
    [
      "{\"schema\": {\"name\": \"backup-tree/listing\", \"version\": 9}}",
      /version 9, and this release reads version 2/
    ],
    ["{\"schema\": {\"name\": \"backup-tree/restore-plan\", \"version\": 2}}", /not "backup-tree\/listing"/],
    ["{\n\"a\": 1, \"a\": 2}", /line 2, column 9, in a\): the key "a" appears twice/],
    [
      textOf(listingOf(everything)).replace("\"size\":", "\"sizes\":"),
      /environments\[0\]\.chains\[0\]\.backups\[0\]\.size/
    ]
  ])("is refused with its fault and its place: %j", ([text, message]) =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(withFile(text, BackupSource.getBackupTree(everything)))
      assert.strictEqual(error.reason._tag, "JsonError")
      assert.match(error.message, message)
      assert.include(error.message, "listing.json")
    }))

  it.live("is refused beyond a limit", () =>
    Effect.gen(function*() {
      const text = `{"a": [${Array.from({ length: 1000 }, () => "[]").join(",")}]}`
      for (const options of [{ maxElements: 900 }, { maxTreeBytes: 10_000 }]) {
        const { reason } = yield* Effect.flip(withFile(text, BackupSource.getBackupTree(everything), options))
        assert.strictEqual(reason._tag, "JsonError")
      }
    }))
})
