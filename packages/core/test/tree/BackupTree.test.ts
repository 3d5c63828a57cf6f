import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as BackupTree from "../../src/tree/BackupTree.ts"
import { chain, chainX, chainY, environment, full, incremental, tree, web } from "../support/treeLiterals.ts"

describe("numbers", () => {
  it("of incrementals are what they say, of heads what their ids say", () => {
    const promoted = chain(chainX, [3, 4, 6])
    assert.deepStrictEqual(BackupTree.backups(promoted).map((item) => BackupTree.number(promoted, item)), [3, 4, 6])
    const original = chain(chainX, [1, 2])
    assert.deepStrictEqual(BackupTree.backups(original).map((item) => BackupTree.number(original, item)), [1, 2])
  })

  it("are kept as written, even if they are impossible", () => {
    const odd = chain(chainX, [1], { incrementals: [incremental(chainX, 0), incremental(chainX, 1)] })
    assert.deepStrictEqual(odd.incrementals.map((item) => BackupTree.number(odd, item)), [0, 1])
  })

  it("of heads whose id does not fit the chain are unknown", () => {
    for (const id of [chainY, `${chainY}.3`, `${chainX}.0`, `${chainX}.x`]) {
      const odd = chain(chainX, [1, 2], { head: full(id) })
      assert.isUndefined(BackupTree.number(odd, odd.head))
    }
  })
})

describe("kinds", () => {
  it("are those of the product, and unknown numbers are kept", () => {
    const kinds = [0, 1, 2, 3, 4, 0xffff_ffff].map((vmType) => environment(web, [], { vmType }))
    assert.deepStrictEqual(kinds.map(BackupTree.kind), [
      { _tag: "Vm" },
      { _tag: "Container", layout: "vzfs" },
      { _tag: "Container", layout: "ploop" },
      { _tag: "Container", layout: "vzwin" },
      { _tag: "Unknown", vmType: 4 },
      { _tag: "Unknown", vmType: 0xffff_ffff }
    ])
    assert.deepStrictEqual(kinds.map(BackupTree.kindName), [
      "vm",
      "ct-vzfs",
      "ct-ploop",
      "ct-vzwin",
      "unknown-4",
      "unknown-4294967295"
    ])
  })
})

describe("the schema", () => {
  const is = Schema.is(BackupTree.BackupTree)

  it("holds every tree that a server can say", () => {
    assert.isTrue(is(BackupTree.empty))
    assert.isTrue(is(tree(environment(web, [chain(chainX, [1, 2]), chain(chainY, [3, 4, 6])]))))
    assert.isTrue(
      is(tree(environment("", [chain("junk", [1], { head: full("", { disks: undefined, dateTime: "?" }) })])))
    )
  })

  it("holds no number beyond its size", () => {
    const whole = (head: Partial<BackupTree.FullBackup>) =>
      is(tree(environment(web, [chain(chainX, [1], { head: full(chainX, head) })])))
    assert.isTrue(whole({ size: 2n ** 64n - 1n, flags: 0xffff_ffff }))
    assert.isFalse(whole({ size: 2n ** 64n }))
    assert.isFalse(whole({ size: -1n }))
    assert.isFalse(whole({ flags: 2 ** 32 }))
    assert.isFalse(whole({ bundlePermissions: 0.5 }))
    assert.isFalse(is(tree(environment(web, [], { vmType: -1 }))))
  })

  it.prop("holds chains whose first backup is the head", [Arbitraries.tree], ([tree]) => {
    assert.isTrue(is(tree))
    for (const one of tree.environments.flatMap(({ chains }) => chains)) {
      assert.deepStrictEqual(BackupTree.backups(one), [one.head, ...one.incrementals])
    }
  })
})
