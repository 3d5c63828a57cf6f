import type { Note } from "@backup-tree/core/tree/Note"
import { assert, describe, it } from "@effect/vitest"
import type * as BackupTree from "../../../src/tree/BackupTree.ts"
import { breachesIn, brief, check, findingsOf, found, head, link } from "../../support/findings.ts"
import {
  chain,
  chainX,
  chainY,
  environment,
  full,
  incremental,
  listing,
  tree,
  web
} from "../../support/treeLiterals.ts"

const chainOf = (
  ofHead: Partial<BackupTree.FullBackup>,
  ...ofLinks: ReadonlyArray<Partial<BackupTree.IncrementalBackup>>
): BackupTree.BackupChain =>
  chain(chainX, [1], {
    head: full(chainX, ofHead),
    incrementals: ofLinks.map((more, index) => incremental(chainX, index + 2, more))
  })

const breaks = (rule: string, ...parts: Parameters<typeof chainOf>) =>
  breachesIn(rule, environment(web, [chainOf(...parts)]))

describe("I17, letters", () => {
  const I17 = (...[first, ...rest]: readonly [string, ...ReadonlyArray<string>]) =>
    breaks("I17", { type: first }, ...rest.map((type) => ({ type })))

  it("are f for a full backup, i for an incremental, and d in old data", () => {
    assert.deepStrictEqual(I17("f", "i", "d"), [])
    for (const type of ["i", "d", "F", "x", "ff"]) assert.deepStrictEqual(I17(type), [`${head}/Type`], type)
    for (const type of ["f", "I", "", "di"]) assert.deepStrictEqual(I17("f", type), [`${link(1)}/Type`], type)
  })

  it("are those that a server shows: it forces the empty one of a promoted head", () => {
    assert.deepStrictEqual(breachesIn("I17", environment(web, [chain(chainX, [3, 4])])), [])
    assert.deepStrictEqual(
      breachesIn("I17", environment(web, [chain(chainX, [3], { head: full(`${chainX}.3`, { type: "" }) })])),
      [`${head}/Type`]
    )
  })

  it("are found once, where the reader of a text has found them", () => {
    const bad = tree(environment(web, [chainOf({ type: "x" }, { type: "" })]))
    const note = (rule: Note["rule"], path: string): Note => ({ rule, path, message: "noted" })
    const rules = (...notes: ReadonlyArray<Note>) =>
      findingsOf(listing(bad, notes)).map(({ path, rule }) => `${rule} ${path}`)
    assert.deepStrictEqual(rules(), [`I17 ${head}/Type`, `I17 ${link(1)}/Type`])
    assert.deepStrictEqual(
      rules(note("bad-letter", `${head}/Type`), note("missing-required", `${link(1)}/Type`)),
      [`missing-required ${link(1)}/Type`, `bad-letter ${head}/Type`]
    )
  })

  it("are a warning that names them", () => {
    assert.deepStrictEqual(check(environment(web, [chainOf({ type: "i" })])).map(brief), [
      ["I17", "warning", `${head}/Type`, `backup ${chainX} has type "i"; expected "f"`]
    ])
  })
})

describe("I18, flags", () => {
  const I18 = (ofHead: number, ...ofLinks: ReadonlyArray<number>) =>
    breaks("I18", { flags: ofHead }, ...ofLinks.map((flags) => ({ flags })))

  it("have PBT_FULL in a full backup and PBT_INCREMENTAL in an incremental, among others", () => {
    assert.deepStrictEqual(I18(2048, 4096), [])
    assert.deepStrictEqual(I18(2048 + 65_536 + 12, 4096 + 65_536), [])
    assert.deepStrictEqual(I18(4096, 2048), [head, link(1)])
    assert.deepStrictEqual(I18(1, 65_536), [head, link(1)])
  })

  it("may be none, as in old data", () => {
    assert.deepStrictEqual(I18(0, 0), [])
  })

  it("of a promoted head are those of the head before it", () => {
    const promoted = (flags: number) =>
      breachesIn("I18", environment(web, [chain(chainX, [3], { head: full(`${chainX}.3`, { flags }) })]))
    assert.deepStrictEqual(promoted(2048), [])
    assert.deepStrictEqual(promoted(4096), [head])
  })

  it("are information", () => {
    assert.deepStrictEqual(check(environment(web, [chainOf({ flags: 4096 })])).map(brief), [
      ["I18", "info", head, `backup ${chainX} has the flags PBT_INCREMENTAL, but not PBT_FULL`]
    ])
  })
})

describe("I19, empty backups", () => {
  it("have the size 0", () => {
    assert.deepStrictEqual(breaks("I19", { size: 1n }, { size: 1n }), [])
    assert.deepStrictEqual(check(environment(web, [chainOf({ size: 1n }, { size: 0n })])).map(brief), [
      ["I19", "warning", `${link(1)}/Size`, `backup ${chainX}.2 has size 0`]
    ])
    assert.deepStrictEqual(breaks("I19", { size: 0n }), [`${head}/Size`])
  })

  it("are not those whose size was junk: the reader has found that", () => {
    const bad = tree(environment(web, [chainOf({ size: 0n }, { size: 0n })]))
    const rules = (...notes: ReadonlyArray<Note>) =>
      findingsOf(listing(bad, notes)).map(({ path, rule }) => `${rule} ${path}`)
    assert.deepStrictEqual(
      rules(
        { rule: "junk-number", path: `${head}/Size`, message: "noted" },
        { rule: "missing-required", path: `${link(1)}/Size`, message: "noted" }
      ),
      [`missing-required ${link(1)}/Size`, `junk-number ${head}/Size`]
    )
  })
})

describe("I20, large backups", () => {
  it("have more than 2^60 bytes", () => {
    assert.deepStrictEqual(breaks("I20", { size: 2n ** 60n }), [])
    assert.deepStrictEqual(check(environment(web, [chainOf({ size: 2n ** 60n + 1n })])).map(brief), [
      ["I20", "warning", `${head}/Size`, `backup ${chainX} has a size of 1152921504606846977 bytes`]
    ])
  })

  it("together fit 64 bits", () => {
    const sizes = (first: bigint, ...rest: ReadonlyArray<bigint>) =>
      breaks("I20", { size: first }, ...rest.map((size) => ({ size })))
    const fifteen = Array.from({ length: 15 }, () => 2n ** 60n)
    assert.deepStrictEqual(sizes(2n ** 60n - 1n, ...fifteen), [])
    assert.deepStrictEqual(sizes(2n ** 60n, ...fifteen), ["BackupTree"])
    assert.deepStrictEqual(sizes(2n ** 64n - 1n), [`${head}/Size`])
    assert.deepStrictEqual(sizes(2n ** 64n - 1n, 1n), [`${head}/Size`, "BackupTree"])
  })
})

describe("I27, kinds", () => {
  it("are 0 to 3", () => {
    for (const vmType of [0, 1, 2, 3]) assert.deepStrictEqual(breachesIn("I27", environment(web, [], { vmType })), [])
    for (const vmType of [4, 0xffff_ffff]) {
      const [finding] = check(environment(web, [chain(chainX, [1])], { vmType }))
      assert.deepStrictEqual([finding!.rule, finding!.severity, finding!.message], [
        "I27",
        "error",
        `the environment has the unknown VmType ${vmType}`
      ])
    }
  })
})

describe("I28, environments without a backup", () => {
  it("are listed by no server", () => {
    assert.deepStrictEqual(found(environment(web, [chain(chainX, [1])])), [])
    assert.deepStrictEqual(
      check(environment(web, []), environment("{c5d0e2a4-77b1-4b7e-8a52-1e0f3d9c6b11}", [chain(chainY, [1])])).map(
        brief
      ),
      [["I28", "warning", "VmItem[1]", "the environment has no backup"]]
    )
  })
})
