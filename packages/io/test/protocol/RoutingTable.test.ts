import type { SecurityLevel } from "@backup-tree/core/sdk/SecurityLevel"
import type { Requirement, Route } from "@backup-tree/io/protocol/RoutingTable"
import * as RoutingTable from "@backup-tree/io/protocol/RoutingTable"
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { bytes, hex, int, mutate, mutations, toHex } from "./support.ts"

const levels: ReadonlyArray<SecurityLevel> = ["low", "normal", "high"]

const encoded = (table: RoutingTable.RoutingTable): Uint8Array => Result.getOrThrow(RoutingTable.encode(table))

const reasonOf = (result: Result.Result<unknown, { readonly reason: string }>): string =>
  Result.isFailure(result) ? result.failure.reason : "none"

const routes = Schema.Literals<ReadonlyArray<Route>>(["unknown", "plain", "tls"])
const requirements = Schema.Literals<ReadonlyArray<Requirement>>(["optional", "required"])

// Disjoint ranges in any order: widths and gaps are laid out along the numbers, then shuffled by a key.
const tables = Arbitrary.map(
  Arbitrary.all({
    defaultRoute: Arbitrary.schema(routes),
    defaultRequirement: Arbitrary.schema(requirements),
    ranges: Arbitrary.array(
      Arbitrary.all([
        Arbitrary.schema(int(0, 1000)),
        Arbitrary.schema(int(0, 100)),
        Arbitrary.schema(routes),
        Arbitrary.schema(requirements),
        Arbitrary.schema(int(0, 99))
      ]),
      { maxLength: 20 }
    )
  }),
  ({ defaultRequirement, defaultRoute, ranges }): RoutingTable.RoutingTable => {
    let at = 0
    const laid = ranges.map(([gap, width, route, requirement, key]) => {
      const firstType = at + gap
      at = firstType + width + 1
      return { key, range: { firstType, lastType: firstType + width, route, requirement } }
    })
    return { defaultRoute, defaultRequirement, routes: laid.sort((a, b) => a.key - b.key).map(({ range }) => range) }
  }
)

describe("RoutingTable", () => {
  it("writes the tables of the three levels", () => {
    assert.strictEqual(toHex(encoded(RoutingTable.forLevel("low"))), "010000000100000000")
    assert.strictEqual(toHex(encoded(RoutingTable.forLevel("high"))), "020000000100000000")
    const normal = encoded(RoutingTable.forLevel("normal"))
    assert.strictEqual(normal.length, 169)
    assert.strictEqual(toHex(normal.subarray(0, 25)), "01000000010000000a" + "e8030000cf0700000200000001000000")
  })

  it.prop("reads what it writes", [tables], ([table]) => {
    assert.deepStrictEqual(RoutingTable.decode(encoded(table)), Result.succeed(table))
  })

  it.prop("compares by meaning, whatever the order of routes", [tables, int(0, 19)], ([table, turn]) => {
    const by = table.routes.length === 0 ? 0 : turn % table.routes.length
    const turned = { ...table, routes: [...table.routes.slice(by), ...table.routes.slice(0, by)] }
    assert.isTrue(RoutingTable.equals(table, turned))
    assert.isTrue(RoutingTable.equals(turned, table))
  })

  it.prop(
    "never throws on changed bytes, and accepts only the three levels",
    [mutations, int(0, 2)],
    ([changes, n]) => {
      const level = levels[n]!
      const table = RoutingTable.decode(mutate(encoded(RoutingTable.forLevel(level)), changes))
      if (Result.isFailure(table)) return assert.strictEqual(table.failure.reason, "malformed-table")
      const accepted = RoutingTable.accept(table.success, "low")
      if (Result.isFailure(accepted)) return assert.strictEqual(accepted.failure.reason, "refused-table")
      assert.isTrue(RoutingTable.equals(table.success, RoutingTable.forLevel(accepted.success)))
    }
  )

  it.prop("never throws on any bytes", [bytes(400)], ([data]) => {
    RoutingTable.decode(data)
  })

  it("distinguishes tables by every field, in any order", () => {
    const table = RoutingTable.forLevel("normal")
    const [first, ...rest] = table.routes as [RoutingTable.RouteRange, ...Array<RoutingTable.RouteRange>]
    const others: ReadonlyArray<RoutingTable.RoutingTable> = [
      { ...table, defaultRoute: "tls" },
      { ...table, defaultRequirement: "optional" },
      { ...table, routes: table.routes.slice(0, -1) },
      { ...table, routes: [{ ...first, firstType: 999 }, ...rest] },
      { ...table, routes: [{ ...first, lastType: 1998 }, ...rest] },
      { ...table, routes: [{ ...first, route: "plain" }, ...rest] },
      { ...table, routes: [{ ...first, requirement: "optional" }, ...rest] }
    ]
    for (const other of others) {
      assert.isFalse(RoutingTable.equals(table, other))
      assert.isFalse(RoutingTable.equals(other, table))
    }
  })

  it("finds the level of each table, in any order of routes", () => {
    for (const level of levels) {
      const table = RoutingTable.forLevel(level)
      const reversed = { ...table, routes: table.routes.toReversed() }
      assert.deepStrictEqual(RoutingTable.levelOf(reversed), Option.some(level))
    }
    assert.deepStrictEqual(RoutingTable.levelOf(RoutingTable.nullTable), Option.none())
    // The server's own table of level low is never sent as such.
    const optional = { ...RoutingTable.forLevel("low"), defaultRequirement: "optional" as const }
    assert.deepStrictEqual(RoutingTable.levelOf(optional), Option.none())
    const normal = RoutingTable.forLevel("normal")
    assert.deepStrictEqual(RoutingTable.levelOf({ ...normal, routes: normal.routes.slice(1) }), Option.none())
  })

  it("returns the route of a type", () => {
    const routeAt = (level: SecurityLevel, type: number) => RoutingTable.routeOf(RoutingTable.forLevel(level), type)
    for (const type of [10, 2117, 5001]) {
      assert.strictEqual(routeAt("low", type), "plain")
      assert.strictEqual(routeAt("high", type), "tls")
    }
    const edges: ReadonlyArray<readonly [number, Route]> = [
      [10, "plain"],
      [999, "plain"],
      [1000, "tls"],
      [1999, "tls"],
      [2117, "tls"],
      [5003, "tls"],
      [7000, "tls"],
      [7001, "plain"],
      [200_100, "tls"],
      [200_102, "plain"]
    ]
    for (const [type, route] of edges) assert.strictEqual(routeAt("normal", type), route)
  })

  it("accepts packages in plain frames only if the level allows it", () => {
    assert.isTrue(RoutingTable.allowsPlain("low", 2039))
    assert.isTrue(RoutingTable.allowsPlain("normal", 10))
    assert.isFalse(RoutingTable.allowsPlain("normal", 5001))
    assert.isFalse(RoutingTable.allowsPlain("high", 10))
  })

  it("accepts levels as the product does: high against a minimum of normal is refused", () => {
    const replies = levels.map((client) =>
      levels.map((server) => Result.isSuccess(RoutingTable.accept(RoutingTable.forLevel(client), server)))
    )
    assert.deepStrictEqual(replies, [
      [true, false, false],
      [true, true, false],
      [true, false, true]
    ])
  })

  it("distinguishes a refusal from a changed table", () => {
    const sent = RoutingTable.forLevel("normal")
    const echo = { ...sent, routes: sent.routes.toReversed() }
    assert.isTrue(Result.isSuccess(RoutingTable.confirm(sent, echo)))
    assert.strictEqual(reasonOf(RoutingTable.confirm(sent, RoutingTable.nullTable)), "null-table")
    assert.strictEqual(reasonOf(RoutingTable.confirm(sent, RoutingTable.forLevel("low"))), "changed-table")
    assert.strictEqual(reasonOf(RoutingTable.confirm(sent, { ...sent, routes: sent.routes.slice(1) })), "changed-table")
  })

  it("refuses tables that are none", () => {
    const head = "02000000 01000000"
    const route = (first: string, last: string) => `${first} ${last} 02000000 01000000`
    const refused: ReadonlyArray<string> = [
      "",
      head,
      `${head} 01`,
      `${head} 00 00`,
      `${head} 15 ${route("01000000", "01000000").repeat(21)}`,
      `${head} ff`,
      `${head} 01 ${route("02000000", "01000000")}`,
      `${head} 02 ${route("01000000", "05000000")} ${route("05000000", "06000000")}`,
      `${head} 02 ${route("05000000", "06000000")} ${route("01000000", "ffffffff")}`,
      `${head} 02 ${route("07000000", "07000000")} ${route("07000000", "07000000")}`,
      "03000000 01000000 00",
      "02000000 02000000 00",
      `${head} 01 01000000 01000000 03000000 01000000`,
      `${head} 01 01000000 01000000 02000000 ffffffff`
    ]
    for (const text of refused) assert.strictEqual(reasonOf(RoutingTable.decode(hex(text))), "malformed-table", text)
    assert.isTrue(Result.isSuccess(RoutingTable.decode(hex(`${head} 01 ${route("00000000", "ffffffff")}`))))
  })

  it("writes no table that it would not read", () => {
    const range = (firstType: number, lastType: number): RoutingTable.RouteRange => ({
      firstType,
      lastType,
      route: "tls",
      requirement: "required"
    })
    const refused: ReadonlyArray<ReadonlyArray<RoutingTable.RouteRange>> = [
      [range(-1, 0)],
      [range(0, 2 ** 32)],
      [range(0.5, 1)],
      [range(2, 1)],
      [range(1, 1), range(1, 1)],
      Array.from({ length: 21 }, (_, index) => range(index, index))
    ]
    for (const routes of refused) {
      assert.strictEqual(reasonOf(RoutingTable.encode({ ...RoutingTable.forLevel("low"), routes })), "malformed-table")
    }
    const most = { ...RoutingTable.forLevel("low"), routes: refused.at(-1)!.slice(0, 20) }
    assert.deepStrictEqual(RoutingTable.decode(encoded(most)), Result.succeed(most))
  })

  it("has at most 20 routes, which is known before they arrive", () => {
    const announcing = (count: number) => Uint8Array.of(2, 0, 0, 0, 1, 0, 0, 0, count)
    assert.deepStrictEqual(RoutingTable.lengthOf(announcing(20)), Result.succeed(9 + 16 * 20))
    assert.strictEqual(reasonOf(RoutingTable.lengthOf(announcing(21))), "malformed-table")
  })
})
