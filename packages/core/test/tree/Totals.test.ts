import * as BackupStore from "@backup-tree/core/server/BackupStore"
import * as Totals from "@backup-tree/core/tree/Totals"
import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"

describe("Totals", () => {
  it("writes numbers with their nouns", () => {
    assert.strictEqual(
      Totals.print({ environments: 1, chains: 2, backups: 0 }),
      "1 environment, 2 chains, 0 backups"
    )
  })

  it.prop("are those of all parts of a tree, and of its store", [Arbitraries.tree], ([tree]) => {
    const chains = tree.environments.flatMap((environment) => environment.chains)
    const sizes = chains.flatMap(({ head, incrementals }) => [head.size, ...incrementals.map(({ size }) => size)])
    const expected = {
      environments: tree.environments.length,
      chains: chains.length,
      backups: sizes.length,
      size: sizes.reduce((sum, size) => sum + size, 0n)
    }
    assert.deepStrictEqual(Totals.ofTree(tree), expected)
    const store = BackupStore.fromTree(tree)
    const ofStore = Totals.make(
      store.environments,
      ({ items }) => items.map(({ content }) => content._tag === "Damaged" ? 0n : content.backup.size)
    )
    assert.deepStrictEqual(ofStore, expected)
  })
})
