import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as Patience from "./examples/Patience.ts"

const read = (path: string): string => fs.readFileSync(new URL(path, import.meta.url), "utf8")

describe("the guide to testing, about faults on the wire", () => {
  it("shows code that is compiled and run", () => {
    const section = read("../../../docs/testing.md").split("## Faults on the wire\n")[1]!.split("\n## ")[0]!
    const code = read("examples/Patience.ts")
    const blocks = [...section.matchAll(/```ts\n([^`]*)```/g)].map(([, block]) => block!)
    assert.strictEqual(blocks.length, 1)
    for (const part of blocks[0]!.trimEnd().split("\n\n")) assert.include(code, part)
  })

  it.live("is right about their effects", () =>
    Effect.gen(function*() {
      const { listing, requests } = yield* Patience.twoLost
      assert.strictEqual(requests, 3)
      assert.isNotEmpty(listing.tree.environments)
      const error = yield* Effect.flip(Patience.broken)
      assert.include(error.message, "wrong checksum")
    }).pipe(Effect.scoped))
})
