import type { Note } from "@backup-tree/core/tree/Note"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as BackupTree from "../../../src/tree/BackupTree.ts"
import { answer, breaches, breachesIn, brief, check, findingsOf, head, link, unknown } from "../../support/findings.ts"
import { chainX, chainY, datedChain, environment, incremental, listing, tree, web } from "../../support/treeLiterals.ts"

const inDates = (rule: string, ...dates: ReadonlyArray<string>) =>
  breachesIn(rule, environment(web, [datedChain(chainX, dates)]))

const day = (date: number, time = "02:00:07"): string => `2024-03-0${date} ${time}`

describe("I13, dates", () => {
  const I13 = (...dates: ReadonlyArray<string>) => inDates("I13", ...dates)

  it("are there", () => {
    assert.deepStrictEqual(I13(day(2), day(3)), [])
    assert.deepStrictEqual(I13(""), [`${head}/DateTime`])
    assert.deepStrictEqual(I13(day(2), "", day(4)), [`${link(1)}/DateTime`])
  })

  it("can be read: as the product writes them, or in ISO 8601", () => {
    for (
      const text of [
        "2024-03-02T02:00:07",
        "2024-03-02T02:00:07.5Z",
        "2024-03-02 02:00:07+01:00",
        "2024-02-29 23:59:59"
      ]
    ) {
      assert.deepStrictEqual(I13(text), [], text)
    }
    for (
      const text of [
        "yesterday",
        "2024-02-30 00:00:00",
        "2023-02-29 00:00:00",
        "2024-3-2 2:00:07",
        "0000-01-01 00:00:00"
      ]
    ) {
      assert.deepStrictEqual(I13(text), [`${head}/DateTime`], text)
    }
  })

  it("are named as they stand where they name no time", () => {
    const texts = ["", "yester\nday"].map((text) => check(environment(web, [datedChain(chainX, [text])]))[0]!)
    assert.deepStrictEqual(texts.map(brief), [
      ["I13", "warning", `${head}/DateTime`, `backup ${chainX} has no date`],
      ["I13", "warning", `${head}/DateTime`, `backup ${chainX} has an invalid date: "yester\\nday"`]
    ])
    assert.strictEqual(texts[0]!.subject.backup, chainX)
  })

  it("are found once, where the reader of a text has found them", () => {
    const bad = tree(environment(web, [datedChain(chainX, ["yesterday", ""])]))
    const note = (rule: Note["rule"], path: string): Note => ({ rule, path, message: "noted" })
    const rules = (notes: ReadonlyArray<Note>) =>
      findingsOf(listing(bad, notes)).map(({ path, rule }) => `${rule} ${path}`)
    assert.deepStrictEqual(rules([]), [`I13 ${head}/DateTime`, `I13 ${link(1)}/DateTime`])
    assert.deepStrictEqual(rules([note("bad-date", `${head}/DateTime`)]), [
      `I13 ${link(1)}/DateTime`,
      `bad-date ${head}/DateTime`
    ])
    assert.deepStrictEqual(rules([note("missing-required", `${link(1)}/DateTime`)]), [
      `I13 ${head}/DateTime`,
      `missing-required ${link(1)}/DateTime`
    ])
    // A note about something else does not hide it.
    assert.deepStrictEqual(rules([note("duplicate-element", `${head}/DateTime`), note("bad-date", `${head}/Size`)]), [
      `I13 ${head}/DateTime`,
      `I13 ${link(1)}/DateTime`,
      `bad-date ${head}/Size`,
      `duplicate-element ${head}/DateTime`
    ])
  })
})

describe("I14, dates along a chain", () => {
  const I14 = (...dates: ReadonlyArray<string>) => inDates("I14", ...dates)

  it("do not go back, and may stand still", () => {
    assert.deepStrictEqual(I14(day(2), day(3), day(3), day(4)), [])
    assert.deepStrictEqual(I14(day(3), day(2)), [link(1)])
    assert.deepStrictEqual(I14(day(2), day(5), day(3), day(4)), [link(2)])
    assert.deepStrictEqual(I14(day(2), day(2, "02:00:06")), [link(1)])
  })

  it("pass over what is undated", () => {
    assert.deepStrictEqual(I14(day(4), "", day(3)), [link(2)])
    assert.deepStrictEqual(I14("", day(3)), [])
    assert.deepStrictEqual(I14(day(2), "soon", day(3)), [])
  })

  it("are times, whatever their zone", () => {
    assert.deepStrictEqual(I14("2024-03-02T02:00:07+01:00", "2024-03-02 01:30:00"), [])
    assert.deepStrictEqual(I14("2024-03-02T02:00:07-01:00", "2024-03-02 02:30:00"), [link(1)])
  })

  it("go by the numbers, for those are the order of a chain", () => {
    const { incrementals, ...rest } = datedChain(chainX, [day(2), day(3), day(4)])
    const swapped = { ...rest, incrementals: incrementals.toReversed() }
    assert.deepStrictEqual(breachesIn("I14", environment(web, [swapped])), [])
  })

  it("are judged in a chain with gaps too", () => {
    const part = answer(
      { _tag: "Backup", id: `${chainX}.3` },
      tree(environment(web, [{
        ...datedChain(chainX, [day(4)]),
        incrementals: [incremental(chainX, 3, { dateTime: day(3) })]
      }]))
    )
    assert.deepStrictEqual(breaches("I14", part), [link(1)])
  })

  it("state which backup is older than its predecessor", () => {
    assert.deepStrictEqual(check(environment(web, [datedChain(chainX, [day(3), day(2)])])).map(brief), [[
      "I14",
      "warning",
      link(1),
      `backup ${chainX}.2 is dated 2024-03-02T02:00:07Z, before its predecessor ${chainX} (2024-03-03T02:00:07Z)`
    ]])
  })
})

describe("I15, dates of full backups", () => {
  const chainZ = "{f00dfeed-0000-4000-8000-000000000001}"
  const I15 = (...dates: ReadonlyArray<string>) =>
    breachesIn(
      "I15",
      environment(web, dates.map((date, index) => datedChain([chainX, chainY, chainZ][index]!, [date])))
    )

  it("differ within an environment", () => {
    assert.deepStrictEqual(I15(day(2), day(3)), [])
    assert.deepStrictEqual(I15(day(2), day(3), day(2)), ["VmItem[1]/BackupItem[1]", "VmItem[1]/BackupItem[3]"])
    assert.deepStrictEqual(I15("2024-03-02T03:00:07+01:00", day(2)), [
      "VmItem[1]/BackupItem[1]",
      "VmItem[1]/BackupItem[2]"
    ])
  })

  it("do not count where there are none", () => {
    assert.deepStrictEqual(I15("", ""), [])
    assert.deepStrictEqual(I15("soon", "soon"), [])
  })

  it("may be those of another environment, or of an incremental", () => {
    const one = environment(web, [datedChain(chainX, [day(2), day(3)]), datedChain(chainY, [day(3)])])
    const other = environment("{c5d0e2a4-77b1-4b7e-8a52-1e0f3d9c6b11}", [datedChain(chainZ, [day(2)])])
    assert.deepStrictEqual(breachesIn("I15", one, other), [])
  })

  it("state the place of the other one", () => {
    assert.deepStrictEqual(
      check(environment(web, [datedChain(chainX, [day(2)]), datedChain(chainY, [day(2)])])).map(brief),
      [
        ["I15", "warning", head, "full backup date 2024-03-02T02:00:07Z also appears at VmItem[1]/BackupItem[2]"],
        ["I15", "warning", "VmItem[1]/BackupItem[2]", `full backup date 2024-03-02T02:00:07Z also appears at ${head}`]
      ]
    )
  })
})

const at = (text: string): DateTime.Utc => DateTime.makeUnsafe(text)

describe("I16, dates in the future", () => {
  const one = listing(tree(environment(web, [datedChain(chainX, [day(2), day(3), ""])])))

  it("lie after the time of the check by more than two clocks may differ", () => {
    assert.deepStrictEqual(breaches("I16", one, { now: at("2024-03-03T01:55:07Z") }), [])
    assert.deepStrictEqual(breaches("I16", one, { now: at("2024-03-03T01:55:06Z") }), [link(1)])
    assert.deepStrictEqual(breaches("I16", one, { now: at("2024-01-01T00:00:00Z") }), [head, link(1)])
  })

  it("are not looked for without a clock", () => {
    const future = listing(tree(environment(web, [datedChain(chainX, ["2999-01-01 00:00:00"])])))
    assert.deepStrictEqual(findingsOf(future), [])
    assert.deepStrictEqual(findingsOf(future, { now: at("2024-03-02T00:00:00Z") }).map(brief), [[
      "I16",
      "warning",
      head,
      `backup ${chainX} is dated 2999-01-01T00:00:00Z, but the current time is 2024-03-02T00:00:00Z`
    ]])
  })

  it("are found in partial answers too", () => {
    const part = answer({ _tag: "Backup", id: chainX }, tree(environment(web, [datedChain(chainX, [day(2)])])))
    assert.deepStrictEqual(breaches("I16", part, { now: at("2024-01-01T00:00:00Z") }), [head])
  })
})

describe("I40, the age of the newest backup", () => {
  const now = at("2024-03-05T02:00:07Z")
  const fresh = { now, maxAge: Duration.hours(26) }
  const of = (...chains: ReadonlyArray<BackupTree.BackupChain>) => tree(environment(web, chains))
  const I40 = (tree: BackupTree.BackupTree, facts: Parameters<typeof findingsOf>[1] = fresh) =>
    breaches("I40", listing(tree), facts)

  it("is at most the limit, whichever chain the backup is in", () => {
    assert.deepStrictEqual(I40(of(datedChain(chainX, [day(2), day(4)]))), [])
    assert.deepStrictEqual(I40(of(datedChain(chainX, [day(2), day(3)]))), ["VmItem[1]"])
    assert.deepStrictEqual(I40(of(datedChain(chainX, [day(2), day(4)]), datedChain(chainY, [day(3)]))), [])
    assert.deepStrictEqual(I40(of(datedChain(chainX, [day(4)])), { now, maxAge: Duration.hours(24) }), [])
    assert.deepStrictEqual(I40(of(datedChain(chainX, [day(4)])), { now, maxAge: Duration.seconds(86_399) }), [
      "VmItem[1]"
    ])
  })

  it("is judged in each environment", () => {
    const other = environment("{c5d0e2a4-77b1-4b7e-8a52-1e0f3d9c6b11}", [datedChain(chainY, [day(2)])])
    assert.deepStrictEqual(I40(tree(environment(web, [datedChain(chainX, [day(5)])]), other)), ["VmItem[2]"])
  })

  it("ignores undated and future backups", () => {
    assert.deepStrictEqual(I40(of(datedChain(chainX, ["", "soon"]))), ["VmItem[1]"])
    assert.deepStrictEqual(I40(of(datedChain(chainX, [day(2), "2999-01-01 00:00:00"]))), ["VmItem[1]"])
    assert.deepStrictEqual(I40(of(datedChain(chainX, [day(4), "2999-01-01 00:00:00"]))), [])
  })

  it("is not judged without a clock or a limit", () => {
    const old = of(datedChain(chainX, [day(2)]))
    assert.deepStrictEqual(I40(old, {}), [])
    assert.deepStrictEqual(I40(old, { now }), [])
    assert.deepStrictEqual(I40(old, { maxAge: Duration.hours(26) }), [])
  })

  it("is not checked in the response for one id, which lacks other backups", () => {
    const old = of(datedChain(chainX, [day(2)]))
    assert.deepStrictEqual(breaches("I40", answer({ _tag: "Backup", id: chainX }, old), fresh), [])
    assert.deepStrictEqual(breaches("I40", answer({ _tag: "Chain", id: chainX }, old), fresh), [])
    assert.deepStrictEqual(breaches("I40", answer({ _tag: "Environment", uuid: web }, old), fresh), ["VmItem[1]"])
    assert.deepStrictEqual(breaches("I40", unknown(...old.environments), fresh), ["VmItem[1]"])
  })

  it("is said, with the limit", () => {
    assert.deepStrictEqual(
      [of(datedChain(chainX, [day(2)])), of(datedChain(chainX, [""])), of()].map((tree) =>
        findingsOf(listing(tree), fresh).filter(({ rule }) => rule === "I40").map(brief)
      ),
      [
        "the newest backup (2024-03-02T02:00:07Z) is 3 days old; the limit is 1 day 2 hours",
        "no backup is dated up to the time of this check, 2024-03-05T02:00:07Z; the limit is 1 day 2 hours",
        "no backup is dated up to the time of this check, 2024-03-05T02:00:07Z; the limit is 1 day 2 hours"
      ].map((message) => [["I40", "warning", "VmItem[1]", message] as const])
    )
  })
})
