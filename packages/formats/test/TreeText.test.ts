import * as ShortIds from "@backup-tree/core/listing/ShortIds"
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as Style from "@backup-tree/formats/Style"
import * as TreeText from "@backup-tree/formats/TreeText"
import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import stringWidth from "string-width"
import { example } from "./support/listings.ts"

// What may move a cursor, start a sequence, or turn text around.
const unprintable = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/u

describe("TreeText", () => {
  it("writes each environment with its chains, and each chain with its incrementals", () => {
    assert.deepStrictEqual(TreeText.lines(example("05-two-chains.xml")), [
      "web01  virtual machine  {4f6a1c2e-8f0b-4a44-9a53-2f1d7f3c9b10}",
      "├─ full 1     2024-03-02T02:00:07Z    9.3 GiB  {0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}",
      "│  └─ incr 2  2024-03-03T02:00:05Z  256.0 MiB  {0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}.2",
      "└─ full 1     2024-02-24T02:00:04Z    9.0 GiB  {a3d92c74-5b11-4f0e-a6a0-0d6b3c1e9f02}",
      "   ├─ incr 2  2024-02-25T02:00:03Z  384.0 MiB  {a3d92c74-5b11-4f0e-a6a0-0d6b3c1e9f02}.2",
      "   └─ incr 3  2024-02-26T02:00:03Z  400.0 MiB  {a3d92c74-5b11-4f0e-a6a0-0d6b3c1e9f02}.3"
    ])
  })

  it("fits a terminal with short ids, and cuts descriptions, then times", () => {
    const tree = example("03-vm-full-2inc.xml")
    const lines = (width: number) => TreeText.lines(tree, { width, shorten: ShortIds.shortener(tree) })
    assert.deepStrictEqual(lines(80), [
      "web01  virtual machine  4f6a1c2e",
      "└─ full 1     2024-03-02T02:00:07Z    4.0 GiB  0b8f6d1e  \"first full\"",
      "   ├─ incr 2  2024-03-03T02:00:05Z  256.0 MiB  0b8f6d1e.2  \"nightly\"",
      "   └─ incr 3  2024-03-04T02:00:06Z  288.0 MiB  0b8f6d1e.3  \"nightly\""
    ])
    assert.deepStrictEqual(lines(67).slice(1, 3), [
      "└─ full 1     2024-03-02T02:00:07Z    4.0 GiB  0b8f6d1e  \"first f…\"",
      "   ├─ incr 2  2024-03-03T02:00:05Z  256.0 MiB  0b8f6d1e.2"
    ])
    assert.deepStrictEqual(lines(50).slice(1), [
      "└─ full 1     2024-03-02    4.0 GiB  0b8f6d1e",
      "   ├─ incr 2  2024-03-03  256.0 MiB  0b8f6d1e.2",
      "   └─ incr 3  2024-03-04  288.0 MiB  0b8f6d1e.3"
    ])
  })

  it.prop("never exceeds 80 columns with short ids of sound chains", [Arbitraries.healthyTree], ([tree]) => {
    const shorten = ShortIds.shortener(tree)
    for (const line of TreeText.lines(tree, { width: 80, shorten })) {
      if (/^[├└│ ]/.test(line)) assert.isAtMost(stringWidth(line), 80, line)
    }
  })

  it("shows unusual things: promoted heads, missing dates, empty names, unknown kinds", () => {
    const [first, second] = example("06-odd-legal.xml").environments
    const lines = TreeText.lines({ environments: [first!, { ...second!, vmType: 9 }], kept: [] })
    assert.strictEqual(
      lines[0],
      "R&D <база> \"тест\" 'ß' 日本 ]]> %1  virtual machine  {4f6a1c2e-8f0b-4a44-9a53-2f1d7f3c9b10}"
    )
    assert.match(lines[1]!, /^├─ full 3 {5}no date +16\.0 EiB/)
    assert.include(lines[2]!, "\"line one\\nline two\\ttabbed, CR follows:\\r")
    assert.strictEqual(lines[5], "(no name)  unknown kind 9  {d4c2b1a0-6f5e-4d3c-8b2a-190807060504}")
  })

  it.prop("writes the dates and sizes of an environment in columns", [Arbitraries.healthyTree], ([tree]) => {
    for (const environment of tree.environments) {
      const [, ...rows] = TreeText.lines({ environments: [environment], kept: [] })
      const ids = environment.chains.flatMap(BackupTree.backups).map(({ id }) => id)
      const columns = rows.map((row) => row.indexOf(`  ${ids.find((id) => row.includes(`  ${id}`))}`))
      assert.lengthOf(new Set(columns), 1)
      assert.lengthOf(columns, ids.length)
    }
  })

  it("keeps the columns if numbers have many digits", () => {
    const [environment] = example("05-two-chains.xml").environments
    const [chain] = environment!.chains
    const [incremental] = chain!.incrementals
    const long = { ...chain!, incrementals: [incremental!, { ...incremental!, number: 12_345, id: "{last}" }] }
    const [, head, second, last] = TreeText.lines({ environments: [{ ...environment!, chains: [long] }], kept: [] })
    assert.match(last!, /^ {3}└─ incr 12345 2024/)
    for (const row of [head!, second!]) assert.strictEqual(row.indexOf("2024-"), last!.indexOf("2024-"))
  })

  it("counts", () => {
    assert.strictEqual(
      TreeText.summary(example("08-legacy-tib.xml")),
      "2 environments, 2 chains, 3 backups, 12.7 GiB"
    )
    assert.strictEqual(TreeText.summary(example("01-empty.xml")), "0 environments, 0 chains, 0 backups, 0 B")
  })

  it("cuts a long name, never an id", () => {
    const [environment] = example("02-vm-full.xml").environments
    const [chain] = environment!.chains
    const id = "i".repeat(300)
    const one = {
      ...environment!,
      uuid: "u".repeat(300),
      name: "n".repeat(201),
      chains: [{ ...chain!, head: { ...chain!.head, id } }]
    }
    const [heading, backup] = TreeText.lines({ environments: [one], kept: [] })
    assert.strictEqual(heading, `${"n".repeat(200)}…  virtual machine  ${one.uuid}`)
    assert.include(backup!, id)
    assert.strictEqual(TreeText.name({ name: "n".repeat(200) }), "n".repeat(200))
  })

  it.prop("a name is bounded, and a cut one begins as the whole does", [Arbitraries.text], ([piece]) => {
    for (const name of [piece, piece.repeat(200)]) {
      const shown = TreeText.name({ name })
      // The longest escape of one UTF-16 code unit has eight characters.
      assert.isAtMost(shown.length, 8 * TreeText.maxNameLength + 1)
      if (name.length <= TreeText.maxNameLength) {
        assert.strictEqual(shown, name === "" ? "(no name)" : PrintableText.escape(name))
      } else {
        assert.strictEqual(shown.at(-1), "…")
        assert.isTrue(PrintableText.escape(name).startsWith(shown.slice(0, -1)))
      }
    }
  })

  it("uses colours only on request", () => {
    const lines = TreeText.lines(example("02-vm-full.xml"), { style: Style.ansi })
    assert.match(lines[0]!, /^\u001b\[1mweb01\u001b\[0m/)
  })

  it.prop("lets nothing of a tree reach the terminal unescaped", [Arbitraries.tree], ([tree]) => {
    for (const line of TreeText.lines(tree)) assert.notMatch(line, unprintable)
  })

  it.prop("writes a line for each backup, with its id", [Arbitraries.healthyTree], ([tree]) => {
    const text = TreeText.lines(tree).join("\n")
    for (const { chains } of tree.environments) {
      for (const { head, incrementals } of chains) {
        for (const { id } of [head, ...incrementals]) assert.include(text, id)
      }
    }
  })
})
