import * as PrintableText from "@backup-tree/core/text/PrintableText"
import * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as BackupRows from "@backup-tree/formats/BackupRows"
import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { example, listingOf } from "./support/listings.ts"

const { tree } = listingOf(example("05-two-chains.xml"))

const named = (name: string): BackupTree.BackupTree => ({
  ...tree,
  environments: [{ ...tree.environments[0]!, name, chains: tree.environments[0]!.chains.slice(1, 2) }]
})

/** Reads CSV as RFC 4180 describes it. */
const parseCsv = (text: string): ReadonlyArray<ReadonlyArray<string>> => {
  const records: Array<Array<string>> = [[]]
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n)/g)) {
    records.at(-1)!.push(quoted === undefined ? plain! : quoted.replaceAll("\"\"", "\""))
    if (end === "\n") records.push([])
  }
  return records.slice(0, -1)
}

const csvOf = (of: BackupTree.BackupTree) => parseCsv(`${[...BackupRows.csv(of)].join("\n")}\n`)

describe("the rows of a tree", () => {
  it("are its backups in order, as NDJSON and as CSV", () => {
    assert.deepStrictEqual(
      [...BackupRows.ndjson(named("web01"))][0],
      JSON.stringify({
        environment: "{4f6a1c2e-8f0b-4a44-9a53-2f1d7f3c9b10}",
        name: "web01",
        kind: "vm",
        chain: "{0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}",
        id: "{0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}",
        number: 1,
        type: "full",
        createdAt: "2024-03-02T02:00:07.000Z",
        size: 9932111872,
        host: "hn1.example.com",
        creator: "root",
        description: ""
      })
    )
    assert.deepStrictEqual([...BackupRows.csv(named("web01"))].slice(0, 2), [
      "environment,name,kind,chain,id,number,type,createdAt,size,host,creator,description",
      "{4f6a1c2e-8f0b-4a44-9a53-2f1d7f3c9b10},web01,vm,{0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01},"
      + "{0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01},1,full,2024-03-02T02:00:07.000Z,9932111872,hn1.example.com,root,"
    ])
  })

  it.prop("are as many as the backups, and each has its form", [Arbitraries.tree], ([tree]) => {
    const backups = tree.environments.flatMap(({ chains }) => chains.flatMap(BackupTree.backups))
    const rows = [...BackupRows.rows(tree)]
    assert.deepStrictEqual(rows.map(({ id }) => id), backups.map(({ id }) => id))
    for (const row of rows) assert.isTrue(Schema.is(BackupRows.BackupRow)(row))
    const lines = [...BackupRows.ndjson(tree)]
    assert.isTrue(lines.every((line) => !/[\r\n]/.test(line)))
    assert.deepStrictEqual(
      lines.map((line) => (JSON.parse(line) as BackupRows.BackupRow).description),
      backups.map(({ description }) => description)
    )
  })

  it.prop("are the fields of CSV, escaped, and with an apostrophe before what a spreadsheet would run", [
    Arbitraries.tree
  ], (
    [tree]
  ) => {
    const [header, ...records] = csvOf(tree)
    assert.deepStrictEqual(header, Object.keys(BackupRows.BackupRow.fields))
    const expected = [...BackupRows.rows(tree)].map((row) =>
      Object.values(row).map((value) => PrintableText.escape(String(value ?? "")).replace(/^(?=[=+\-@])/, "'"))
    )
    assert.deepStrictEqual(records, expected)
  })

  it.each(["=1+1", "+1", "-1", "@SUM(A1)"])("are no formulas of a spreadsheet: %j", (name) => {
    assert.strictEqual(csvOf(named(name))[1]![1], `'${name}`)
  })
})
