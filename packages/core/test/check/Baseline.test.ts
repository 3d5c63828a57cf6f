import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Baseline from "../../src/check/Baseline.ts"
import * as Check from "../../src/check/Check.ts"
import { findMissing } from "../../src/check/rules/Disappeared.ts"
import * as RuleTable from "../../src/check/RuleTable.ts"
import * as BackupListing from "../../src/listing/BackupListing.ts"
import * as BackupTreeRequest from "../../src/sdk/BackupTreeRequest.ts"
import * as BackupDate from "../../src/tree/BackupDate.ts"
import * as BackupTree from "../../src/tree/BackupTree.ts"
import { findingsOf, since } from "../support/findings.ts"
import { assertStored } from "../support/stored.ts"
import {
  chainX,
  chainY,
  datedChain,
  environment,
  fetchedAt,
  incremental,
  listing,
  source,
  stranger,
  tree,
  web
} from "../support/treeLiterals.ts"

const now = DateTime.makeUnsafe("2026-01-05T06:00:00Z")
const dated = (uuid: string, ...days: ReadonlyArray<number>): BackupTree.BackupChain =>
  datedChain(uuid, days.map((day) => `2026-01-0${day} 02:00:00`))
const old = dated(chainX, 1, 2)
const latest = dated(chainY, 3, 4)
const web01 = (...chains: ReadonlyArray<BackupTree.BackupChain>) => environment(web, chains, { name: "web01" })
const other = environment(stranger, [dated("{11111111-0000-4000-8000-000000000000}", 1)], { name: "other" })

const after = (...trees: ReadonlyArray<BackupTree.BackupTree>): Baseline.Baseline =>
  trees.reduce((baseline, seen) => Baseline.update(baseline, listing(seen), now), Baseline.empty)

const missingRules = ["possibly-locked", "removed-backups", "lost-newest-backup"]

/** What a check reports as missing of the environments that are there. */
const missingIn = (baseline: Baseline.Baseline, listing: BackupListing.BackupListing) =>
  findingsOf(listing, { baseline }).filter(({ rule }) => missingRules.includes(rule))

/** What a check says after some looks, about the last of them. */
const said = (...trees: ReadonlyArray<BackupTree.BackupTree>) => {
  return missingIn(after(...trees), listing(trees.at(-1)!)).map(({ rule, severity, subject }) =>
    [rule, severity, subject.backup ?? subject.chain] as const
  )
}

describe("Baseline", () => {
  const both = tree(web01(old, latest))

  it("reports nothing on the first check, or if everything is still present in any spelling", () => {
    const shouted = tree(environment(web.toUpperCase(), [{ ...old, uuid: chainX.toUpperCase() }, latest]))
    assert.deepStrictEqual(said(both), [])
    assert.deepStrictEqual(said(both, shouted), [])
  })

  it("calls an old chain possibly locked, then removed, then nothing, and raises no alarm", () => {
    const left = tree(web01(latest))
    assert.deepStrictEqual(said(both, left), [["possibly-locked", "info", chainX]])
    assert.deepStrictEqual(said(both, left, left), [["removed-backups", "info", chainX]])
    assert.deepStrictEqual(said(both, left, left, left), [])
  })

  it("warns of a chain with the newest backup until it is back", () => {
    const left = tree(web01(old))
    assert.deepStrictEqual(said(both, left), [["possibly-locked", "warning", chainY]])
    for (
      const more of [[left], [left, left, left], [
        left,
        tree(web01(old, dated("{22222222-0000-4000-8000-000000000000}", 5)))
      ]]
    ) {
      assert.deepStrictEqual(said(both, left, ...more), [["lost-newest-backup", "warning", chainY]])
    }
    assert.deepStrictEqual(said(both, left, left, both), [])
  })

  it("warns of a chain that comes back without the newest backup", () => {
    const [hidden, shorter] = [tree(web01(old)), tree(web01(old, dated(chainY, 3)))]
    const further = tree(web01(old, dated(chainY, 3), dated("{22222222-0000-4000-8000-000000000000}", 5)))
    for (const looks of [[hidden, shorter], [hidden, hidden, shorter], [hidden, shorter, further, further]]) {
      assert.deepStrictEqual(said(both, ...looks), [["lost-newest-backup", "warning", `${chainY}.2`]])
    }
    assert.deepStrictEqual(said(both, hidden, both), [])
  })

  it("warns of a newest backup whose id was reused", () => {
    const [shorter, again] = [tree(web01(old, dated(chainY, 3))), tree(web01(old, dated(chainY, 3, 5)))]
    assert.deepStrictEqual(said(both, shorter, again), [["lost-newest-backup", "warning", `${chainY}.2`]])
  })

  it("warns if any of the missing backups is newer than what is left, whatever the dates of the others", () => {
    const newer = datedChain(chainY, ["2026-01-01 02:00:00", "2026-01-04 02:00:00", "none"])
    const older = datedChain(chainY, ["2026-01-01 02:00:00", "2026-01-02 02:00:00", "none"])
    const wasNewest = (before: BackupTree.BackupChain, ...then: ReadonlyArray<BackupTree.BackupChain>) =>
      after(tree(web01(before, ...then)), tree(web01(...then))).missing.map((one) => one.wasNewest)
    assert.deepStrictEqual(wasNewest(newer, dated(chainX, 3)), [true])
    assert.deepStrictEqual(wasNewest(older, dated(chainX, 3)), [false])
    assert.deepStrictEqual(wasNewest(older, datedChain(chainX, ["none"])), [true])
  })

  it("counts the chains that are missing since the last check, and those with the newest backup", () => {
    const missing = (baseline: Baseline.Baseline, ...chains: ReadonlyArray<BackupTree.BackupChain>) =>
      Check.run(listing(tree(web01(...chains))), { baseline }).verdict.chains.missing
    const newer = dated("{22222222-0000-4000-8000-000000000000}", 5)
    assert.strictEqual(missing(after(both, both), old, latest), 0)
    assert.strictEqual(missing(after(both, tree(web01(latest))), latest), 1)
    // An old chain stays missing: retention removed it.
    assert.strictEqual(missing(after(both, tree(web01(latest)), tree(web01(latest))), latest), 0)
    assert.strictEqual(missing(after(both, tree(web01(old)), tree(web01(old))), old), 1)
    assert.strictEqual(missing(after(tree(web01(old, latest, newer)), tree(web01()))), 3)
    // A chain that lost its last backup is there.
    assert.strictEqual(missing(after(both, tree(web01(old, dated(chainY, 3)))), old, dated(chainY, 3)), 0)
  })

  it("judges missing backups by their own dates, not by the clock", () => {
    const left = listing(tree(web01(old)))
    const baseline = Baseline.update(after(both), left, DateTime.makeUnsafe("2026-01-03T00:00:00Z"))
    assert.deepStrictEqual(baseline.missing.map(({ wasNewest }) => wasNewest), [true])
  })

  it("warns of an incremental without a date at the end of the newest chain", () => {
    const undated = { ...dated(chainY, 3), incrementals: [incremental(chainY, 2, { dateTime: "" })] }
    assert.deepStrictEqual(said(tree(web01(old, undated)), tree(web01(old, dated(chainY, 3)))), [
      ["lost-newest-backup", "warning", `${chainY}.2`]
    ])
  })

  it("searches a backup in its own environment, even if another one has a copy", () => {
    const copy = environment(stranger, [latest], { name: "copy" })
    assert.deepStrictEqual(said(tree(web01(old, latest), copy), tree(web01(old), copy)), [
      ["possibly-locked", "warning", chainY]
    ])
  })

  it("warns of a newest backup that is gone from the end of its chain", () => {
    const shorter = tree(web01(old, dated(chainY, 3)))
    for (const looks of [[shorter], [shorter, shorter, shorter]]) {
      assert.deepStrictEqual(said(both, ...looks), [["lost-newest-backup", "warning", `${chainY}.2`]])
    }
    assert.deepStrictEqual(said(both, shorter, both), [])
    const without = tree(web01(dated(chainX, 1), latest))
    assert.deepStrictEqual(said(both, without), [["removed-backups", "info", `${chainX}.2`]], "a newer one is left")
    assert.deepStrictEqual(said(both, without, without, without), [])
  })

  it("reports where it was, since when it is missing, and what that means", () => {
    const left = tree(other, web01(old))
    const [first] = missingIn(after(both, left), listing(left))
    assert.deepStrictEqual(first, {
      rule: "possibly-locked",
      severity: "warning",
      path: "VmItem[2]",
      place: { environment: 1 },
      subject: { environment: web, name: "web01", chain: chainY, backup: undefined },
      message:
        `chain ${chainY} with backup ${chainY}.2 (2026-01-04T02:00:00Z), the newest, was present at the previous `
        + "check and is now missing; it may be locked"
    })
    const [later] = missingIn(after(both, left, left), listing(left))
    assert.strictEqual(
      later?.message,
      `chain ${chainY} with backup ${chainY}.2 (2026-01-04T02:00:00Z), then the newest, has been missing since the check of `
        + "2026-01-05T06:00:00Z"
    )
    const shorter = tree(web01(old, dated(chainY, 3)))
    const [backup] = missingIn(after(both, shorter), listing(shorter))
    assert.strictEqual(
      backup?.message,
      `backup ${chainY}.2 (2026-01-04T02:00:00Z), then the newest, has been missing since the check of 2026-01-05T06:00:00Z`
    )
  })

  it("keeps an environment that is gone in the baseline, and what is missing elsewhere moves on", () => {
    const start = tree(web01(old, latest), other)
    const without = tree(web01(latest))
    const looks = [start, without, without]
    assert.deepStrictEqual(said(...looks), [["removed-backups", "info", chainX]])
    const baseline = after(...looks, without)
    assert.deepStrictEqual(
      findingsOf(listing(without), since(baseline.tree)).map(({ rule, subject }) => [rule, subject.name]),
      [["lost-environments", "other"]]
    )
    const empty = findingsOf(listing(tree()), since(after(...looks, tree()).tree))
    assert.deepStrictEqual(empty.map(({ rule, severity }) => [rule, severity]), [["empty-answer", "error"]])
  })

  it("reports no chain while its environment is gone, but keeps it in the baseline", () => {
    const left = tree(web01(old), other)
    assert.deepStrictEqual(said(both, left, tree(other), tree(other), left), [[
      "lost-newest-backup",
      "warning",
      chainY
    ]])
    assert.deepStrictEqual(said(both, left, tree(other)), [])
  })

  it("learns nothing from a listing that is not whole", () => {
    const baseline = after(both)
    const answer = (request: BackupTreeRequest.BackupTreeRequest) =>
      BackupListing.fromResponse({ tree: tree(), notes: [], request, source, fetchedAt })
    const { everything } = BackupTreeRequest
    for (
      const partial of [
        BackupListing.fromDocument({ tree: tree(), notes: [], source, fetchedAt, complete: false }),
        answer({ ...everything, kinds: "vm" }),
        answer({ ...everything, subject: { _tag: "Environment", uuid: web } })
      ]
    ) assert.strictEqual(Baseline.update(baseline, partial, now), baseline)
    assert.notStrictEqual(Baseline.update(baseline, answer(everything), now), baseline)
  })

  it("does not miss a backup that is there, whatever became of its date", () => {
    const undated = { ...latest, incrementals: [incremental(chainY, 2, { dateTime: "" })] }
    assert.deepStrictEqual(said(both, tree(web01(old, undated))), [])
  })

  it("does not accept a backup of the future as a newer one", () => {
    const future = dated(stranger, 9)
    assert.deepStrictEqual(said(tree(web01(old, latest, future)), tree(web01(old, future))), [
      ["possibly-locked", "warning", chainY]
    ])
  })

  it("reports whether something is newly missing", () => {
    const isNew = (...looks: ReadonlyArray<BackupTree.BackupTree>) =>
      Baseline.isNewlyMissing(after(...looks.slice(0, -1)), after(...looks))
    const left = tree(web01(old))
    assert.isFalse(isNew(both))
    assert.isTrue(isNew(both, left))
    assert.isFalse(isNew(both, left, left))
    assert.isTrue(isNew(both, tree()))
    assert.isFalse(isNew(both, tree(), tree()))
  })

  describe("forgets", () => {
    const start = tree(web01(old, latest), other)
    const left = listing(tree(web01(old)))
    const baseline = after(start, left.tree)
    const rest = (text: string) =>
      Result.match(Baseline.forget(baseline, text), {
        onFailure: ({ _tag }) => _tag,
        onSuccess: ({ baseline: less }) => [
          ...missingIn(less, left).map(({ rule }) => rule),
          ...findingsOf(left, since(less.tree)).map(({ rule }) => rule)
        ]
      })

    it.each([
      ["web01", ["lost-environments"]],
      [web.toUpperCase(), ["lost-environments"]],
      [chainY.slice(1, -1), ["lost-environments"]],
      ["other", ["possibly-locked"]],
      [stranger, ["possibly-locked"]]
    ])("what is missing of %s", (text, expected) => assert.deepStrictEqual(rest(text), expected))

    it.each(["", "nobody", chainX, "WEB01", "{4f6a"])(
      "nothing where nothing is missing of it: %j",
      (text) => assert.strictEqual(rest(text), "NothingMissing")
    )

    it("a backup by its id", () => {
      const shorter = listing(tree(web01(old, dated(chainY, 3))))
      const { baseline } = Result.getOrThrow(Baseline.forget(after(both, shorter.tree), `${chainY}.2`))
      assert.deepStrictEqual(missingIn(baseline, shorter), [])
    })

    it("and says what", () => {
      const gone = after(start, tree(web01(old)), tree())
      assert.deepStrictEqual(Result.getOrThrow(Baseline.forget(gone, "web01")).what, [
        `environment ${web} ("web01")`,
        `backup ${chainY}.2 of "web01"`
      ])
    })

    it("by an id only what has that id, even if a machine has the same name", () => {
      const impostor = environment(stranger, other.chains, { name: web })
      const baseline = after(tree(web01(old), impostor), tree(web01(old)))
      assert.strictEqual(Result.isFailure(Baseline.forget(baseline, web)), true)
    })

    it("nothing by a name that two machines bear", () => {
      const twin = environment(stranger, other.chains, { name: "web01" })
      const error = Option.getOrThrow(
        Result.getFailure(Baseline.forget(after(tree(web01(old), twin), tree()), "web01"))
      )
      assert.deepStrictEqual(error, { _tag: "Ambiguous", uuids: [web, stranger] })
    })

    it("a machine by the name that it bears now", () => {
      const renamed = tree(environment(web, [old], { name: "web02" }))
      const baseline = after(both, tree(web01(old)), renamed)
      assert.deepStrictEqual(Baseline.machines(baseline), [{ name: "web02", uuid: web }])
      const less = Result.getOrThrow(Baseline.forget(baseline, "web02")).baseline
      assert.deepStrictEqual(missingIn(less, listing(renamed)), [])
    })

    it("a machine with all that is missing of it, also where it bore another name then", () => {
      const renamed = environment(web, [old], { name: "web02" })
      const looks = [start, left.tree, tree(renamed), tree(other)]
      const less = Baseline.forget(after(...looks), "web02")
      assert.deepStrictEqual(Result.getOrThrow(less).baseline, { tree: tree(other), gone: [], missing: [] })
    })

    it("permanently: what was forgotten is not missing in the next check", () => {
      const less = Result.getOrThrow(Baseline.forget(baseline, "web01")).baseline
      const none = Result.getOrThrow(Baseline.forget(less, "other")).baseline
      assert.deepStrictEqual(Baseline.update(none, left, now), { tree: left.tree, gone: [], missing: [] })
    })
  })

  it("names the machines with backups that stay missing, each once", () => {
    const looks = [tree(web01(old, latest), other), tree(web01(old))]
    assert.deepStrictEqual(Baseline.machines(after(...looks)), [
      { name: "other", uuid: stranger },
      { name: "web01", uuid: web }
    ])
    assert.deepStrictEqual(Baseline.machines(after(both, tree(web01(latest)))), [])
  })

  it("has rules that say what they mean and what to do", () => {
    for (const { advice, meaning, statement } of missingRules.map((id) => Option.getOrThrow(RuleTable.find(id)))) {
      for (const text of [advice, meaning, statement]) assert.match(text, /^[A-Z].*\.$/)
    }
  })

  it.prop("misses nothing between a listing and itself", [Arbitraries.tree], ([listed]) => {
    assert.deepStrictEqual(after(listed, listed), { tree: listed, gone: [], missing: [] })
  })

  it.prop(
    "accounts for every environment that it ever saw, and for every backup that was the newest: there, or missing",
    [
      Arbitraries.healthyTree,
      Arbitrary.array(
        Arbitrary.array(Arbitrary.schema(Schema.Literals([0, 1, 2, 3])), { minLength: 7, maxLength: 7 }),
        {
          minLength: 2,
          maxLength: 5
        }
      )
    ],
    ([whole, choices]) => {
      // Each chain is there, is hidden, or has lost its last backup for this look.
      const looks = choices.map((choice): BackupTree.BackupTree => {
        let chance = 0
        const environments = whole.environments.flatMap((environment) => {
          const chains = environment.chains.flatMap((chain): ReadonlyArray<BackupTree.BackupChain> => {
            const drawn = choice[chance++ % choice.length]
            if (drawn === 0 || (drawn === 1 && chain.incrementals.length === 0)) return []
            return [drawn === 1 ? { ...chain, incrementals: chain.incrementals.slice(0, -1) } : chain]
          })
          return chains.length === 0 ? [] : [{ ...environment, chains }]
        })
        return { ...whole, environments }
      })
      const ids = (seen: BackupTree.BackupTree) =>
        new Set(seen.environments.flatMap(({ chains }) => chains.flatMap(BackupTree.backups)).map(({ id }) => id))
      const times = (seen: BackupTree.BackupTree, uuid: string) =>
        seen.environments.filter((environment) => environment.uuid === uuid)
          .flatMap(({ chains }) => chains.flatMap(BackupTree.backups))
          .flatMap((backup) => {
            const at = BackupDate.createdAt(backup)
            return at === undefined || at.epochMilliseconds > now.epochMilliseconds
              ? []
              : [{ id: backup.id, at: at.epochMilliseconds }]
          })
      const warned = new Set<string>()
      let baseline = Baseline.empty
      for (const [index, seen] of looks.entries()) {
        baseline = Baseline.update(baseline, listing(seen), now)
        for (const { environments } of looks.slice(0, index)) {
          for (const { uuid } of environments) {
            assert.isTrue(baseline.tree.environments.some((environment) => environment.uuid === uuid))
          }
        }
        const before = looks[index - 1]
        if (before === undefined) continue
        // Where the newest of the look before is gone and nothing as new is left, it is a warning from then on.
        for (const { uuid } of seen.environments) {
          const newest = times(before, uuid).toSorted((a, b) => b.at - a.at)[0]
          if (newest === undefined || times(seen, uuid).some(({ at }) => at >= newest.at)) continue
          warned.add(newest.id)
        }
        const there = ids(seen)
        for (const id of warned) if (there.has(id)) warned.delete(id)
        const missing = new Set(baseline.missing.filter(({ wasNewest }) => wasNewest).map(({ backup }) => backup))
        for (const id of warned) assert.isTrue(missing.has(id), `${id} is gone without a word`)
      }
      assert.isTrue(baseline.missing.every(({ backup }) => !ids(looks.at(-1)!).has(backup)))
    }
  )
})

describe("a baseline of many environments", () => {
  const many = (count: number): BackupTree.BackupTree => ({
    environments: Array.from({ length: count }, (_, index) => environment(`{${index}}`, [])),
    kept: []
  })

  it("is updated in steps, each for an environment or a missing backup", () => {
    const count = 1000
    const earlier = { ...after(tree(web01(old, latest)), tree(web01(old))), tree: many(count) }
    const seen = tree(web01(old), ...many(count).environments)
    const pauses = [...Baseline.updateInSteps(earlier, listing(seen), now)].length
    // Each present environment is met twice: by its uuid, and with its backups.
    assert.strictEqual(pauses, 2 * (count + 1) + count + 1)
  })

  it("does not search all that were gone for each that is gone", () => {
    const count = 1000
    const first = after(many(count), BackupTree.empty)
    assert.lengthOf(first.gone, count)
    const second = Baseline.update(first, listing(BackupTree.empty), now)
    let reads = 0
    const counted = (gone: ReadonlyArray<string>) =>
      new Proxy(gone, {
        get: (target, key) => {
          reads += 1
          return Reflect.get(target, key)
        }
      })
    assert.isFalse(Baseline.isNewlyMissing({ ...first, gone: counted(first.gone) }, second))
    assert.isTrue(Baseline.isNewlyMissing({ ...first, gone: counted(first.gone.slice(1)) }, second))
    assert.isAtMost(reads, 5 * count)
  })

  it("does not search all chains of an environment for each missing backup", () => {
    const count = 1000
    const chains = Array.from({ length: count }, (_, index) => dated(`{${index}}`, 1, 2))
    let reads = 0
    const shorter = chains.map((chain) => ({
      ...chain,
      incrementals: [],
      get uuid() {
        reads += 1
        return chain.uuid
      }
    }))
    const baseline = after(tree(web01(...chains)), tree(web01(...shorter)))
    assert.lengthOf(baseline.missing, count)
    reads = 0
    const found = [...findMissing(baseline, tree(web01(...shorter)))]
    assert.lengthOf(found, count)
    assert.match(found.at(-1)!.violation.message, /^backup /)
    assert.isAtMost(reads, 5 * count)
  })
})

describe("a baseline that is stored", () => {
  it.prop(
    "is the same when it is read again",
    [Arbitraries.tree, Arbitraries.tree, Arbitraries.tree],
    ([one, two, three]) => {
      for (const baseline of [after(one), after(one, two), after(one, two, three, two)]) {
        assertStored(Baseline.Baseline, baseline)
      }
    }
  )

  it("has a number of checks for each missing backup, and a time", () => {
    const { missing, ...rest } = after(tree(web01(old, latest)), tree(web01(old)))
    assert.lengthOf(missing, 1)
    assertStored(Baseline.Baseline, { ...rest, missing })
    for (const odd of [{ checks: 0 }, { checks: 1.5 }, { since: "2026-01-05" }]) {
      assert.isFalse(Schema.is(Baseline.Baseline)({ ...rest, missing: [{ ...missing[0], ...odd }] }))
    }
  })
})
