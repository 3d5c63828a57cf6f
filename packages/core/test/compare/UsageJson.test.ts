import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Usage from "../../src/compare/Usage.ts"
import * as UsageJson from "../../src/compare/UsageJson.ts"
import { chain, chainX, environment, full, listing, tree, web } from "../support/treeLiterals.ts"

const now = DateTime.makeUnsafe("2024-03-11T00:00:00Z")
const holding = (bytes: bigint, fetchedAt = now) => ({
  ...listing(tree(environment(web, [chain(chainX, [1], { head: full(chainX, { size: bytes }) })], { name: "web01" }))),
  fetchedAt
})
const space = (bytes: bigint) => ({ backups: 1, bytes })
const inBrief = (options: Partial<Usage.ReportOptions> = {}) => {
  const { disk, growth } = UsageJson.encode(Usage.report(holding(200n), { by: "kind", ...options }))
  return { disk, growth }
}

describe("usage as JSON", () => {
  it("has the groups, the rest and the total", () => {
    assert.deepStrictEqual(UsageJson.encode(Usage.report(holding(200n), { by: "environment", top: 0 })), {
      source: "literal",
      fetchedAt: "2024-03-11T00:00:00.000Z",
      by: "environment",
      total: space(200n),
      groups: [],
      others: { ...space(200n), groups: 1 },
      growth: null,
      disk: null
    })
  })

  it("has the growth of a day, and the time when a disk is full", () => {
    const since = holding(100n, DateTime.subtract(now, { days: 10 }))
    assert.deepStrictEqual(inBrief({ since, disk: 300n }), {
      growth: { since: "2024-03-01T00:00:00.000Z", before: space(100n), bytesPerDay: 10 },
      disk: { bytes: 300n, fullAt: "2024-03-21T00:00:00.000Z" }
    })
  })

  it("has null for a rate or a time that is not known", () => {
    const since = holding(100n, DateTime.subtract(now, { hours: 1 }))
    assert.deepStrictEqual(inBrief({ since, disk: 300n }), {
      growth: { since: "2024-03-10T23:00:00.000Z", before: space(100n), bytesPerDay: null },
      disk: { bytes: 300n, fullAt: null }
    })
    assert.deepStrictEqual(inBrief({ disk: 300n }), { growth: null, disk: { bytes: 300n, fullAt: null } })
  })

  it.prop("fits its schema", [Arbitraries.listing], ([any]) => {
    const encoded = UsageJson.encode(Usage.report(any, { by: "backup", top: 3, disk: 1n << 40n }))
    assert.isTrue(Result.isSuccess(Schema.decodeUnknownResult(Schema.toType(UsageJson.UsageJson))(encoded)))
  })
})
