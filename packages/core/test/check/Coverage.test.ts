import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Coverage from "../../src/check/Coverage.ts"
import type { InventoryEntry } from "../../src/check/Inventory.ts"
import * as BackupListing from "../../src/listing/BackupListing.ts"
import * as BackupTreeRequest from "../../src/sdk/BackupTreeRequest.ts"
import * as Uuid from "../../src/sdk/Uuid.ts"
import * as BackupDate from "../../src/tree/BackupDate.ts"
import * as BackupTree from "../../src/tree/BackupTree.ts"
import { inventoried, options, spellings } from "../support/inventoryArbitraries.ts"
import { assertStored } from "../support/stored.ts"
import {
  chain,
  chainX,
  chainY,
  datedChain,
  environment,
  fetchedAt,
  full,
  incremental,
  listing,
  source,
  stranger,
  tree,
  web
} from "../support/treeLiterals.ts"
import { integer } from "../support/xmlArbitraries.ts"

const mail = "{91b0c7d2-3e4f-4a5b-8c6d-7e8f90a1b2c3}"
const old = "{a2c1d8e3-4f50-4b6c-9d7e-8f90a1b2c3d4}"

const now = DateTime.makeUnsafe("2024-03-10T02:00:00Z")
const limit = { now, maxAge: Duration.hours(26) }

let places = 0
const entry = (uuid: string | undefined, name: string | undefined, kind?: InventoryEntry["kind"]): InventoryEntry => ({
  uuid,
  name,
  kind,
  place: `entry ${places += 1}`
})

const cover = (
  inventory: ReadonlyArray<InventoryEntry>,
  environments: ReadonlyArray<BackupTree.VirtualEnvironment>,
  given: Coverage.CoverageOptions = limit
): Coverage.Coverage => Result.getOrThrow(Coverage.make(inventory, listing(tree(...environments)), given))

const states = (coverage: Coverage.Coverage) => coverage.machines.map(({ state }) => state)
const unlisted = (coverage: Coverage.Coverage) => coverage.unlisted.map(({ environment }) => environment.uuid)

describe("the state of a machine", () => {
  const state = (...dateTimes: ReadonlyArray<string>) => {
    const chains = dateTimes.length === 0 ? [] : [datedChain(chainX, dateTimes)]
    return cover([entry(web, "web01")], [environment(web, chains)]).machines[0]!
  }

  it.each<[string, ReadonlyArray<string>, Coverage.State, number | null]>([
    ["fresh up to the limit", ["2024-03-09 00:00:00"], "Fresh", 26 * 3600],
    ["stale beyond it", ["2024-03-08 23:59:59"], "Stale", 26 * 3600 + 1],
    ["that of its newest backup, wherever it stands", ["2024-03-10 01:59:50", "2020-01-01 00:00:00"], "Fresh", 10],
    ["not touched by undated backups", ["", "2024-03-09 02:00:00", "junk"], "Fresh", 24 * 3600],
    ["undated where no backup has a date", ["", "junk"], "Undated", null],
    ["never where there is an environment, and no backup", [], "Never", null],
    ["of age nothing for a date a little ahead", ["2024-03-10 02:05:00"], "Fresh", 0],
    ["undated where all dates lie in the future", ["2024-03-10 02:05:01"], "Undated", null],
    ["that of its newest backup up to now", ["2024-03-01 00:00:00", "2031-01-01 00:00:00"], "Stale", 9 * 86_400 + 7200]
  ])("is %s", (_, dateTimes, expected, seconds) => {
    const { last, state: found } = state(...dateTimes)
    assert.strictEqual(found, expected)
    assert.strictEqual(last.age === undefined ? null : Duration.toSeconds(last.age), seconds)
    assert.strictEqual(last.at === undefined, seconds === null)
    assert.strictEqual(last.backups, dateTimes.length)
  })

  it("keeps the latest date of the future, and the host of the newest backup", () => {
    const { last } = state("2031-01-01 00:00:00", "2024-03-10 01:00:00", "2030-01-01 00:00:00")
    assert.strictEqual(DateTime.formatIso(last.future!), "2031-01-01T00:00:00.000Z")
    const moved = chain(chainX, [1], {
      head: full(chainX, { host: "hn1", dateTime: "2024-03-09 00:00:00" }),
      incrementals: [
        incremental(chainX, 2, { host: "hn2", dateTime: "2024-03-10 00:00:00" }),
        incremental(chainX, 3, { host: "hn3", dateTime: "" })
      ]
    })
    assert.strictEqual(Coverage.lastBackup([environment(web, [moved])], now).host, "hn2")
    assert.strictEqual(Coverage.lastBackup([environment(web, [moved])], DateTime.makeUnsafe(0)).host, "hn3")
    assert.strictEqual(Coverage.lastBackup([], now).host, "")
  })
})

describe("matching", () => {
  const fresh = (uuid: string, name: string, ...chains: ReadonlyArray<BackupTree.BackupChain>) =>
    environment(uuid, chains.length === 0 ? [datedChain(chainX, ["2024-03-10 00:00:00"])] : chains, { name })

  it("goes by uuid without regard to case and braces, whatever the names are", () => {
    for (const spell of spellings) {
      const coverage = cover([entry(spell(web), "renamed")], [fresh(web, "web01"), fresh(mail, "renamed")])
      assert.deepStrictEqual([states(coverage), unlisted(coverage)], [["Fresh"], [mail]])
    }
  })

  it("goes by name, to the letter, only where the entry has no uuid", () => {
    const there = [fresh(web, "web01")]
    assert.deepStrictEqual(states(cover([entry(undefined, "web01")], there)), ["Fresh"])
    assert.deepStrictEqual(states(cover([entry(undefined, "Web01")], there)), ["Never"])
    assert.deepStrictEqual(states(cover([entry(mail, "web01")], there)), ["Never"])
  })

  it("claims nothing where two machines of the listing bear the name", () => {
    const coverage = cover([entry(undefined, "web01")], [fresh(web, "web01"), fresh(mail, "web01"), fresh(old, "old")])
    assert.deepStrictEqual([states(coverage), unlisted(coverage)], [["Ambiguous"], [old]])
    assert.strictEqual(coverage.machines[0]!.last.at, undefined)
  })

  it("claims nothing where two entries may mean one machine", () => {
    const there = [fresh(web, "web01")]
    assert.deepStrictEqual(states(cover([entry(undefined, "web01"), entry(undefined, "web01")], there)), [
      "Ambiguous",
      "Ambiguous"
    ])
    assert.deepStrictEqual(states(cover([entry(web, "web01"), entry(undefined, "web01")], there)), [
      "Fresh",
      "Ambiguous"
    ])
    assert.deepStrictEqual(states(cover([entry(undefined, "web01"), entry(mail, "web01")], there)), [
      "Ambiguous",
      "Never"
    ])
    assert.deepStrictEqual(states(cover([entry(web, undefined), entry(undefined, "web01")], there)), [
      "Fresh",
      "Ambiguous"
    ])
  })

  it("leaves a machine that was renamed to the entry that has its uuid", () => {
    const coverage = cover([entry(web, "web-old"), entry(undefined, "web01")], [fresh(web, "web01")])
    assert.deepStrictEqual(states(coverage), ["Fresh", "Never"])
    const other = cover([entry(web, "web-old"), entry(undefined, "web01")], [fresh(web, "web01"), fresh(mail, "web01")])
    assert.deepStrictEqual(states(other), ["Fresh", "Fresh"])
    assert.strictEqual(other.machines[1]!.environments[0]!.environment.uuid, mail)
  })

  it("counts a machine that a copied store lists twice as one", () => {
    const copies = [
      environment(web, [datedChain(chainX, ["2024-03-01 00:00:00"])]),
      environment(web.toUpperCase(), [datedChain(chainY, ["2024-03-10 00:00:00"])], { name: "copy" })
    ]
    for (const one of [entry(web, undefined), entry(undefined, "web01")]) {
      const coverage = cover([one], copies)
      assert.deepStrictEqual([states(coverage), coverage.machines[0]!.environments.length], [["Fresh"], 2])
      assert.deepStrictEqual(unlisted(coverage), [])
    }
  })

  it("does not slow down with the square of one name", () => {
    const count = 100_000
    const inventory = Array.from({ length: count }, (_, index) => entry(index % 2 === 0 ? undefined : web, "web01"))
    const coverage = cover(inventory, Array.from({ length: 1000 }, () => fresh(web, "web01")))
    assert.deepStrictEqual(Coverage.counts(coverage), {
      Fresh: count / 2,
      Dated: 0,
      Stale: 0,
      Undated: 0,
      Never: 0,
      Ambiguous: count / 2
    })
  })
})

describe("a listing that cannot show which machines have no backup", () => {
  const answer = (
    subject: BackupTreeRequest.Subject,
    kinds: BackupTreeRequest.Kinds = "vm+ct"
  ): BackupListing.BackupListing =>
    BackupListing.fromResponse({
      tree: tree(environment(web, [datedChain(chainX, ["2024-03-10 00:00:00"])])),
      notes: [],
      request: { subject, kinds, directory: Option.none() },
      source,
      fetchedAt
    })

  const reason = (given: BackupListing.BackupListing, ...inventory: ReadonlyArray<InventoryEntry>) =>
    Result.match(Coverage.make(inventory, given, limit), {
      onFailure: (error) => {
        assert.match(error.message, /^This listing cannot be compared with an inventory: .*\. Request everything/)
        return error.reason
      },
      onSuccess: () => undefined
    })

  it("is refused: the response for one backup, or about one environment", () => {
    assert.match(
      Result.match(Coverage.make([], answer({ _tag: "Backup", id: chainX }), limit), {
        onFailure: ({ message }) => message,
        onSuccess: () => ""
      }),
      /inventory: it is partial: for one backup id, filtered, or without one of the servers\./
    )
    assert.strictEqual(reason(answer({ _tag: "Backup", id: chainX })), "partial")
    assert.strictEqual(reason(answer({ _tag: "Chain", id: chainX })), "partial")
    assert.strictEqual(reason(answer({ _tag: "Environment", uuid: web })), "subject")
    assert.strictEqual(reason(answer({ _tag: "Everything" }), entry(web, "web01")), undefined)
  })

  it("is refused where it is about one kind, unless every machine is of it", () => {
    const machines = answer({ _tag: "Everything" }, "vm")
    assert.strictEqual(reason(machines, entry(web, "web01")), "kinds")
    assert.strictEqual(reason(machines, entry(web, "web01", "vm"), entry(mail, "ct", "ct")), "kinds")
    assert.strictEqual(reason(machines, entry(web, "web01", "vm")), undefined)
    assert.strictEqual(reason(answer({ _tag: "Everything" }, "ct"), entry(web, "web01", "vm")), "kinds")
    assert.strictEqual(reason(answer({ _tag: "Everything" }, "ct"), entry(web, "web01", "ct")), undefined)
  })

  it("is accepted if its completeness is unknown, and stays marked as such", () => {
    const given = BackupListing.fromDocument({ ...answer({ _tag: "Everything" }), complete: false })
    const coverage = Result.getOrThrow(Coverage.make([entry(stranger, undefined)], given, limit))
    assert.deepStrictEqual([coverage.completeness, states(coverage)], ["unknown", ["Never"]])
  })
})

const generated = (
  { inventory, tree }: { readonly inventory: ReadonlyArray<InventoryEntry>; readonly tree: BackupTree.BackupTree },
  given: Coverage.CoverageOptions
) => Result.getOrThrow(Coverage.make(inventory, Arbitraries.completeListing(tree), given))

const anyInventory = inventoried(Arbitraries.tree)
const healthyInventory = inventoried(Arbitraries.healthyTree)

describe("laws of coverage", () => {
  it.prop("partitions the inventory", [anyInventory, options], ([drawn, given]) => {
    const coverage = generated(drawn, given)
    assert.deepStrictEqual(coverage.machines.map(({ entry }) => entry), drawn.inventory)
    const counts = Coverage.counts(coverage)
    assert.strictEqual(Coverage.states.reduce((sum, state) => sum + counts[state], 0), drawn.inventory.length)
  })

  it.prop(
    "loses no environment: each is a machine's, or in no inventory",
    [anyInventory, options],
    ([drawn, given]) => {
      const coverage = generated(drawn, given)
      const named = new Set(coverage.machines.flatMap(({ environments }) => environments.map(({ place }) => place)))
      const rest = new Set(coverage.unlisted.map(({ place }) => place))
      const indices = [...named, ...rest].map(({ environment }) => environment).toSorted((a, b) => a - b)
      assert.deepStrictEqual([...new Set(indices)], drawn.tree.environments.map((_, index) => index))
      for (const place of named) assert.isFalse(rest.has(place))
      for (
        const { environment, place } of [...coverage.machines.flatMap((m) => m.environments), ...coverage.unlisted]
      ) {
        assert.strictEqual(drawn.tree.environments[place.environment], environment)
      }
    }
  )

  it.prop("is a value of its schema, and the same when it is stored and read", [anyInventory, options], (
    [drawn, given]
  ) => {
    const coverage = generated(drawn, given)
    assert.isTrue(Schema.is(Coverage.Coverage)(coverage))
    assertStored(Coverage.Coverage, coverage)
    for (const machine of coverage.machines) {
      const json = Coverage.encodeMachine(machine)
      assert.isTrue(Schema.is(Coverage.CoveredMachineJson)(json))
      assert.strictEqual(json.state, machine.state.toLowerCase())
    }
  })

  it.prop("judges each machine by its own backups", [anyInventory, options], ([drawn, given]) => {
    for (const { entry, state } of generated(drawn, given).machines) {
      if (entry.uuid === undefined) continue
      const own = drawn.tree.environments.filter(({ uuid }) => Uuid.equals(uuid, entry.uuid!))
      const stamps = own.flatMap(({ chains }) =>
        chains.flatMap((one) => [one.head, ...one.incrementals].map(BackupDate.createdAt))
      )
      const ages = stamps.flatMap((stamp) =>
        stamp === undefined ? [] : [DateTime.toEpochMillis(given.now) - DateTime.toEpochMillis(stamp)]
      ).filter((age) => age >= -300_000)
      const expected = stamps.length === 0
        ? "Never"
        : ages.length === 0
        ? "Undated"
        : Math.min(...ages) <= Duration.toMillis(given.maxAge)
        ? "Fresh"
        : "Stale"
      assert.strictEqual(state, expected)
    }
  })

  it.prop("never matches a name that may mean more than one machine", [anyInventory, options], ([drawn, given]) => {
    for (const { entry, environments, namesakes, state } of generated(drawn, given).machines) {
      if (entry.uuid !== undefined || environments.length === 0) continue
      const uuids = new Set(environments.map(({ environment }) => Uuid.key(environment.uuid)))
      const same = drawn.inventory.filter(({ name }) => name === entry.name)
      const claims = drawn.inventory.filter(({ uuid }) => uuid !== undefined && uuids.has(Uuid.key(uuid)))
      const isClear = uuids.size === 1 && same.length === 1 && claims.length === 0
      assert.strictEqual(state === "Ambiguous", !isClear)
      assert.strictEqual(namesakes.includes(entry), !isClear)
      assert.isTrue(environments.some(({ environment }) => environment.name === entry.name))
    }
  })

  it.prop(
    "is the same for every spelling of the uuids",
    [anyInventory, options, integer(0, 4)],
    ([drawn, given, n]) => {
      const respelled = drawn.inventory.map((entry, index) => ({
        ...entry,
        uuid: entry.uuid === undefined ? undefined : spellings[(index + n) % spellings.length]!(entry.uuid)
      }))
      const strip = (coverage: Coverage.Coverage) => ({
        machines: coverage.machines.map(({ environments, last, state }) => ({ environments, last, state })),
        unlisted: coverage.unlisted
      })
      assert.deepStrictEqual(
        strip(generated({ ...drawn, inventory: respelled }, given)),
        strip(generated(drawn, given))
      )
    }
  )

  it.prop("covers every machine of a listing that is its own inventory", [Arbitraries.healthyTree, options], ([
    tree,
    given
  ]) => {
    const inventory = tree.environments.map(({ name, uuid }) => entry(uuid, name))
    const coverage = generated({ tree, inventory }, given)
    assert.deepStrictEqual(coverage.unlisted, [])
    coverage.machines.forEach(({ environments, state }, index) => {
      assert.notInclude(["Never", "Ambiguous"], state)
      assert.deepStrictEqual(environments.map(({ environment }) => environment), [tree.environments[index]])
    })
  })

  it.prop(
    "without a limit, reports dated backups as dated, not as fresh or stale",
    [anyInventory, options],
    ([
      drawn,
      given
    ]) => {
      const limited = generated(drawn, given)
      generated(drawn, { now: given.now }).machines.forEach(({ last, state }, index) => {
        const { state: judged, last: same } = limited.machines[index]!
        assert.strictEqual(state, judged === "Fresh" || judged === "Stale" ? "Dated" : judged)
        assert.deepStrictEqual(last, same)
      })
    }
  )

  it.prop("never loses a fresh machine to a higher limit", [healthyInventory, options, integer(0, 100_000)], ([
    drawn,
    given,
    more
  ]) => {
    const before = generated(drawn, given)
    const after = generated(drawn, { ...given, maxAge: Duration.sum(given.maxAge, Duration.hours(more)) })
    before.machines.forEach(({ state }, index) => {
      const then = after.machines[index]!.state
      if (state === "Stale") assert.include(["Stale", "Fresh"], then)
      else assert.strictEqual(then, state)
    })
  })

  it.prop("refuses what cannot hold every machine, and nothing else", [Arbitraries.listing, options], ([
    given,
    limits
  ]) => {
    const isWhole = Option.match(given.request, {
      onNone: () => given.completeness !== "partial",
      onSome: ({ kinds, subject }) => subject._tag === "Everything" && kinds === "vm+ct"
    })
    const result = Coverage.make([entry(stranger, "web01")], given, limits)
    assert.strictEqual(Result.isSuccess(result), isWhole)
  })
})
