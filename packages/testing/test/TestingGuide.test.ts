import * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import * as StoreFault from "@backup-tree/testing/StoreFault"
import { assert, describe, it } from "@effect/vitest"
import * as Examples from "./examples/TestingGuide.ts"
import { assertShown, codeBlocks, readText } from "./support/documents.ts"

// The examples of StoreFault are run by its own test.
describe("the guide to testing", () => {
  const guide = readText("docs/testing.md")
  const section = (title: string): string => guide.split(`## ${title}\n`)[1]!.split("\n## ")[0]!
  const cells = guide.split("\n").map((line) => line.split("|").map((cell) => cell.trim()))

  it("shows code that is compiled and run", () => {
    assertShown(codeBlocks(section("Property tests")), ["packages/testing/test/examples/TestingGuide.ts"])
    assert.deepStrictEqual(Examples.atRisk(BackupTree.empty), [])
    const [directory, ...others] = codeBlocks(section("Backup directories"))
    assert.deepStrictEqual(others, [])
    assert.include(readText("packages/testing/test/examples/StoreFault.ts"), directory!)
  })

  it("lists every generator", () => {
    for (const name of Object.keys(Arbitraries)) {
      assert.match(section("Property tests"), new RegExp(`\`${name}[\`(]`), name)
    }
  })

  it("lists every fault", () => {
    for (const { description, name, reportedAs, rules } of StoreFault.faults) {
      const ids = rules.map((id) => `\`${id}\``).join(", ")
      assert.deepInclude(cells, ["", `\`${name}\``, description, `\`${reportedAs}\``, ids, ""])
    }
  })
})
