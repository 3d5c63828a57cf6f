import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import * as Check from "../../src/check/Check.ts"
import * as Overview from "../../src/check/Overview.ts"
import * as Totals from "../../src/tree/Totals.ts"
import {
  chain,
  chainX,
  chainY,
  datedChain,
  environment,
  listing,
  stranger,
  tree,
  web
} from "../support/treeLiterals.ts"

const now = DateTime.makeUnsafe("2024-03-10T02:00:00Z")

const rows = (machines: ReadonlyArray<Overview.MachineOverview>) =>
  machines.map(({ chains, environment: { name }, last, size, state }) => [
    name,
    last.age === undefined ? "no age" : Duration.toHours(last.age),
    chains,
    last.backups,
    Number(size / 2n ** 30n),
    state
  ])

describe("the overview of a listing", () => {
  const sound = environment(web, [
    datedChain(chainX, ["2024-03-08 02:00:00", "2024-03-09 02:00:00"]),
    datedChain(chainY, ["2024-03-10 01:00:00"])
  ])
  // Its kind is unknown, its chain has the uuid of another, and its date is in the future.
  const broken = environment(stranger, [datedChain(chainX, ["2030-01-01 00:00:00"])], { name: "db01", vmType: 9 })

  it("has a row for each environment", () => {
    const empty = environment(stranger, [], { name: "empty" })
    assert.deepStrictEqual(rows(Overview.make(listing(tree(sound, empty)), { now })), [
      ["web01", 1, 2, 3, 12, "ok"],
      ["empty", "no age", 0, 0, 0, "warning"]
    ])
    assert.deepStrictEqual(Overview.make(listing(tree()), { now }), [])
  })

  it("has the worst state of the findings about a machine, and ignores dates in the future", () => {
    const [one, other] = Overview.make(listing(tree(sound, broken)), { now })
    assert.strictEqual(one?.environment, sound)
    assert.strictEqual(other?.last.at, undefined)
    assert.strictEqual(other?.state, "error")
  })

  it("knows that a backup is too old if it is told a limit", () => {
    const state = (maxAge: Duration.Duration) => Overview.make(listing(tree(sound)), { now, maxAge })[0]?.state
    assert.strictEqual(state(Duration.hours(1)), "ok")
    assert.notStrictEqual(state(Duration.minutes(59)), "ok")
  })
})

describe("laws of the overview", () => {
  it.prop("its sums are the totals of the tree", [Arbitraries.listing], ([any]) => {
    const machines = Overview.make(any, { now })
    const sum = (count: (machine: Overview.MachineOverview) => number) =>
      machines.reduce((total, machine) => total + count(machine), 0)
    assert.deepStrictEqual({
      environments: machines.length,
      chains: sum(({ chains }) => chains),
      backups: sum(({ last }) => last.backups),
      size: machines.reduce((total, { size }) => total + size, 0n)
    }, Totals.ofTree(any.tree))
  })

  it.prop("a state is the worst severity of a check", [Arbitraries.listing], ([any]) => {
    const { findings } = Check.run(any, { now }, { findings: Infinity, findingsPerRule: Infinity })
    for (const [index, { state }] of Overview.make(any, { now }).entries()) {
      const found = new Set(findings.filter(({ place }) => place.environment === index).map(({ severity }) => severity))
      assert.strictEqual(state, found.has("error") ? "error" : found.has("warning") ? "warning" : "ok")
    }
  })

  it.prop(
    "any order has the same machines, those of equal rank by name",
    [Arbitraries.listing, Schema.Literals(Overview.orders)],
    ([any, order]) => {
      const machines = Overview.make(any, { now })
      const sorted = Overview.sort(machines, order)
      assert.sameMembers([...sorted], [...machines])
      // Only environments of the same name and uuid keep the order that they had.
      const ids = (some: ReadonlyArray<Overview.MachineOverview>) =>
        some.map(({ environment: { name, uuid } }) => [name, uuid])
      assert.deepStrictEqual(ids(Overview.sort(sorted.toReversed(), "name")), ids(Overview.sort(machines, "name")))
      assert.deepStrictEqual(Overview.sort(sorted, order), sorted)
    }
  )
})

describe("the order of machines", () => {
  const at = (name: string, uuid: string, dates: ReadonlyArray<string>, size = 1n) => {
    const dated = datedChain(chainX, dates)
    return environment(uuid, [{ ...dated, head: { ...dated.head, size } }], { name })
  }
  const machines = Overview.make(
    listing(tree(
      at("web10", "{1}", ["2024-03-02 02:00:00"], 5n),
      at("web2", "{2}", ["2024-03-05 02:00:00", "2024-03-06 02:00:00"]),
      at("Äpfel", "{3}", [""], 2n ** 60n),
      environment("{4}", [chain(chainX, [1])], { name: "web2" })
    )),
    { now }
  )
  const uuids = (order: Overview.Order) => Overview.sort(machines, order).map(({ environment: { uuid } }) => uuid)

  it("is that of the names, with numbers by value", () => {
    assert.deepStrictEqual(uuids("name"), ["{2}", "{4}", "{1}", "{3}"])
  })

  it("is that of the ages, the oldest first, and machines without a date before it", () => {
    assert.deepStrictEqual(uuids("age"), ["{3}", "{1}", "{4}", "{2}"])
  })

  it("is that of the sizes and of the numbers of backups, the greatest first", () => {
    assert.deepStrictEqual(uuids("size"), ["{3}", "{2}", "{4}", "{1}"])
    assert.deepStrictEqual(uuids("backups"), ["{2}", "{4}", "{1}", "{3}"])
  })

  it("is that of the states, the worst first", () => {
    const states = (["ok", "error", "warning"] as const).map((state) => ({ ...machines[0]!, state }))
    assert.deepStrictEqual(Overview.sort(states, "state").map(({ state }) => state), ["error", "warning", "ok"])
  })
})
