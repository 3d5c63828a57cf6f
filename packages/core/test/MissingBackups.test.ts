import * as Arbitraries from "@backup-tree/emulator/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as BackupListing from "../src/BackupListing.ts"
import * as BackupTree from "../src/BackupTree.ts"
import * as BackupTreeRequest from "../src/BackupTreeRequest.ts"
import * as Invariants from "../src/Invariants.ts"
import * as MissingBackups from "../src/MissingBackups.ts"
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
} from "./support/treeLiterals.ts"

const now = DateTime.makeUnsafe("2026-01-05T06:00:00Z")
const dated = (uuid: string, ...days: ReadonlyArray<number>): BackupTree.BackupChain =>
  datedChain(uuid, days.map((day) => `2026-01-0${day} 02:00:00`))
const old = dated(chainX, 1, 2)
const latest = dated(chainY, 3, 4)
const web01 = (...chains: ReadonlyArray<BackupTree.BackupChain>) => environment(web, chains, { name: "web01" })
const other = environment(stranger, [dated("{11111111-0000-4000-8000-000000000000}", 1)], { name: "other" })

const after = (...trees: ReadonlyArray<BackupTree.BackupTree>): MissingBackups.Memory =>
  trees.reduce((memory, seen) => MissingBackups.look(memory, listing(seen), now), MissingBackups.empty)

/** What a check says after some looks, about the last of them. */
const said = (...trees: ReadonlyArray<BackupTree.BackupTree>) => {
  const memory = after(...trees)
  return MissingBackups.check(memory, listing(trees.at(-1)!)).map(({ rule, severity, subject }) =>
    [rule, severity, subject.backup ?? subject.chain] as const
  )
}

describe("MissingBackups", () => {
  const both = tree(web01(old, latest))

  it("says nothing about a first look, nor where everything is still there, in any spelling", () => {
    const shouted = tree(environment(web.toUpperCase(), [{ ...old, uuid: chainX.toUpperCase() }, latest]))
    assert.deepStrictEqual(said(both), [])
    assert.deepStrictEqual(said(both, shouted), [])
  })

  it("calls an old chain possibly locked, then removed, then nothing, and wakes nobody", () => {
    const left = tree(web01(latest))
    assert.deepStrictEqual(said(both, left), [["possibly-locked", "info", chainX]])
    assert.deepStrictEqual(said(both, left, left), [["removed-chain", "info", chainX]])
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

  it("warns of a newest backup that is gone from the end of its chain", () => {
    const shorter = tree(web01(old, dated(chainY, 3)))
    for (const looks of [[shorter], [shorter, shorter, shorter]]) {
      assert.deepStrictEqual(said(both, ...looks), [["lost-newest-backup", "warning", `${chainY}.2`]])
    }
    assert.deepStrictEqual(said(both, shorter, both), [])
    assert.deepStrictEqual(said(both, tree(web01(dated(chainX, 1), latest))), [], "a newer one is left")
  })

  it("says where it was, since when it is missing, and what to make of it", () => {
    const left = tree(other, web01(old))
    const [first] = MissingBackups.check(after(both, left), listing(left))
    assert.deepStrictEqual(first, {
      rule: "possibly-locked",
      severity: "warning",
      path: "VmItem[2]",
      place: { environment: 1 },
      subject: { environment: web, name: "web01", chain: chainY, backup: undefined },
      message: `chain ${chainY}, with the newest backup of 2026-01-04T02:00:00Z was there at the last check and is `
        + "missing now: possibly locked"
    })
    const [later] = MissingBackups.check(after(both, left, left), listing(left))
    assert.strictEqual(
      later?.message,
      `chain ${chainY}, with the newest backup of 2026-01-04T02:00:00Z is missing since the check of `
        + "2026-01-05T06:00:00Z: removed, or it can no longer be read"
    )
    const shorter = tree(web01(old, dated(chainY, 3)))
    const [backup] = MissingBackups.check(after(both, shorter), listing(shorter))
    assert.strictEqual(
      backup?.message,
      `backup ${chainY}.2 of 2026-01-04T02:00:00Z, then the newest, is missing since the check of 2026-01-05T06:00:00Z`
    )
  })

  it("keeps an environment that is gone in the earlier answer that Invariants get, and what is missing elsewhere moves on", () => {
    const start = tree(web01(old, latest), other)
    const without = tree(web01(latest))
    const looks = [start, without, without]
    assert.deepStrictEqual(said(...looks), [["removed-chain", "info", chainX]])
    const memory = after(...looks, without)
    assert.deepStrictEqual(
      Invariants.check(listing(without), { previous: memory.tree }).map(({ rule, subject }) => [rule, subject.name]),
      [["lost-environments", "other"]]
    )
    const empty = Invariants.check(listing(tree()), { previous: after(...looks, tree()).tree })
    assert.deepStrictEqual(empty.map(({ rule, severity }) => [rule, severity]), [["empty-answer", "error"]])
  })

  it("says nothing of a chain while its environment is gone, and remembers it", () => {
    const left = tree(web01(old), other)
    assert.deepStrictEqual(said(both, left, tree(other), tree(other), left), [[
      "lost-newest-backup",
      "warning",
      chainY
    ]])
    assert.deepStrictEqual(said(both, left, tree(other)), [])
  })

  it("learns nothing from a listing that is not whole", () => {
    const memory = after(both)
    const answer = (request: BackupTreeRequest.BackupTreeRequest) =>
      BackupListing.fromAnswer({ tree: tree(), notes: [], request, source, fetchedAt })
    const everything = { ...BackupTreeRequest.everything, kinds: "vm+ct" } as const
    for (
      const partial of [
        BackupListing.fromDocument({ tree: tree(), notes: [], source, fetchedAt, complete: false }),
        answer({ ...everything, kinds: "vm" }),
        answer({ ...everything, subject: { _tag: "Environment", uuid: web } })
      ]
    ) assert.strictEqual(MissingBackups.look(memory, partial, now), memory)
    assert.notStrictEqual(MissingBackups.look(memory, answer(everything), now), memory)
  })

  it("does not miss a backup that is there, whatever became of its date", () => {
    const undated = { ...latest, incrementals: [incremental(chainY, 2, { dateTime: "" })] }
    assert.deepStrictEqual(said(both, tree(web01(old, undated))), [])
  })

  it("does not miss a backup from the future, which says nothing about the past", () => {
    assert.deepStrictEqual(said(tree(web01(dated(chainX, 1, 9))), tree(web01(dated(chainX, 1)))), [])
  })

  it("says whether something is missing that was not before", () => {
    const isNew = (...looks: ReadonlyArray<BackupTree.BackupTree>) =>
      MissingBackups.isNewlyMissing(after(...looks), listing(looks.at(-1)!))
    const left = tree(web01(old))
    assert.isFalse(isNew(both))
    assert.isTrue(isNew(both, left))
    assert.isFalse(isNew(both, left, left))
    assert.isTrue(isNew(both, tree()))
  })

  describe("forgets", () => {
    const start = tree(web01(old, latest), other)
    const left = listing(tree(web01(old)))
    const memory = after(start, left.tree)
    const rest = (text: string) =>
      Option.match(MissingBackups.forget(memory, left, text), {
        onNone: () => "nothing",
        onSome: (less) => [
          ...MissingBackups.check(less, left).map(({ rule }) => rule),
          ...Invariants.check(left, { previous: less.tree }).map(({ rule }) => rule)
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
      (text) => assert.strictEqual(rest(text), "nothing")
    )

    it("a backup by its id", () => {
      const shorter = listing(tree(web01(old, dated(chainY, 3))))
      const lost = after(both, shorter.tree)
      const less = MissingBackups.forget(lost, shorter, `${chainY}.2`)
      assert.deepStrictEqual(Option.map(less, (memory) => MissingBackups.check(memory, shorter)), Option.some([]))
    })

    it("by an id only what bears it, however a machine is called", () => {
      const impostor = environment(stranger, other.chains, { name: web })
      const memory = after(tree(web01(old), impostor), tree(web01(old)))
      assert.isTrue(Option.isNone(MissingBackups.forget(memory, listing(tree(web01(old))), web)))
    })

    it("a machine with all that is missing of it, also where it bore another name then", () => {
      const renamed = environment(web, [old], { name: "web02" })
      const looks = [start, left.tree, tree(renamed), tree(other)]
      const less = MissingBackups.forget(after(...looks), listing(tree(other)), "web02")
      assert.deepStrictEqual(less, Option.some({ tree: tree(other), missing: [] }))
    })

    it("for good: what is forgotten is not missed at the next look", () => {
      const less = Option.getOrThrow(MissingBackups.forget(memory, left, "web01"))
      const next = MissingBackups.look(Option.getOrThrow(MissingBackups.forget(less, left, "other")), left, now)
      assert.deepStrictEqual(next, { tree: left.tree, missing: [] })
    })
  })

  it("names the machines of which something stays missing, each once", () => {
    const looks = [tree(web01(old, latest), other), tree(web01(old))]
    assert.deepStrictEqual(MissingBackups.names(after(...looks), listing(looks[1]!)), ["other", "web01"])
    assert.deepStrictEqual(MissingBackups.names(after(both, tree(web01(latest))), listing(tree(web01(latest)))), [])
  })

  it("has rules that say what they mean and what to do", () => {
    for (const { advice, id, meaning, statement } of MissingBackups.rules) {
      assert.strictEqual(MissingBackups.rule(id)?.id, id)
      for (const text of [advice, meaning, statement]) assert.match(text, /^[A-Z].*\.$/)
    }
    assert.isUndefined(MissingBackups.rule("I01"))
  })

  it.prop("misses nothing between a listing and itself", [Arbitraries.tree], ([listed]) => {
    assert.deepStrictEqual(after(listed, listed), { tree: listed, missing: [] })
  })

  it.prop(
    "accounts for every environment and every newest chain that it ever saw: there, missing, or forgotten",
    [
      Arbitraries.healthyTree,
      Arbitrary.array(Arbitrary.array(Arbitrary.schema(Schema.Boolean), { minLength: 7, maxLength: 7 }), {
        minLength: 2,
        maxLength: 5
      })
    ],
    ([whole, choices]) => {
      const looks = choices.map((choice): BackupTree.BackupTree => {
        let chance = 0
        const environments = whole.environments.flatMap((environment) => {
          const chains = environment.chains.filter(() => choice[chance++ % choice.length])
          return chains.length === 0 ? [] : [{ ...environment, chains }]
        })
        return { ...whole, environments }
      })
      const memory = after(...looks)
      const last = looks.at(-1)!
      const seen = new Set(looks.flatMap(({ environments }) => environments.map(({ uuid }) => uuid)))
      assert.deepStrictEqual(new Set(memory.tree.environments.map(({ uuid }) => uuid)), seen)
      const there = new Set(last.environments.flatMap(({ chains }) => chains.map(({ uuid }) => uuid)))
      assert.isTrue(memory.missing.every(({ chain }) => !there.has(chain)))
      // Of what the look before had, nothing vanishes without a word.
      const before = looks.at(-2)!
      const lost = before.environments.flatMap(({ chains, uuid }) =>
        last.environments.some((environment) => environment.uuid === uuid)
          ? chains.flatMap((chain) => there.has(chain.uuid) ? [] : [chain.uuid])
          : []
      )
      const named = new Set(MissingBackups.check(memory, listing(last)).map(({ subject }) => subject.chain))
      assert.deepStrictEqual(lost.filter((chain) => !named.has(chain)), [])
    }
  )
})
