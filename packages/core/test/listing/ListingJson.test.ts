import * as ListingJson from "@backup-tree/core/listing/ListingJson"
import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import * as DirectoryReading from "../../src/directory/DirectoryReading.ts"
import * as BackupListing from "../../src/listing/BackupListing.ts"
import * as BackupTree from "../../src/tree/BackupTree.ts"
import { changedAt, missing } from "../support/changedAt.ts"
import { hostileReading } from "../support/readingArbitraries.ts"
import { directoryListing, readChain, readEnvironment, reading } from "../support/readings.ts"
import { chain, chainX, environment, fetchedAt, source, tree, web } from "../support/treeLiterals.ts"

const decode = (value: unknown) => Result.getOrThrow(ListingJson.decode(value))

const refused = (value: unknown) => Result.getOrThrow(Result.flip(ListingJson.decode(value)))

const listing = BackupListing.fromDocument({
  tree: tree(environment(web, [chain(chainX, [1, 2])])),
  notes: [],
  source,
  fetchedAt,
  complete: false
})

describe("ListingJson", () => {
  it.prop("comes back, and matches its schema", [Arbitraries.listing], ([listing]) => {
    const json = ListingJson.encode(listing)
    assert.isTrue(Schema.is(ListingJson.ListingJson)(json))
    assert.deepStrictEqual(decode(json), listing)
  })

  it.prop(
    "of a directory comes back with its reading, which has the same backups",
    [hostileReading, Arbitraries.request],
    ([reading, request]) => {
      const selected = DirectoryReading.select(reading, request)
      const listing = BackupListing.fromResponse({ ...selected, request, source, fetchedAt, directory: reading })
      const json = ListingJson.encode(listing)
      assert.isTrue(Schema.is(ListingJson.ListingJson)(json))
      const back = decode(json)
      assert.deepStrictEqual(back, listing)
      const located = DirectoryReading.locate(back.directory!)
      const backups = back.tree.environments.flatMap(({ chains }) => chains.flatMap(BackupTree.backups))
      assert.isTrue(backups.every((backup) => located.has(backup)))
    }
  )

  it("ignores fields that it does not know", () => {
    const newer = changedAt({ ...ListingJson.encode(listing), hint: { of: "a newer release" } }, "source.hint", () => 1)
    assert.deepStrictEqual(decode(changedAt(newer, "environments[0].chains[0].backups[0].hint", () => 1)), listing)
  })

  it.each<readonly [path: string, value: unknown, at: string]>([
    ["environments", missing, "environments"],
    ["environments", {}, "environments"],
    ["environments[0].chains[0].uuid", missing, "environments[0].chains[0].uuid"],
    ["source.kind", "tape", "source.kind"],
    ["fetchedAt", "yesterday", "fetchedAt"],
    ["completeness", "mostly", "completeness"],
    ["request.kinds", { subject: { _tag: "Everything" }, kinds: "all", directory: null }, "request"]
  ])("refuses a wrong value, and names its place: %s", (path, value, at) => {
    const { message, path: place, reason } = refused(changedAt(ListingJson.encode(listing), at, () => value))
    assert.deepStrictEqual([reason, place], ["content", path])
    assert.include(message, path)
  })

  it("refuses environments that were changed beside the reading of their directory", () => {
    const listing = directoryListing(reading([readEnvironment([readChain()])]))
    const changed = changedAt(ListingJson.encode(listing), "environments[0].name", () => "renamed")
    assert.match(refused(changed).message, /remove `reading`/)
    const alone = decode(changedAt(changed, "reading", () => missing))
    assert.strictEqual(alone.tree.environments[0]!.name, "renamed")
    assert.isUndefined(alone.directory)
  })

  it.each<BackupListing.Source>([
    { _tag: "Dispatcher", endpoint: "node7:64000" },
    { _tag: "File", path: "/tmp/tree.xml" },
    { _tag: "Directory", path: "/mnt/backups" },
    { _tag: "Memory", name: "test" },
    { _tag: "Servers", endpoints: ["node7:64000", "node8:64000"] }
  ])("has its source: %j", (source) => {
    assert.deepStrictEqual(decode(ListingJson.encode({ ...listing, source })).source, source)
  })

  it("refuses a reading that is none, and names its place", () => {
    const listing = directoryListing(reading([readEnvironment([readChain()])]))
    const { message, path } = refused(changedAt(ListingJson.encode(listing), "reading.directory", () => 1))
    assert.strictEqual(path, "reading.directory")
    assert.include(message, "reading.directory")
  })

  it.each([null, 1, "text", [], { environments: [] }])("refuses %j", (value) => {
    assert.strictEqual(refused(value).reason, "content")
  })
})
