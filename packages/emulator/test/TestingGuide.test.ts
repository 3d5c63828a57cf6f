import * as StoreFault from "@backup-tree/testing/StoreFault"
import * as NodeFileSystem from "@effect/platform-node-shared/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as Damaging from "./examples/Damaging.ts"
import * as Patience from "./examples/Patience.ts"
import * as Folder from "./support/folder.ts"

const read = (path: string): string => fs.readFileSync(new URL(path, import.meta.url), "utf8")

describe("the guide to testing", () => {
  const sections = [["Faults", "Patience.ts"], ["A backup directory", "Damaging.ts"]] as const
  for (const [title, example] of sections) {
    it(`shows code that is compiled and run: ${title}`, () => {
      const section = read("../../../docs/testing.md").split(`## ${title}\n`)[1]!.split("\n## ")[0]!
      const code = read(`examples/${example}`)
      const blocks = [...section.matchAll(/```ts\n([^`]*)```/g)].map(([, block]) => block!)
      assert.strictEqual(blocks.length, 1)
      for (const part of blocks[0]!.trimEnd().split("\n\n")) assert.include(code, part)
    })
  }

  it("lists every damage", () => {
    const rows = read("../../../docs/testing.md").split("\n").map((line) => line.split("|").map((cell) => cell.trim()))
    for (const { description, name, reportedAs } of StoreFault.damages) {
      assert.deepInclude(rows, ["", `\`${name}\``, description, `\`${reportedAs}\``, ""])
    }
  })

  it.effect("is right about what a damage is reported by", () =>
    Effect.gen(function*() {
      const root = yield* Folder.make
      const [missing] = yield* Effect.provide(Damaging.damaged(root, ["missing-image"]), NodeFileSystem.layer)
      assert.strictEqual(missing!.reportedAs, "missing-image")
      assert.isFalse(fs.existsSync(`${root}/${missing!.path}`))
    }))

  it.live("is right about what comes of them", () =>
    Effect.gen(function*() {
      const { asked, listing } = yield* Patience.twoLost
      assert.strictEqual(asked, 3)
      assert.isNotEmpty(listing.tree.environments)
      const error = yield* Effect.flip(Patience.broken)
      assert.include(error.message, "wrong checksum")
    }).pipe(Effect.scoped))
})
