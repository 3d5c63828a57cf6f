import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as InvariantRule from "../../src/check/Rule.ts"
import * as BackupTree from "../../src/tree/BackupTree.ts"

const { parsePlace, printPlace } = InvariantRule

describe("places", () => {
  it.each([
    [{}, "BackupTree"],
    [{ environment: 2 }, "VmItem[3]"],
    [{ environment: 2, chain: 0 }, "VmItem[3]/BackupItem[1]"],
    [{ environment: 2, chain: 0, backup: 0 }, "VmItem[3]/BackupItem[1]"],
    [{ environment: 2, chain: 0, backup: 2 }, "VmItem[3]/BackupItem[1]/PartialBackupItem[2]"]
  ])("of %j are written %j", (place, path) => assert.strictEqual(printPlace(place), path))

  it.each([
    ["VmItem[3]/Uuid", { environment: 2 }],
    ["VmItem[3]/BackupItem[1]/Size", { environment: 2, chain: 0, backup: undefined }],
    ["VmItem[3]/BackupItem[1]/PartialBackupItem[2]/BackupDisks/BackupDisk[1]", { environment: 2, chain: 0, backup: 2 }],
    ["ServerBanner", {}],
    ["", {}],
    ["x/VmItem[3]", {}]
  ])("that %j leads to are found", (path, place) => assert.deepStrictEqual(parsePlace(path), place))

  it.prop("are read back as they were written", [Arbitraries.tree], ([tree]) => {
    for (const { backup, place } of InvariantRule.backupsOf(tree)) {
      const back = parsePlace(`${printPlace(place)}/Id`)
      assert.deepStrictEqual({ ...back, backup: back.backup ?? 0 }, place)
      const chain = tree.environments[place.environment]!.chains[place.chain]!
      assert.strictEqual(BackupTree.backups(chain)[place.backup], backup)
    }
  })
})

describe("the parts of a tree", () => {
  it.prop("are visited in its order, each before what it holds", [Arbitraries.tree], ([tree]) => {
    const visited: Array<InvariantRule.Place> = []
    const visit = ({ place }: { readonly place: InvariantRule.Place }) => void visited.push(place)
    InvariantRule.visitParts(tree, { environment: visit, chain: visit, backup: visit })
    const expected = tree.environments.flatMap(({ chains }, environment): ReadonlyArray<InvariantRule.Place> => [
      { environment },
      ...chains.flatMap((one, chain): ReadonlyArray<InvariantRule.Place> => [
        { environment, chain },
        ...BackupTree.backups(one).map((_, backup) => ({ environment, chain, backup }))
      ])
    ])
    assert.deepStrictEqual(visited, expected)
  })
})

describe("duplicates", () => {
  it("are groups of two or more, in the order of their first appearance", () => {
    assert.deepStrictEqual(InvariantRule.duplicates(["b1", "a1", "c1", "a2", "b2", "b3"], (text) => text[0]!), [[
      "b1",
      "b2",
      "b3"
    ], ["a1", "a2"]])
    assert.deepStrictEqual(InvariantRule.duplicates(["a", "b"], (text) => text), [])
  })

  it.prop("share a key, and nothing else does", [Schema.Array(Schema.Literals(["a", "b", "c", "d"]))], ([letters]) => {
    const groups = InvariantRule.duplicates(letters, (letter) => letter)
    assert.strictEqual(
      groups.flat().length,
      letters.filter((letter) => letters.filter((other) => other === letter).length > 1).length
    )
    for (const group of groups) assert.strictEqual(new Set(group).size, 1)
  })
})
