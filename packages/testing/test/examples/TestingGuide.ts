import { BackupCatalog, type BackupTree } from "@backup-tree/core"
import { Arbitraries } from "@backup-tree/testing"
import { assert, it } from "@effect/vitest"

/** Your code: the machines with a chain that cannot be trusted. */
export const atRisk = (tree: BackupTree.BackupTree) =>
  BackupCatalog.fromListing(Arbitraries.completeListing(tree)).quarantined.map(({ environment }) => environment.name)

it.prop("no machine of a healthy server is at risk", [Arbitraries.unusualTree], ([tree]) => {
  assert.deepStrictEqual(atRisk(tree), [])
})

for (const mutation of Arbitraries.mutations.filter(({ rule }) => rule === "I05")) {
  it.prop(`a machine is at risk if ${mutation.change}`, [Arbitraries.mutated(mutation)], ([{ after }]) => {
    assert.lengthOf(atRisk(after), 1)
  })
}
