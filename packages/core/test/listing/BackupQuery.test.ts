import * as BackupFindings from "@backup-tree/core/check/BackupFindings"
import type { Facts } from "@backup-tree/core/check/Rule"
import * as BackupListing from "@backup-tree/core/listing/BackupListing"
import * as BackupQuery from "@backup-tree/core/listing/BackupQuery"
import * as Glob from "@backup-tree/core/listing/Glob"
import * as QueryText from "@backup-tree/core/listing/QueryText"
import * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as TreePath from "@backup-tree/core/tree/TreePath"
import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Result, Schema } from "effect"
import { query } from "../support/queries.ts"
import { directoryListing, readChain, readEnvironment, reading } from "../support/readings.ts"
import {
  chain,
  chainX,
  chainY,
  datedChain,
  environment,
  full,
  listing,
  stranger,
  tree,
  web
} from "../support/treeLiterals.ts"

const facts: BackupQuery.QueryFacts = { now: DateTime.makeUnsafe("2024-03-10T00:00:00Z"), findings: new Map() }

const parse = (text: string): BackupQuery.BackupQuery => Result.getOrThrow(QueryText.parse(text))

const same = (a: BackupQuery.Selection, b: BackupQuery.Selection, join: (a: boolean, b: boolean) => boolean) =>
  a.map((chains, e) => chains.map((backups, c) => backups.map((one, index) => join(one, b[e]![c]![index]!))))

/** The ids of what a query selects. */
const ids = (of: BackupTree.BackupTree, text: string, more = facts): ReadonlyArray<string> => {
  const selection = BackupQuery.filter(of, parse(text), more)
  return of.environments.flatMap(({ chains }, e) =>
    chains.flatMap((chain, c) =>
      BackupTree.backups(chain).filter((_, index) => selection[e]![c]![index]).map(({ id }) => id)
    )
  )
}

const mail = "{9c1b2a3d-0000-4000-8000-000000000001}"
const dated = tree(
  environment(web, [
    datedChain(chainX, ["2024-03-01 02:00:00", "2024-03-02 02:00:00", ""]),
    datedChain(chainY, ["2024-03-03 02:00:00"])
  ]),
  environment(mail, [
    chain(stranger, [1, 3], {
      head: full(stranger, { size: 10n, host: "hn2", creator: "alice", description: "before upgrade", dateTime: "" })
    })
  ], { name: "mail", vmType: 2 })
)

describe("BackupQuery", () => {
  it.prop("is a Boolean algebra", [Arbitraries.tree, query, query], ([of, p, q]) => {
    const select = (one: BackupQuery.BackupQuery) => BackupQuery.filter(of, one, facts)
    const { and, everything, not, nothing, or } = BackupQuery
    assert.deepStrictEqual(select(and(p, q)), same(select(p), select(q), (a, b) => a && b))
    assert.deepStrictEqual(select(or(p, q)), same(select(p), select(q), (a, b) => a || b))
    assert.deepStrictEqual(select(not(and(p, q))), select(or(not(p), not(q))))
    assert.deepStrictEqual(select(not(or(p, q))), select(and(not(p), not(q))))
    assert.deepStrictEqual(select(not(not(p))), select(p))
    assert.deepStrictEqual(select({ _tag: "Not", query: { _tag: "Not", query: p } }), select(p))
    assert.deepStrictEqual(select(or(p, not(p))), select(everything))
    assert.deepStrictEqual(select(and(p, not(p))), select(nothing))
    assert.deepStrictEqual(select(and(p, everything)), select(p))
    assert.deepStrictEqual(select(or(p, nothing)), select(p))
    assert.deepStrictEqual(select(and()), select(everything))
    assert.deepStrictEqual(select(or()), select(nothing))
  })

  it.prop("closes a selection under what its backups need", [Arbitraries.tree, query, query], ([of, p, q]) => {
    const some = BackupQuery.filter(of, BackupQuery.and(p, q), facts)
    const more = BackupQuery.filter(of, p, facts)
    const [closed, largest] = [some, more].map(BackupQuery.withAncestors)
    assert.deepStrictEqual(BackupQuery.withAncestors(closed!), closed)
    assert.deepStrictEqual(same(some, closed!, (a, b) => a && !b).flat(2).filter((one) => one), [])
    assert.deepStrictEqual(same(closed!, largest!, (a, b) => a && !b).flat(2).filter((one) => one), [])
    for (const backups of closed!.flat()) assert.notInclude(backups.join(), "false,true")
  })

  it.prop("restricts a listing to a selection and its ancestors", [Arbitraries.tree, query], ([of, one]) => {
    const selection = BackupQuery.filter(of, one, facts)
    const restricted = BackupQuery.restrict(listing(of), selection)
    assert.strictEqual(restricted.completeness, "partial")
    const backups = restricted.tree.environments.flatMap(({ chains }) => chains.flatMap(BackupTree.backups))
    const wanted = of.environments.flatMap(({ chains }, e) =>
      chains.flatMap((chain, c) =>
        BackupTree.backups(chain).filter((_, b) => BackupQuery.withAncestors(selection)[e]![c]![b])
      )
    )
    assert.deepStrictEqual(backups, wanted)
    assert.isTrue(restricted.tree.environments.every(({ chains }) => chains.length > 0))
  })

  it("joins queries without levels between them", () => {
    const part = (part: string): BackupQuery.BackupQuery => ({ _tag: "Part", field: "uuid", part })
    const [a, b, c] = [part("a"), part("b"), part("c")] as const
    const { and, or } = BackupQuery
    assert.deepStrictEqual(and(and(a, b), c), { _tag: "And", queries: [a, b, c] })
    assert.deepStrictEqual(or(a, or(b, c)), { _tag: "Or", queries: [a, b, c] })
    assert.deepStrictEqual(and(or(a, b), c), { _tag: "And", queries: [or(a, b), c] })
    assert.deepStrictEqual([and(), or(), and(a), or(a)], [BackupQuery.everything, BackupQuery.nothing, a, a])
  })

  it("moves the notes of what it keeps", () => {
    const notes = [[1, 1, 2], [1, 2], [2], [2, 1], [2, 1, 1]].map(([e, c, b]) => {
      const path = TreePath.printPlace({
        environment: e! - 1,
        chain: c === undefined ? undefined : c - 1,
        backup: b
      })
      return { rule: "bad-date" as const, path: `${path}/X`, message: "" }
    })
    const pathsOf = (text: string) =>
      BackupQuery.restrict(listing(dated, notes), BackupQuery.filter(dated, parse(text), facts)).notes
        .map(({ path }) => path)
    assert.deepStrictEqual(pathsOf("everything"), notes.map(({ path }) => path))
    assert.deepStrictEqual(pathsOf("name=mail and type=full"), ["VmItem[1]/X", "VmItem[1]/BackupItem[1]/X"])
    assert.deepStrictEqual(pathsOf(`chain=${chainY}`), ["VmItem[1]/BackupItem[1]/X"])
    assert.deepStrictEqual(pathsOf("nothing"), [])
  })

  it("selects by every field", () => {
    const incrementals = [`${chainX}.2`, `${chainX}.3`, `${stranger}.3`]
    for (
      const [text, expected] of [
        ["everything", [chainX, `${chainX}.2`, `${chainX}.3`, chainY, stranger, `${stranger}.3`]],
        ["nothing", []],
        ["name=mail", [stranger, `${stranger}.3`]],
        ["name=MAIL", []],
        ["name=w?b*", [chainX, `${chainX}.2`, `${chainX}.3`, chainY]],
        ["host=hn2 or creator=al*", [stranger]],
        ["description=\"before upgrade\"", [stranger]],
        [`uuid=${mail.slice(1, 7).toUpperCase()} and type=full`, [stranger]],
        [`chain=${chainY}`, [chainY]],
        [`id=${chainX}`, [chainX]],
        [`id=${chainX}.1`, [chainX]],
        ["id=0b8f6d1e.3", [`${chainX}.3`]],
        ["kind=vm and type=full", [chainX, chainY]],
        ["kind=ct", [stranger, `${stranger}.3`]],
        ["kind=ct-ploop", [stranger, `${stranger}.3`]],
        ["kind=ct-vzfs or kind=unknown", []],
        ["type=incremental", incrementals],
        ["size<=10", [stranger]],
        ["date=2024-03-02 and type!=full", [`${chainX}.2`, `${stranger}.3`]],
        ["date>2024-03-01 and name=web*", [`${chainX}.2`, chainY]],
        ["date<=2024-03-01", [chainX]],
        ["date<2024-03-01T02:00:00Z", []],
        ["age>8d and kind=vm", [chainX]],
        ["age<=166h", [chainY]],
        ["latest=1", [chainY, `${stranger}.3`]],
        ["latest=3 and name=web*", [chainX, `${chainX}.2`, chainY]],
        ["not date>=2000-01-01", [`${chainX}.3`, stranger]],
        ["latest=1 and name=web* or finding=*", [chainY]]
      ] as const
    ) {
      assert.deepStrictEqual(ids(dated, text), [...expected], text)
    }
  })

  it("takes the later of equal dates for the newer, over all chains and namesakes by uuid", () => {
    const date = "2024-03-01 02:00:00"
    const of = tree(
      environment(web, [datedChain(chainX, [date, date])]),
      environment(web.toUpperCase(), [datedChain(chainY, [date])])
    )
    assert.deepStrictEqual(ids(of, "latest=1"), [chainY])
    assert.deepStrictEqual(ids(of, "latest=2"), [`${chainX}.2`, chainY])
  })

  it("selects by the findings of a backup, its chain and its environment", () => {
    const of = tree(environment(web, [datedChain(chainX, ["2024-03-01 02:00:00", "never"]), chain(chainY, [1])]))
    const findings = BackupFindings.make(listing(of))
    const withFindings = { ...facts, findings }
    assert.isTrue(BackupQuery.needsFindings(parse("not (name=a or finding=I13)")))
    assert.isFalse(BackupQuery.needsFindings(parse("name=finding")))
    assert.isAbove(findings.size, 0)
    for (const [backup, words] of findings) {
      for (const word of words) assert.include(ids(of, `finding="${word}"`, withFindings), backup.id)
    }
    assert.deepStrictEqual(ids(of, "finding=*", withFindings), [...findings.keys()].map(({ id }) => id))
  })

  it("selects by findings that need the time or the cadence, if they are given", () => {
    const future = tree(environment(web, [datedChain(chainX, ["2099-03-01 02:00:00"])]))
    const idsOf = (given: Facts) =>
      ids(future, "finding=I16", { ...facts, findings: BackupFindings.make(listing(future), given) })
    assert.deepStrictEqual([idsOf({}), idsOf({ now: facts.now })], [[], [chainX]])
  })

  it("finds parts of uuids that name more than one", () => {
    assert.deepStrictEqual(BackupQuery.ambiguities(dated, parse("name=a or not uuid=4")), [
      { field: "uuid", part: "4", candidates: [web, mail], total: 2 }
    ])
    assert.lengthOf(BackupQuery.ambiguities(dated, parse("id=0.3 and chain=0")), 2)
    for (const text of [`uuid=${web}`, "chain=0b8f", "id=0b8f.7", "uuid=ffffffff", "name=4"]) {
      assert.deepStrictEqual(BackupQuery.ambiguities(dated, parse(text)), [])
    }
    const many = tree(...Array.from({ length: 30 }, (_, n) => environment(`{${n}a}`, [chain(chainX, [1])])))
    const [found] = BackupQuery.ambiguities(many, parse("uuid=a"))
    assert.deepStrictEqual([found?.candidates.length, found?.total], [10, 30])
  })

  it("finds machines by patterns and uuids, and suggests names", () => {
    const { query, unknown } = BackupQuery.forMachines(dated, ["web*", web.slice(1, -1).toUpperCase(), "mial", "x"])
    assert.deepStrictEqual(unknown, [{ word: "mial", similar: ["mail"] }, { word: "x", similar: [] }])
    assert.strictEqual(BackupQuery.count(BackupQuery.filter(dated, query, facts)), 4)
    assert.deepStrictEqual(BackupQuery.forMachines(dated, []).query, BackupQuery.everything)
    const odd = tree(environment(web, [chain(chainX, [1])], { name: "a[\\b" }))
    assert.deepStrictEqual(BackupQuery.forMachines(odd, ["a[\\b"]).unknown, [])
    const hostile = tree(environment(web, [chain(chainX, [1])], { name: "x".repeat(1 << 16) }))
    assert.deepStrictEqual(BackupQuery.forMachines(hostile, ["y".repeat(1 << 16)]).unknown[0]!.similar, [])
  })

  it("leaves the listing of a directory one that can be stored", () => {
    const whole = directoryListing(reading([readEnvironment([readChain()])]))
    for (const text of ["latest=1", "type=full", "nothing"]) {
      const one = BackupQuery.restrict(whole, BackupQuery.filter(whole.tree, parse(text), facts))
      const stored = Schema.encodeSync(BackupListing.BackupListing)(one)
      assert.deepStrictEqual(Schema.decodeSync(BackupListing.BackupListing)(stored).tree, one.tree)
    }
  })
})

describe("Glob", () => {
  const matches = (pattern: string, text: string) => Glob.matcher(Glob.parse(pattern))(text)

  it("matches whole texts", () => {
    for (
      const [pattern, text, expected] of [
        ["", "", true],
        ["", "a", false],
        ["*", "", true],
        ["*", "a/.b", true],
        ["a*b*c", "aXbbYc", true],
        ["a*b*c", "aXbYcd", false],
        ["*ab", "aab", true],
        ["a*a", "a", false],
        ["?", "😀", true],
        ["??", "😀", false],
        ["*?", "😀", true],
        ["\\*", "*", true],
        ["\\*", "a", false],
        ["a\\", "a\\", true],
        ["\\n\\u{202e}", "\n\u202e", true],
        ["\\u{110000}", "\\u{110000}", true],
        ["\ud83d*", "😀", true],
        ["a**b", "ab", true],
        ["*a?c*", "xxabcyy", true],
        ["a*b*c", "aXYc", false],
        ["a*b*c*d", "abd", false],
        ["x*b*c", "aXbYc", false],
        ["a*b*c", "a b", false]
      ] as const
    ) assert.strictEqual(matches(pattern, text), expected, `${pattern} ${text}`)
  })

  it.prop("has one spelling, and a literal matches itself alone", [Arbitraries.text, Arbitraries.text], ([a, b]) => {
    const glob = Glob.parse(a)
    assert.deepStrictEqual(Glob.parse(glob.pattern), glob)
    assert.notMatch(glob.pattern, /[\p{Cc}\u2028-\u202e]/u)
    const literal = Glob.literal(a)
    assert.deepStrictEqual(Glob.parse(literal.pattern), literal)
    assert.strictEqual(Glob.literalOf(literal), a)
    assert.isUndefined(Glob.literalOf(Glob.parse("*")))
    assert.isTrue(Glob.matcher(literal)(a))
    assert.strictEqual(Glob.matcher(literal)(b), a === b)
    const around = Glob.parse(`${literal.pattern}*${Glob.literal(b).pattern}`)
    assert.isTrue(Glob.matcher(around)(`${a}${b}${a}${b}`))
  })

  it("ends on patterns that make others hang", () => {
    assert.isFalse(matches("*a".repeat(2000), `${"a".repeat(1 << 16)}b`))
    assert.isFalse(matches(`${"*?".repeat(1000)}b`, "a".repeat(1 << 16)))
  })
})
