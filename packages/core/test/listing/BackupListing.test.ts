import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as DirectoryReading from "../../src/directory/DirectoryReading.ts"
import * as BackupListing from "../../src/listing/BackupListing.ts"
import * as BackupTreeRequest from "../../src/sdk/BackupTreeRequest.ts"
import * as BackupTree from "../../src/tree/BackupTree.ts"
import { hostileReading } from "../support/readingArbitraries.ts"
import { directoryListing, readChain, readEnvironment, reading } from "../support/readings.ts"
import { assertStored } from "../support/stored.ts"
import { chain, chainX, environment, fetchedAt, source, tree, web } from "../support/treeLiterals.ts"

const answer = { tree: BackupTree.empty, notes: [], source, fetchedAt }
const asking = (subject: BackupTreeRequest.Subject): BackupTreeRequest.BackupTreeRequest => ({
  ...BackupTreeRequest.everything,
  subject
})

describe("BackupListing", () => {
  it("treats the response about everything or an environment as complete", () => {
    for (const subject of [{ _tag: "Everything" }, { _tag: "Environment", uuid: web }] as const) {
      const listing = BackupListing.fromResponse({ ...answer, request: asking(subject) })
      assert.strictEqual(listing.completeness, "complete")
      assert.deepStrictEqual(listing.request, Option.some(asking(subject)))
    }
  })

  it("treats the response about one backup as partial: it omits incrementals that exist", () => {
    for (const _tag of ["Backup", "Chain"] as const) {
      assert.strictEqual(BackupListing.completenessOf(asking({ _tag, id: chainX })), "partial")
    }
  })

  it("takes the completeness of a document from its reader", () => {
    const [known, unknown] = [true, false].map((complete) => BackupListing.fromDocument({ ...answer, complete }))
    assert.strictEqual(known!.completeness, "complete")
    assert.strictEqual(unknown!.completeness, "unknown")
    assert.isTrue(Option.isNone(known!.request))
  })

  it("names its source for people", () => {
    assert.deepStrictEqual(
      ([
        { _tag: "Dispatcher", endpoint: "hn1.example.com:64000" },
        { _tag: "File", path: "tree.xml" },
        { _tag: "Memory", name: "demo" }
      ] as const).map(BackupListing.printSource),
      ["hn1.example.com:64000", "tree.xml", "demo"]
    )
  })

  it.prop("is the same when it is written and read", [Arbitraries.listing], ([listing]) => {
    assertStored(BackupListing.BackupListing, listing)
  })

  it.prop(
    "of a directory has the backups of its reading again when it is written and read",
    [hostileReading, Arbitraries.request],
    ([reading, request]) => {
      const listing = BackupListing.fromResponse({
        ...DirectoryReading.select(reading, request),
        request,
        source: { _tag: "Directory", path: reading.root },
        fetchedAt,
        directory: reading
      })
      assertStored(BackupListing.BackupListing, listing)
      const codec = Schema.toCodecJson(BackupListing.BackupListing)
      const read = Schema.decodeSync(codec)(Schema.encodeSync(codec)(listing))
      const located = DirectoryReading.locate(read.directory!)
      const backups = read.tree.environments.flatMap(({ chains }) => chains.flatMap(BackupTree.backups))
      assert.isTrue(backups.every((backup) => located.has(backup)))
    }
  )

  it("is refused with a tree that is not from its directory, and with places that the directory lacks", () => {
    const directory = reading([readEnvironment([readChain()])])
    const listing = directoryListing(directory)
    const foreign = { ...listing, tree: tree(environment(web, [chain(chainX, [1, 2, 3])])) }
    assert.isTrue(Option.isNone(Schema.encodeOption(BackupListing.BackupListing)(foreign)))
    const encoded = Schema.encodeSync(BackupListing.BackupListing)(listing)
    const selection = [{ environment: 0, chains: [{ chain: 0, items: [0, 3] }] }]
    assert.isTrue(Option.isSome(Schema.decodeOption(BackupListing.BackupListing)(encoded)))
    assert.isTrue(Option.isNone(Schema.decodeUnknownOption(BackupListing.BackupListing)({ ...encoded, selection })))
  })

  it.prop("keeps what it was made of", [Arbitraries.tree, Arbitraries.request], ([tree, request]) => {
    const listing = BackupListing.fromResponse({ ...answer, tree, request })
    assert.strictEqual(listing.tree, tree)
    assert.strictEqual(listing.source, source)
    assert.strictEqual(listing.fetchedAt, fetchedAt)
    assert.strictEqual(
      listing.completeness === "complete",
      ["Everything", "Environment"].includes(request.subject._tag)
    )
  })
})
