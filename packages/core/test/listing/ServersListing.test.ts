import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Result from "effect/Result"
import * as Check from "../../src/check/Check.ts"
import type * as BackupListing from "../../src/listing/BackupListing.ts"
import * as ListingJson from "../../src/listing/ListingJson.ts"
import * as ServersListing from "../../src/listing/ServersListing.ts"
import * as BackupTree from "../../src/tree/BackupTree.ts"
import { chain, chainX, chainY, environment, full, listing, tree, web } from "../support/treeLiterals.ts"

const of = (
  endpoint: string,
  environments: ReadonlyArray<BackupTree.VirtualEnvironment>,
  more: Partial<BackupListing.BackupListing> = {}
): BackupListing.BackupListing => ({
  ...listing(tree(...environments)),
  source: { _tag: "Dispatcher", endpoint },
  ...more
})

const x = chain(chainX, [1, 2])
const y = chain(chainY, [1])

describe("a listing of several servers", () => {
  it("has every machine once, with the chains of all servers and where they are", () => {
    const { listing: both, merged } = ServersListing.merge([
      of("node1:64000", [environment(web, [x])]),
      of("node2:64000", [environment(web, [x, y])])
    ])
    assert.deepStrictEqual(both.tree.environments.map(({ chains }) => chains.map(({ uuid }) => uuid)), [[
      chainX,
      chainY
    ]])
    assert.deepStrictEqual(both.origins, [
      { environment: web, chain: chainX, endpoints: ["node1:64000", "node2:64000"] },
      { environment: web, chain: chainY, endpoints: ["node2:64000"] }
    ])
    assert.deepStrictEqual(both.source, { _tag: "Servers", endpoints: ["node1:64000", "node2:64000"] })
    assert.deepStrictEqual(merged.conflicts, [])
  })

  it("reports a chain that differs between two servers", () => {
    const changed = { ...x, head: full(chainX, { size: 1n }) }
    const { listing: both, merged } = ServersListing.merge([
      of("node1", [environment(web, [x])]),
      of("node2", [environment(web, [changed])])
    ])
    assert.lengthOf(merged.conflicts, 1)
    const [finding] = Check.run(both, { merged }).findings
    assert.deepStrictEqual([finding?.rule.id, finding?.severity], ["I03", "error"])
    assert.match(finding!.message, /server node1.*server node2|server node2.*server node1/)
  })

  it("is as old as the oldest, and as complete as the least complete", () => {
    const old = DateTime.makeUnsafe("2020-01-01T00:00:00Z")
    const completeness = (one: BackupListing.Completeness, other: BackupListing.Completeness) =>
      ServersListing.merge([of("a", [], { completeness: one }), of("b", [], { completeness: other })])
        .listing.completeness
    assert.deepStrictEqual(ServersListing.merge([of("a", []), of("b", [], { fetchedAt: old })]).listing.fetchedAt, old)
    assert.strictEqual(completeness("complete", "unknown"), "unknown")
    assert.strictEqual(completeness("partial", "unknown"), "partial")
    assert.strictEqual(completeness("complete", "complete"), "complete")
  })

  it.prop("comes back from JSON, and has every backup of each server", [Arbitraries.tree, Arbitraries.tree], (
    [one, other]
  ) => {
    const { listing: both, merged } = ServersListing.merge([
      of("a", one.environments),
      of("b", other.environments)
    ])
    assert.deepStrictEqual(Result.getOrThrow(ListingJson.decode(ListingJson.encode(both))).origins, both.origins)
    const kept = both.tree.environments.flatMap(({ chains }) => chains)
    const left = merged.conflicts.flatMap((conflict) => conflict._tag === "Chain" ? [conflict.chain] : [])
    const held = new Set([...kept, ...left].flatMap(BackupTree.backups).map(({ id }) => id))
    for (const { chains } of [...one.environments, ...other.environments]) {
      for (const { id } of chains.flatMap(BackupTree.backups)) assert.isTrue(held.has(id), id)
    }
  })
})
