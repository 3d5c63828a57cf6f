import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Check from "../../src/check/Check.ts"
import * as Cadence from "../../src/compare/Cadence.ts"
import * as BackupDate from "../../src/tree/BackupDate.ts"
import * as BackupTree from "../../src/tree/BackupTree.ts"
import { chain, environment, full, incremental, listing, tree, web } from "../support/treeLiterals.ts"

const start = DateTime.makeUnsafe("2024-01-01T02:00:00Z")
const dateOf = (days: number) => BackupDate.print(DateTime.addDuration(start, Duration.days(days)))
const uuid = (index: number) => `{00000000-0000-4000-8000-${String(index).padStart(12, "0")}}`

/** An environment with a chain for each list of days. */
const made = (...chains: ReadonlyArray<ReadonlyArray<number>>): BackupTree.VirtualEnvironment =>
  environment(
    web,
    chains.map(([first = 0, ...later], index) =>
      chain(uuid(index), [1], {
        head: full(uuid(index), { dateTime: dateOf(first), size: 1000n }),
        incrementals: later.map((day, link) =>
          incremental(uuid(index), link + 2, { dateTime: dateOf(day), size: 100n })
        ),
        lastNumber: later.length === 0 ? 0 : later.length + 1
      })
    )
  )

const days = (from: number, to: number): ReadonlyArray<number> =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index)

const missed = (of: BackupTree.VirtualEnvironment, now?: DateTime.Utc) =>
  Cadence.of(of, now).missedRuns.map(({ from, missed, to }) => [
    Math.round(Duration.toDays(DateTime.distance(start, from))),
    Math.round(Duration.toDays(DateTime.distance(start, to))),
    missed
  ])

describe("the usual interval", () => {
  it("is the one that nine of ten do not exceed, and needs ten of them", () => {
    const interval = (of: BackupTree.VirtualEnvironment) => Cadence.of(of).interval
    assert.deepStrictEqual(interval(made(days(0, 10))), Duration.days(1))
    assert.strictEqual(interval(made(days(0, 9))), undefined)
    assert.deepStrictEqual(interval(made(days(0, 8), [12])), undefined)
    // Two of ten are longer.
    assert.deepStrictEqual(interval(made([...days(0, 8), 11, 14])), Duration.days(3))
  })

  it("does not count undated backups, or two at the same time twice", () => {
    const twice = made(days(0, 5), days(5, 10))
    assert.deepStrictEqual(Cadence.of(twice).interval, Duration.days(1))
    const undated = { ...twice, chains: [twice.chains[0]!, { ...twice.chains[1]!, incrementals: [] }] }
    assert.strictEqual(Cadence.of(undated).interval, undefined)
  })
})

describe("missed runs", () => {
  it("are found by a gap that is longer than usual", () => {
    assert.deepStrictEqual(missed(made([...days(0, 11), ...days(15, 20)])), [[11, 15, 3]])
    assert.deepStrictEqual(missed(made([...days(0, 11), ...days(13, 20)])), [[11, 13, 1]])
    assert.deepStrictEqual(missed(made([...days(0, 11), ...days(12, 20)])), [])
  })

  it("are no weekends without backups", () => {
    const weekdays = days(0, 40).filter((day) => day % 7 < 5)
    assert.deepStrictEqual(missed(made(weekdays)), [])
    assert.deepStrictEqual(missed(made(weekdays.filter((day) => day < 28 || day > 32))), [[25, 35, 9]])
  })

  it("are not the gaps that a retention leaves", () => {
    const thinned = [0, 30, 60, 90, 97, 104, 111, ...days(118, 150)]
    assert.deepStrictEqual(missed(made(thinned)), [])
  })

  it("include those since the newest backup", () => {
    const daily = made(days(0, 15))
    const at = (day: number) => DateTime.addDuration(start, Duration.days(day))
    assert.deepStrictEqual(missed(daily, at(16)), [])
    assert.deepStrictEqual(missed(daily, at(19)), [[15, 19, 3]])
    assert.deepStrictEqual(missed(daily), [])
  })
})

describe("early full backups", () => {
  const early = (...lengths: ReadonlyArray<number>) => {
    let day = 0
    const chains = lengths.map((length) => {
      const from = day
      day += length
      return days(from, day - 1)
    })
    return Cadence.of(made(...chains)).earlyFulls
  }

  it("follow a chain with less than half of the usual length", () => {
    assert.deepStrictEqual(early(7, 7, 3, 7, 7), [{ id: uuid(3), length: 3, usual: 7 }])
    assert.deepStrictEqual(early(8, 8, 4, 8, 8), [])
    // The newest chain is not at its end yet, and four ended ones are needed.
    assert.deepStrictEqual([early(7, 7, 7, 7, 1), early(7, 1, 7, 7)], [[], []])
  })

  it("are none if only the end of the chain was removed since", () => {
    const all = made(days(0, 6), days(7, 13), days(14, 20), days(21, 27), days(28, 30))
    const trimmed = all.chains.map((one, index) => index === 2 ? { ...one, incrementals: [] } : one)
    assert.deepStrictEqual(Cadence.of({ chains: trimmed }).earlyFulls, [])
  })
})

describe("size outliers", () => {
  const sized = (fulls: ReadonlyArray<bigint>, incrementals: ReadonlyArray<bigint>) =>
    Cadence.of({
      chains: fulls.map((size, index) =>
        chain(uuid(index), [1], {
          head: full(uuid(index), { size }),
          incrementals: index > 0 ? [] : incrementals.map((size, link) => incremental(uuid(0), link + 2, { size }))
        })
      )
    }).sizeOutliers

  it("are incrementals of more than 20 times the median", () => {
    assert.deepStrictEqual(sized([1n], [100n, 100n, 100n, 2001n, 100n]), [
      { id: `${uuid(0)}.5`, size: 2001n, median: 100n }
    ])
    assert.deepStrictEqual(sized([1n], [100n, 100n, 100n, 2000n, 1n]), [])
    assert.deepStrictEqual(sized([1n], [100n, 100n, 2001n, 100n]), [])
  })

  it("are full backups of more than 5 times the median, or less than a fifth", () => {
    assert.deepStrictEqual(sized([100n, 100n, 100n, 501n, 19n], []).map(({ id }) => id), [uuid(3), uuid(4)])
    assert.deepStrictEqual(sized([100n, 100n, 100n, 500n, 20n], []), [])
    // A size of 0 is unknown.
    assert.deepStrictEqual(sized([100n, 100n, 100n, 0n, 501n], []), [])
  })
})

describe("a check with cadence", () => {
  const odd = made([...days(0, 11), ...days(15, 20)])
  const findings = (of: BackupTree.VirtualEnvironment, cadence: true | undefined) =>
    Check.run(listing(tree(of)), { cadence }).findings.map(({ message, path, rule }) => [rule.id, path, message])

  it("reports what was asked for", () => {
    assert.deepStrictEqual(findings(odd, undefined), [])
    assert.deepStrictEqual(findings(odd, true), [[
      "missed-runs",
      "VmItem[1]",
      "there is no backup between 2024-01-12T02:00:00Z and 2024-01-16T02:00:00Z, 4 days later. The usual interval is 1 day, "
      + "so 3 backups may have been missed"
    ]])
  })

  it("points at the backup that is meant", () => {
    const chains = made(days(0, 6), days(7, 13), days(14, 15), days(16, 22), days(23, 29)).chains.map((one, index) =>
      index !== 4 ? one : {
        ...one,
        incrementals: one.incrementals.map((backup, link) => link === 1 ? { ...backup, size: 5000n } : backup)
      }
    )
    const found = findings(environment(web, chains), true)
    assert.deepStrictEqual(found.map(([rule, path]) => [rule, path]), [
      ["early-full", "VmItem[1]/BackupItem[4]"],
      ["size-outlier", "VmItem[1]/BackupItem[5]/PartialBackupItem[2]"]
    ])
    assert.deepStrictEqual(found.map(([, , message]) => message), [
      "this full backup follows a chain of 2 backups; usual are 7",
      "the size is 5000 bytes; the median of its type is 100 bytes"
    ])
  })

  it("says nothing about a listing of one backup id", () => {
    const partial = { ...listing(tree(odd)), completeness: "partial" as const }
    assert.deepStrictEqual(Check.run(partial, { cadence: true }).findings.map(({ rule }) => rule.id), [])
  })
})

describe("any cadence", () => {
  it.prop("names backups of the environment, each once", [Arbitraries.tree], ([any]) => {
    for (const one of any.environments) {
      const ids = new Set(one.chains.flatMap(BackupTree.backups).map(({ id }) => id))
      const { earlyFulls, missedRuns, sizeOutliers } = Cadence.of(one)
      for (const { id } of [...earlyFulls, ...sizeOutliers]) assert.isTrue(ids.has(id))
      for (const { after, from, missed, to } of missedRuns) {
        assert.isTrue(ids.has(after) && missed > 0 && DateTime.isLessThan(from, to))
      }
    }
  })
})
