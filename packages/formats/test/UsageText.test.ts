import * as Usage from "@backup-tree/core/compare/Usage"
import * as UsageText from "@backup-tree/formats/UsageText"
import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import { chain, chainX, environment, full, tree, web } from "../../core/test/support/treeLiterals.ts"
import { example, listingOf } from "./support/listings.ts"

const listing = listingOf(example("05-two-chains.xml"))
const earlier = {
  tree: { environments: [], kept: [] },
  fetchedAt: DateTime.subtract(listing.fetchedAt, { days: 10 })
}
const textOf = (options: Usage.ReportOptions) => UsageText.lines(Usage.report(listing, options)).join("\n")

describe("usage in words", () => {
  it("lists the greatest groups, the rest, and the total", () => {
    assert.strictEqual(
      textOf({ by: "backup", top: 3 }),
      `       size  share  backups  backup
    9.3 GiB   48 %        1  web01 ({0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01})
    9.0 GiB   47 %        1  web01 ({a3d92c74-5b11-4f0e-a6a0-0d6b3c1e9f02})
  400.0 MiB    2 %        1  web01 ({a3d92c74-5b11-4f0e-a6a0-0d6b3c1e9f02}.3)
  640.0 MiB    3 %        2  2 more
   19.3 GiB  100 %        5  total, from test`
    )
  })

  it("states the growth, and when a disk is full", () => {
    const growth = textOf({ by: "environment", since: earlier, disk: 25n << 30n })
    assert.include(growth, "Grew by 1.9 GiB a day since ")
    assert.include(growth, ": 0 backups with 0 B then, 5 with 19.3 GiB now.")
    assert.match(
      growth,
      /\nA disk of 25\.0 GiB with nothing but these backups is full on \d{4}-\d\d-\d\d at this rate\.$/
    )
    assert.include(textOf({ by: "kind", since: earlier, disk: 1n }), "A disk of 1 B is too small for these backups.")
    const shrunk = Usage.report({ ...listing, tree: earlier.tree }, {
      by: "host",
      since: { ...earlier, tree: listing.tree },
      disk: 1n << 40n
    })
    assert.include(UsageText.lines(shrunk).join("\n"), "Shrank by 1.9 GiB a day")
    assert.include(UsageText.lines(shrunk).join("\n"), "A disk of 1.0 TiB does not fill up at this rate.")
  })

  it("has no rate from listings that are hours apart, and no growth where nothing grew", () => {
    const hours = { ...earlier, fetchedAt: DateTime.subtract(listing.fetchedAt, { hours: 3 }) }
    const soon = textOf({ by: "kind", since: hours, disk: 25n << 30n })
    assert.include(soon, "Grew by 19.3 GiB since ")
    assert.include(soon, "\nThe listings are less than a day apart, which is too short for a forecast.")
    assert.include(textOf({ by: "kind", since: { ...earlier, tree: listing.tree } }), "\nNo growth since ")
  })

  it("cuts the names of hosts", () => {
    const head = full(chainX, { host: "node".repeat(1000) })
    const named = listingOf(tree(environment(web, [chain(chainX, [1], { head })])))
    const lines = UsageText.lines(Usage.report(named, { by: "host" }))
    assert.isBelow(Math.max(...lines.map((line) => line.length)), 200)
    assert.include(lines[1], "nodenode")
  })

  it.prop("is printable, whatever the names", [Arbitraries.listing], ([any]) => {
    for (const by of Usage.Grouping.literals) {
      for (const line of UsageText.lines(Usage.report(any, { by, top: 5 }))) {
        assert.notMatch(line, /[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u)
      }
    }
  })
})
