import * as BackupTree from "@backup-tree/core/tree/BackupTree"
import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import * as Examples from "./examples/Arbitraries.ts"
import { modules } from "./support/docstrings.ts"
import { assertShown, codeBlocks } from "./support/documents.ts"

describe.each(modules)("the docstrings of $name", ({ docstring, exports, name }) => {
  it("describe the module and every export", () => {
    assert.match(docstring, /^[A-Z]/)
    assert.isNotEmpty(exports)
    for (const { docstring, name } of exports) {
      assert.match(docstring, /^[A-Z]/, name)
      assert.match(docstring, /^@category [a-z]+$/m, name)
      assert.match(docstring, /^@since \d+\.\d+\.\d+$/m, name)
    }
  })

  it("have an example for every value but errors", () => {
    for (const { docstring, isValue, name } of exports) {
      if (!isValue || docstring.includes("@category errors")) continue
      assert.match(docstring, /^\*\*Example\*\* \([A-Z][^)]*\)$/m, name)
      assert.lengthOf(codeBlocks(docstring), 1, name)
    }
  })

  it("show code that is compiled and run", () => {
    const texts = [docstring, ...exports.map(({ docstring }) => docstring)]
    assertShown(texts.flatMap(codeBlocks), [`packages/testing/test/examples/${name}.ts`])
  })
})

it("the examples of Arbitraries hold, apart from the properties among them", () => {
  assert.deepStrictEqual(Examples.harmlessRules, ["I13", "I40", "I33"])
  assert.strictEqual(Examples.catalogOf(BackupTree.empty).entries.size, 0)
  assert.deepStrictEqual(Examples.gaps, ["an incremental in the middle of a chain is missing"])
})

it("there is a test of the examples of each module", () => {
  const tests = fs.readdirSync(new URL(".", import.meta.url)).filter((name) => name.endsWith(".test.ts"))
    .map((name) => fs.readFileSync(new URL(name, import.meta.url), "utf8")).join("\n")
  for (const { name } of modules) assert.include(tests, `"./examples/${name}.ts"`)
})
