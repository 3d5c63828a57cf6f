import { assert, describe, it } from "@effect/vitest"
import type * as BackupTree from "../../../src/tree/BackupTree.ts"
import { breachesIn, brief, check, found, head } from "../../support/findings.ts"
import { chain, chainX, chainY, environment, full, incremental, stranger, web } from "../../support/treeLiterals.ts"

type Origin = Partial<Pick<BackupTree.FullBackup, "host" | "serverUuid" | "creator">>

const chainOf = (...[first = {}, ...rest]: ReadonlyArray<Origin>): BackupTree.BackupChain =>
  chain(chainX, [1], {
    head: full(chainX, first),
    incrementals: rest.map((more, index) => incremental(chainX, index + 2, more))
  })

const inChain = (rule: string, ...origins: ReadonlyArray<Origin>) =>
  breachesIn(rule, environment(web, [chainOf(...origins)]))

const server = full(chainX).serverUuid

describe("I30, hosts and servers", () => {
  const I30 = (...origins: ReadonlyArray<Origin>) => inChain("I30", ...origins)

  it("are the same throughout a chain", () => {
    assert.deepStrictEqual(I30({}, {}, {}), [])
    assert.deepStrictEqual(I30({}, { host: "hn2.example.com" }, {}), [head])
    assert.deepStrictEqual(I30({}, { serverUuid: stranger }), [head])
    assert.deepStrictEqual(I30({ host: "" }, {}), [head])
  })

  it("compare uuids in any spelling", () => {
    assert.deepStrictEqual(I30({}, { serverUuid: server.toUpperCase() }, { serverUuid: server.slice(1, -1) }), [])
  })

  it("may differ from chain to chain", () => {
    const moved = chain(chainY, [1], {
      head: full(chainY, { host: "hn2.example.com", dateTime: "2024-03-09 02:00:00" })
    })
    assert.deepStrictEqual(found(environment(web, [chainOf({}, {}), moved])), [])
  })

  it("are information: one finding a chain, which names them", () => {
    const hosts = ["hn1", "hn2", "hn1", "hn3", "hn4", "hn5"].map((host) => ({ host }))
    const uuid = server.slice(1, -1)
    assert.deepStrictEqual(check(environment(web, [chainOf(...hosts)])).map(brief), [[
      "I30",
      "info",
      head,
      `the backups of the chain come from "hn1" (${uuid}), "hn2" (${uuid}), "hn3" (${uuid}) and 2 more`
    ]])
  })
})

describe("I31, creators", () => {
  it("are the same throughout a chain", () => {
    assert.deepStrictEqual(inChain("I31", {}, {}), [])
    assert.deepStrictEqual(inChain("I31", {}, { creator: "admin" }, {}), [head])
    assert.deepStrictEqual(inChain("I31", {}, { creator: "ROOT" }), [head])
  })

  it("are information: one finding a chain, which names them", () => {
    assert.deepStrictEqual(check(environment(web, [chainOf({}, { creator: "ad\nmin" })])).map(brief), [[
      "I31",
      "info",
      head,
      "the backups of the chain were created by \"root\", \"ad\\nmin\""
    ]])
  })
})
