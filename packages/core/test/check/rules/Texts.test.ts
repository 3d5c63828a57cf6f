import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import type * as BackupTree from "../../../src/tree/BackupTree.ts"
import * as BackupTreeXml from "../../../src/tree/BackupTreeXml.ts"
import { breaches, brief, check, findingsOf, head, link, type Told } from "../../support/findings.ts"
import { chain, chainX, disk, environment, full, incremental, listing, tree, web } from "../../support/treeLiterals.ts"

const I33 = (tree: BackupTree.BackupTree) => breaches("I33", listing(tree))

describe("I33, characters", () => {
  const named = (name: string) => I33(tree(environment(web, [chain(chainX, [1])], { name })))

  it("are those of XML 1.0: no controls, no halves of pairs, no non-characters", () => {
    for (
      const text of ["", "web01", "a\tb\nc\rd", "\u007f\u0085\u009f", "\ue000\ufffd", "\u202e", "\u{1f600}", "]]>&<"]
    ) {
      assert.deepStrictEqual(named(text), [], JSON.stringify(text))
    }
    for (const text of ["\u0000", "a\u0001", "\u001b[2J", "\ufffe", "\uffff", "\ud83d", "\ude00\ud83d"]) {
      assert.deepStrictEqual(named(text), ["VmItem[1]/Name"], JSON.stringify(text))
    }
  })

  it("are named", () => {
    assert.deepStrictEqual(
      ["\u001b", "\ud83d"].map((name) => check(environment(web, [chain(chainX, [1])], { name })).map(brief)),
      ["001B", "D83D"].map((code) => [
        ["I33", "warning", "VmItem[1]/Name", `Name contains U+${code}, which XML 1.0 does not allow`] as const
      ])
    )
  })

  it("are looked at in every text, at every level", () => {
    const bad = "\u0001"
    const kept = (name: string): ReadonlyArray<BackupTree.KeptElement> => [
      { position: 0, element: { name, attributes: [], children: [] } },
      { position: 1, element: { name, attributes: [["a", bad]], children: [] } },
      {
        position: 2,
        element: { name: "Deep", attributes: [], children: [{ name: "X", attributes: [], children: [bad] }] }
      }
    ]
    const texts = { id: bad, host: bad, serverUuid: bad, dateTime: bad, creator: bad, type: bad, description: bad }
    const odd = {
      ...texts,
      images: ["a", bad],
      disks: {
        list: [disk("a", "a"), { ...disk(bad, bad), encryption: { keyId: bad, kept: kept("K") }, kept: kept("D") }],
        kept: kept("L")
      },
      kept: kept("B")
    }
    const backup = [
      "Id",
      "Host",
      "ServerUuid",
      "DateTime",
      "Creator",
      "Type",
      "Description",
      "TibFileList[2]",
      "BackupDisks/L[2]",
      "BackupDisks/Deep[1]",
      ...["Name", "OriginalPath", "Encryption/KeyId", "Encryption/K[2]", "Encryption/Deep[1]", "D[2]", "Deep[1]"].map(
        (name) => `BackupDisks/BackupDisk[2]/${name}`
      ),
      "B[2]",
      "Deep[1]"
    ]
    const broken = {
      environments: [{
        ...environment(bad, [{
          ...chain(bad, [1]),
          uuid: bad,
          head: full(bad, odd),
          incrementals: [incremental(bad, 2, odd)]
        }], { name: bad }),
        kept: kept("V")
      }],
      kept: kept("T")
    }
    assert.deepStrictEqual(I33(broken), [
      "T[2]",
      "Deep[1]",
      ...["Uuid", "Name", "V[2]", "Deep[1]"].map((name) => `VmItem[1]/${name}`),
      `${head}/Uuid`,
      ...backup.map((name) => `${head}/${name}`),
      ...backup.map((name) => `${link(1)}/${name}`)
    ])
  })

  it("are found once, where the reader of a text has found them", () => {
    const bad = tree(environment(web, [chain(chainX, [1])], { name: "\u0001" }))
    const noted = (path: string) =>
      findingsOf(listing(bad, [{ rule: "forbidden-character", path, message: "noted" }])).map(({ rule }) => rule)
    assert.deepStrictEqual(noted("VmItem[1]/Name"), ["forbidden-character"])
    assert.deepStrictEqual(noted(`${head}/Description`), ["I33", "forbidden-character"])
  })
})

describe("a note of the reader and a finding about the same text", () => {
  const pairs = [["I33", "forbidden-character"], ["I13", "bad-date"], ["I17", "bad-letter"]] as const

  it.prop("is found at the same places, once each", [Arbitraries.tree], ([tree]) => {
    const decoded = Result.getOrThrow(BackupTreeXml.decode(BackupTreeXml.encode(tree), { mode: "tolerant" }))
    const bare = findingsOf(listing(decoded.tree))
    const noted = findingsOf(listing(decoded.tree, decoded.notes))
    for (const [rule, note] of pairs) {
      const paths = (findings: ReadonlyArray<Told>) =>
        findings.filter((finding) => finding.rule === rule || finding.rule === note).map(({ path }) => path).toSorted()
      assert.deepStrictEqual(paths(noted), paths(bare))
      assert.strictEqual(new Set(paths(noted)).size, paths(noted).length)
      // An empty date is none that could be bad.
      if (rule !== "I13") assert.isFalse(noted.some((finding) => finding.rule === rule))
    }
  })
})
