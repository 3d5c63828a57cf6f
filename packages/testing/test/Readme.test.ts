import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import * as NodeFileSystem from "@effect/platform-node-shared/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect } from "effect"
import * as fs from "node:fs"
import * as Examples from "./examples/Readme.ts"
import { assertShown, codeBlocks, readText } from "./support/documents.ts"
import * as Folder from "./support/folder.ts"

describe("the README of testing", () => {
  const readme = readText("packages/testing/README.md")

  it("shows code that is compiled and run", () => {
    assertShown(codeBlocks(readme), ["packages/testing/test/examples/Readme.ts"])
  })

  it("lists every module", () => {
    for (const name of fs.readdirSync(new URL("../src", import.meta.url))) {
      if (/^[A-Z].*\.ts$/.test(name)) assert.include(readme, `\`${name.replace(/\.ts$/, "")}\``)
    }
  })

  it.effect("is right that a broken tree falsifies the property", () =>
    Effect.gen(function*() {
      const result = yield* Arbitrary.checkEffect(
        Arbitraries.tree,
        (tree) => Examples.sizes(tree).size === tree.environments.length,
        { runs: 1_000, seed: 1 }
      )
      assert.strictEqual(result._tag, "Falsified")
      if (result._tag !== "Falsified") return
      const [first, second, ...others] = result.shrunkInput.environments.map(({ uuid }) => uuid)
      assert.deepStrictEqual([second, ...others], [first])
    }))

  it("has sample data", () => {
    assert.lengthOf(Examples.listing.tree.environments, 100)
    for (const { chains } of Examples.store.environments) assert.isAtLeast(chains.length, 3)
  })

  it.effect("breaks a backup directory", () =>
    Effect.gen(function*() {
      const root = `${yield* Folder.make}/backups`
      const [missing, ...others] = yield* Effect.provide(Examples.brokenDirectory(root), NodeFileSystem.layer)
      assert.deepStrictEqual([missing!.reportedAs, others], ["missing-image", []])
      assert.isFalse(fs.existsSync(`${root}/${missing!.path}`))
      assert.isTrue(fs.existsSync(`${root}/${missing!.path.split("/")[0]}`))
    }))
})
