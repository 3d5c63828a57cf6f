import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import * as BackupTree from "../../src/tree/BackupTree.ts"
import * as TreePath from "../../src/tree/TreePath.ts"

describe("places", () => {
  it.each([
    [{}, "BackupTree"],
    [{ environment: 2 }, "VmItem[3]"],
    [{ environment: 2, chain: 0 }, "VmItem[3]/BackupItem[1]"],
    [{ environment: 2, chain: 0, backup: 0 }, "VmItem[3]/BackupItem[1]"],
    [{ environment: 2, chain: 0, backup: 2 }, "VmItem[3]/BackupItem[1]/PartialBackupItem[2]"]
  ])("of %j are written %j", (place, path) => assert.strictEqual(TreePath.printPlace(place), path))

  it.each([
    ["VmItem[3]/Uuid", { environment: 2 }],
    ["VmItem[3]/BackupItem[1]/Size", { environment: 2, chain: 0, backup: undefined }],
    ["VmItem[3]/BackupItem[1]/PartialBackupItem[2]/BackupDisks/BackupDisk[1]", { environment: 2, chain: 0, backup: 2 }],
    ["ServerBanner", {}],
    ["", {}],
    ["x/VmItem[3]", {}]
  ])("that %j leads to are found", (path, place) => assert.deepStrictEqual(TreePath.parsePlace(path), place))

  it.prop("are read back as they were written", [Arbitraries.tree], ([tree]) => {
    for (const { backup, place } of TreePath.backupsOf(tree)) {
      const back = TreePath.parsePlace(`${TreePath.printPlace(place)}/Id`)
      assert.deepStrictEqual({ ...back, backup: back.backup ?? 0 }, place)
      const chain = tree.environments[place.environment]!.chains[place.chain]!
      assert.strictEqual(BackupTree.backups(chain)[place.backup], backup)
    }
  })
})

describe("the parts of a tree", () => {
  it.prop("are visited in its order, each before what it holds", [Arbitraries.tree], ([tree]) => {
    const visited: Array<TreePath.Place> = []
    const visit = ({ place }: { readonly place: TreePath.Place }) => void visited.push(place)
    TreePath.visitParts(tree, { environment: visit, chain: visit, backup: visit })
    const expected = tree.environments.flatMap(({ chains }, environment): ReadonlyArray<TreePath.Place> => [
      { environment },
      ...chains.flatMap((one, chain): ReadonlyArray<TreePath.Place> => [
        { environment, chain },
        ...BackupTree.backups(one).map((_, backup) => ({ environment, chain, backup }))
      ])
    ])
    assert.deepStrictEqual(visited, expected)
  })
})
